package record

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every text of every event is UTF-8 afterwards, tells which bytes were not, and survives JSON. The event itself stays.
func TestTextOfEvents(t *testing.T) {
	const bad, good = "a\xffb\xc3", `a\xffb\xc3`
	for _, e := range everyText(bad) {
		before := linesOf(t, []Event{e})
		line, err := json.Marshal(e.Text())
		if err != nil {
			t.Fatal(err)
		}
		var back Event
		if err := json.Unmarshal(line, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e.Text(), back); diff != "" {
			t.Errorf("%s (-told +saved):\n%s", e.Action, diff)
		}
		if linesOf(t, []Event{e}) != before {
			t.Errorf("%s was changed", e.Action)
		}
		if fine := e.Text(); fine.Text() != fine {
			t.Errorf("%s: a text that is fine was copied", e.Action)
		}
	}
	if e := (Event{Action: ActionTarget, Target: &Target{Name: bad}}); e.Text().Target.Name != good {
		t.Errorf("%q", e.Text().Target.Name)
	}
}

// What reports get cannot command a terminal or a CI system, whatever field it is in; the event itself stays.
func TestSafeEvents(t *testing.T) {
	const evil = "a\x1b[31m\xff\u202e##[error]\n::error::x\tb\r"
	for _, e := range everyText(evil) {
		before := linesOf(t, []Event{e})
		safe := e.Safe()
		if line := linesOf(t, []Event{safe}); strings.ContainsAny(line, "\u202e\ufffd") || strings.Contains(line, `\u001b`) ||
			strings.Contains(line, "##[") || strings.Contains(strings.ReplaceAll(line, `\\n`, ""), `\n::`) || strings.Contains(line, `"\r`) {
			t.Errorf("%s", line)
		}
		if again := safe.Safe(); again != safe {
			t.Errorf("%s: what is safe was copied", e.Action)
		}
		if linesOf(t, []Event{e}) != before {
			t.Errorf("%s was changed", e.Action)
		}
	}
}

// everyText has an event of each action, in which every text is this one.
func everyText(text string) []Event {
	return []Event{
		{Action: ActionStart, Start: &Start{Version: text, Files: []File{{Path: text}}}},
		{Action: ActionTarget, Target: &Target{
			Name: text, Address: text, Backend: text, Error: text,
			Host: map[string]string{text: text}, Identity: map[string]string{"container": text},
		}},
		{Action: ActionPromise, Promise: &Promise{
			Target: text, Path: []string{text}, PathWhys: []string{text}, Type: text, DisplayName: text, Name: text, Attribute: text, Title: text, Says: text,
			Why: text, Tags: []string{text}, Expected: text, Found: text, Note: text, Diff: text, Reason: text, Pos: Position{File: text}, Stdout: text, Stderr: text,
		}},
		{Action: ActionEnd, End: &End{Timings: []Timing{{Target: text}}}},
	}
}
