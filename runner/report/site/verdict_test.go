package site

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

func TestUnfinishedRunSaysSo(t *testing.T) {
	all := recorded(t)
	interrupted := slices.Clone(all)
	interrupted[len(all)-1] = record.Event{Action: record.ActionEnd, End: &record.End{Targets: 4}}
	for name, c := range map[string]struct {
		run  []record.Event
		says string
	}{
		"whole":                 {all, ""},
		"interrupted":           {interrupted, "This run was interrupted."},
		"no end":                {all[:len(all)-1], "This run was cut short: it has no end. "},
		"no end, hosts missing": {all[:12], "This run was cut short: it has no end, and 2 of 4 hosts are missing."},
		"hosts missing":         {append(slices.Clone(all[:10]), all[len(all)-1]), "This run is incomplete: 3 of 4 hosts are missing."},
	} {
		for page, text := range files(t, written(t, c.run, words.Options{})) {
			if !strings.HasSuffix(page, ".html") {
				continue
			}
			if warns := strings.Contains(text, `<p class="warning"><strong>Incomplete.`); warns != (c.says != "") || !strings.Contains(text, c.says) {
				t.Errorf("%s: %s does not say %q", name, page, c.says)
			}
		}
	}
}

// TestHeadline holds what the front page says first. What nobody looked at is never told as kept.
func TestHeadline(t *testing.T) {
	kept, skipped, unknown, broken := record.Kept, record.Skipped, record.Unknown, record.Broken
	for _, c := range []struct {
		says     string
		cut      bool
		statuses []record.Status
	}{
		{"All promises are kept", false, []record.Status{kept, kept}},
		{"All promises that were checked are kept", false, []record.Status{kept, skipped}},
		{"All promises that were checked are kept, the rest is unknown", true, []record.Status{kept}},
		{"1 promise is broken", false, []record.Status{kept, broken}},
		{"2 promises are broken, 1 unknown", false, []record.Status{broken, broken, unknown}},
		{"None is known to be broken, 1 unknown", false, []record.Status{kept, unknown}},
		{"Nothing was checked", false, []record.Status{skipped}},
		{"Nothing was checked", false, nil},
	} {
		run := tellRun("2026-01-31T12:00:00Z", 1)
		run.host(debian("web1"))
		for i, st := range c.statuses {
			run.promise(record.Promise{Target: "web1", Path: []string{"group"}, PathWhys: []string{""}, Status: st, Says: "is so", Reason: "a reason", Pos: record.Position{Line: i}})
		}
		run.end.Complete = !c.cut
		front := files(t, written(t, run.over(), words.Options{}))["index.html"]
		if !strings.Contains(front, "<h1>"+c.says+"</h1>") {
			t.Errorf("%v: %s", c.statuses, regexp.MustCompile(`<h1>.*</h1>`).FindString(front))
		}
	}
}

// TestLostHostIsUnknown: what could not be looked at is told as unknown, with the reason, on every page.
func TestLostHostIsUnknown(t *testing.T) {
	run := tellRun("2026-01-31T12:00:00Z", 1)
	down := debian("web1")
	down.Error = "connection refused"
	run.host(down)
	for i, says := range []string{"exists", "does not exist"} {
		run.promise(record.Promise{Target: "web1", Path: []string{"group"}, PathWhys: []string{""}, Status: record.Unknown, Says: says, Reason: "connection refused", Pos: record.Position{Line: i}})
	}
	for page, text := range files(t, written(t, run.over(), words.Options{})) {
		if !strings.HasSuffix(page, ".html") {
			continue
		}
		text, _, _ = strings.Cut(text, "<footer>")
		if !strings.Contains(text, "connection refused") || strings.Contains(text, `class="verdict kept"`) || strings.Contains(text, `data-k=`) || strings.Contains(text, `data-b=`) {
			t.Errorf("%s tells it in another way", page)
		}
		if n := strings.Count(text, `class="verdict unknown"`); n < 2 {
			t.Errorf("%s says unknown %d times", page, n)
		}
	}
}

// TestLostHostsAreNotCountedAsKept: a promise that some hosts keep and others could not be asked for says both.
func TestLostHostsAreNotCountedAsKept(t *testing.T) {
	run := tellRun("2026-01-31T12:00:00Z", 3)
	for i, name := range []string{"web1", "web2", "web3"} {
		host := debian(name)
		p := record.Promise{Target: name, Path: []string{"group"}, PathWhys: []string{""}, Says: "exists"}
		if i > 0 {
			host.Error = "connection refused"
			p.Status, p.Reason = record.Unknown, host.Error
		}
		run.host(host)
		run.promise(p)
	}
	all := files(t, written(t, run.over(), words.Options{}))
	for _, page := range []string{"index.html", "groups/group.html"} {
		if !strings.Contains(all[page], `<span class="of">on 2 of 3 hosts, not reached</span>`) {
			t.Errorf("%s does not say so", page)
		}
	}
	if !strings.Contains(all["index.html"], "<h1>None is known to be broken, 1 unknown</h1>") {
		t.Error("the headline does not say so")
	}
}

func TestPlannedSiteHasNoVerdicts(t *testing.T) {
	run := tellRun("2026-01-31T12:00:00Z", 2)
	run.events[0].Start.Planned = true
	for _, name := range []string{"web1", "web2"} {
		run.host(record.Target{Name: name, Backend: "ssh"})
		for i := range 30 {
			p := fleetPromise(record.Target{Name: name}, 0, i)
			p.Status, p.Found, p.Reason = record.Skipped, "", "only planned"
			run.promise(p)
		}
	}
	for page, text := range files(t, written(t, run.over(), words.Options{History: [][]record.Event{fleet(2, 30, noon)}})) {
		if !strings.HasSuffix(page, ".html") {
			continue
		}
		for _, bad := range []string{`class="verdict`, "✓", "✗", "skipped<", "only planned", "<svg class=\"bar\"", "Over time", "checked"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s has %q", page, bad)
			}
		}
		if !strings.Contains(text, "mode is 0601") {
			t.Errorf("%s does not say what is promised", page)
		}
	}
}
