package report

import (
	"bytes"
	"io"

	"github.com/avow-dev/avow/runner/record"
)

// Dots tells a run as a mark for each promise as it comes, and at the end what is not kept, as doc tells it. A dot
// is a kept promise, so that the others stand out; their marks are those of doc.
var Dots = &Format{Name: "progress", Summary: "a mark for each promise as it comes, then what is not kept, as in doc", New: newDots}

// dots prints marks, and holds back what doc says until the end.
type dots struct {
	*page
	column int
	doc    Report
	text   bytes.Buffer // of doc
}

func newDots(w io.Writer, o Options) Report {
	d := &dots{page: newPage(newTerminal(w, o), true)}
	o.Quiet = true
	d.doc = newDoc(&d.text, o)
	return func(e record.Event, run *record.Run) error {
		d.event(e, run)
		return d.flush()
	}
}

func (d *dots) event(e record.Event, run *record.Run) {
	_ = d.doc(e, run) // a buffer takes everything
	switch {
	case e.Promise != nil:
		d.dot(e.Promise.Status)
	case e.End != nil:
		if d.column > 0 {
			d.lines.WriteByte('\n')
		}
		if promises(e.End) > 0 {
			d.lines.WriteByte('\n')
		}
		d.lines.Write(d.text.Bytes())
	}
}

func (d *dots) dot(s record.Status) {
	paint, mark := d.mark(s)
	if s == record.Kept {
		mark = "."
	}
	d.lines.WriteString(paint.Sprint(mark))
	if d.column++; d.column == d.width {
		d.lines.WriteByte('\n')
		d.column = 0
	}
}
