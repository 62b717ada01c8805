package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/runner/record"
)

// begunAt is a run that began at a time.
func begunAt(time string) record.Saved {
	return record.Saved{Events: []record.Event{{Action: record.ActionStart, Start: &record.Start{Time: time}}}}
}

// Before a run are those that began earlier, the last of them, and no more than will be there with it: so a live
// run and its report are told of the same ones, also of runs within the same second.
func TestHistoryIsWhatWasBefore(t *testing.T) {
	h := &history{historyFlags: historyFlags{keep: 3}}
	for _, time := range []string{"2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z"} {
		h.runs = append(h.runs, begunAt(time))
	}
	for now, want := range map[string]string{
		"2025-12-31T00:00:00Z": "",
		"2026-01-02T00:00:00Z": "01-01",
		"2026-01-03T00:00:00Z": "01-01 01-02",
		"2026-01-04T00:00:00Z": "01-03 01-03",
		"2026-01-05T00:00:00Z": "01-03 01-04",
		"":                     "",
	} {
		var got []string
		for _, run := range h.before(now) {
			got = append(got, run[0].Start.Time[5:10])
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("before %s: %s", now, diff)
		}
	}
}

// A folder is refused before anything is looked at, and a run that could not be told leaves nothing in it.
func TestHistoryKeepsWholeRunsOnly(t *testing.T) {
	dir := t.TempDir()
	h, err := historyFlags{dir: dir, keep: 5}.open(func(text string) { t.Error(text) })
	if err != nil {
		t.Fatal(err)
	}
	out := h.output()
	report := (&reports{outs: []*output{out}, past: h}).emit()
	if err := report(record.Event{Action: record.ActionStart, Start: &record.Start{Time: "2026-01-01T00:00:00Z"}}); err != nil {
		t.Fatal(err)
	}
	if names, _ := h.names(); len(names) > 0 {
		t.Errorf("half a run is there: %v", names)
	}
	if err := out.close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if os.Geteuid() == 0 {
		t.Skip("root can write everywhere")
	}
	closed := filepath.Join(dir, "closed")
	if err := os.Mkdir(closed, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := (historyFlags{dir: closed, keep: 5}).open(nil); err == nil {
		t.Error("a folder that cannot be written was taken")
	}
}
