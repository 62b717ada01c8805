package report

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/fatih/color"

	"github.com/avow-dev/avow/runner/record"
)

const (
	maxMargin  = 40 // characters of a value at the right margin
	detailAt   = 6  // columns from a thing's heading to what is told below a promise
	labelWidth = 10 // columns of "expected", "found", "at", "why"
)

// verdict prints the promise's line and what there is to say below it. The same reason of consecutive
// promises is held back until the last of them.
func (p *page) verdict(promise *record.Promise) {
	reason := reasonOf(promise)
	if reason != p.reason {
		p.settle()
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

// unshown is what the promise's command printed, if it does not stand below another promise of it.
func (p *page) unshown(promise *record.Promise) []stream {
	if now := [2]string{promise.Stdout, promise.Stderr}; now != p.shown {
		p.shown = now
		return streams(promise)
	}
	return p.output
}

// printed prints what a command printed.
func (p *page) printed(output []stream) {
	for _, s := range output {
		p.detail(s.name, neutralLines(s.text)...)
	}
}

// settle prints the reason that was held back.
func (p *page) settle() {
	if p.reason != "" {
		p.line(p.indent+detailAt, span{nil, p.reason})
	}
	p.printed(p.output)
	p.reason, p.output = "", nil
}

func reasonOf(promise *record.Promise) string {
	switch promise.Status {
	case record.Unknown:
		return "not checked: " + cmp.Or(beside(promise.Reason, promise.Note, maxValue), "no reason given")
	case record.Skipped:
		return "skipped: " + cmp.Or(beside(promise.Reason, promise.Note, maxValue), "no reason given")
	}
	return ""
}

// beside joins what was found, or why not, and the note on it.
func beside(text, note string, limit int) string {
	text, note = neutral(text, limit), neutral(note, maxValue)
	if text != "" && note != "" {
		return text + "; " + note
	}
	return text + note
}

func (p *page) mark(s record.Status) (*color.Color, string) {
	switch s {
	case record.Kept:
		return p.paint.good, "✓"
	case record.Broken:
		return p.paint.bad, "✗"
	case record.Skipped:
		return p.paint.faint, "–"
	}
	return p.paint.doubt, "?"
}

func (p *page) sentence(promise *record.Promise) {
	p.say(promise, margin(promise, p.room(promise)-2))
}

// room is the columns between a promise's sentence and the margin.
func (p *page) room(promise *record.Promise) int {
	_, mark := p.mark(promise.Status)
	return p.width - 2 - (p.indent + 2 + runes(mark) + 1 + runes(neutral(promise.Says, maxTitle)))
}

// say prints the promise's sentence, and at the right margin what there is to say beyond it.
func (p *page) say(promise *record.Promise, beyond string) {
	paint, mark := p.mark(promise.Status)
	says := neutral(promise.Says, maxTitle)
	if beyond == "" {
		p.line(p.indent+2, span{paint, mark}, span{nil, " " + says})
		return
	}
	blanks := strings.Repeat(" ", max(p.room(promise)-runes(beyond), 2))
	p.line(p.indent+2, span{paint, mark}, span{nil, " " + says + blanks}, span{p.paint.faint, beyond})
}

// margin is what stands to the right of a promise: the value if it is news and there is room, and how long
// it took if the promise waited.
func margin(promise *record.Promise, room int) string {
	waited := ""
	if promise.Elapsed > 0 {
		waited = fmt.Sprintf("after %.1fs", promise.Elapsed)
	}
	value := news(promise)
	if waited != "" && value != "" {
		value += ", " + waited
	}
	if value != "" && runes(value) <= room {
		return value
	}
	return waited
}

// news is a short found value that the sentence of a kept promise does not already say, or "".
func news(promise *record.Promise) string {
	value := bare(promise.Found)
	said := value == bare(promise.Expected) || strings.HasSuffix(promise.Says, " is "+value)
	if promise.Status != record.Kept || said || value == "true" || value == "false" {
		return ""
	}
	if value = neutral(value, maxLine); runes(value) > maxMargin {
		return ""
	}
	return value
}

// bare is a value without the quotes that a spec would put around it.
func bare(value string) string {
	if s, err := strconv.Unquote(value); err == nil && strings.HasPrefix(value, `"`) {
		return s
	}
	return value
}

// evidence prints what is to be known of a broken promise. Beside a diff the values themselves are short.
func (p *page) evidence(promise *record.Promise) {
	limit := maxValue
	if promise.Diff != "" {
		limit = p.width - p.indent - detailAt - labelWidth
	}
	if yesOrNo(promise) {
		p.detail("note", neutral(promise.FullNote(), maxValue))
	} else {
		p.detail("expected", shown(promise.Expected, limit)...)
		p.found(promise, limit)
	}
	p.detail("at", position(promise.Pos))
	if promise.Why != p.why {
		p.detail("why", wrap(prose(promise.Why), p.width-p.indent-detailAt-labelWidth)...)
	}
	p.diff(promise.Diff)
	if promise.Stdout+promise.Stderr != "" {
		p.printed(p.unshown(promise))
	}
}

// found prints what was found and the note on it. A text that the diff shows is not shown twice.
func (p *page) found(promise *record.Promise, limit int) {
	if !isText(promise.Found) {
		p.detail("found", beside(promise.Found, promise.FullNote(), limit))
		return
	}
	if promise.Diff == "" {
		p.detail("found", shown(promise.Found, limit)...)
	}
	p.detail("note", neutral(promise.FullNote(), maxValue))
}

// isText tells texts of several lines from values that happen to end one.
func isText(value string) bool { return strings.Contains(strings.TrimSuffix(value, "\n"), "\n") }

func shown(value string, limit int) []string {
	if isText(value) {
		return neutralLines(value)
	}
	return []string{neutral(value, limit)}
}

func position(pos record.Position) string {
	return fmt.Sprintf("%s:%d,%d", neutral(pos.File, maxTitle), pos.Line, pos.Column)
}

// detail prints lines beside a label; nothing if there is nothing to say.
func (p *page) detail(label string, lines ...string) {
	if len(lines) == 1 && lines[0] == "" {
		return
	}
	for i, line := range lines {
		switch {
		case i == 0:
			p.line(p.indent+detailAt, span{p.paint.faint, fmt.Sprintf("%-*s", labelWidth, label)}, span{nil, line})
		case line == "":
			p.line(0)
		default:
			p.line(p.indent+detailAt+labelWidth, span{nil, line})
		}
	}
}

func (p *page) diff(text string) {
	if text == "" {
		return
	}
	p.line(p.indent+detailAt, span{p.paint.faint, "diff"})
	for _, line := range neutralLines(text) {
		p.line(p.indent+detailAt+2, span{p.lineOfDiff(line), line})
	}
}

func (p *page) lineOfDiff(line string) *color.Color {
	switch line[:min(1, len(line))] {
	case "+":
		return p.paint.good
	case "-":
		return p.paint.bad
	case "@":
		return p.paint.place
	}
	return nil
}
