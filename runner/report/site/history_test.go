package site

import (
	"strings"
	"testing"
	"time"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// days are runs, one a day, of one promise; "-" is a run that did not look at it.
func days(verdicts string) [][]record.Event {
	var runs [][]record.Event
	for i, v := range verdicts {
		at := time.Date(2026, 1, 20+i, 12, 0, 0, 0, time.UTC)
		run := tellRun(at.Format(time.RFC3339), 1)
		run.host(debian("web1"))
		p := record.Promise{Target: "web1", Path: []string{"group"}, PathWhys: []string{""}, Type: "port", Name: "443", Attribute: "listening", Says: "is listening"}
		switch v {
		case 'k':
			p.Status = record.Kept
		case 'b':
			p.Status = record.Broken
		case 'u':
			p.Status, p.Reason = record.Unknown, "permission denied"
		case 's':
			p.Status, p.Reason = record.Skipped, "not now"
		case '-':
			p.Name = "80"
		}
		p.Pos.Line = i + 1 // the spec is edited all the time
		run.promise(p)
		runs = append(runs, run.over())
	}
	return runs
}

func TestSince(t *testing.T) {
	for verdicts, want := range map[string]string{
		"b":      "",
		"k":      "",
		"kb":     "new: kept on 2026-01-20",
		"kbb":    "broken since 2026-01-21, 2 runs; kept on 2026-01-20",
		"kbbb":   "broken since 2026-01-21, 3 runs; kept on 2026-01-20",
		"bb":     "broken since 2026-01-20, 2 runs, or longer",
		"bub":    "new: unknown on 2026-01-21",
		"kbub":   "new: unknown on 2026-01-22",
		"kuu":    "unknown since 2026-01-21, 2 runs; kept on 2026-01-20",
		"kb-b":   "broken since 2026-01-21, 2 runs; kept on 2026-01-20",
		"--b":    "first checked in this run",
		"sb":     "new: skipped on 2026-01-20",
		"bbkbbb": "broken since 2026-01-23, 3 runs; kept on 2026-01-22",
		"bk":     "",
	} {
		runs := days(verdicts)
		last := len(runs) - 1
		all := files(t, written(t, runs[last], words.Options{History: runs[:last]}))
		for _, page := range []string{"index.html", "hosts/web1.html", "groups/group.html"} {
			has := strings.Contains(all[page], "<dt>since</dt>")
			if has != (want != "") || !strings.Contains(all[page], want) {
				t.Errorf("%s: %s does not say %q", verdicts, page, want)
			}
		}
	}
}

func TestPlannedRunsAreNoHistory(t *testing.T) {
	runs := days("kkb")
	for _, run := range runs[:2] {
		run[0].Start.Planned = true
	}
	front := files(t, written(t, runs[2], words.Options{History: runs[:2]}))["index.html"]
	if strings.Contains(front, "<svg class=\"plot") || strings.Contains(front, "kept on") {
		t.Error("what was only planned is told as history")
	}
}

func TestPlot(t *testing.T) {
	runs := days("kkbubk" + strings.Repeat("k", 60) + "b")
	last := len(runs) - 1
	front := files(t, written(t, runs[last], words.Options{History: runs[:last]}))["index.html"]
	if n := strings.Count(front, "<rect class="); n != 1+2*maxRuns { // the bar at the top, all promises, the one group
		t.Errorf("%d rectangles", n)
	}
	for _, want := range []string{"7 earlier runs not shown", `<title id="health-title">Health of all promises over time</title>`, "60 runs from 2026-01-27 to 2026-03-27"} {
		if !strings.Contains(front, want) {
			t.Errorf("the front page does not say %q", want)
		}
	}
	if n := strings.Count(front, `<th scope="row"><time`); n != maxRuns {
		t.Errorf("the table has %d runs", n)
	}
}

func TestColumnsFill(t *testing.T) {
	for _, c := range []record.Counts{{1, 0, 0, 0}, {0, 0, 0, 5}, {100_000, 1, 1, 1}, {0, 3, 3, 0}, {1, 1, 1, 100_000}} {
		for whole, parts := range map[int][]share{plotHeight: split(c, plotHeight, plotLeast), 1000: tally(c).Shares()} {
			from := 0
			for _, s := range parts {
				if s.From != from || s.Size() < plotLeast || whole == 1000 && s.Size() < 5 {
					t.Errorf("%v: %+v", c, s)
				}
				from = s.To
			}
			if from != whole {
				t.Errorf("%v fills %d of %d", c, from, whole)
			}
		}
	}
}
