package record

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everyAction has one event of each action, all fields set.
var everyAction = []Event{
	{Action: ActionStart, Start: &Start{
		Version: "1.0", Time: "2026-01-31T12:00:00Z", Targets: 2,
		Files: []File{{Path: "web.spec.hcl", SHA256: strings.Repeat("0a", 32)}},
	}},
	{Action: ActionTarget, Target: &Target{
		Name: "web", Address: "deploy@web1", Backend: "ssh", Host: map[string]string{"os.id": "debian"}, Error: "refused",
	}},
	{Action: ActionPromise, Promise: &Promise{
		Target: "web", Path: []string{"a", "b"}, PathWhys: []string{"", "so"}, Type: "no_such_type", Name: "/x <y> & z", Attribute: "mode",
		Title: "t", Status: Broken, Says: "mode is 0600", Why: "w", Tags: []string{"x"}, Expected: `"0600"`, Found: `"0644"`,
		Note: "n", DisplayName: "File", Cause: CauseTarget, Attempts: 3, Diff: "-a\n+b\n", Reason: "r", Pos: Position{File: "web.spec.hcl", Line: 3, Column: 5}, Elapsed: 1.5,
	}},
	{Action: ActionEnd, End: &End{Kept: 1, Broken: 2, Unknown: 3, Skipped: 4, Targets: 5, Elapsed: 0.5, Complete: true}},
}

func TestEventRoundTrip(t *testing.T) {
	for _, want := range everyAction {
		line, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Event
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Action, diff)
		}
	}
}

func TestStatusRoundTrip(t *testing.T) {
	for s := Kept; s <= Broken; s++ {
		text, _ := s.MarshalText()
		got := Status(-1)
		if err := got.UnmarshalText(text); err != nil || got != s {
			t.Errorf("%s came back as %d, %v", text, got, err)
		}
	}
}

func TestListsAreNeverNull(t *testing.T) {
	for _, e := range []Event{
		{Action: ActionStart, Start: &Start{}},
		{Action: ActionTarget, Target: &Target{}},
		{Action: ActionPromise, Promise: &Promise{}},
	} {
		line, err := json.Marshal(e)
		if err != nil || strings.Contains(string(line), "null") {
			t.Errorf("%s, %v", line, err)
		}
	}
}

func TestMarshalingLeavesTheEventAlone(t *testing.T) {
	promise := &Promise{}
	if _, err := json.Marshal(Event{Action: ActionPromise, Promise: promise}); err != nil || promise.Tags != nil {
		t.Errorf("tags are %#v, %v", promise.Tags, err)
	}
}

func TestMalformedEvents(t *testing.T) {
	for line, want := range map[string]string{
		`null`:                                   `unknown action ""`,
		`{"status": "kept"}`:                     `unknown action ""`,
		`{"action": "stop"}`:                     `unknown action "stop"`,
		`{"action": "promise"}`:                  "a promise without a status",
		`{"action": "promise", "status": null}`:  "a promise without a status",
		`{"action": "promise", "status": "ok"}`:  `unknown status "ok"`,
		`{"action": "promise", "status": 0}`:     "cannot unmarshal",
		`{"action": "end", "kept": "all of it"}`: "cannot unmarshal",
	} {
		var e Event
		err := json.Unmarshal([]byte(line), &e)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q", line, err, want)
		}
	}
}

func TestEventThatTellsNothing(t *testing.T) {
	if line, err := json.Marshal(Event{Action: ActionEnd}); err == nil {
		t.Errorf("got %s", line)
	}
}

// FuzzEvent: what can be read can be written, and then reads the same.
func FuzzEvent(f *testing.F) {
	for _, e := range everyAction {
		line, _ := json.Marshal(e)
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var first, second Event
		if json.Unmarshal(line, &first) != nil {
			return
		}
		once, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(once, &second); err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if twice, _ := json.Marshal(second); string(twice) != string(once) {
			t.Fatalf("%s\n%s", once, twice)
		}
	})
}
