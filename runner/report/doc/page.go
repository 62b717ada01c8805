package doc

import (
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record/plain"

	"github.com/fatih/color"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// page prints promises one after the other, with the headings that change: the describe, the host, the thing.
type page struct {
	*words.Terminal
	quiet bool

	path   []string        // the current describe
	whys   map[string]bool // the describes whose why is printed
	host   string          // the current host line
	indent int             // of the things under both
	thing  record.Thing
	why    string         // of the thing
	reason string         // of the last promises, to be printed once below them
	output []words.Stream // of their command, to be printed below the reason
	shown  [2]string      // output of the thing's command that is printed already
}

func newPage(t *words.Terminal, quiet bool) *page {
	return &page{Terminal: t, quiet: quiet, whys: map[string]bool{}}
}

// promise prints one promise of a host, and the headings that it needs.
func (p *page) promise(host string, promise *record.Promise) {
	if p.quiet && promise.Status == record.Kept {
		return
	}
	p.describe(promise.Path, promise.PathWhys)
	p.on(host)
	p.about(promise)
	p.verdict(promise)
}

// describe prints the titles that differ from the current ones. After a nested describe, the title of its parent is
// printed again, without its why.
func (p *page) describe(path, whys []string) {
	if slices.Equal(path, p.path) {
		return
	}
	p.flushReason()
	same := 0
	for same < len(path)-1 && same < len(p.path) && path[same] == p.path[same] {
		same++
	}
	for i := same; i < len(path); i++ {
		p.Gap()
		p.heading(2*i, path[i], p.newWhy(path[:i+1], whys), p.Paint.Title)
	}
	p.Gap()
	p.path, p.thing, p.indent = slices.Clone(path), record.Thing{}, 2*len(path)
}

// newWhy returns the why of a describe, the first time.
func (p *page) newWhy(path, whys []string) string {
	key := strings.Join(path, "\x00")
	if p.whys[key] || len(whys) < len(path) {
		return ""
	}
	p.whys[key] = true
	return whys[len(path)-1]
}

// on prints the host line, or lines: its words are safe, so the line breaks are the caller's.
func (p *page) on(host string) {
	if host == p.host {
		return
	}
	p.flushReason()
	p.Gap()
	for i, line := range strings.Split(host, "\n") {
		p.Line(2*len(p.path)+2*min(i, 1), span(p.Paint.Place, line))
	}
	p.host, p.thing, p.indent = host, record.Thing{}, 2*len(p.path)+2
}

func (p *page) about(promise *record.Promise) {
	now := promise.Thing()
	if now == p.thing {
		return
	}
	p.flushReason()
	title := promise.Title
	if title == "" {
		title = words.Noun(promise) + " " + promise.Name
	}
	p.heading(p.indent, title, promise.Why, nil)
	p.thing, p.why, p.shown = now, promise.Why, [2]string{}
}

// heading prints a title and its why: beside it if there is room, else below it.
func (p *page) heading(indent int, title, why string, paint *color.Color) {
	title, why = plain.Value(title, words.MaxTitle), words.Prose(why)
	if why == "" {
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

// span returns a piece of a line.
func span(paint *color.Color, text string) words.Span { return words.Span{Paint: paint, Text: text} }
