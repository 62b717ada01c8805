// Package diff renders the differences between two runs.
package diff

import (
	"io"

	"github.com/avow-dev/avow/runner/record"
)

// Format is one format for changes.
type Format struct {
	Name    string
	Summary string // one line, no full stop
	Write   func(w io.Writer, changes *record.Changes, color bool) error
}

// Formats are all formats, in the order in which documentation lists them.
var Formats = []*Format{Doc, JSON, Markdown}
