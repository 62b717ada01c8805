package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/avow-dev/avow/runner/record"
)

// lint parses the text as the node exporter does, and says what the linter has against it.
func lint(t *testing.T, name, text string) {
	t.Helper()
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, text)
	}
	for _, p := range problems {
		t.Errorf("%s: %s: %s", name, p.Metric, p.Text)
	}
	seen := map[string]bool{} // the linter leaves double series to the collector, which takes nothing of the file then
	for line := range strings.Lines(text) {
		series := line[:strings.LastIndex(line, " ")]
		if seen[series] {
			t.Errorf("%s: %s twice", name, series)
		}
		seen[series] = true
	}
}

func TestPrometheusIsReadable(t *testing.T) {
	for name, events := range runs(t) {
		lint(t, name, render(t, Prometheus, Options{}, events))
	}
}

// TestPrometheusLinterFinds: the linter of these tests does read what it is given.
func TestPrometheusLinterFinds(t *testing.T) {
	for _, bad := range []string{"avow{target=\"\xff} 1\n", "a{b=\"c\"} 1"} {
		if _, err := promlint.New(strings.NewReader(bad)).Lint(); err == nil {
			t.Errorf("%q is read without an error", bad)
		}
	}
}

func TestPrometheusManyTargets(t *testing.T) {
	events := fleet(1500, unreachable("refused", 1400))
	out := render(t, Prometheus, Options{}, events)
	lint(t, "1500 targets", out)
	if n := strings.Count(out, "avow_target_up{"); n != maxSeries+1 {
		t.Errorf("%d targets have series", n)
	}
	sums := map[string]int{}
	for _, found := range regexp.MustCompile(`(?m)^avow_promises\{.*verdict="(.*)"\} (\d+)$`).FindAllStringSubmatch(out, -1) {
		var n int
		fmt.Sscan(found[2], &n)
		sums[found[1]] += n
	}
	end := events[len(events)-1].End
	if sums["kept"] != end.Kept || sums["unknown"] != end.Unknown {
		t.Errorf("the series sum up to %v, the run to %+v", sums, end)
	}
	for _, says := range []string{"# More than 1,000 targets", `avow_target_up{target="(others)"} 0`} {
		if !strings.Contains(out, says) {
			t.Errorf("no %q", says)
		}
	}
}

func TestPrometheusLabels(t *testing.T) {
	out := render(t, Prometheus, Options{}, hosts(on(host("a\"b\\c\nd\xff"), nginx("1")...)))
	lint(t, "labels", out)
	if says := `avow_promises{target="a\"b\\c\\nd\\xff",verdict="kept"} 2`; !strings.Contains(out, says) {
		t.Errorf("no %s in\n%s", says, out)
	}
}

// TestPrometheusTimes: the end counts; an older run that has none is as old as its start; what is no time is none.
func TestPrometheusTimes(t *testing.T) {
	events := hosts(on(host("web1"), nginx("1")...))
	start, end := events[0].Start, events[len(events)-1].End
	for _, c := range []struct{ began, ended, says string }{
		{"2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z", "\navow_run_timestamp_seconds 1769860801\n"},
		{"2026-01-31T12:00:00Z", "", "\navow_run_timestamp_seconds 1769860800\n"},
		{"yesterday", "", ""},
	} {
		start.Time, end.Time = c.began, c.ended
		out := render(t, Prometheus, Options{}, events)
		if !strings.Contains(out, c.says) || c.says == "" && strings.Contains(out, "timestamp") {
			t.Errorf("%v:\n%s", c, out)
		}
	}
}

// TestPrometheusOfAPlan: where nothing was looked at, no target is up.
func TestPrometheusOfAPlan(t *testing.T) {
	events := hosts(on(host("web1"), about(1, "user", "a", "exists", "exists", skipped("not checked"))))
	events[0].Start.Planned = true
	out := render(t, Prometheus, Options{}, events)
	lint(t, "plan", out)
	if strings.Contains(out, "avow_target_up") {
		t.Error(out)
	}
}

// TestPrometheusUpNeedsAnAnswer: a target that was not come to before an interrupt has no error, and yet was not seen.
func TestPrometheusUpNeedsAnAnswer(t *testing.T) {
	silent := host("web1")
	silent.Target.Host = nil
	for says, p := range map[string]record.Promise{
		"avow_target_up{target=\"web1\"} 0\n": key(unknown("interrupted")),
		"avow_target_up{target=\"web1\"} 1\n": port(),
	} {
		if out := render(t, Prometheus, Options{}, interrupted(hosts(on(silent, p)))); !strings.Contains(out, says) {
			t.Errorf("no %q in\n%s", says, out)
		}
	}
}
