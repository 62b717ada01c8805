// Package markdown renders a run as a page of Markdown, and as the summary of a CI job.
package markdown

import (
	"fmt"
	"io"

	"github.com/avow-dev/avow/runner/record/plain"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

const (
	fewColumns = 8   // hosts with a column each
	maxLosses  = 100 // lines about unreachable hosts
)

// page is a run as Markdown.
type page struct {
	text
	run    *record.Run
	noTime bool
	path   []string        // the current describe
	whys   map[string]bool // the describes whose why is written
}

// New returns a report as a page. With noTime it leaves out values that change with every run.
func New(w io.Writer, noTime bool) func(record.Event, *record.Run) error {
	return words.AtEnd(func(run *record.Run) error {
		p := newPages(run, noTime)
		p.front()
		for _, g := range run.Groups() {
			p.group(g)
		}
		_, err := io.WriteString(w, p.String())
		return err
	})
}

func newPages(run *record.Run, noTime bool) *page {
	return &page{run: run, noTime: noTime, whys: map[string]bool{}}
}

// front writes the front matter of the run.
func (p *page) front() {
	if p.run.Start.Planned {
		p.heading(1, "Promises")
		p.scope()
		p.block("Nothing was checked: this is what the spec promises, not how it is.")
	} else {
		p.heading(1, "Promises, and whether they are kept")
		p.sums()
	}
	p.made()
	p.sources()
	if !p.run.Start.Planned {
		p.targets()
		p.unreachable()
		p.block("✓ kept: it is as promised. ✗ broken: it is not. ? unknown: it could not be checked. " +
			"– skipped: not checked, on purpose.")
	}
}

// sums writes the counts of the verdicts, with remarks.
func (p *page) sums() {
	p.scope()
	if p.noTime {
		p.block("**" + words.Totals(p.run.End) + "**")
	} else {
		p.block("**" + words.Summary(p.run.End) + "**")
	}
	for _, remark := range words.Remarks(p.run.End) {
		p.block("**" + Escaped(remark, words.MaxTitle) + "**")
	}
}

// scope writes, before the counts, that the run is a part.
func (p *page) scope() {
	if part := words.Caveat(&p.run.Start); part != "" {
		p.block("**" + Escaped(part, words.MaxProse) + "**")
	}
}

func (p *page) made() {
	if !p.noTime {
		p.block(fmt.Sprintf("As of %s, by Avow %s.",
			Escaped(p.run.Start.Time, words.MaxTitle), Escaped(p.run.Start.Version, words.MaxTitle)))
	}
}

func (p *page) sources() {
	g := grid{titles: []string{"Spec", "SHA-256"}}
	for _, f := range p.run.Start.Files {
		g.rows = append(g.rows, []string{Escaped(f.Path, words.MaxTitle), Escaped(f.SHA256, words.MaxTitle)})
	}
	if len(g.rows) > 0 {
		p.grid(g)
	}
}

// targets writes a line for each host, with the counts of its verdicts.
func (p *page) targets() {
	g := grid{titles: []string{"Host", "System", "Reached by", "Kept", "Broken", "Unknown", "Skipped"}, marks: 4}
	for _, h := range p.run.Targets {
		line := []string{
			Escaped(h.Name, words.MaxTitle), Escaped(h.System(), words.MaxTitle), Escaped(h.Backend, words.MaxTitle),
		}
		for _, s := range []record.Status{record.Kept, record.Broken, record.Unknown, record.Skipped} {
			line = append(line, plain.Thousands(h.Counts[s]))
		}
		g.rows = append(g.rows, line)
	}
	if len(g.rows) > 0 {
		p.grid(g)
	}
}

// unreachable writes lines about the hosts that were not reached, or were lost.
func (p *page) unreachable() {
	var lines []string
	losses := p.run.Unreachable(false)
	for _, l := range losses[:min(len(losses), maxLosses)] {
		names := words.InWords(p.run, l.Targets)
		lines = append(lines,
			"- ? **"+Escaped(names, words.MaxProse)+"** "+Escaped(words.CouldNotBeReached(l), words.MaxLine))
	}
	if len(losses) > maxLosses {
		lines = append(lines, "- … "+plain.Count(len(losses)-maxLosses, "more host"))
	}
	p.block(lines...)
}
