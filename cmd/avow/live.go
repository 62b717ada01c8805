package main

import (
	"io"
	"slices"

	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/runner/report"
)

// live keeps a line on the terminal that says how far the run is, where there is one and several machines.
// It makes the run update it, and what is printed on a terminal erase it; the last one to erase is the caller.
func live(options *runner.Options, outs []*output, machines int, stderr io.Writer) (erase func()) {
	if _, width := terminal(stderr); width == 0 || machines < 2 || options.Log != nil || slices.ContainsFunc(outs, stopsInLine) {
		return func() {}
	}
	update, erase := report.Live(stderr, func() int {
		_, width := terminal(stderr)
		return width
	})
	options.Progress = func(p runner.Progress) {
		update(report.Progress{Done: p.Done, Running: p.Running, Unreachable: p.Unreachable, Targets: p.Machines})
	}
	for _, o := range outs {
		o.erase = erase
	}
	return erase
}

// stopsInLine says whether a report leaves the cursor behind its own marks on a terminal, where a live line would
// erase them.
func stopsInLine(o *output) bool {
	if o.format != report.Dots {
		return false
	}
	_, width := terminal(o.w)
	return width > 0
}
