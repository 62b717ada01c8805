package main

import (
	"io"
	"slices"

	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/runner/report"
)

// live shows the progress on the terminal, if there is one and several targets. The run updates the line, and output on
// a terminal erases it; the caller erases it at the end.
func live(options *runner.Options, outs []*output, targets int, stderr io.Writer) (erase func()) {
	_, width := terminal(stderr)
	if width == 0 || targets < 2 || options.Log != nil || slices.ContainsFunc(outs, stopsInLine) {
		return func() {}
	}
	update, erase := report.Live(stderr, func() int {
		_, width := terminal(stderr)
		return width
	})
	options.Progress = func(p runner.Progress) {
		update(report.Progress(p))
	}
	for _, o := range outs {
		o.erase = erase
	}
	return erase
}

// stopsInLine reports whether a report leaves the cursor after its marks on a terminal, where a live line would erase
// them.
func stopsInLine(o *output) bool {
	if o.format != report.Dots {
		return false
	}
	_, width := terminal(o.w)
	return width > 0
}
