package report

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/runner/record"
)

// recorded is one run that has everything: every verdict, hostile text, a host that could not be reached, promises
// that waited, a diff, a sensitive value.
func recorded(t testing.TB) []record.Event {
	t.Helper()
	f, err := os.Open("testdata/recorded.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var events []record.Event
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e record.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

// TestRecorded holds every format that writes one text to what it made of the recorded run.
func TestRecorded(t *testing.T) {
	for _, f := range Formats {
		if f.New == nil {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			sameAs(t, filepath.Join("testdata", "recorded."+f.Name), render(t, f, Options{}, recorded(t)))
		})
	}
}

func sameAs(t *testing.T, path, got string) {
	t.Helper()
	if update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
