package report

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/avow-dev/avow/runner/record"
)

func readSARIF(t *testing.T, events []record.Event) sarifRun {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal([]byte(render(t, SARIF, Options{}, events)), &log); err != nil {
		t.Fatal(err)
	}
	return log.Runs[0]
}

func TestSARIFFollowsItsSchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("testdata/sarif.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, events := range runs(t) {
		if err := validate(s, render(t, SARIF, Options{}, events)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	out := render(t, SARIF, Options{}, recorded(t))
	for _, change := range [][2]string{
		{`"ruleId"`, `"rule"`},
		{`"level": "error"`, `"level": "fail"`},
		{`"startLine": 12`, `"startLine": 0`},
		{`"uri": "web.spec.hcl"`, `"uri": "a%zz"`},
		{`2026-01-31T12:00:00.000Z`, "yesterday"},
		{`"sha-256": "`, `"sha-256": "x`},
	} {
		if bad := strings.Replace(out, change[0], change[1], 1); bad == out || validate(s, bad) == nil {
			t.Errorf("%s is valid", change[1])
		}
	}
}

// TestSARIFRefersToItself: rules and artifacts by their places, and no result is known by another's fingerprint.
func TestSARIFRefersToItself(t *testing.T) {
	for name, events := range runs(t) {
		run := readSARIF(t, events)
		prints := map[string]bool{}
		for _, r := range run.Results {
			if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
				t.Errorf("%s: %s is not rule %d", name, r.RuleID, r.RuleIndex)
			}
			at := r.Locations[0].Physical.Artifact
			if at.Index != nil && run.Artifacts[*at.Index].Location.URI != at.URI {
				t.Errorf("%s: %s is not artifact %d", name, at.URI, *at.Index)
			}
			if print := r.Fingerprints["primaryLocationLineHash"]; prints[print] {
				t.Errorf("%s: two results are %s", name, print)
			} else {
				prints[print] = true
			}
		}
	}
}

func printsOf(t *testing.T, events []record.Event) []string {
	t.Helper()
	var list []string
	for _, r := range readSARIF(t, events).Results {
		list = append(list, r.Fingerprints["primaryLocationLineHash"])
	}
	return list
}

// TestSARIFFingerprintsStay over runs: an alert is the same one while its promise is not kept.
func TestSARIFFingerprintsStay(t *testing.T) {
	moved := func(p record.Promise) record.Promise { p.Pos.Line += 7; return p }
	denied := func(p record.Promise) record.Promise { unknown("permission denied")(&p); return p }
	other := func(p record.Promise) record.Promise { p.Found, p.Note, p.Elapsed = "other", "", 3; return p }
	want := printsOf(t, hosts(on(host("web1"), port())))
	for name, p := range map[string]record.Promise{"moved": moved(port()), "unknown": denied(port()), "another value": other(port())} {
		if got := printsOf(t, hosts(on(host("web9"), nginx("1")...), on(host("web8"), p))); !slices.Equal(got, want) {
			t.Errorf("%s: %v, was %v", name, got, want)
		}
	}
	if got := printsOf(t, hosts(on(host("web1"), key()))); slices.Equal(got, want) {
		t.Error("another promise has the same fingerprint")
	}
	// The second of two equal promises stays the second when the first is kept.
	kept := about(31, "port", "443", "listening", "is listening")
	both, second := printsOf(t, hosts(on(host("web1"), port(), port()))), printsOf(t, hosts(on(host("web1"), kept, port())))
	if len(both) != 2 || !slices.Equal(both[1:], second) {
		t.Errorf("%v, then %v", both, second)
	}
}

// TestSARIFOneResultForAPromise that is broken here and unknown there: an error that names both.
func TestSARIFOneResultForAPromise(t *testing.T) {
	lost := port()
	unknown("connection refused")(&lost)
	run := readSARIF(t, hosts(on(host("web1"), port()), on(down("web2", "connection refused"), lost), on(host("web3"), about(31, "port", "443", "listening", "is listening"))))
	if len(run.Results) != 1 {
		t.Fatalf("%+v", run.Results)
	}
	r := run.Results[0]
	want := "Port 443 is listening: broken\nbroken on web1: expected true, found false; tcp listeners are 22, 80\nunknown on web2: not checked: connection refused"
	if r.Level != "error" || r.Message.Text != want || !slices.Equal(r.Properties.Targets, []string{"web1", "web2"}) {
		t.Errorf("%+v", r)
	}
	if notes := run.Invocations[0].Notes; len(notes) != 1 || notes[0].Message.Text != "web2 could not be reached: connection refused — 1 promise unknown" {
		t.Errorf("%+v", notes)
	}
}

func TestSARIFURIs(t *testing.T) {
	for path, want := range map[string]string{
		"web.spec.hcl": "web.spec.hcl", "a b/c%d#e?.hcl": "a%20b/c%25d%23e%3F.hcl", "../up.hcl": "../up.hcl", "/etc/a b.hcl": "file:///etc/a%20b.hcl",
		"javascript:x": "./javascript:x", "\xff": "%EF%BF%BD", "//host/x": "file:////host/x", "ü": "%C3%BC",
	} {
		if got := uri(path); got != want {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
	}
}

// TestSARIFMessagesHaveNoLinks, as messages of SARIF can.
func TestSARIFMessagesHaveNoLinks(t *testing.T) {
	p := about(1, "file", "[x](http://evil)", "mode", "[x](1)", values("a", "[x](javascript:y)"), broken(""))
	if text := readSARIF(t, hosts(on(host("web1"), p))).Results[0].Message.Text; strings.Contains(text, "](") {
		t.Error(text)
	}
}

// TestSARIFWorstFirst: beyond what GitHub takes, what is broken comes before what is unknown.
func TestSARIFWorstFirst(t *testing.T) {
	first := about(1, "user", "a", "exists", "exists", unknown("no passwd"))
	all := sarif{Run: record.RunOf(hosts(on(host("web1"), first, port(), key(), port())))}.unkept()
	kept, left := worstFirst(all, 3)
	if left != 1 || kept[0].worst != record.Broken || kept[1].worst != record.Broken || kept[2].worst != record.Unknown {
		t.Errorf("%d left out of %d: %v", left, len(all), kept)
	}
	all = sarif{Run: record.RunOf(hosts(on(host("web1"), first, port(), key(), port())))}.unkept()
	if same, left := worstFirst(all, 4); left != 0 || same[0].worst != record.Unknown {
		t.Error("the order of the suite is lost without need")
	}
}
