package diff

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/markdown"
)

// Markdown renders changes as a comment on a pull request could: a heading for each kind and a table.
var Markdown = &Format{Name: "markdown", Summary: "tables, for comments and wikis", Write: writeMarkdown}

func writeMarkdown(w io.Writer, changes *record.Changes, _ bool) error {
	c := view{changes}
	var b bytes.Buffer
	fmt.Fprintf(&b, "**%s**\n\n", markdown.Escaped(c.summary(), maxValue))
	fmt.Fprintf(&b, "- old: %s\n- new: %s\n",
		markdown.Escaped(remark(c.Old), maxValue), markdown.Escaped(remark(c.New), maxValue))
	if len(c.Targets) > 0 {
		b.WriteString("\n### Hosts\n\n")
	}
	for _, h := range c.Targets {
		fmt.Fprintf(&b, "- %s\n", markdown.Escaped(c.hostLine(h), maxValue))
	}
	for _, s := range c.sections() {
		table(&b, s)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func table(b *bytes.Buffer, s section) {
	fmt.Fprintf(b, "\n### %s\n\n| Promise | Hosts | Old | New | Expected |\n| --- | --- | --- | --- | --- |\n", s.title)
	for _, f := range s.folds {
		p := f.Promise()
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n",
			markdown.Escaped(strings.Join(append(append([]string{}, p.Path...), thing(p)+" "+p.Says), " / "), maxName),
			markdown.Escaped(f.on(), maxValue), markdown.Escaped(state(f.Old), maxValue),
			markdown.Escaped(state(f.New), maxValue), markdown.Escaped(f.expected(), maxValue))
	}
}
