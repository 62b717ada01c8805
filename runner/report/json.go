package report

import (
	"encoding/json"
	"io"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

// JSON is the stream itself, one object a line. docs/json.md describes it, docs/json.schema.json holds it.
var JSON = &Format{Name: "json", Summary: "one JSON object a line, for programs and for saved runs", Plans: true, New: newJSON}

func newJSON(w io.Writer, _ Options) Report {
	enc := json.NewEncoder(plain.JSON(w))
	enc.SetEscapeHTML(false)
	return func(e record.Event, _ *record.Run) error { return enc.Encode(e) }
}
