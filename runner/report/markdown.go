package report

import (
	"io"

	"github.com/avow-dev/avow/runner/report/markdown"
)

// Markdown renders a run as a page to commit, or for a wiki: a heading for each describe, a table of its promises with
// a mark for each host, and below it the promises that are not kept. With NoTime it changes only when the spec or a
// verdict does. Without checks, it shows the promises.
var Markdown = &Format{
	Name: "markdown", Summary: "a page to commit: what is promised, with a mark for each host", Plans: true,
	New: func(w io.Writer, o Options) Report { return markdown.New(w, o.NoTime) },
}
