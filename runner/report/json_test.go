package report

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/avow-dev/avow/runner/record"
)

const (
	schemaFile = "../../docs/json.schema.json"
	manualFile = "../../docs/json.md"
)

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(s *jsonschema.Schema, line string) error {
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

func TestJSONFollowsItsSchema(t *testing.T) {
	s := schema(t)
	for name, c := range golden {
		if len(c.events) > 2000 { // the same lines again
			continue
		}
		out := render(t, JSON, Options{}, c.events)
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if len(lines) != len(c.events) {
			t.Errorf("%s: %d events made %d lines", name, len(c.events), len(lines))
		}
		for _, line := range lines {
			if err := validate(s, line); err != nil {
				t.Errorf("%s: %s: %v", name, line, err)
			}
		}
	}
}

// valid has one line of each action; the lines that must fail are made from it.
var valid = map[string]map[string]any{
	"start": {"action": "start", "version": "1", "time": "2026-01-31T12:00:00Z", "targets": 1, "files": []any{
		map[string]any{"path": "a.spec.hcl", "sha256": strings.Repeat("0", 64)},
	}},
	"target": {"action": "target", "target": "web", "address": "web:22", "backend": "ssh", "host": map[string]any{"os.id": "debian"}},
	"promise": {
		"action": "promise", "target": "web", "path": []any{"a"}, "path_whys": []any{""}, "type": "file", "name": "/x",
		"attribute": "mode", "status": "kept", "says": "mode is 0600", "tags": []any{}, "expected": `"0600"`,
		"pos": map[string]any{"file": "a.spec.hcl", "line": 1, "column": 1},
	},
	"end": {"action": "end", "kept": 1, "broken": 0, "unknown": 0, "skipped": 0, "targets": 1, "elapsed": 0.5, "complete": true},
}

// with is a valid line with one field changed; nil takes the field away.
func with(action, field string, value any) string {
	line := map[string]any{}
	for k, v := range valid[action] {
		line[k] = v
	}
	line[field] = value
	if value == nil {
		delete(line, field)
	}
	text, _ := json.Marshal(line)
	return string(text)
}

func TestSchemaAllowsNewFields(t *testing.T) {
	s := schema(t)
	for action := range valid {
		if err := validate(s, with(action, "a_new_field", []any{1})); err != nil {
			t.Errorf("%s: %v", action, err)
		}
	}
}

func TestSchemaRequiresEveryField(t *testing.T) {
	s := schema(t)
	for action, line := range valid {
		for field := range line {
			if err := validate(s, with(action, field, nil)); err == nil {
				t.Errorf("%s without %s is valid", action, field)
			}
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	null := json.RawMessage("null")
	for _, c := range []struct {
		action, field string
		value         any
	}{
		{"start", "action", "begin"},
		{"start", "time", "yesterday"},
		{"start", "files", null},
		{"start", "files", []any{map[string]any{"path": "a", "sha256": "short"}}},
		{"start", "targets", -1},
		{"target", "host", null},
		{"target", "host", map[string]any{"cpus": 4}},
		{"target", "error", ""},
		{"start", "planned", "yes"},
		{"target", "begun", "yesterday"},
		{"target", "identity", map[string]any{"host_key": 1}},
		{"end", "time", "later"},
		{"end", "looked", []any{map[string]any{"target": "web", "begun": "2026-01-31T12:00:00Z"}}},
		{"promise", "status", "ok"},
		{"promise", "status", "unknown"}, // no reason
		{"promise", "status", "skipped"}, // no reason
		{"promise", "tags", null},
		{"promise", "path", "a"},
		{"promise", "found", true},
		{"promise", "pos", map[string]any{"file": "a", "line": 0, "column": 1}},
		{"promise", "pos", map[string]any{"file": "a", "line": 1}},
		{"end", "kept", "1"},
		{"end", "kept", 1.5},
		{"end", "complete", null},
	} {
		if line := with(c.action, c.field, c.value); validate(s, line) == nil {
			t.Errorf("%s is valid", line)
		}
	}
}

func TestJSONLeavesTextAlone(t *testing.T) {
	p := about(1, "file", "/a<b>&c\n\x1b\xff", "mode", "mode is 0600")
	out := render(t, JSON, Options{Color: true}, []record.Event{{Action: record.ActionPromise, Promise: &p}})
	if want := `"name":"/a<b>&c\n\u001b\\xff"`; !strings.Contains(out, want) {
		t.Errorf("no %s in %s", want, out)
	}
}

// A saved run tells the same as the run itself.
func TestSavedRunTellsTheSame(t *testing.T) {
	for name, c := range golden {
		if strings.HasSuffix(name, "hostile") { // bytes that are no UTF-8 do not survive JSON
			continue
		}
		var saved []record.Event
		for line := range strings.Lines(render(t, JSON, Options{}, c.events)) {
			var e record.Event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			saved = append(saved, e)
		}
		if got, want := render(t, Doc, c.options, nounsOf(saved)), render(t, Doc, c.options, c.events); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

// The manual names every field that the schema has, and its example is a run.
func TestManualAndSchemaAgree(t *testing.T) {
	manual, err := os.ReadFile(manualFile)
	if err != nil {
		t.Fatal(err)
	}
	for action := range valid {
		def := schema(t).AllOf[indexOf(action)].Then.Ref
		for field := range def.Properties {
			if !strings.Contains(string(manual), fmt.Sprintf("| `%s` |", field)) {
				t.Errorf("%s does not describe %s of %s", manualFile, field, action)
			}
		}
	}
}

// A field that an event gets is in the schema, and so, by the test above, in the manual.
func TestSchemaKnowsEveryField(t *testing.T) {
	for action, event := range map[string]any{
		"start": record.Start{}, "target": record.Target{}, "promise": record.Promise{}, "end": record.End{},
	} {
		def := schema(t).AllOf[indexOf(action)].Then.Ref
		for _, field := range reflect.VisibleFields(reflect.TypeOf(event)) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name != "-" && def.Properties[name] == nil {
				t.Errorf("%s does not have %s of %s", schemaFile, name, action)
			}
		}
	}
}

func indexOf(action string) int {
	return map[string]int{"start": 0, "target": 1, "promise": 2, "end": 3}[action]
}

func TestManualExample(t *testing.T) {
	manual, err := os.ReadFile(manualFile)
	if err != nil {
		t.Fatal(err)
	}
	s := schema(t)
	_, example, _ := strings.Cut(string(manual), "```json\n")
	example, _, _ = strings.Cut(example, "```")
	var events []record.Event
	for line := range strings.Lines(example) {
		var e record.Event
		if err := validate(s, line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	if got := render(t, JSON, Options{}, events); got != example {
		t.Errorf("the encoder writes\n%s\nbut the manual has\n%s", got, example)
	}
	_, doc, _ := strings.Cut(string(manual), "```text\n")
	doc, _, _ = strings.Cut(doc, "```")
	if got := render(t, Doc, Options{}, nounsOf(events)); got != doc {
		t.Errorf("doc tells\n%s\nbut the manual has\n%s", got, doc)
	}
}

// nounsOf makes the test independent of which types the language has.
func nounsOf(events []record.Event) []record.Event {
	for _, e := range events {
		if e.Promise != nil {
			e.Promise.DisplayName = strings.ToUpper(e.Promise.Type[:1]) + e.Promise.Type[1:]
		}
	}
	return events
}
