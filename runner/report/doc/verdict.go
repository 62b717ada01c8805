package doc

import (
	"fmt"
	"strings"

	"github.com/fatih/color"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

const detailAt = 6 // columns from a thing's heading to the details of a promise

// beyondLabel returns the columns to the right of a detail's label.
func (p *page) beyondLabel() int { return p.Width - p.indent - detailAt - words.LabelWidth }

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

// room returns the columns between a promise's sentence and the margin.
func (p *page) room(promise *record.Promise) int {
	return p.Width - 2 - (p.indent + 2 + words.Runes("✓ "+promise.Says))
}

// sentence prints the promise's sentence, and a text at the right margin.
func (p *page) sentence(promise *record.Promise, margin string) {
	mark := p.Mark(promise.Status)
	if margin == "" {
		p.Line(p.indent+2, mark, span(nil, " "+promise.Says))
		return
	}
	blanks := strings.Repeat(" ", max(p.room(promise)-words.Runes(margin), 2))
	p.Line(p.indent+2, mark, span(nil, " "+promise.Says+blanks), span(p.Paint.Faint, margin))
}

// waited returns how long it took, if the promise waited.
func waited(promise *record.Promise) string {
	if promise.Elapsed > 0 {
		return fmt.Sprintf("after %.1fs", promise.Elapsed)
	}
	return ""
}

// margin returns the text to the right of a promise: the value if it adds information and there is room, and how long
// it took.
func margin(promise *record.Promise, room int) string {
	wait := waited(promise)
	value := words.News(promise)
	if wait != "" && value != "" {
		value += ", " + wait
	}
	if value != "" && words.Runes(value) <= room {
		return value
	}
	return wait
}

// evidence prints the details of a broken promise. Beside a diff, values are short.
func (p *page) evidence(promise *record.Promise) {
	limit := words.MaxValue
	if promise.Diff != "" {
		limit = p.beyondLabel()
	}
	if words.YesOrNo(promise) {
		p.detail("note", plain.Value(promise.FullNote(), words.MaxValue))
	} else {
		p.detail("expected", words.Shown(promise.Expected, limit)...)
		p.found(promise, limit)
	}
	p.detail("at", words.Position(promise.Pos))
	if promise.Why != p.why {
		p.detail("why", words.Wrap(words.Prose(promise.Why), p.beyondLabel())...)
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
			p.Line(0) // without blanks at its end
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
	paints := map[string]*color.Color{"+": p.Paint.Good, "-": p.Paint.Bad, "@": p.Paint.Place}
	for _, line := range words.NeutralLines(text) {
		p.Line(p.indent+detailAt+2, span(paints[line[:min(1, len(line))]], line))
	}
}
