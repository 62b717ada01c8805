package record

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every text of every event is UTF-8 afterwards, tells which bytes were not, and survives JSON. The event itself stays.
func TestTextOfEvents(t *testing.T) {
	const bad, good = "a\xffb\xc3", `a\xffb\xc3`
	for _, e := range []Event{
		{Action: ActionStart, Start: &Start{Version: bad, Files: []File{{Path: bad}}}},
		{Action: ActionTarget, Target: &Target{
			Name: bad, Address: bad, Backend: bad, Error: bad,
			Host: map[string]string{bad: bad}, Identity: map[string]string{"container": bad},
		}},
		{Action: ActionPromise, Promise: &Promise{
			Target: bad, Path: []string{bad}, PathWhys: []string{bad}, Type: bad, DisplayName: bad, Name: bad, Attribute: bad, Title: bad, Says: bad,
			Why: bad, Tags: []string{bad}, Expected: bad, Found: bad, Note: bad, Diff: bad, Reason: bad, Pos: Position{File: bad}, Stdout: bad, Stderr: bad,
		}},
		{Action: ActionEnd, End: &End{Timings: []Timing{{Target: bad}}}},
	} {
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
