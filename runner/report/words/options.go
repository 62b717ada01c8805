package words

import (
	"io"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec/resource"
)

// Options are the options of a report. The caller sets them for each writer.
type Options struct {
	Color   bool
	Width   int  // in columns; 0 means 80
	Quiet   bool // doc: only promises that are not kept, and the last line
	PerHost bool // doc: every target separately, even if results are equal
	NoTime  bool // markdown, html: without values that change with every run: times, the version

	SpecURL string // html: the URL of the spec, with {file} and {line}; "" for none

	Catalog *resource.Catalog // sarif: what attributes mean; nil where that is not known
	Summary io.Writer         // github: where the summary of the job goes; nil for nowhere
	History [][]record.Event  // html: runs before this one, the oldest first
}
