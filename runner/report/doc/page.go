package doc

import (
	"slices"
	"strings"

	"github.com/fatih/color"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

// page prints promises one after the other, with the headings that change: the describe, the host, the thing.
type page struct {
	*words.Terminal
	quiet bool

	titles words.Titles
	host   string // the current host line
	indent int    // of the things under both
	thing  record.Thing
	why    string         // of the thing
	reason string         // of the last promises, to be printed once below them
	output []words.Stream // of their command, to be printed below the reason
	shown  [2]string      // output of the thing's command that is printed already
}

// promise prints one promise of a host, and its details. A reason that consecutive promises share is printed after the
// last of them.
func (p *page) promise(host string, promise *record.Promise) {
	if p.quiet && promise.Status == record.Kept {
		return
	}
	p.headings(host, promise)
	reason := words.ReasonOf(promise)
	if reason != p.reason {
		p.flushReason()
	}
	p.sentence(promise, margin(promise, p.room(promise)-2))
	p.reason = reason
	switch promise.Status {
	case record.Broken:
		p.evidence(promise)
	case record.Unknown:
		p.output = p.unshown(promise)
	}
}

// headings prints the headings that a promise needs. The words of a host line are safe: its line breaks are the
// caller's.
func (p *page) headings(host string, promise *record.Promise) {
	if path := promise.Path; !slices.Equal(path, p.titles.Path) {
		p.flushReason()
		p.titles.Enter(path, promise.PathWhys, func(depth int, title, why string) {
			p.Gap()
			p.heading(2*depth, plain.Value(title, words.MaxTitle), why, p.Paint.Title)
		})
		p.Gap()
		p.thing, p.indent = record.Thing{}, 2*len(path)
	}
	at := 2 * len(promise.Path)
	if host != p.host {
		p.flushReason()
		p.Gap()
		for i, line := range strings.Split(host, "\n") {
			p.Line(at+2*min(i, 1), span(p.Paint.Place, line))
		}
		p.host, p.thing, p.indent = host, record.Thing{}, at+2
	}
	if now := promise.Thing(); now != p.thing {
		p.flushReason()
		p.heading(p.indent, words.Subject(promise), promise.Why, nil)
		p.thing, p.why, p.shown = now, promise.Why, [2]string{}
	}
}

// heading prints a title and its why: beside it if there is room, else below it.
func (p *page) heading(indent int, title, why string, paint *color.Color) {
	if why = words.Prose(why); why == "" {
		p.Line(indent, span(paint, title))
		return
	}
	why = "(" + why + ")"
	if indent+words.Runes(title)+2+words.Runes(why) <= p.Width {
		p.Line(indent, span(paint, title), span(nil, "  "), span(p.Paint.Faint, why))
		return
	}
	p.Line(indent, span(paint, title))
	for _, line := range words.Wrap(why, p.Width-indent-2) {
		p.Line(indent+2, span(p.Paint.Faint, line))
	}
}
