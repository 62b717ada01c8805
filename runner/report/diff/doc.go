package diff

import (
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

// Doc renders changes as sentences for people.
var Doc = &Format{Name: "doc", Summary: "sentences for people", Write: writeDoc}

// doc prints to a terminal.
type doc struct{ *words.Terminal }

func writeDoc(w io.Writer, changes *record.Changes, color bool) error {
	c := view{changes}
	d := doc{words.NewTerminal(w, color, 0)}
	d.line(0, d.Paint.Faint, "old  "+remark(c.Old))
	d.line(0, d.Paint.Faint, "new  "+remark(c.New))
	if len(c.Targets) > 0 {
		d.Gap()
		d.line(0, d.Paint.Title, "Hosts")
	}
	for _, h := range c.Targets {
		d.line(2, nil, plain.Value(c.hostLine(h), 4*maxValue))
	}
	for _, s := range c.sections() {
		d.section(s)
	}
	d.Gap()
	paint := d.Paint.Good
	if c.Worse() {
		paint = d.Paint.Bad
	}
	d.line(0, paint, c.summary())
	return d.Flush()
}

func (d doc) line(indent int, paint *color.Color, text string) {
	d.Line(indent, words.Span{Paint: paint, Text: text})
}

func (d doc) section(s section) {
	d.Gap()
	d.line(0, d.Paint.Title, s.title)
	above, thingAbove := "", ""
	for _, f := range s.folds {
		p := f.Promise()
		place := plain.Value(strings.Join(p.Path, " / "), maxName) + " · " + plain.Value(f.on(), maxValue)
		if place != above { // a thing of the same name on other targets is another one
			d.line(2, d.Paint.Place, strings.TrimPrefix(place, " · "))
			thingAbove = ""
		}
		if thing(p) != thingAbove {
			d.line(4, nil, plain.Value(thing(p), maxName))
		}
		above, thingAbove = place, thing(p)
		mark := d.Mark(p.Status)
		d.line(6, mark.Paint, mark.Text+" "+plain.Value(p.Says, maxName))
		for _, x := range f.details() {
			if x.text != "" {
				d.line(10, nil, fmt.Sprintf("%-10s%s", x.label, plain.Value(x.text, maxValue)))
			}
		}
	}
}

// detail is a line beside a label.
type detail struct{ label, text string }

// details returns what there is to show of a change beyond the promise itself.
func (f *sameChange) details() []detail {
	var out []detail
	if f.Old != nil {
		out = append(out, detail{"old", state(f.Old)})
	}
	if f.New != nil {
		out = append(out, detail{"new", state(f.New)}, detail{"note", f.New.Note})
	}
	p := f.Promise()
	at := fmt.Sprintf("%s:%d,%d", p.Pos.File, p.Pos.Line, p.Pos.Column)
	return append(out, detail{"expected", f.expected()}, detail{"at", at})
}

// expected returns the expectation before and now, if it changed, or that of a broken promise.
func (f *sameChange) expected() string {
	switch p := f.Promise(); {
	case f.Old != nil && f.New != nil && f.Old.Expected != f.New.Expected:
		return plain.Value(f.Old.Expected, maxValue/2) + " → " + plain.Value(f.New.Expected, maxValue/2)
	case p.Status == record.Broken:
		return p.Expected
	}
	return ""
}
