package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

// TAP is the Test Anything Protocol, version 14, flat, written as events come. Broken and unknown promises are
// "not ok". The plan comes last, so that harnesses take a run that was cut short for failed; one that was
// interrupted bails out.
var TAP = &Format{
	Name:    "tap",
	Summary: "TAP version 14, with YAML diagnostics: broken and unknown are not ok",
	New:     newTAP,
}

// tap numbers the promises. Its writer keeps the first error and writes nothing after it.
type tap struct {
	*bufio.Writer
	points int // test points written so far
}

func newTAP(w io.Writer, _ Options) Report {
	t := &tap{Writer: bufio.NewWriter(w)}
	return func(e record.Event, run *record.Run) error {
		switch {
		case e.Start != nil:
			t.WriteString("TAP version 14\n")
			if part := words.Caveat(e.Start); part != "" {
				fmt.Fprintf(t, "# %s\n", part)
			}
		case e.Target != nil:
			target := run.Current()
			fmt.Fprintf(t, "# target %s\n", words.Dotted(target.Target.Name, target))
			if target.Target.Error != "" {
				fmt.Fprintf(t, "# target %s %s: %s\n",
					target.Target.Name, words.BecameOf(target), plain.Value(target.Target.Error, words.MaxValue))
			}
		case e.Promise != nil:
			t.point(e.Promise)
		case e.End != nil:
			t.end(e.End)
		}
		return t.Flush()
	}
}

func (t *tap) point(p *record.Promise) {
	t.points++
	if p.Status == record.Broken || p.Status == record.Unknown {
		t.WriteString("not ")
	}
	fmt.Fprintf(t, "ok %d - %s", t.points, tapText(words.Located(p)))
	if p.Status == record.Skipped {
		t.WriteString(" # SKIP " + tapText(words.BareReason(p)))
	}
	t.WriteByte('\n')
	if p.Status == record.Broken || p.Status == record.Unknown {
		t.diagnostic(p)
	}
}

// diagnostic writes a YAML block. All text from a host or a spec is safe and quoted; a diff is a block of safe lines.
func (t *tap) diagnostic(p *record.Promise) {
	t.WriteString("  ---\n")
	t.field("verdict", p.Status.String())
	t.field("target", p.Target)
	t.field("expected", p.Expected)
	t.field("found", p.Found)
	t.field("note", p.FullNote())
	t.field("reason", p.Reason)
	t.field("why", p.Why)
	fmt.Fprintf(t, "  at:\n    file: %s\n    line: %d\n    column: %d\n", yamlString(p.Pos.File), p.Pos.Line, p.Pos.Column)
	if p.Elapsed > 0 {
		fmt.Fprintf(t, "  waited_seconds: %s\n", strconv.FormatFloat(p.Elapsed, 'f', -1, 64))
	}
	// A literal block that begins with a blank needs an indentation indicator, which few harnesses read.
	if p.Diff == "" || strings.ContainsAny(p.Diff[:1], " \n") {
		t.field("diff", p.Diff)
	} else {
		fmt.Fprintf(t, "  diff: |\n    %s\n", strings.ReplaceAll(words.NeutralText(p.Diff), "\n", "\n    "))
	}
	for _, s := range words.Streams(p) {
		t.field(s.Name, s.Text)
	}
	t.WriteString("  ...\n")
}

func (t *tap) field(key, value string) {
	if value != "" {
		fmt.Fprintf(t, "  %s: %s\n", key, yamlString(value))
	}
}

// yamlString returns a text in double quotes. For safe text and line ends, Go's escapes are those of YAML and JSON.
func yamlString(s string) string { return strconv.Quote(words.NeutralText(s)) }

func (t *tap) end(end *record.End) {
	fmt.Fprintf(t, "# %s\n", words.Summary(end))
	if !end.Complete {
		t.WriteString("Bail out! interrupted: incomplete\n")
	}
	fmt.Fprintf(t, "1..%d", t.points)
	if remarks := words.Remarks(end); len(remarks) > 0 {
		t.WriteString(" # " + strings.Join(remarks, "; "))
	}
	t.WriteByte('\n')
}

// tapText escapes characters that would begin a directive.
func tapText(s string) string { return strings.NewReplacer(`\`, `\\`, `#`, `\#`).Replace(s) }
