package record

import (
	"fmt"
	"strings"
	"testing"
)

// A run needs memory for what differs: 200 targets that answer 50 promises alike have one list of 50 answers.
func TestRunHoldsEqualAnswersOnce(t *testing.T) {
	run := NewRun()
	run.Add(Event{Start: &Start{Targets: 200}})
	for i := range 200 {
		name := fmt.Sprint("web", i)
		run.Add(Event{Target: &Target{Name: name, Host: map[string]string{"os.id": "debian"}}})
		for j := range 50 {
			run.Add(Event{Promise: &Promise{Target: name, Type: "file", Name: fmt.Sprint("/", j), Attribute: "mode", Found: "1"}})
		}
	}
	run.Add(Event{End: &End{Complete: true}})
	if len(run.Lists) != 1 || len(run.Words) != 50 || len(run.Lists[0].Targets) != 200 || len(run.Words[0].Answers) != 1 {
		t.Errorf("%d lists, %d promises", len(run.Lists), len(run.Words))
	}
	if targets := run.Words[0].Answers[0].Targets(); len(targets) != 200 || targets[7].Target.Name != "web7" || targets[7].Counts[Kept] != 50 {
		t.Errorf("%d targets", len(targets))
	}
}

// A foreign run may give a cause to a verdict that cannot have one.
func TestOnlyUnknownPromisesAreLost(t *testing.T) {
	lost := strings.Replace(webLine, `"host":{}`, `"host":{},"error":"EOF"`, 1)
	broken := strings.Replace(promiseLine("web", "/x", "broken"), `"status"`, `"cause":"target","found":"0644","status"`, 1)
	target := RunOf(oneRun(t, startLine+lost+broken+endLine).Events).Targets[0]
	if target.Lost != 0 || target.Answers[0].Lost || target.Answers[0].Promise.Found != "0644" {
		t.Errorf("%+v", target.Answers[0])
	}
}

// Only the field says that a promise is unknown because its target was lost, and only where the target says why.
func TestRunKnowsTheCauseByItsField(t *testing.T) {
	run := NewRun()
	for _, e := range []Event{
		{Target: &Target{Name: "a", Error: "EOF"}},
		{Promise: &Promise{Target: "a", Name: "1", Status: Unknown, Reason: "permission denied on /srv/EOF"}},
		{Promise: &Promise{Target: "a", Name: "2", Status: Unknown, Reason: "EOF", Cause: CauseTarget}},
		{Target: &Target{Name: "b"}},
		{Promise: &Promise{Target: "b", Name: "2", Status: Unknown, Reason: "EOF", Cause: CauseTarget}},
		{End: &End{Complete: true}},
	} {
		run.Add(e)
	}
	a, b := run.Targets[0], run.Targets[1]
	if a.Lost != 1 || a.Answers[0].Lost || !a.Answers[1].Lost || b.Lost != 0 || b.Answers[0].Promise.Reason != "EOF" {
		t.Errorf("%+v, %+v", a, b)
	}
	if u := run.Unreachable(false); len(u) != 1 || u[0].Reason != "EOF" || u[0].Unknown != 1 || u[0].Reached {
		t.Errorf("%+v", u)
	}
}
