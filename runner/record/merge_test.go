package record

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// job is a saved run of one job: its targets each have one promise with the status.
func job(t *testing.T, file, time, sum, status string, targets ...string) Saved {
	t.Helper()
	text := `{"action":"start","version":"1.0","time":"` + time + `","targets":1,"files":[{"path":"a.spec.hcl","sha256":"` + sum + `"}]}` + "\n"
	looked := ""
	for _, name := range targets {
		text += strings.ReplaceAll(webLine, `"target":"web"`, `"target":"`+name+`"`) + promiseLine(name, "/x", status)
		looked += `,{"target":"` + name + `","begun":"` + time + `","ended":"` + time + `"}`
	}
	counts := map[string]string{"kept": `"kept":N,"broken":0`, "broken": `"kept":0,"broken":N`}[status]
	text += `{"action":"end",` + strings.ReplaceAll(counts, "N", string(rune('0'+len(targets)))) + `,"unknown":0,"skipped":0,"targets":` +
		string(rune('0'+len(targets))) + `,"elapsed":` + string(rune('0'+len(targets))) + `,"complete":true,"time":"` + time + `","looked":[` + strings.TrimPrefix(looked, ",") + `]}` + "\n"
	runs, err := Read(file, strings.NewReader(text))
	if err != nil || len(runs) != 1 || len(runs[0].Warnings) > 0 {
		t.Fatalf("%v, %v", runs, err)
	}
	return runs[0]
}

func names(s Saved) []string { return s.targets() }

func TestMergeOfOneRunIsTheRun(t *testing.T) {
	one := job(t, "a.jsonl", "2026-01-31T12:00:00Z", "aa", "kept", "web", "db")
	if diff := cmp.Diff(linesOf(t, one.Events), linesOf(t, Merge([]Saved{one}).Events)); diff != "" {
		t.Error(diff)
	}
}

func TestMerge(t *testing.T) {
	m := Merge([]Saved{
		job(t, "ci/job1.jsonl", "2026-01-31T12:00:05Z", "aa", "kept", "localhost", "web"),
		job(t, "ci/job2.jsonl", "2026-01-31T12:00:00Z", "bb", "broken", "localhost", "db", "cache"),
		job(t, "ci/job3.jsonl", "2026-01-31T12:00:09Z", "aa", "kept", "mail"),
	})
	wellFormed(t, m)
	want := []string{"localhost (job1.jsonl)", "web", "localhost (job2.jsonl)", "db", "cache", "mail"}
	if diff := cmp.Diff(want, names(m)); diff != "" {
		t.Error(diff)
	}
	start, end := m.Start(), m.End()
	if start.Time != "2026-01-31T12:00:00Z" || start.Targets != 3 || start.Version != "1.0" || start.Planned {
		t.Errorf("start %+v", start)
	}
	if diff := cmp.Diff([]File{{"a.spec.hcl", "aa"}, {"a.spec.hcl", "bb"}}, start.Files); diff != "" {
		t.Error(diff)
	}
	if totals(*end) != "3 kept, 3 broken, 0 unknown, 0 skipped; targets: 6" || end.Elapsed != 3 || !end.Complete || end.Time != "2026-01-31T12:00:09Z" {
		t.Errorf("end %+v", end)
	}
	var looked []string
	for _, l := range end.Timings {
		looked = append(looked, l.Target)
	}
	if diff := cmp.Diff(want, looked); diff != "" {
		t.Error(diff)
	}
}

func TestMergeIsIncompleteWhenOneIs(t *testing.T) {
	cut := oneRun(t, startLine+webLine)
	m := Merge([]Saved{job(t, "a", "2026-01-31T12:00:00Z", "aa", "kept", "db"), cut})
	if m.End().Complete || len(m.Warnings) != 1 {
		t.Errorf("complete %t, %v", m.End().Complete, m.Warnings)
	}
}

func TestMergeCountsTheSameRunOnce(t *testing.T) {
	m := Merge([]Saved{
		job(t, "a.jsonl", "2026-01-31T12:00:00Z", "aa", "kept", "web"), job(t, "copy.jsonl", "2026-01-31T12:00:00Z", "aa", "kept", "web"),
	})
	if diff := cmp.Diff([]string{"web"}, names(m)); diff != "" || m.Warnings[0] != "copy.jsonl: the same run as a.jsonl; counted once" {
		t.Errorf("%s%v", diff, m.Warnings)
	}
}

// Files of the same name are told apart by their folders, and no new name is one that is there.
func TestMergedNamesAreNew(t *testing.T) {
	m := Merge([]Saved{
		job(t, "1/run.jsonl", "2026-01-31T12:00:00Z", "aa", "kept", "web"), job(t, "2/run.jsonl", "2026-01-31T12:00:01Z", "aa", "kept", "web"),
		job(t, "3.jsonl", "2026-01-31T12:00:02Z", "aa", "kept", "web (1/run.jsonl)"),
	})
	if diff := cmp.Diff([]string{"web (1/run.jsonl) 2", "web (2/run.jsonl)", "web (1/run.jsonl)"}, names(m)); diff != "" {
		t.Error(diff)
	}
	wellFormed(t, m)
}
