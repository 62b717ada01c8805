package runner

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/runner/record"
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
	var events []record.Event
	if err := Document(suite(t, documented), "1.0", func(e record.Event) error { events = append(events, e); return nil }); err != nil {
		t.Fatal(err)
	}
	if s := events[0].Start; s == nil || !s.Planned || s.Version != "1.0" || s.Targets != 3 || len(s.Files) != 1 || s.Time == "" {
		t.Errorf("start %+v", s)
	}
	var got []string
	for _, e := range events {
		if p := e.Promise; p != nil && p.Target == "b" {
			got = append(got, strings.Join([]string{p.Name, p.Says, p.Status.String(), p.Reason}, " | "))
		}
	}
	want := []string{
		"/x | mode is 0600 | skipped | not checked",
		"/y | mode is as promised for this host | skipped | not checked; facts of the host decide about it",
		"true | exit status is 0 | skipped | not checked; facts of the host decide about it",
		"1 | is listening | skipped | not now",
		"echo | stdout is (sensitive) | skipped | not checked",
		"echo hello, (sensitive) | exit status is 0 | skipped | not checked",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	text := jsonLines(t, events)
	if strings.Contains(text, "open sesame") || strings.Contains(text, "idle") {
		t.Error(text)
	}
	if runs, err := record.Read("run", strings.NewReader(text)); err != nil || len(runs) != 1 || len(runs[0].Warnings) > 0 {
		t.Errorf("%v, %v", runs, err)
	}
	if end := events[len(events)-1].End; !end.Complete || end.Skipped != 12 || end.Targets != 2 {
		t.Errorf("end %+v", end)
	}
}

// jsonLines are events as JSON lines.
func jsonLines(t *testing.T, events []record.Event) string {
	t.Helper()
	var b strings.Builder
	for _, e := range events {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

func TestDocumentEndsWithTheWriter(t *testing.T) {
	gone := errors.New("gone")
	calls := 0
	err := Document(suite(t, documented), "1.0", func(record.Event) error { calls++; return gone })
	if !errors.Is(err, gone) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}
