package diff

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/spec/cilog"
)

// Doc renders changes as sentences for people.
var Doc = &Format{Name: "doc", Summary: "sentences for people", Write: writeDoc}

// doc prints to a terminal. Every text goes through line, which makes it safe.
type doc struct {
	bytes.Buffer
	color bool
}

func writeDoc(w io.Writer, changes *record.Changes, o Options) error {
	c := view{changes}
	d := &doc{color: o.Color}
	d.line(0, color.Faint, "old  "+remark(c.Old))
	d.line(0, color.Faint, "new  "+remark(c.New))
	d.hosts(c)
	for _, s := range c.sections() {
		d.section(s)
	}
	d.line(0, color.Reset, "")
	d.line(0, paint(c), c.summary())
	_, err := w.Write(d.Bytes())
	return err
}

func paint(c view) color.Attribute {
	if c.Worse() {
		return color.FgRed
	}
	return color.FgGreen
}

func (d *doc) line(indent int, attribute color.Attribute, text string) {
	text = cilog.EscapeLine(strings.Repeat(" ", indent) + plain.Value(text, 4*maxValue))[indent:]
	if d.color && attribute != color.Reset && text != "" {
		c := color.New(attribute)
		c.EnableColor()
		text = c.Sprint(text)
	}
	if text != "" {
		d.WriteString(strings.Repeat(" ", indent))
	}
	d.WriteString(text + "\n")
}

func (d *doc) hosts(c view) {
	if len(c.Targets) == 0 {
		return
	}
	d.line(0, color.Reset, "")
	d.line(0, color.Bold, "Hosts")
	for _, h := range c.Targets {
		d.line(2, color.Reset, c.hostLine(h))
	}
}

func (d *doc) section(s section) {
	d.line(0, color.Reset, "")
	d.line(0, color.Bold, s.title)
	above, thingAbove := "", ""
	for _, f := range s.folds {
		p := f.Promise()
		place := plain.Value(strings.Join(p.Path, " / "), maxName) + " · " + plain.Value(f.on(), maxValue)
		if place != above {
			d.line(2, color.FgCyan, strings.TrimPrefix(place, " · "))
			thingAbove = ""
		}
		if thing(p) != thingAbove {
			d.line(4, color.Reset, plain.Value(thing(p), maxName))
		}
		above, thingAbove = place, thing(p)
		d.change(f)
	}
}

var marks = map[record.Status]struct {
	mark  string
	paint color.Attribute
}{
	record.Kept: {"✓", color.FgGreen}, record.Broken: {"✗", color.FgRed},
	record.Unknown: {"?", color.FgYellow}, record.Skipped: {"–", color.Faint},
}

func (d *doc) change(f *sameChange) {
	p := f.Promise()
	mark := marks[p.Status]
	d.line(6, mark.paint, mark.mark+" "+plain.Value(p.Says, maxName))
	for _, x := range f.details() {
		if x.text != "" {
			d.line(10, color.Reset, fmt.Sprintf("%-10s%s", x.label, plain.Value(x.text, maxValue)))
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
