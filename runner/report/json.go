package report

import (
	"encoding/json"
	"io"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

// JSON is the stream itself, with the texts as they came, one object a line. docs/json.md describes it,
// docs/json.schema.json holds it.
var JSON = &Format{
	Name: "json", Plans: true,
	Summary: "one JSON object a line, for programs and for saved runs",
	New: func(w io.Writer, _ Options) Report {
		enc := json.NewEncoder(plain.JSON(w))
		enc.SetEscapeHTML(false)
		return func(_ record.Event, run *record.Run) error { return enc.Encode(run.Event) }
	},
}
