package report

import (
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record"
)

// TestPartialRunSaysSoFirst holds every format to say of a filtered run, before any count or promise, that it is a part.
func TestPartialRunSaysSoFirst(t *testing.T) {
	events := run(on(host("web1"), nginx("1.22")...)...)
	events[0].Start.Scope = &record.Scope{
		Only: []string{"TLS"}, Replaced: []string{"db", "web"}, Promises: 6, AllPromises: 92, Groups: 1, AllGroups: 12,
	}
	for _, f := range Formats {
		if f.New == nil || f == Prometheus || f == JSON {
			continue
		}
		out := render(t, f, Options{}, events)
		at := strings.Index(out, "6 of 92 promises, 1 of 12 groups")
		if at < 0 || !strings.Contains(out, "db, web") {
			t.Errorf("%s does not say how much it left out:\n%s", f.Name, out)
		}
		if first := strings.Index(out, "nginx"); first >= 0 && first < at {
			t.Errorf("%s tells of a promise before it says that it is partial:\n%s", f.Name, out)
		}
	}
	if out := render(t, Prometheus, Options{}, events); !strings.Contains(out, "\navow_run_partial 1\n") {
		t.Error(out)
	}
	if out := render(t, JSON, Options{}, events); !strings.Contains(out, `"all_promises":92`) {
		t.Error(out)
	}
}

// TestWholeRunSaysNothing keeps the words of a partial run out of a whole one.
func TestWholeRunSaysNothing(t *testing.T) {
	for _, f := range Formats {
		if f.New == nil || f == Prometheus {
			continue
		}
		if out := render(t, f, Options{}, run(on(host("web1"), nginx("1.22")...)...)); strings.Contains(out, "partial") {
			t.Errorf("%s: %s", f.Name, out)
		}
	}
}

// TestCaveatIsOneParagraph holds doc to print a caveat that is wider than the terminal as consecutive lines.
func TestCaveatIsOneParagraph(t *testing.T) {
	events := run(on(host("web1"), nginx("1.22")...)...)
	events[0].Start.Scope = &record.Scope{Only: []string{strings.Repeat("server ", 12)}, Promises: 6, AllPromises: 92}
	head, _, _ := strings.Cut(render(t, Doc, Options{Width: 60}, events), "\n\n")
	if !strings.HasSuffix(head, `server ")`) || strings.Count(head, "\n") < 2 {
		t.Errorf("the caveat is not one paragraph:\n%s", head)
	}
}

// TestCaveatEscapesOnce: what no terminal can show of --only and --tag is escaped once.
func TestCaveatEscapesOnce(t *testing.T) {
	events := run(on(host("web1"), nginx("1.22")...)...)
	events[0].Start.Scope = &record.Scope{Only: []string{"a\x1bb"}, Tags: []string{`say "x"`}, Promises: 6, AllPromises: 92}
	want := `(--only "a\x1bb" --tag "say \"x\"")`
	if out := render(t, TAP, Options{}, events); !strings.Contains(out, want) {
		t.Errorf("no %s in\n%s", want, out)
	}
}

// TestMovedTargetsAreSaidFirst holds every format to say which of the spec's targets were checked somewhere else: a report
// that names web1 is read as one of the web1 that the spec means.
func TestMovedTargetsAreSaidFirst(t *testing.T) {
	events := run(on(host("web1"), nginx("1.22")...)...)
	events[0].Start.Moved = []string{"web1"}
	for _, f := range Formats {
		if f.New == nil || f == Prometheus || f == JSON {
			continue
		}
		out := render(t, f, Options{}, events)
		if !strings.Contains(out, "targets another address: web1") || strings.Contains(out, "partial run") {
			t.Errorf("%s does not say it, or calls the run a part:\n%s", f.Name, out)
		}
	}
}
