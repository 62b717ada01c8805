// Package doc renders a run for people at a terminal: common results of targets once, and below a promise the targets
// that differ.
package doc

import (
	"io"

	"github.com/fatih/color"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// doc is the state of one report.
type doc struct {
	*page
	run      *record.Run
	perHost  bool
	several  bool
	seen     int                  // of the run's targets
	held     int                  // the first target that is printed at the end; -1 for none
	alone    *record.TargetResult // the target that is printed as its events come
	standing string               // the targets of the current host line
	kept     map[keptAnswer]*record.Answer
}

// Options are the options of the format.
type Options struct {
	Color   bool
	Width   int  // in columns; 0 means 80
	Quiet   bool // only promises that are not kept, and the last line
	PerHost bool // every target separately, even if results are equal
}

// New returns a report for people.
func New(w io.Writer, o Options) func(record.Event, *record.Run) error {
	d := &doc{
		page:    newPage(words.NewTerminal(w, o.Color, o.Width), o.Quiet),
		perHost: o.PerHost, several: true, held: -1, kept: map[keptAnswer]*record.Answer{},
	}
	return func(e record.Event, run *record.Run) error {
		d.run = run
		d.event(e)
		return d.Flush()
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
		d.promise(words.HeadingOf(d.alone), e.Promise)
	case e.End != nil:
		d.finish(e.End)
	}
}

// scope prints, before everything else, that the run is a part.
func (d *doc) scope(start *record.Start) {
	for i, line := range words.Wrap(words.Caveat(start), d.Width-2) {
		if line != "" {
			d.Line(2*min(i, 1), span(d.Paint.Doubt, line))
		}
	}
	d.Gap()
}

// begin decides whether a target is printed at the end. So is a target that was not reached: it has nothing to wait
// for, and one line counts its unknown promises.
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
	d.flushReason()
	d.Gap()
	if d.held >= 0 {
		d.unreachable(d.run.Unreachable(d.perHost))
	}
	d.Gap()
	for _, remark := range words.Remarks(end) {
		d.Line(0, span(d.Paint.Doubt, remark))
	}
	d.Line(0, span(d.worst(end), words.Summary(end)))
}

func (d *doc) worst(end *record.End) *color.Color {
	switch {
	case end.Broken > 0:
		return d.Paint.Bad
	case end.Unknown > 0:
		return d.Paint.Doubt
	case end.Kept > 0:
		return d.Paint.Good
	}
	return d.Paint.Faint
}
