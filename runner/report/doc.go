package report

import (
	"io"

	"github.com/avow-dev/avow/runner/report/doc"
)

// Doc renders a run as documentation: describes, targets, things, and a sentence for each promise. With one target
// it prints as events come. With several it prints at the end, what targets have in common once, and which of them
// differ under the promise that differs.
var Doc = &Format{
	Name:    "doc",
	Summary: "sentences for people, as the spec groups them",
	New:     func(w io.Writer, o Options) Report { return doc.New(w, o.doc()) },
}

// Dots renders a run as a mark for each promise as it comes, and at the end what is not kept, as doc does. A dot
// is a kept promise, so that the others stand out; their marks are those of doc.
var Dots = &Format{
	Name:    "progress",
	Summary: "a mark for each promise as it comes, then what is not kept, as in doc",
	New:     func(w io.Writer, o Options) Report { return doc.NewProgress(w, o.doc()) },
}

// doc returns the options of the formats for people.
func (o Options) doc() doc.Options {
	return doc.Options{Color: o.Color, Width: o.Width, Quiet: o.Quiet, PerHost: o.PerHost}
}
