package site

import (
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// answered is a run of one promise to which each host gives the answer that make makes.
func answered(hosts []string, answer func(host string, p *record.Promise) (lost string)) []record.Event {
	events := []record.Event{{Action: record.ActionStart, Start: &record.Start{Targets: len(hosts), Time: "2026-01-31T12:00:00Z"}}}
	end := &record.End{Complete: true, Targets: len(hosts)}
	for _, h := range hosts {
		p := &record.Promise{
			Target: h, Path: []string{"web"}, PathWhys: []string{""}, Type: "command", Name: "health", Attribute: "duration",
			Says: "duration is below 2s", Expected: `lt("2s")`, Pos: record.Position{File: "a.spec.hcl", Line: 1, Column: 1},
		}
		t := &record.Target{Name: h, Host: map[string]string{"os.id": "debian"}}
		if t.Error = answer(h, p); t.Error != "" {
			t.Host, p.Status, p.Reason = nil, record.Unknown, t.Error
		}
		events = append(events, record.Event{Action: record.ActionTarget, Target: t}, record.Event{Action: record.ActionPromise, Promise: p})
	}
	return append(events, record.Event{Action: record.ActionEnd, End: end})
}

// TestHostThatNobodySawIsNotKept holds the front page and the group's to lead with unknown where a host was not reached:
// that the others keep the promise says nothing of it.
func TestHostThatNobodySawIsNotKept(t *testing.T) {
	pages := files(t, written(t, answered([]string{"a", "b", "c"}, func(host string, p *record.Promise) string {
		if host == "b" {
			return "connection refused"
		}
		return ""
	}), words.Options{}))
	for _, page := range []string{pages[frontFile], pages[only(t, pages, "groups/")]} {
		at := strings.Index(page, "duration is below 2s")
		if at < 0 {
			t.Fatal(page)
		}
		verdict := page[strings.LastIndex(page[:at], `class="verdict `):at]
		if !strings.HasPrefix(verdict, `class="verdict unknown`) || !strings.Contains(page, "on 1 of 3 hosts, not reached") {
			t.Errorf("the verdict is %s", verdict)
		}
	}
	if group := pages[only(t, pages, "groups/")]; strings.Count(group, "connection refused") != 1 {
		t.Error("the group's page does not say once why the host could not be reached")
	}
	if !strings.Contains(pages[frontFile], "1 promise (3 checks) on 3 hosts") {
		t.Error("the front page mixes promises and checks")
	}
}

// TestMeasuredValuesAreNoDifference keeps durations, which are never the same twice, out of where hosts differ.
func TestMeasuredValuesAreNoDifference(t *testing.T) {
	for _, measured := range []bool{true, false} {
		pages := files(t, written(t, answered([]string{"a", "b"}, func(host string, p *record.Promise) string {
			p.Found, p.Measured = `"1`+host+`ms"`, measured
			return ""
		}), words.Options{}))
		group := pages[only(t, pages, "groups/")]
		if differ := strings.Contains(group, "hosts differ"); differ == measured {
			t.Errorf("measured %t: hosts differ is %t", measured, differ)
		}
	}
}

// TestSiteOfAPartialRunSaysSo on every page, before anything else.
func TestSiteOfAPartialRunSaysSo(t *testing.T) {
	run := answered([]string{"a"}, func(string, *record.Promise) string { return "" })
	run[0].Start.Scope = &record.Scope{Only: []string{"web"}, Promises: 1, AllPromises: 9, Groups: 1, AllGroups: 4}
	for name, page := range files(t, written(t, run, words.Options{})) {
		if strings.HasSuffix(name, ".html") && !strings.Contains(page, `<p class="warning">Partial run: 1 of 9 promises, 1 of 4 groups`) {
			t.Errorf("%s does not say that the run is partial", name)
		}
	}
}

// TestSiteSaysWhyACommandFailed on the pages of its group and its host, and on the front page.
func TestSiteSaysWhyACommandFailed(t *testing.T) {
	for name, page := range files(t, written(t, answered([]string{"a"}, func(_ string, p *record.Promise) string {
		p.Status, p.Found, p.Stderr = record.Broken, `"9s"`, "cannot open database\n"
		return ""
	}), words.Options{})) {
		if strings.HasSuffix(name, ".html") && !strings.Contains(page, "cannot open database") {
			t.Errorf("%s does not have it", name)
		}
	}
}

// TestFrontPageSaysWhichHostFoundWhat: of two values that are found, each stands below the hosts that have it.
func TestFrontPageSaysWhichHostFoundWhat(t *testing.T) {
	front := files(t, written(t, answered([]string{"a", "b", "c"}, func(host string, p *record.Promise) string {
		p.Status, p.Found = record.Broken, `"3s"`
		if host == "b" {
			p.Found = `"4s"`
		}
		return ""
	}), words.Options{}))[frontFile]
	_, front, _ = strings.Cut(front, `id="attention"`)
	last := -1
	for _, part := range []string{"hosts/a.html", "hosts/c.html", "3s", "hosts/b.html", "4s"} {
		at := strings.Index(front, part)
		if at < last {
			t.Errorf("%s does not stand where it belongs", part)
		}
		last = at
	}
}

// TestUnknownEverywhereAndNotReached: where a promise is unknown on all hosts, and some were not reached, the sentence
// beside it begins with what it says.
func TestUnknownEverywhereAndNotReached(t *testing.T) {
	pages := files(t, written(t, answered([]string{"a", "b"}, func(host string, p *record.Promise) string {
		if host == "b" {
			return "connection refused"
		}
		p.Status, p.Reason = record.Unknown, "permission denied"
		return ""
	}), words.Options{}))
	group := pages[only(t, pages, "groups/")]
	if !strings.Contains(group, `<span class="of">1 not reached</span>`) {
		t.Error("the group's page does not say how many were not reached")
	}
	if !strings.Contains(group, "could not be reached<") || strings.Contains(group, "lost") {
		t.Error("the group's page does not say that the host was never reached")
	}
}

// TestWhatIsCutIsCountedInWords holds the line below a list that was cut to be English.
func TestWhatIsCutIsCountedInWords(t *testing.T) {
	run := tellRun("2026-01-31T12:00:00Z", 2)
	for _, name := range []string{"web1", "web2"} {
		run.host(debian(name))
		for i := range 15 {
			run.promise(record.Promise{Target: name, Path: []string{"group"}, PathWhys: []string{""}, Says: "is so", Found: name, Pos: record.Position{Line: i}})
		}
	}
	if page := files(t, written(t, run.over(), words.Options{}))["groups/group.html"]; !strings.Contains(page, "<li>3 more below</li>") {
		t.Error(page)
	}
}

// TestHostPageSaysHowLongACommandTook, unless times are left out.
func TestHostPageSaysHowLongACommandTook(t *testing.T) {
	events := answered([]string{"a"}, func(_ string, p *record.Promise) string {
		p.Status, p.Took = record.Kept, 2.46
		return ""
	})
	for _, noTime := range []bool{false, true} {
		said := false
		for name, page := range files(t, written(t, events, words.Options{NoTime: noTime})) {
			said = said || strings.HasPrefix(name, "hosts/") && strings.Contains(page, "2.5 s")
		}
		if said == noTime {
			t.Errorf("NoTime %v: said %v", noTime, said)
		}
	}
}
