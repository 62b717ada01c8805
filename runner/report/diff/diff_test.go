package diff

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/runner/record"
)

// update writes the golden files anew.
var update = os.Getenv("AVOW_UPDATE") != ""

// p is a promise; more changes it.
func p(on, name string, status record.Status, more ...func(*record.Promise)) *record.Promise {
	promise := &record.Promise{
		Target: on, Path: []string{"web", "files"}, PathWhys: []string{"", ""}, Type: "file", DisplayName: "File", Name: name, Attribute: "mode",
		Status: status, Says: "mode is 0600", Expected: `"0600"`, Found: `"0600"`, Pos: record.Position{File: "a.spec.hcl", Line: 3, Column: 5},
	}
	switch status {
	case record.Broken:
		promise.Found = `"0644"`
	case record.Unknown:
		promise.Found, promise.Reason = "", "permission denied"
	case record.Skipped:
		promise.Found, promise.Reason = "", "not now"
	}
	for _, change := range more {
		change(promise)
	}
	return promise
}

func found(text string) func(*record.Promise) { return func(p *record.Promise) { p.Found = text } }

func expected(text string) func(*record.Promise) {
	return func(p *record.Promise) { p.Expected = text }
}

func at(line int) func(*record.Promise) { return func(p *record.Promise) { p.Pos.Line = line } }

func because(text string) func(*record.Promise) { return func(p *record.Promise) { p.Reason = text } }

// side is a run of these promises, whose targets come in their order; lost ones cannot be reached.
func side(name string, lost map[string]string, promises ...*record.Promise) record.Side {
	s := record.Side{Name: name, Events: []record.Event{{Action: record.ActionStart, Start: &record.Start{Time: "2026-01-31T12:00:00Z"}}}}
	on := ""
	for _, promise := range promises {
		if promise.Target != on {
			on = promise.Target
			s.Events = append(s.Events, record.Event{Action: record.ActionTarget, Target: &record.Target{Name: on, Error: lost[on]}})
		}
		s.Events = append(s.Events, record.Event{Action: record.ActionPromise, Promise: promise})
	}
	s.Events = append(s.Events, record.Event{Action: record.ActionEnd, End: &record.End{Complete: true}})
	return s
}

func incomplete(s record.Side) record.Side {
	s.Events[len(s.Events)-1].End.Complete = false
	return s
}

// none is a promise that is not there.
const none = record.Status(-1)

// steps are all from one verdict to another.
var steps = []struct {
	was, is record.Status
	kind    record.ChangeKind
	worse   bool
}{
	{record.Kept, record.Kept, "", false},
	{record.Kept, record.Skipped, record.ChangeSkipped, false},
	{record.Kept, record.Unknown, record.ChangeUnknown, true}, // not checked: nobody knows that it is still kept
	{record.Kept, record.Broken, record.ChangeBroken, true},
	{record.Kept, none, record.ChangeWent, false},
	{record.Skipped, record.Kept, record.ChangeKept, false},
	{record.Skipped, record.Skipped, "", false},
	{record.Skipped, record.Unknown, record.ChangeUnknown, true},
	{record.Skipped, record.Broken, record.ChangeBroken, true},
	{record.Skipped, none, record.ChangeWent, false},
	{record.Unknown, record.Kept, record.ChangeKept, false},
	{record.Unknown, record.Skipped, record.ChangeSkipped, false},
	{record.Unknown, record.Unknown, "", false},
	{record.Unknown, record.Broken, record.ChangeBroken, true},
	{record.Unknown, none, record.ChangeWent, false},
	{record.Broken, record.Kept, record.ChangeKept, false},
	{record.Broken, record.Skipped, record.ChangeSkipped, false},
	{record.Broken, record.Unknown, record.ChangeUnknown, false},
	{record.Broken, record.Broken, "", false},
	{record.Broken, none, record.ChangeWent, false},
	{none, record.Kept, record.ChangeCame, false},
	{none, record.Skipped, record.ChangeCame, false},
	{none, record.Unknown, record.ChangeUnknown, true},
	{none, record.Broken, record.ChangeBroken, true},
}

// TestVerdicts: every step from one verdict to another, and whether it is worse.
func TestVerdicts(t *testing.T) {
	for _, c := range steps {
		before, now := []*record.Promise{p("web", "/y", kept)}, []*record.Promise{p("web", "/y", kept)}
		if c.was != none {
			before = append(before, p("web", "/x", c.was))
		}
		if c.is != none {
			now = append(now, p("web", "/x", c.is))
		}
		got := record.Compare(side("old", nil, before...), side("new", nil, now...))
		if c.kind == "" {
			if len(got.List) > 0 || got.Same != 2 {
				t.Errorf("%d to %d: %+v", c.was, c.is, got.List)
			}
			continue
		}
		if len(got.List) != 1 || got.List[0].Kind != c.kind || got.Worse() != c.worse || got.Same != 1 {
			t.Errorf("%d to %d: %+v, worse %t", c.was, c.is, got.List, got.Worse())
		}
	}
}

// kinds are the changes in a few words.
func kinds(c *record.Changes) string {
	var words []string
	for _, h := range c.Targets {
		words = append(words, "host "+h.Target+" "+string(h.Kind))
	}
	for _, change := range c.List {
		word := change.Promise().Target + change.Promise().Name + " " + string(change.Kind)
		if change.Worse {
			word += "!"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

const kept, unknown, broken = record.Kept, record.Unknown, record.Broken

var comparisons = map[string]struct {
	old, new record.Side
	want     string
}{
	"another value": {
		side("old", nil, p("web", "/x", broken)), side("new", nil, p("web", "/x", broken, found(`"0666"`))), "web/x value",
	},
	"another expectation": {
		side("old", nil, p("web", "/x", kept)), side("new", nil, p("web", "/x", kept, expected("any"), found("y"))), "web/x expectation",
	},
	"another place":  {side("old", nil, p("web", "/x", kept)), side("new", nil, p("web", "/x", kept, at(99))), ""},
	"another reason": {side("old", nil, p("web", "/x", unknown)), side("new", nil, p("web", "/x", unknown, because("why not"))), ""},
	"equal promises are told apart by their order": {
		side("old", nil, p("web", "/x", kept), p("web", "/x", kept)), side("new", nil, p("web", "/x", kept), p("web", "/x", broken)), "web/x broken!",
	},
	"one of them went": {
		side("old", nil, p("web", "/x", kept), p("web", "/x", kept)), side("new", nil, p("web", "/x", kept)), "web/x went",
	},
	"a host came": {
		side("old", nil, p("web", "/x", kept)), side("new", nil, p("web", "/x", kept), p("db", "/x", kept), p("db", "/y", broken)),
		"host db came, db/x came, db/y broken!",
	},
	"a host went": {
		side("old", nil, p("web", "/x", kept), p("db", "/x", broken)), side("new", nil, p("web", "/x", kept)), "host db went, db/x went",
	},
	"a host is lost": {
		side("old", nil, p("web", "/x", kept), p("web", "/y", broken)),
		side("new", map[string]string{"web": "no answer"}, p("web", "/x", unknown), p("web", "/y", unknown)), "host web lost, web/x unknown!, web/y unknown",
	},
	"a host is back": {
		side("old", map[string]string{"web": "no answer"}, p("web", "/x", unknown)), side("new", nil, p("web", "/x", kept)), "host web back, web/x kept",
	},
	"not told is not gone": {
		side("old", nil, p("web", "/x", kept), p("web", "/y", unknown), p("db", "/x", kept)),
		incomplete(side("new", nil, p("web", "/z", kept))), "host db went, web/z came, web/x unknown!, db/x unknown!",
	},
	"an incomplete old run": {
		incomplete(side("old", nil, p("web", "/x", kept))), side("new", nil, p("web", "/x", kept), p("web", "/y", kept)), "web/y came",
	},
}

func TestCompare(t *testing.T) {
	for name, c := range comparisons {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, kinds(record.Compare(c.old, c.new))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWhatAFilterLeftOutIsNoChange: a partial new run says nothing of the rest, which did neither go nor get lost.
func TestWhatAFilterLeftOutIsNoChange(t *testing.T) {
	now := side("new", nil, p("a", "/x", record.Kept))
	now.Events[0].Start.Scope = &record.Scope{Only: []string{"x"}, Promises: 1, AllPromises: 2, Groups: 1, AllGroups: 1}
	c := record.Compare(side("old", nil, p("a", "/x", record.Kept), p("a", "/y", record.Broken)), now)
	if got := kinds(c); got != "" || c.Same != 1 {
		t.Errorf("%s, %d the same", got, c.Same)
	}
	var out strings.Builder
	if err := Doc.Write(&out, c, false); err != nil || !strings.Contains(out.String(), "partial run: 1 of 2 promises") {
		t.Error(out.String(), err)
	}
}

// TestMeasurementsAreNoChange: a duration is another one in every run.
func TestMeasurementsAreNoChange(t *testing.T) {
	measured := func(p *record.Promise) { p.Measured = true }
	c := record.Compare(side("old", nil, p("a", "/x", record.Kept, found(`"1ms"`), measured)), side("new", nil, p("a", "/x", record.Kept, found(`"2ms"`), measured)))
	if got := kinds(c); got != "" {
		t.Error(got)
	}
}

func TestCompareTwoHosts(t *testing.T) {
	run := side("run", nil, p("web1", "/x", record.Kept), p("web1", "/y", record.Kept), p("web2", "/x", record.Broken), p("web2", "/y", record.Kept))
	one, other := run, run
	one.Target, other.Target = "web1", "web2"
	if got := kinds(record.Compare(one, other)); got != "web2/x broken!" {
		t.Error(got)
	}
	if got := kinds(record.Compare(other, one)); got != "web1/x kept" {
		t.Error(got)
	}
}

// everything has every kind of change, a change that three hosts share, and hostile text.
func everything() *record.Changes {
	const hostile = "\x1b[31m<b>|`\u202e\xff](javascript:x)"
	before := side("old.jsonl", map[string]string{"back": "refused"},
		p("web1", "/broken", record.Kept), p("web1", "/unknown", record.Skipped), p("web1", "/went", record.Kept), p("web1", "/kept", record.Broken),
		p("web1", "/skipped", record.Kept), p("web1", "/expectation", record.Kept), p("web1", "/value", record.Broken), p("web1", "/same", record.Kept),
		p("web2", "/broken", record.Kept), p("web3", "/broken", record.Kept),
		p("lost", "/x", record.Kept), p("back", "/x", record.Unknown), p("gone", "/x", record.Kept),
	)
	now := side("new.jsonl", map[string]string{"lost": "no answer"},
		p("web1", "/broken", record.Broken), p("web1", "/unknown", record.Unknown), p("web1", "/kept", record.Kept), p("web1", "/skipped", record.Skipped),
		p("web1", "/expectation", record.Kept, expected(`any_of("0600", "0400")`)), p("web1", "/value", record.Broken, found(`"0666"`)),
		p("web1", "/same", record.Kept), p("web1", "/came", record.Kept), p("web1", hostile, record.Broken, found(hostile)),
		p("web2", "/broken", record.Broken), p("web3", "/broken", record.Broken),
		p("lost", "/x", record.Unknown, because("no answer"), lostWithTarget), p("back", "/x", record.Kept), p("new", "/x", record.Kept),
	)
	return record.Compare(before, now)
}

// TestHeadingsAreGivenOnce: of several changes in a row, the describes, the hosts and the file stand above all of them.
func TestHeadingsAreGivenOnce(t *testing.T) {
	owner := func(p *record.Promise) { p.Attribute, p.Says = "owner", "owner is root" }
	promises := func(status record.Status) []*record.Promise {
		return []*record.Promise{p("a", "/x", status), p("a", "/x", status, owner), p("a", "/y", status), p("b", "/z", status)}
	}
	var b strings.Builder
	if err := Doc.Write(&b, record.Compare(side("old", nil, promises(record.Kept)...), side("new", nil, promises(record.Broken)...)), false); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]int{
		"  web / files · a\n": 1, "  web / files · b\n": 1, "    File /x\n": 1, "    File /y\n": 1, "    File /z\n": 1,
		"      ✗ mode is 0600\n": 3, "      ✗ owner is root\n": 1,
	} {
		if got := strings.Count(b.String(), "\n"+line); got != want {
			t.Errorf("%q stands there %d times, not %d:\n%s", line, got, want, b.String())
		}
	}
}

func TestFormats(t *testing.T) {
	for _, f := range Formats {
		for name, color := range map[string]bool{f.Name: false, f.Name + "_color": true} {
			if color && f != Doc {
				continue
			}
			var b bytes.Buffer
			if err := f.Write(&b, everything(), color); err != nil {
				t.Fatal(err)
			}
			sameAs(t, filepath.Join("testdata", name+".txt"), b.String())
			if text := b.String(); f != JSON && !color && (strings.ContainsAny(text, "\x1b\u202e") || !utf8.ValidString(text)) {
				t.Errorf("%s: hostile text came through", name)
			}
		}
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

// TestManualDescribesJSON: docs/json.md names every field of every line.
func TestManualDescribesJSON(t *testing.T) {
	manual, err := os.ReadFile("../../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(manual), "\n## diff\n")
	var b bytes.Buffer
	if err := JSON.Write(&b, everything(), false); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		for field := range fields {
			if !strings.Contains(section, "`"+field+"`") && field != "action" {
				t.Errorf("the manual does not have %s: %s", field, line)
			}
		}
	}
	for _, kind := range record.ChangeKinds {
		if !strings.Contains(section, "`"+string(kind)+"`") {
			t.Errorf("the manual does not have the kind %s", kind)
		}
	}
}

func lostWithTarget(p *record.Promise) { p.Cause = record.CauseTarget }
