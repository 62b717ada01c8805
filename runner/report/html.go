package report

import (
	"github.com/avow-dev/avow/runner/report/site"
)

// HTML is living documentation: a site of static pages, of which package site is the manual.
var HTML = &Format{
	Name: "html", Plans: true,
	Summary: "living documentation: a folder of pages that need no server",
	Folder:  newHTML,
}

func newHTML(dir string, o Options) Report {
	return site.New(dir, site.Options{NoTime: o.NoTime, SpecURL: o.SpecURL, History: o.History})
}
