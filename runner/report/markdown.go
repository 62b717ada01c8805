package report

import (
	"fmt"
	"io"

	"github.com/avow-dev/avow/runner/record"
)

// Markdown tells a run as a page to commit, or for a wiki: a heading for each describe, a table of its promises with
// a mark for each host, and below it what is not kept. It changes only where the spec or a verdict does, if NoTime
// leaves out what changes at every run. Where nothing was looked at, it tells what is promised.
var Markdown = &Format{Name: "markdown", Summary: "a page to commit: what is promised, with a mark for each host", Plans: true, New: newMarkdown}

const (
	fewColumns = 8   // hosts that have a column each
	maxLosses  = 100 // lines about hosts that could not be reached
)

// pages is a run as Markdown.
type pages struct {
	paper
	run    *record.Run
	noTime bool
	path   []string        // the describe that stands
	whys   map[string]bool // the describes whose why was written
}

func newMarkdown(w io.Writer, o Options) Report {
	return atEnd(func(run *record.Run) error {
		p := newPages(run, o)
		p.front()
		for _, g := range run.Groups() {
			p.group(g)
		}
		_, err := io.WriteString(w, p.String())
		return err
	})
}

func newPages(run *record.Run, o Options) *pages {
	return &pages{run: run, noTime: o.NoTime, whys: map[string]bool{}}
}

// front writes what is to be said of the run as a whole.
func (p *pages) front() {
	if p.run.Start.Planned {
		p.heading(1, "What is promised")
		p.scope()
		p.block("Nothing was checked: this is what the spec promises, not how it is.")
	} else {
		p.heading(1, "What is promised, and whether it is kept")
		p.sums()
	}
	p.made()
	p.sources()
	if !p.run.Start.Planned {
		p.targets()
		p.losses()
		p.block("✓ kept: it is as promised. ✗ broken: it is not. ? unknown: it could not be checked. – skipped: not checked, on purpose.")
	}
}

// sums writes the counts of the verdicts, and what has to be said beside them.
func (p *pages) sums() {
	p.scope()
	if p.noTime {
		p.block("**" + totals(p.run.End) + "**")
	} else {
		p.block("**" + summary(p.run.End) + "**")
	}
	for _, remark := range remarks(p.run.End) {
		p.block("**" + escaped(remark, maxTitle) + "**")
	}
}

// scope says before the counts that the run is a part.
func (p *pages) scope() {
	if part := caveat(&p.run.Start); part != "" {
		p.block("**" + escaped(part, maxProse) + "**")
	}
}

func (p *pages) made() {
	if !p.noTime {
		p.block(fmt.Sprintf("As of %s, by Avow %s.", escaped(p.run.Start.Time, maxTitle), escaped(p.run.Start.Version, maxTitle)))
	}
}

func (p *pages) sources() {
	g := grid{titles: []string{"Spec", "SHA-256"}}
	for _, f := range p.run.Start.Files {
		g.rows = append(g.rows, []string{escaped(f.Path, maxTitle), escaped(f.SHA256, maxTitle)})
	}
	if len(g.rows) > 0 {
		p.grid(g)
	}
}

// targets writes a line for each host, with the counts of its verdicts.
func (p *pages) targets() {
	g := grid{titles: []string{"Host", "System", "Reached by", "Kept", "Broken", "Unknown", "Skipped"}, marks: 4}
	for _, h := range p.run.Targets {
		line := []string{escaped(h.Name, maxTitle), escaped(h.System(), maxTitle), escaped(h.Backend, maxTitle)}
		for _, s := range []record.Status{record.Kept, record.Broken, record.Unknown, record.Skipped} {
			line = append(line, thousands(h.Counts[s]))
		}
		g.rows = append(g.rows, line)
	}
	if len(g.rows) > 0 {
		p.grid(g)
	}
}

// losses tells of the hosts that could not be reached, or were lost.
func (p *pages) losses() {
	var lines []string
	losses := p.run.Unreachable(false)
	for _, l := range losses[:min(len(losses), maxLosses)] {
		names := inWords(p.run, l.Targets)
		lines = append(lines, "- ? **"+escaped(names, maxProse)+"** "+escaped(fate(l), maxLine))
	}
	if len(losses) > maxLosses {
		lines = append(lines, "- … "+count(len(losses)-maxLosses, "more host"))
	}
	p.block(lines...)
}
