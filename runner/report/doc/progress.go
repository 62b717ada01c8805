package doc

import (
	"bytes"
	"io"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// progress prints marks, and keeps the output of doc until the end.
type progress struct {
	*words.Terminal
	column int
	doc    func(record.Event, *record.Run) error
	text   bytes.Buffer // of doc
}

// NewProgress returns a report that shows progress.
func NewProgress(w io.Writer, o words.Options) func(record.Event, *record.Run) error {
	d := &progress{Terminal: words.NewTerminal(w, o.Color, o.Width)}
	o.Quiet = true
	d.doc = New(&d.text, o)
	return func(e record.Event, run *record.Run) error {
		d.event(e, run)
		return d.Flush()
	}
}

func (d *progress) event(e record.Event, run *record.Run) {
	_ = d.doc(e, run) // a buffer returns no error
	switch {
	case e.Promise != nil:
		mark := d.Mark(e.Promise.Status)
		if e.Promise.Status == record.Kept {
			mark.Text = "."
		}
		d.Lines.WriteString(mark.Paint.Sprint(mark.Text))
		if d.column++; d.column == d.Width {
			d.Lines.WriteByte('\n')
			d.column = 0
		}
	case e.End != nil:
		if d.column > 0 {
			d.Lines.WriteByte('\n')
		}
		if e.End.Counts().All() > 0 {
			d.Lines.WriteByte('\n')
		}
		d.Lines.Write(d.text.Bytes())
	}
}
