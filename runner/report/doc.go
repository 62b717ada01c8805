package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"github.com/avow-dev/avow/runner/record"
)

// Doc tells a run as documentation: describes, hosts, things, and a sentence for each promise. With one target
// it prints as events come. With several it prints at the end, tells what hosts have in common once, and who
// differs under the promise that differs.
var Doc = &Format{Name: "doc", Summary: "sentences for people, as the spec groups them", New: newDoc}

// doc is the state of one report. What is kept for the end is empty while events are printed as they come.
type doc struct {
	*page
	*memory
	standing string // the hosts of the host line that stands
	alone    *record.Target
	several  bool
}

func newDoc(w io.Writer, o Options) Report {
	page := newPage(newTerminal(w, o), o.Quiet)
	d := &doc{page: page, memory: newMemory(o.PerHost), several: true}
	return func(e record.Event) error {
		d.tell(e)
		return d.flush()
	}
}

func (d *doc) tell(e record.Event) {
	switch {
	case e.Start != nil:
		d.several = e.Start.Targets != 1
		for _, f := range e.Start.Files {
			d.files[f.Path] = len(d.files)
		}
		d.scope(e.Start)
	case e.Target != nil:
		d.begin(e.Target)
	case e.Promise != nil:
		d.hear(e.Promise)
	case e.End != nil:
		d.finish(e.End)
	}
}

// scope says before everything else that the run is a part.
func (d *doc) scope(start *record.Start) {
	for i, line := range wrap(partial(start), d.width-2) {
		if line != "" {
			d.line(2*min(i, 1), span{d.paint.doubt, line})
		}
	}
	d.gap()
}

// begin keeps a target for the end. One that could not be reached is kept too, for then nothing comes slowly
// and how many promises are unknown is to be told in one line.
func (d *doc) begin(t *record.Target) {
	if d.several || t.Error != "" || len(d.hosts) > 0 {
		d.meet(t)
		return
	}
	d.alone = t
}

func (d *doc) hear(p *record.Promise) {
	switch {
	case len(d.hosts) > 0:
		d.keep(p)
	case d.alone != nil && d.alone.Name == p.Target:
		d.promise(oneHost(d.alone), p)
	default:
		d.begin(&record.Target{Name: p.Target})
		d.hear(p)
	}
}

// finish prints what was kept, and the last lines.
func (d *doc) finish(end *record.End) {
	d.part()
	for _, g := range d.describes() {
		d.group(g)
	}
	d.settle()
	d.gap()
	d.unreachable(d.lost())
	d.gap()
	d.remarks(end)
	d.line(0, span{d.worst(end), summary(end)})
}

func (d *doc) remarks(end *record.End) {
	for _, remark := range remarks(end) {
		d.line(0, span{d.paint.doubt, remark})
	}
}

func (d *doc) worst(end *record.End) *color.Color {
	switch {
	case end.Broken > 0:
		return d.paint.bad
	case end.Unknown > 0:
		return d.paint.doubt
	case end.Kept > 0:
		return d.paint.good
	}
	return d.paint.faint
}

// summary is the last line: "2 hosts, 14 promises: 11 kept, 1 broken, 2 unknown in 0.6 s".
func summary(end *record.End) string { return totals(end) + " in " + seconds(end.Elapsed) }

// totals is the summary without the time that the run took.
func totals(end *record.End) string {
	words := []string{thousands(end.Kept) + " kept"}
	for _, w := range []struct {
		n    int
		word string
	}{{end.Broken, "broken"}, {end.Unknown, "unknown"}, {end.Skipped, "skipped"}} {
		if w.n > 0 {
			words = append(words, thousands(w.n)+" "+w.word)
		}
	}
	return fmt.Sprintf("%s, %s: %s", count(end.Targets, "host"), count(promises(end), "promise"), strings.Join(words, ", "))
}

// seconds is how long a run took; a quick one took more than 0.0 s.
func seconds(elapsed float64) string {
	if elapsed < 0.095 {
		return fmt.Sprintf("%.2f s", elapsed)
	}
	return fmt.Sprintf("%.1f s", elapsed)
}
