// Package diff renders the differences between two runs.
package diff

import (
	"io"

	"github.com/avow-dev/avow/runner/record"
)

// Options are the options of a format.
type Options struct{ Color bool }

// Format is one format for changes.
type Format struct {
	Name    string
	Summary string // one line, no full stop
	Write   func(io.Writer, *record.Changes, Options) error
}

// Formats are all formats, in the order in which documentation lists them.
var Formats = []*Format{Doc, JSON, Markdown}

// Find returns a format by name, or nil.
func Find(name string) *Format {
	for _, f := range Formats {
		if f.Name == name {
			return f
		}
	}
	return nil
}
