// Package doc renders a run for people at a terminal: common results of targets once, and below a promise the targets
// that differ.
package doc

import (
	"fmt"
	"io"

	"github.com/fatih/color"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

// doc is the state of one report.
type doc struct {
	page     *page
	run      *record.Run
	perHost  bool
	several  bool
	seen     int                    // of the run's targets
	held     int                    // the first target that is printed at the end; -1 for none
	alone    *record.TargetResult   // the target that is printed as its events come
	standing []*record.TargetResult // of the current host line
	kept     map[keptAnswer]*record.Answer
}

// New returns a report for people.
func New(w io.Writer, o words.Options) func(record.Event, *record.Run) error {
	d := &doc{
		page:    &page{Terminal: words.NewTerminal(w, o.Color, o.Width), quiet: o.Quiet},
		perHost: o.PerHost, several: true, held: -1, kept: map[keptAnswer]*record.Answer{},
	}
	return func(e record.Event, run *record.Run) error {
		d.run = run
		d.event(e)
		return d.page.Flush()
	}
}

func (d *doc) event(e record.Event) {
	if t := d.run.Current(); t != nil && t.Index >= d.seen {
		d.seen = t.Index + 1
		// A target that was not reached is printed at the end, too: it has nothing to wait for, and one line counts its
		// unknown promises.
		if d.held < 0 && (d.several || t.Target.Error != "") {
			d.held = t.Index
		}
		d.alone = t
	}
	switch {
	case e.Start != nil:
		d.several = e.Start.Targets != 1
		// Before everything else: what follows is a part.
		for i, line := range words.Wrap(words.Caveat(e.Start), d.page.Width-2) {
			if line != "" {
				d.page.Line(2*min(i, 1), span(d.page.Paint.Doubt, line))
			}
		}
		d.page.Gap()
	case e.Promise != nil && d.held < 0:
		d.page.promise(words.Dotted(d.alone.Target.Name, d.alone), e.Promise)
	case e.End != nil:
		d.finish(e.End)
	}
}

// finish prints the targets that were held back, and the last lines.
func (d *doc) finish(end *record.End) {
	if d.held >= 0 {
		d.groups()
	}
	d.page.flushReason()
	d.page.Gap()
	if d.held >= 0 {
		d.unreachable(d.run.Unreachable(d.perHost))
	}
	d.page.Gap()
	for _, remark := range words.Remarks(end) {
		d.page.Line(0, span(d.page.Paint.Doubt, remark))
	}
	paint := d.page.Paint.Faint
	switch {
	case end.Broken > 0:
		paint = d.page.Paint.Bad
	case end.Unknown > 0:
		paint = d.page.Paint.Doubt
	case end.Kept > 0:
		paint = d.page.Paint.Good
	}
	d.page.Line(0, span(paint, words.Summary(end)))
}

// maxLost limits the reasons for unreachable targets on a page for people.
const maxLost = 20

// unreachable prints the targets that were not reached, or were lost, by reason and within the limit.
func (d *doc) unreachable(list []*record.Unreachable) {
	names := words.NamesOf(d.run.Targets)
	for _, u := range list[:min(len(list), maxLost)] {
		mark := "? "
		for _, line := range words.Pack(names.Some(u.Targets), d.page.Width-2, " "+words.CouldNotBeReached(u)) {
			d.page.Line(0, span(d.page.Paint.Doubt, mark+line))
			mark = "  "
		}
	}
	if len(list) <= maxLost {
		return
	}
	targets, unknown := 0, 0
	for _, u := range list[maxLost:] {
		targets, unknown = targets+len(u.Targets), unknown+u.Unknown
	}
	d.page.Line(0, span(d.page.Paint.Doubt, fmt.Sprintf("? and %s, with %s unknown; the JSON report lists them all",
		plain.Count(targets, "more host"), plain.Count(unknown, "promise"))))
}

// span returns a piece of a line.
func span(paint *color.Color, text string) words.Span { return words.Span{Paint: paint, Text: text} }
