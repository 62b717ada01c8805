package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/runner/record/plain"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// Prometheus renders a run in the text format of Prometheus, as a file for the node exporter's textfile collector, at
// its end. Each target has five series, and no text of a promise is in any. Beyond maxSeries targets the rest share
// the target "(others)", so that sums stay right.
var Prometheus = &Format{
	Name:    "prometheus",
	Summary: "metrics for the node exporter's textfile collector",
	New:     newPrometheus,
}

const (
	maxSeries = 1000 // targets that have series of their own
	others    = "(others)"
)

// metrics counts a run.
type metrics struct {
	run     *record.Run
	targets map[string]*measured
	order   []string
}

// measured is the counts of a target.
type measured struct {
	verdicts record.Counts
	answered bool // it has facts, or a promise that is kept or broken
	down     bool
}

func newPrometheus(w io.Writer, _ Options) Report {
	out := bufio.NewWriter(w) // it keeps the first error
	return words.AtEnd(func(run *record.Run) error {
		m := &metrics{run: run, targets: map[string]*measured{}}
		for _, t := range run.Targets {
			m.add(t)
		}
		m.write(out, run.End)
		return out.Flush()
	})
}

// add counts a target. Names that are equal when shown are one target.
func (m *metrics) add(t *record.TargetResult) {
	name := plain.Value(t.Name, words.MaxTitle)
	if m.targets[name] == nil && len(m.order) >= maxSeries {
		name = others
	}
	s := m.targets[name]
	if s == nil {
		s = &measured{}
		m.targets[name], m.order = s, append(m.order, name)
	}
	s.verdicts.Add(t.Counts)
	s.answered, s.down = s.answered || t.Answered || len(t.Host) > 0, s.down || t.Error != ""
}

func (m *metrics) write(w io.Writer, end *record.End) {
	if m.targets[others] != nil {
		fmt.Fprintf(w, "# More than %s: the others share the target %q.\n", plain.Count(maxSeries, "target"), others)
	}
	m.promises(w)
	m.up(w)
	gauge(w, "avow_run_partial", "Whether the run left out a part of its suite, by --only, --tag or -t.")
	fmt.Fprintf(w, "avow_run_partial %d\n", number(m.run.Start.Scope != nil))
	gauge(w, "avow_run_complete", "Whether the run came to its end: 0 after an interrupt.")
	fmt.Fprintf(w, "avow_run_complete %d\n", number(end.Complete))
	gauge(w, "avow_run_duration_seconds", "How long the run took.")
	fmt.Fprintf(w, "avow_run_duration_seconds %s\n", strconv.FormatFloat(end.Elapsed, 'g', -1, 64))
	if at, err := time.Parse(time.RFC3339, cmp.Or(end.Time, m.run.Start.Time)); err == nil {
		gauge(w, "avow_run_timestamp_seconds", "When the run ended.")
		fmt.Fprintf(w, "avow_run_timestamp_seconds %d\n", at.Unix())
	}
	gauge(w, "avow_build_info", "The version of Avow that ran.")
	fmt.Fprintf(w, "avow_build_info{version=\"%s\"} 1\n", label(m.run.Start.Version))
}

func (m *metrics) promises(w io.Writer) {
	if len(m.order) == 0 {
		return
	}
	gauge(w, "avow_promises", "Promises of a target by verdict. Unknown ones could not be checked.")
	for _, name := range m.order {
		for _, s := range []record.Status{record.Kept, record.Broken, record.Unknown, record.Skipped} {
			fmt.Fprintf(w, "avow_promises{target=\"%s\",verdict=\"%s\"} %d\n", label(name), s, m.targets[name].verdicts[s])
		}
	}
}

// up writes which targets could be checked: an interrupt, too, can come before a target answered. A run without checks
// has no such series.
func (m *metrics) up(w io.Writer) {
	if len(m.order) == 0 || m.run.Start.Planned {
		return
	}
	gauge(w, "avow_target_up", "Whether a target could be reached, and was not lost before the end.")
	for _, name := range m.order {
		t := m.targets[name]
		fmt.Fprintf(w, "avow_target_up{target=\"%s\"} %d\n", label(name), number(t.answered && !t.down))
	}
}

func gauge(w io.Writer, name, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

var inLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// label returns a text as the value of a label.
func label(s string) string { return inLabel.Replace(plain.Value(s, words.MaxTitle)) }
