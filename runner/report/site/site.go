// Package site writes a run as living documentation: a folder of pages that need no server and load nothing but each
// other.
//
// The folder has a front page, a page for every host, a page for every top-level group, one style sheet, one small
// script and one icon. The pages are complete without the script, which adds search and filters. Texts of hosts and
// specs are made safe, cut if they are long, and escaped by html/template. A Content-Security-Policy in every page
// forbids everything that is not a file of the folder.
//
// The same events and options make the same bytes.
package site

import (
	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// New returns a report that writes a run as a site into a folder, at the run's end; its errors are those of the folder.
// A folder with pages of another program is an error at the first event, and stays as it is.
func New(dir string, o words.Options) func(record.Event, *record.Run) error {
	begun := false
	return func(e record.Event, run *record.Run) error {
		if !begun { // before any host is contacted, not after an hour of checks
			begun = true
			if err := mayWrite(dir); err != nil {
				return err
			}
		}
		if e.End == nil {
			return nil
		}
		return write(dir, newSite(run, o))
	}
}
