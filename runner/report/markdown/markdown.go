// Package markdown renders a run as a page of Markdown, and as the summary of a CI job.
package markdown

import (
	"fmt"
	"io"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

const (
	fewColumns = 8   // targets with a column each
	maxLosses  = 100 // lines about unreachable targets
)

// page is a run as Markdown.
type page struct {
	text   text
	run    *record.Run
	noTime bool
	titles words.Titles
}

// New returns a report as a page.
func New(w io.Writer, o words.Options) func(record.Event, *record.Run) error {
	return words.AtEnd(func(run *record.Run) error {
		p := &page{run: run, noTime: o.NoTime}
		p.front()
		for _, g := range run.Groups() {
			p.group(g)
		}
		_, err := io.WriteString(w, p.text.String())
		return err
	})
}

// front writes the front matter of the run.
func (p *page) front() {
	start := &p.run.Start
	if start.Planned {
		p.text.heading(1, "Promises")
		p.scope()
		p.text.block("Nothing was checked: this is what the spec promises, not how it is.")
	} else {
		p.text.heading(1, "Promises, and whether they are kept")
		p.sums()
	}
	if !p.noTime {
		p.text.block(fmt.Sprintf("As of %s, by Avow %s.",
			Escaped(start.Time, words.MaxTitle), Escaped(start.Version, words.MaxTitle)))
	}
	files := grid{titles: []string{"Spec", "SHA-256"}}
	for _, f := range start.Files {
		files.rows = append(files.rows, []string{Escaped(f.Path, words.MaxTitle), Escaped(f.SHA256, words.MaxTitle)})
	}
	p.text.grid(files)
	if !start.Planned {
		p.targets()
		p.unreachable()
		p.text.block("✓ kept: it is as promised. ✗ broken: it is not. ? unknown: it could not be checked. " +
			"– skipped: not checked, on purpose.")
	}
}

// sums writes the counts of the verdicts, with remarks.
func (p *page) sums() {
	p.scope()
	if p.noTime {
		p.text.block("**" + words.Totals(p.run.End) + "**")
	} else {
		p.text.block("**" + words.Summary(p.run.End) + "**")
	}
	for _, remark := range words.Remarks(p.run.End) {
		p.text.block("**" + Escaped(remark, words.MaxTitle) + "**")
	}
}

// scope writes, before the counts, that the run is a part.
func (p *page) scope() {
	if part := words.Caveat(&p.run.Start); part != "" {
		p.text.block("**" + Escaped(part, words.MaxProse) + "**")
	}
}

// targets writes a line for each target, with the counts of its verdicts.
func (p *page) targets() {
	g := grid{titles: []string{"Host", "System", "Reached by", "Kept", "Broken", "Unknown", "Skipped"}, marks: 4}
	for _, t := range p.run.Targets {
		line := []string{
			Escaped(t.Target.Name, words.MaxTitle), Escaped(t.Target.System(), words.MaxTitle),
			Escaped(t.Target.Backend, words.MaxTitle),
		}
		for _, s := range []record.Status{record.Kept, record.Broken, record.Unknown, record.Skipped} {
			line = append(line, plain.Thousands(t.Counts[s]))
		}
		g.rows = append(g.rows, line)
	}
	p.text.grid(g)
}

// unreachable writes lines about the targets that were not reached, or were lost.
func (p *page) unreachable() {
	var lines []string
	list := p.run.Unreachable(false)
	for _, u := range list[:min(len(list), maxLosses)] {
		lines = append(lines, "- ? **"+p.names(u.Targets, words.MaxProse)+"** "+
			Escaped(words.CouldNotBeReached(u), words.MaxLine))
	}
	if len(list) > maxLosses {
		lines = append(lines, "- … "+plain.Count(len(list)-maxLosses, "more host"))
	}
	p.text.block(lines...)
}

// names returns the names of targets, escaped.
func (p *page) names(targets []*record.TargetResult, limit int) string {
	return Escaped(words.InWords(p.run, targets), limit)
}

// describe writes the titles of a group that differ from the current ones, each with its why.
func (p *page) describe(g *record.Group) {
	if len(g.Path) == 0 {
		p.text.heading(2, "Promises outside of any group")
	}
	p.titles.Enter(g.Path, g.Promises[0].Promise.PathWhys, func(depth int, title, why string) {
		if strings.TrimSpace(title) == "" {
			title = "(no title)"
		}
		p.text.heading(depth+2, Escaped(title, words.MaxTitle))
		p.text.prose(why)
	})
}
