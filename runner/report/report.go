// Package report has the formats of reports, for people and for programs: one file or folder for each.
//
// A report is a function of the one stream of events ([record.Event]) and of the run that they build ([record.Run]). It
// writes to one writer and decides nothing: exit codes, colour and the destination belong to the caller. A new format
// is one new file and one line in list.go.
package report

import (
	"errors"
	"io"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// Report is called with every event of a run, in order, and with the run up to that event. The texts of both are safe
// to show ([record.Event.Safe]): a format escapes for its own syntax, and cuts. It returns the writer's error.
type Report = func(record.Event, *record.Run) error

// Options are the options of a report. The caller sets them for each writer.
type Options = words.Options

// Format is one way to report a run.
type Format struct {
	Name    string
	Summary string // one line, no full stop
	Plans   bool   // it can render promises without checks (Start.Planned)

	// New returns a report on a writer. A format has either New or Folder.
	New func(io.Writer, Options) Report
	// Folder returns a report that writes files to a folder, which exists and is writable.
	Folder func(dir string, _ Options) Report
}

// All returns a function that passes the events of a run to several reports. A report that failed is not called again;
// its error stays.
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
