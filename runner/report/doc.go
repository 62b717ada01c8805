package report

import (
	"io"

	"github.com/fatih/color"

	"github.com/avow-dev/avow/runner/record"
)

// Doc renders a run as documentation: describes, targets, things, and a sentence for each promise. With one target
// it prints as events come. With several it prints at the end, what targets have in common once, and which of them
// differ under the promise that differs.
var Doc = &Format{Name: "doc", Summary: "sentences for people, as the spec groups them", New: newDoc}

// doc is the state of one report.
type doc struct {
	*page
	run      *record.Run
	perHost  bool
	several  bool
	seen     int                  // of the run's targets
	held     int                  // the first target that is printed at the end; -1 for none
	alone    *record.TargetResult // the one that is printed as its events come
	standing string               // the targets of the host line that stands
	kept     map[keptAnswer]*record.Answer
}

func newDoc(w io.Writer, o Options) Report {
	d := &doc{page: newPage(newTerminal(w, o), o.Quiet), perHost: o.PerHost, several: true, held: -1, kept: map[keptAnswer]*record.Answer{}}
	return func(e record.Event, run *record.Run) error {
		d.run = run
		d.event(e)
		return d.flush()
	}
}

func (d *doc) event(e record.Event) {
	if t := d.run.Current(); t != nil && t.Index >= d.seen {
		d.seen = t.Index + 1
		d.begin(t)
	}
	switch {
	case e.Start != nil:
		d.several = e.Start.Targets != 1
		d.scope(e.Start)
	case e.Promise != nil && d.held < 0:
		d.promise(headingOf(d.alone), e.Promise)
	case e.End != nil:
		d.finish(e.End)
	}
}

// scope says before everything else that the run is a part.
func (d *doc) scope(start *record.Start) {
	for i, line := range wrap(caveat(start), d.width-2) {
		if line != "" {
			d.line(2*min(i, 1), span{d.paint.doubt, line})
		}
	}
	d.gap()
}

// begin decides whether a target is printed at the end. One that could not be reached is, too, for then nothing comes
// slowly, and how many promises are unknown is one line.
func (d *doc) begin(t *record.TargetResult) {
	if d.held < 0 && (d.several || t.Error != "") {
		d.held = t.Index
	}
	d.alone = t
}

// finish prints the targets that were held back, and the last lines.
func (d *doc) finish(end *record.End) {
	if d.held >= 0 {
		d.groups()
	}
	d.settle()
	d.gap()
	if d.held >= 0 {
		d.unreachable(d.run.Unreachable(d.perHost))
	}
	d.gap()
	for _, remark := range remarks(end) {
		d.line(0, span{d.paint.doubt, remark})
	}
	d.line(0, span{d.worst(end), summary(end)})
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
