package report

import (
	"encoding/json"
	"io"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

// JSON is the stream itself, with unchanged texts, one object a line. docs/json.md describes it, and
// docs/json.schema.json is its schema.
var JSON = &Format{
	Name: "json", Summary: "one JSON object a line, for programs and for saved runs", Plans: true, New: newJSON,
}

func newJSON(w io.Writer, _ Options) Report {
	enc := json.NewEncoder(plain.JSON(w))
	enc.SetEscapeHTML(false)
	return func(_ record.Event, run *record.Run) error { return enc.Encode(run.Event) }
}
