package doc

import (
	"fmt"
	"strings"

	"github.com/avow-dev/avow/runner/record/plain"

	"github.com/fatih/color"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

const detailAt = 6 // columns from a thing's heading to the details of a promise

// verdict prints the promise's line and its details. A reason that consecutive promises share is printed after the last
// of them.
func (p *page) verdict(promise *record.Promise) {
	reason := words.ReasonOf(promise)
	if reason != p.reason {
		p.flushReason()
	}
	p.sentence(promise)
	p.reason = reason
	switch promise.Status {
	case record.Broken:
		p.evidence(promise)
	case record.Unknown:
		p.output = p.unshown(promise)
	}
}

// unshown returns the output of the promise's command, unless another promise of it shows that already.
func (p *page) unshown(promise *record.Promise) []words.Stream {
	if now := [2]string{promise.Stdout, promise.Stderr}; now != p.shown {
		p.shown = now
		return words.Streams(promise)
	}
	return p.output
}

// printed prints what a command printed.
func (p *page) printed(output []words.Stream) {
	for _, s := range output {
		p.detail(s.Name, words.NeutralLines(s.Text)...)
	}
}

// flushReason prints the pending reason.
func (p *page) flushReason() {
	if p.reason != "" {
		p.Line(p.indent+detailAt, span(nil, p.reason))
	}
	p.printed(p.output)
	p.reason, p.output = "", nil
}

func (p *page) mark(s record.Status) (*color.Color, string) {
	switch s {
	case record.Kept:
		return p.Paint.Good, "✓"
	case record.Broken:
		return p.Paint.Bad, "✗"
	case record.Skipped:
		return p.Paint.Faint, "–"
	}
	return p.Paint.Doubt, "?"
}

func (p *page) sentence(promise *record.Promise) {
	p.say(promise, margin(promise, p.room(promise)-2))
}

// room returns the columns between a promise's sentence and the margin.
func (p *page) room(promise *record.Promise) int {
	_, mark := p.mark(promise.Status)
	return p.Width - 2 - (p.indent + 2 + words.Runes(mark) + 1 + words.Runes(plain.Value(promise.Says, words.MaxTitle)))
}

// say prints the promise's sentence, and a text at the right margin.
func (p *page) say(promise *record.Promise, beyond string) {
	paint, mark := p.mark(promise.Status)
	says := plain.Value(promise.Says, words.MaxTitle)
	if beyond == "" {
		p.Line(p.indent+2, span(paint, mark), span(nil, " "+says))
		return
	}
	blanks := strings.Repeat(" ", max(p.room(promise)-words.Runes(beyond), 2))
	p.Line(p.indent+2, span(paint, mark), span(nil, " "+says+blanks), span(p.Paint.Faint, beyond))
}

// margin returns the text to the right of a promise: the value if it adds information and there is room, and how long
// it took if the promise waited.
func margin(promise *record.Promise, room int) string {
	waited := ""
	if promise.Elapsed > 0 {
		waited = fmt.Sprintf("after %.1fs", promise.Elapsed)
	}
	value := words.News(promise)
	if waited != "" && value != "" {
		value += ", " + waited
	}
	if value != "" && words.Runes(value) <= room {
		return value
	}
	return waited
}

// evidence prints the details of a broken promise. Beside a diff, values are short.
func (p *page) evidence(promise *record.Promise) {
	limit := words.MaxValue
	if promise.Diff != "" {
		limit = p.Width - p.indent - detailAt - words.LabelWidth
	}
	if words.YesOrNo(promise) {
		p.detail("note", plain.Value(promise.FullNote(), words.MaxValue))
	} else {
		p.detail("expected", words.Shown(promise.Expected, limit)...)
		p.found(promise, limit)
	}
	p.detail("at", words.Position(promise.Pos))
	if promise.Why != p.why {
		p.detail("why", words.Wrap(words.Prose(promise.Why), p.Width-p.indent-detailAt-words.LabelWidth)...)
	}
	p.diff(promise.Diff)
	if promise.Stdout+promise.Stderr != "" {
		p.printed(p.unshown(promise))
	}
}

// found prints the actual value and its note. It does not repeat a text that the diff shows.
func (p *page) found(promise *record.Promise, limit int) {
	if !words.IsText(promise.Found) {
		p.detail("found", words.Beside(promise.Found, promise.FullNote(), limit))
		return
	}
	if promise.Diff == "" {
		p.detail("found", words.Shown(promise.Found, limit)...)
	}
	p.detail("note", plain.Value(promise.FullNote(), words.MaxValue))
}

// detail prints lines beside a label; nothing without lines.
func (p *page) detail(label string, lines ...string) {
	if len(lines) == 1 && lines[0] == "" {
		return
	}
	for i, line := range lines {
		switch {
		case i == 0:
			p.Line(p.indent+detailAt, span(p.Paint.Faint, fmt.Sprintf("%-*s", words.LabelWidth, label)), span(nil, line))
		case line == "":
			p.Line(0)
		default:
			p.Line(p.indent+detailAt+words.LabelWidth, span(nil, line))
		}
	}
}

func (p *page) diff(text string) {
	if text == "" {
		return
	}
	p.Line(p.indent+detailAt, span(p.Paint.Faint, "diff"))
	for _, line := range words.NeutralLines(text) {
		p.Line(p.indent+detailAt+2, span(p.lineOfDiff(line), line))
	}
}

func (p *page) lineOfDiff(line string) *color.Color {
	switch line[:min(1, len(line))] {
	case "+":
		return p.Paint.Good
	case "-":
		return p.Paint.Bad
	case "@":
		return p.Paint.Place
	}
	return nil
}
