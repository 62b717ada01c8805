package runner

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const documented = `
variable "word" {
  type      = string
  default   = "open sesame"
  sensitive = true
}
target "exec" "a" { command = ["/no/such/program"] }
target "exec" "b" { command = ["/no/such/program"] }
target "exec" "idle" { command = ["/no/such/program"] }
describe "d" {
  on = [target.exec.a, target.exec.b]
  file "/x" { mode = "0600" }
  file "/y" { mode = host.os.id == "debian" ? "0600" : "0644" }
  command "true" {
    only_if     = host.arch == "arm64"
    exit_status = 0
  }
  port "1" {
    skip      = "not now"
    listening = true
  }
  command "echo" { stdout = var.word }
  command "echo hello, open sesame" { exit_status = 0 }
}
`

func TestDocumentTellsWhatIsPromised(t *testing.T) {
	var events []Event
	if err := Document(suite(t, documented), "1.0", func(e Event) error { events = append(events, e); return nil }); err != nil {
		t.Fatal(err)
	}
	if s := events[0].Start; s == nil || !s.Planned || s.Version != "1.0" || s.Targets != 3 || len(s.Files) != 1 || s.Time == "" {
		t.Errorf("start %+v", s)
	}
	var got []string
	for _, e := range events {
		if p := e.Promise; p != nil && p.On == "b" {
			got = append(got, strings.Join([]string{p.Name, p.Says, p.Status.String(), p.Reason}, " | "))
		}
	}
	want := []string{
		"/x | mode is 0600 | skipped | not looked at",
		"/y | mode is as promised for this host | skipped | not looked at; facts of the host decide about it",
		"true | exit status is 0 | skipped | not looked at; facts of the host decide about it",
		"1 | is listening | skipped | not now",
		"echo | stdout is (sensitive) | skipped | not looked at",
		"echo hello, (sensitive) | exit status is 0 | skipped | not looked at",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if text := linesOf(t, events); strings.Contains(text, "open sesame") || strings.Contains(text, "idle") {
		t.Error(text)
	}
	wellFormed(t, Saved{Events: events})
	if end := events[len(events)-1].End; !end.Complete || end.Skipped != 12 || end.Targets != 2 {
		t.Errorf("end %+v", end)
	}
}

func TestDocumentEndsWithTheWriter(t *testing.T) {
	gone := errors.New("gone")
	calls := 0
	err := Document(suite(t, documented), "1.0", func(Event) error { calls++; return gone })
	if !errors.Is(err, gone) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}
