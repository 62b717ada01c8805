package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

// Prometheus renders a run in the text format of Prometheus, as a file for the node exporter's textfile collector, at
// its end. Each target has five series, and no text of a promise is in any. Beyond maxSeries targets the rest share
// the target "(others)", so that sums stay right.
var Prometheus = &Format{
	Name:    "prometheus",
	Summary: "metrics for the node exporter's textfile collector",
	New: func(w io.Writer, _ Options) Report {
		return words.AtEnd(func(run *record.Run) error {
			m := &metrics{Writer: bufio.NewWriter(w), targets: map[string]*measured{}}
			for _, t := range run.Targets {
				m.count(t)
			}
			m.write(run)
			return m.Flush()
		})
	},
}

const (
	maxSeries = 1000 // targets that have series of their own
	others    = "(others)"
)

// metrics counts a run. Its writer keeps the first error and writes nothing after it.
type metrics struct {
	*bufio.Writer
	targets map[string]*measured
	order   []string
}

// measured is the counts of a target.
type measured struct {
	verdicts record.Counts
	answered bool // it has facts, or a promise that is kept or broken
	down     bool
}

func (m *metrics) count(t *record.TargetResult) {
	name := t.Target.Name
	if m.targets[name] == nil && len(m.order) >= maxSeries {
		name = others
	}
	s := m.targets[name]
	if s == nil {
		s = &measured{}
		m.targets[name], m.order = s, append(m.order, name)
	}
	s.verdicts.Add(t.Counts)
	s.answered, s.down = s.answered || t.Answered || len(t.Target.Host) > 0, s.down || t.Target.Error != ""
}

func (m *metrics) write(run *record.Run) {
	if m.targets[others] != nil {
		fmt.Fprintf(m, "# More than %s: the others share the target %q.\n", plain.Count(maxSeries, "target"), others)
	}
	var promises, up []string
	for _, name := range m.order {
		t := m.targets[name]
		for _, s := range []record.Status{record.Kept, record.Broken, record.Unknown, record.Skipped} {
			promises = append(promises, fmt.Sprintf(`{target="%s",verdict="%s"} %d`, label(name), s, t.verdicts[s]))
		}
		// An interrupt, too, can come before a target answered. A run without checks has no such series.
		if !run.Start.Planned {
			up = append(up, fmt.Sprintf(`{target="%s"} %d`, label(name), number(t.answered && !t.down)))
		}
	}
	m.gauge("avow_promises", "Promises of a target by verdict. Unknown ones could not be checked.", promises...)
	m.gauge("avow_target_up", "Whether a target could be reached, and was not lost before the end.", up...)
	m.gauge("avow_run_partial", "Whether the run left out a part of its suite, by --only, --tag or -t.",
		fmt.Sprintf(" %d", number(run.Start.Scope != nil)))
	m.gauge("avow_run_complete", "Whether the run came to its end: 0 after an interrupt.",
		fmt.Sprintf(" %d", number(run.End.Complete)))
	m.gauge("avow_run_duration_seconds", "How long the run took.", " "+strconv.FormatFloat(run.End.Elapsed, 'g', -1, 64))
	if at, err := time.Parse(time.RFC3339, cmp.Or(run.End.Time, run.Start.Time)); err == nil {
		m.gauge("avow_run_timestamp_seconds", "When the run ended.", fmt.Sprintf(" %d", at.Unix()))
	}
	m.gauge("avow_build_info", "The version of Avow that ran.",
		fmt.Sprintf(`{version="%s"} 1`, label(run.Start.Version)))
}

// gauge writes a metric with its series, if there are any: each is its labels and its value.
func (m *metrics) gauge(name, help string, series ...string) {
	if len(series) == 0 {
		return
	}
	fmt.Fprintf(m, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
	for _, s := range series {
		fmt.Fprintf(m, "%s%s\n", name, s)
	}
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// label returns a name as the value of a label.
func label(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) }
