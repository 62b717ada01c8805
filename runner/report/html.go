package report

import (
	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/site"
)

// HTML is living documentation: a site of static pages, of which package site is the manual.
var HTML = &Format{
	Name: "html", Plans: true,
	Summary: "living documentation: a folder of pages that need no server",
	Folder:  newHTML,
}

func newHTML(dir string, o Options) Report {
	history := make([][]record.Event, len(o.History))
	for i, run := range o.History {
		history[i] = run
	}
	return site.New(dir, site.Options{NoTime: o.NoTime, SpecURL: o.SpecURL, History: history})
}
