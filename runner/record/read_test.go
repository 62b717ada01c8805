package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// Lines of a run that tests put together.
const (
	startLine = `{"action":"start","version":"1.0","time":"2026-01-31T12:00:00Z","targets":1,"files":[]}` + "\n"
	webLine   = `{"action":"target","target":"web","address":"web1","backend":"ssh","host":{}}` + "\n"
	endLine   = `{"action":"end","kept":1,"broken":0,"unknown":0,"skipped":0,"targets":1,"elapsed":1.5,"complete":true}` + "\n"
)

func promiseLine(target, name, status string) string {
	return fmt.Sprintf(`{"action":"promise","target":%q,"path":["d"],"path_whys":[""],"type":"file","name":%q,`+
		`"attribute":"mode","status":%q,"says":"mode is 0600","tags":[],"expected":"x","pos":{"file":"a","line":1,"column":1}}`+"\n",
		target, name, status)
}

var keptLine = promiseLine("web", "/x", "kept")

// oneRun reads text that holds one run.
func oneRun(t *testing.T, text string) Saved {
	t.Helper()
	runs, err := Read("run.jsonl", strings.NewReader(text))
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	return runs[0]
}

func linesOf(t *testing.T, events []Event) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, e := range events {
		if err := enc.Encode(e); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestSavedRunIsReadAsItIs(t *testing.T) {
	for _, text := range []string{
		startLine + webLine + keptLine + endLine,
		startLine + strings.Replace(endLine, `"kept":1,"broken":0,"unknown":0,"skipped":0,"targets":1`, `"kept":0,"broken":0,"unknown":0,"skipped":0,"targets":0`, 1),
	} {
		s := oneRun(t, text)
		if diff := cmp.Diff(text, linesOf(t, s.Events)); diff != "" || len(s.Warnings) > 0 {
			t.Errorf("%v\n%s", s.Warnings, diff)
		}
	}
}

func TestSavedRunsThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "run.jsonl:1: no run: nothing is in it; `avow check -f json=FILE` writes one",
		"\n \n":                                  "run.jsonl:1: no run: nothing is in it",
		"hello\n":                                "run.jsonl:1: no run: not one JSON object",
		"\n[]\n":                                 "run.jsonl:2: no run: not one JSON object",
		"null\n":                                 "run.jsonl:1: no run: not one JSON object",
		`{"a": 1}` + "\n":                        "run.jsonl:1: no run: no action in it",
		`{"action": 1}` + "\n":                   "run.jsonl:1: no run: no action in it",
		`{"action":"start","ver`:                 "run.jsonl:1: no run: cut short in mid-line",
		`{"action":"launch"}` + "\n":             `run.jsonl:1: no run: unknown action "launch", of a newer version of Avow`,
		`{"action":"start","files":3}` + "\n":    `run.jsonl:1: no run: the start has "files" of another kind (number)`,
		webLine + keptLine + endLine:             `run.jsonl:1: no run: "target" before the start of a run`,
		"\xff\xfe{\x00":                          "run.jsonl:1: no run: cut short in mid-line",
		strings.Repeat("log\n", 200):             "run.jsonl:1: no run: not one JSON object",
		strings.Repeat("log\n", 200) + startLine: "run.jsonl:1: no run: not one JSON object",
	} {
		runs, err := Read("run.jsonl", strings.NewReader(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) || runs != nil {
			t.Errorf("%.40q: %d runs, %v; want %s", text, len(runs), err, want)
		}
	}
}

// savedInPart are runs of which only a part can be used.
var savedInPart = map[string]struct {
	text     string
	warning  string
	promises int
	complete bool
}{
	"no end":       {startLine + webLine + keptLine, "run.jsonl:3: the run has no end: it was cut short, and is reported as incomplete", 1, false},
	"only a start": {startLine, "run.jsonl:1: the run has no end", 0, false},
	"mid-line":     {startLine + webLine + keptLine + promiseLine("web", "/x", "broken")[:60], "run.jsonl:4: cut short in mid-line; left out", 1, false},
	"mid-end":      {startLine + webLine + keptLine + endLine[:60], "run.jsonl:4: the run has no end", 1, false},
	"no newline":   {strings.TrimSpace(startLine + webLine + keptLine + endLine), "", 1, true},
	"CRLF":         {strings.ReplaceAll(startLine+webLine+keptLine+endLine, "\n", "\r\n"), "", 1, true},
	"rubbish":      {startLine + webLine + "rubbish\n" + keptLine + endLine, "run.jsonl:3: not one JSON object; left out", 1, true},
	"a promise is missing": {
		startLine + webLine + endLine,
		"run.jsonl:3: the end says 1 kept, 0 broken, 0 unknown, 0 skipped; targets: 1, but the lines have 0 kept", 0, false,
	},
	"a verdict that is not known": {
		startLine + webLine + promiseLine("web", "/x", "pinky") + endLine, `run.jsonl:3: unknown status "pinky"; left out`, 0, false,
	},
	"no verdict": {
		startLine + webLine + strings.Replace(keptLine, `"status":"kept",`, "", 1) + endLine, "run.jsonl:3: a promise without a status; left out", 0, false,
	},
	"a number for a text": {
		startLine + webLine + strings.Replace(keptLine, `"name":"/x"`, `"name":7`, 1) + endLine,
		`run.jsonl:3: the promise has "name" of another kind (number); left out`, 0, false,
	},
	"a newer version": {
		startLine + webLine + `{"action":"mood","is":"good"}` + "\n" + strings.Replace(keptLine, "{", `{"new":{"x":[1]},`, 1) + endLine,
		`run.jsonl:3: unknown action "mood", of a newer version of Avow; left out`, 1, true,
	},
	"no target": {
		startLine + keptLine + endLine, `run.jsonl:2: a promise of "web" before its target, whose address and facts are not known`, 1, true,
	},
	"a late target": {startLine + keptLine + webLine + endLine, `run.jsonl:2: a promise of "web" before its target`, 1, true},
	"twice":         {startLine + webLine + webLine + keptLine + endLine, `run.jsonl:3: the target "web" for the second time; left out`, 1, true},
	"more":          {startLine + webLine + keptLine + endLine + keptLine, `run.jsonl:5: "promise" after the end of the run; left out`, 1, true},
	"too deep": {
		startLine + webLine + strings.Replace(keptLine, `"path":[`, `"path":["a"`+strings.Repeat(`,"a"`, 100)+`,`, 1) + endLine,
		"run.jsonl:3: the promise is nested 102 deep, and no spec more than 100; left out", 0, false,
	},
	"long titles": {
		startLine + webLine + strings.Replace(keptLine, `"path":[`, `"path":["`+strings.Repeat("a", 20_000)+`",`, 1) + endLine,
		"run.jsonl:3: the titles around the promise have 200", 0, false,
	},
	"a log before": {"avow: warning: x\n" + startLine + webLine + keptLine + endLine, "run.jsonl:1: not one JSON object; left out", 1, true},
}

// TestSavedRunsInPart: what can be used is used, and a run that misses something is incomplete.
func TestSavedRunsInPart(t *testing.T) {
	for name, c := range savedInPart {
		t.Run(name, func(t *testing.T) {
			s := oneRun(t, c.text)
			if got := strings.Join(s.Warnings, "\n"); !strings.Contains(got, c.warning) || (c.warning == "") != (got == "") {
				t.Errorf("warnings:\n%s\nwant %s", got, c.warning)
			}
			end := s.End()
			if got := end.Kept + end.Broken + end.Unknown + end.Skipped; got != c.promises || end.Complete != c.complete {
				t.Errorf("%d promises, complete %t; want %d, %t", got, end.Complete, c.promises, c.complete)
			}
			wellFormed(t, s)
		})
	}
}

// wellFormed holds the laws of what is read: one start, targets with their promises, one end that counts them.
func wellFormed(t *testing.T, s Saved) {
	t.Helper()
	last := len(s.Events) - 1
	if s.Events[0].Start == nil || s.Events[last].End == nil {
		t.Fatalf("no start or no end in %s", linesOf(t, s.Events))
	}
	on := "no target"
	seen := map[string]bool{}
	for _, e := range s.Events[1:last] {
		switch {
		case e.Target != nil && !seen[e.Target.Name]:
			on = e.Target.Name
			seen[on] = true
		case e.Promise == nil || e.Promise.Target != on || len(e.Promise.Path) != len(e.Promise.PathWhys):
			t.Fatalf("out of order: %s", linesOf(t, []Event{e}))
		}
	}
	var counted End
	for _, e := range s.Events {
		counted.Count(e)
	}
	if totals(counted) != totals(*s.End()) {
		t.Errorf("the end says %s, counted are %s", totals(*s.End()), totals(counted))
	}
}

func TestSavedRunsBehindEachOther(t *testing.T) {
	one := startLine + webLine + keptLine + endLine
	runs, err := Read("all.jsonl", strings.NewReader(one+startLine+webLine+one))
	if err != nil || len(runs) != 3 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	if runs[1].Name != "all.jsonl, run 2" || runs[1].End().Complete || !runs[2].End().Complete {
		t.Errorf("%s: complete %t", runs[1].Name, runs[1].End().Complete)
	}
}

func TestSavedRunsAreBounded(t *testing.T) {
	long := strings.Replace(keptLine, "mode is 0600", strings.Repeat("x", 70<<10), 1)
	text := startLine + webLine + long + keptLine + endLine
	runs, err := readRuns("r", strings.NewReader(text), 64<<10, 1<<20)
	if err != nil || runs[0].End().Kept != 1 || runs[0].Warnings[0] != "r:3: longer than 65536 bytes; left out" {
		t.Errorf("%v, %v", runs, err)
	}
	if runs, err := readRuns("r", strings.NewReader(text), 128<<10, 1<<20); err != nil || runs[0].End().Kept != 2 {
		t.Errorf("%v, %v", runs, err)
	}
	endless := io.MultiReader(strings.NewReader(startLine), zeros{})
	if _, err := readRuns("r", endless, 64<<10, 1<<20); err == nil || err.Error() != "r:2: larger than 1 MiB; is it a run?" {
		t.Errorf("%v", err)
	}
	many := oneRun(t, startLine+webLine+strings.Repeat("x\n", 1000))
	if last := many.Warnings[len(many.Warnings)-1]; len(many.Warnings) > maxSavedWarnings+1 || !strings.Contains(last, "981 more such warnings") {
		t.Errorf("%d warnings, the last: %s", len(many.Warnings), last)
	}
}

// zeros never end, and have no lines.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestSavedRunThatCannotBeReadOn(t *testing.T) {
	r := io.MultiReader(strings.NewReader(startLine), iotest.ErrReader(errors.New("input/output error")))
	if _, err := Read("r", r); err == nil || err.Error() != "r:2: cannot read on: input/output error" {
		t.Errorf("%v", err)
	}
}

// FuzzSavedRuns: any bytes are runs that keep the laws, or an error; and what was read is read the same again.
func FuzzSavedRuns(f *testing.F) {
	one := startLine + webLine + keptLine + endLine
	for _, text := range []string{
		one, one[:len(one)/2], one + one, startLine + keptLine, "x\n" + one, endLine,
		startLine + `{"action":"promise","status":"kept","path":["a"],"path_whys":null}` + "\n",
		startLine + `{"action":"target","host":null}` + "\n" + `{"action":"promise","status":"broken"}`,
		`{"action":"start"}{"action":"start"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		runs, err := readRuns("f", bytes.NewReader(text), 4<<10, 64<<10)
		if (err == nil) != (len(runs) > 0) {
			t.Fatalf("%d runs, %v", len(runs), err)
		}
		for _, run := range runs {
			wellFormed(t, run)
			lines := linesOf(t, run.Events)
			again, err := Read("f", strings.NewReader(lines))
			if err != nil || len(again) != 1 || len(again[0].Warnings) > 0 || linesOf(t, again[0].Events) != lines {
				t.Fatalf("%s\nis read again as %v, %v", lines, again, err)
			}
		}
		if len(runs) > 0 {
			wellFormed(t, Merge(runs))
		}
	})
}
