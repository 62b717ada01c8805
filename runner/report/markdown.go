package report

import (
	"io"

	"github.com/avow-dev/avow/runner/report/markdown"
)

// Markdown renders a run as a page to commit, or for a wiki: a heading for each describe, a table of its promises with
// a mark for each host, and below it what is not kept. It changes only where the spec or a verdict does, if NoTime
// leaves out what changes at every run. Where nothing was checked, it shows what is promised.
var Markdown = &Format{
	Name: "markdown", Plans: true,
	Summary: "a page to commit: what is promised, with a mark for each host",
	New:     func(w io.Writer, o Options) Report { return markdown.New(w, o.NoTime) },
}
