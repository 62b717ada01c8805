// Package report has the formats in which a run is reported, for people and for programs: one file or folder a
// format.
//
// A report is a function of the one stream of events ([record.Event]) and of the run that is made of it
// ([record.Run]). It writes to one writer and decides nothing: exit codes, colour and where the writer leads are the
// caller's. A new format is one new file and one line in list.go.
package report

import (
	"errors"
	"io"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec/resource"
)

// Report is called with every event of a run, in order, and with the run as it is with that event. The texts of both
// are safe to be shown ([record.Event.Safe]): a format escapes what its own syntax reads, and cuts. It returns the
// writer's error.
type Report func(record.Event, *record.Run) error

// Options say how to print. The caller decides them for each writer.
type Options struct {
	Color   bool
	Width   int  // in columns; 0 means 80
	Quiet   bool // doc: only what is not kept, and the last line
	PerHost bool // doc: every target separately, whatever it has in common with others
	NoTime  bool // markdown, html: without what changes at every run: times, the version

	SpecURL string // html: where the spec can be read, with {file} and {line}; "" for nowhere

	Catalog *resource.Catalog // sarif: what attributes mean; nil where that is not known
	Summary io.Writer         // github: where the summary of the job goes; nil for nowhere
	History [][]record.Event  // html: runs before this one, the oldest first
}

// Format is one way to report a run.
type Format struct {
	Name    string
	Summary string // one line, no full stop
	Plans   bool   // it can render what is promised where nothing was checked (Start.Planned)

	// New returns a report on a writer. A format has it, or Folder.
	New func(io.Writer, Options) Report
	// Folder returns a report that is files in a folder, which is there and can be written.
	Folder func(dir string, _ Options) Report
}

// All returns a function that gives the events of a run to several reports at once. A report that failed is not called
// again, its error stays.
func All(reports ...Report) func(record.Event) error {
	run := record.NewRun()
	errs := make([]error, len(reports))
	return func(e record.Event) error {
		safe := run.Add(e)
		for i, report := range reports {
			if errs[i] == nil {
				errs[i] = report(safe, run)
			}
		}
		return errors.Join(errs...)
	}
}
