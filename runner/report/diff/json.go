package diff

import (
	"encoding/json"
	"io"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

// JSON is one object a line: a `diff`, then each `host` and each `change`, and a `summary` at the end. docs/json.md
// describes them.
var JSON = &Format{Name: "json", Summary: "one JSON object a line, for programs", Write: writeJSON}

func writeJSON(w io.Writer, changes *record.Changes, _ bool) error {
	lines := []any{diffLine{Action: "diff", Old: sideOf(changes.Old), New: sideOf(changes.New)}}
	for _, h := range changes.Targets {
		lines = append(lines, hostLine{"host", h})
	}
	for _, change := range changes.List {
		lines = append(lines, changeLineOf(change))
	}
	counts := map[record.ChangeKind]int{}
	for _, kind := range record.ChangeKinds {
		counts[kind] = changes.Count(kind)
	}
	lines = append(lines, summaryLine{"summary", changes.Worse(), counts, changes.Same})
	enc := json.NewEncoder(plain.JSON(w)) // the texts are as they came, and may go to a terminal
	enc.SetEscapeHTML(false)
	for _, line := range lines {
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

type diffLine struct {
	Action string   `json:"action"`
	Old    sideLine `json:"old"`
	New    sideLine `json:"new"`
}

type sideLine struct {
	File     string `json:"file"`
	Target   string `json:"target,omitempty"`
	Time     string `json:"time"`
	Complete bool   `json:"complete"`
}

func sideOf(s record.Side) sideLine { return sideLine{s.Name, s.Target, s.Start().Time, s.Complete()} }

type hostLine struct {
	Action string `json:"action"`
	record.TargetChange
}

type changeLine struct {
	Action    string            `json:"action"`
	Change    record.ChangeKind `json:"change"`
	Worse     bool              `json:"worse"`
	Target    string            `json:"target"`
	Path      []string          `json:"path"`
	Type      string            `json:"type"`
	Name      string            `json:"name"`
	Attribute string            `json:"attribute"`
	Title     string            `json:"title,omitempty"`
	Says      string            `json:"says"`
	Pos       record.Position   `json:"pos"`
	Old       *stateLine        `json:"old,omitempty"`
	New       *stateLine        `json:"new,omitempty"`
}

type stateLine struct {
	Target   string        `json:"target"`
	Status   record.Status `json:"status"`
	Expected string        `json:"expected"`
	Found    string        `json:"found,omitempty"`
	Note     string        `json:"note,omitempty"`
	Reason   string        `json:"reason,omitempty"`
}

func changeLineOf(c record.Change) changeLine {
	p := c.Promise()
	return changeLine{
		Action: "change", Change: c.Kind, Worse: c.Worse, Target: p.Target, Path: append([]string{}, p.Path...),
		Type: p.Type, Name: p.Name, Attribute: p.Attribute, Title: p.Title, Says: p.Says, Pos: p.Pos,
		Old: stateOf(c.Old), New: stateOf(c.New),
	}
}

func stateOf(p *record.Promise) *stateLine {
	if p == nil {
		return nil
	}
	return &stateLine{p.Target, p.Status, p.Expected, p.Found, p.Note, p.Reason}
}

type summaryLine struct {
	Action string                    `json:"action"`
	Worse  bool                      `json:"worse"`
	Counts map[record.ChangeKind]int `json:"changes"`
	Same   int                       `json:"same"`
}
