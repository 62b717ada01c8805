// Package report has the ways in which a run is told: for people and for machines, one file a format.
//
// A report is a function of the one stream of events ([runner.Event]) and a closure over its own state. It
// writes to one writer and decides nothing: exit codes, colour and where the writer leads are the caller's.
// A new format is one new file and one line in list.go.
package report

import (
	"errors"
	"io"

	"github.com/avow-dev/avow/runner/record"
)

// Report is called with every event of a run, in order, and with the run as it is with that event. It returns the
// writer's error.
type Report func(record.Event, *record.Run) error

// Options say how to print. The caller decides them for each writer.
type Options struct {
	Color   bool
	Width   int  // in columns; 0 means 80
	Quiet   bool // doc: only what is not kept, and the last line
	PerHost bool // doc: every host apart, whatever it has in common with others
	NoTime  bool // markdown, html: without what changes at every run: times, the version

	SpecURL string // html: where the spec can be read, with {file} and {line}; "" for nowhere

	Summary io.Writer  // github: where the summary of the job goes; nil for nowhere
	History []SavedRun // html: runs before this one, the oldest first
}

// SavedRun is one run that is over, all its events in order.
type SavedRun []record.Event

// Format is one way to tell a run.
type Format struct {
	Name    string
	Summary string // one line, no full stop
	Plans   bool   // it can tell what is promised where nothing was looked at (Start.Planned)

	// New tells a run on a writer. A format has it, or Folder.
	New func(io.Writer, Options) Report
	// Folder tells a run as files in a folder that is there and can be written.
	Folder func(dir string, _ Options) Report
}

// All returns a function that gives the events of a run to several reports at once. A report that failed is not called
// again, its error stays.
func All(reports ...Report) func(record.Event) error {
	run := record.NewRun()
	errs := make([]error, len(reports))
	return func(e record.Event) error {
		e = e.Text()
		run.Add(e)
		for i, report := range reports {
			if errs[i] == nil {
				errs[i] = report(e, run)
			}
		}
		return errors.Join(errs...)
	}
}
