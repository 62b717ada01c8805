package report

import (
	"github.com/avow-dev/avow/runner/report/doc"
	"github.com/avow-dev/avow/runner/report/markdown"
	"github.com/avow-dev/avow/runner/report/site"
)

// Formats are all formats, in the order in which documentation lists them.
var Formats = []*Format{Doc, Dots, JSON, JUnit, TAP, Nagios, GitHub, SARIF, Prometheus, Markdown, HTML}

// Find returns a format by name, or nil.
func Find(name string) *Format {
	for _, f := range Formats {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Doc renders a run as documentation: describes, targets, things, and a sentence for each promise. With one target
// it prints as events come. With several it prints at the end, what targets have in common once, and which of them
// differ under the promise that differs.
var Doc = &Format{
	Name:    "doc",
	Summary: "sentences for people, as the spec groups them",
	New:     doc.New,
}

// Dots renders a run as a mark for each promise as it comes, and at the end what is not kept, as doc does. A dot
// is a kept promise, so that the others stand out; their marks are those of doc.
var Dots = &Format{
	Name:    "progress",
	Summary: "a mark for each promise as it comes, then what is not kept, as in doc",
	New:     doc.NewProgress,
}

// Markdown renders a run as a page to commit, or for a wiki: a heading for each describe, a table of its promises with
// a mark for each host, and below it what is not kept. It changes only where the spec or a verdict does, if NoTime
// leaves out what changes at every run. Where nothing was checked, it shows what is promised.
var Markdown = &Format{
	Name: "markdown", Plans: true,
	Summary: "a page to commit: what is promised, with a mark for each host",
	New:     markdown.New,
}

// HTML is living documentation: a site of static pages, of which package site is the manual.
var HTML = &Format{
	Name: "html", Plans: true,
	Summary: "living documentation: a folder of pages that need no server",
	Folder:  site.New,
}
