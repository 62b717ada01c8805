package report

import (
	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/site"
)

// HTML is living documentation: a site of static pages; see package site.
var HTML = &Format{
	Name: "html", Summary: "living documentation: a folder of pages that need no server", Plans: true, Folder: newHTML,
}

func newHTML(dir string, o Options) Report {
	history := make([][]record.Event, len(o.History))
	for i, run := range o.History {
		history[i] = run
	}
	return site.New(dir, site.Options{NoTime: o.NoTime, SpecURL: o.SpecURL, History: history})
}
