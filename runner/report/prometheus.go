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
)

// Prometheus tells a run in the text format of Prometheus, as a file for the node exporter's textfile collector, at
// its end. Each target has five series, and no text of a promise is in any. Beyond maxSeries targets the rest share
// the target "(others)", so that sums stay right.
var Prometheus = &Format{Name: "prometheus", Summary: "metrics for the node exporter's textfile collector", New: newPrometheus}

const (
	maxSeries = 1000 // targets that have series of their own
	others    = "(others)"
)

// metrics is a run as it is counted.
type metrics struct {
	start   record.Start
	targets map[string]*measured
	order   []string
}

// measured is what is counted of a target.
type measured struct {
	verdicts map[record.Status]int
	answered bool // it told a fact of its own, or was seen to keep or break a promise
	down     bool
}

func newPrometheus(w io.Writer, _ Options) Report {
	m := &metrics{targets: map[string]*measured{}}
	out := bufio.NewWriter(w) // it keeps the first error
	return func(e record.Event) error {
		switch {
		case e.Start != nil:
			m.start = *e.Start
		case e.Target != nil:
			t := m.target(e.Target.Name)
			t.answered, t.down = t.answered || len(e.Target.Host) > 0, t.down || e.Target.Error != ""
		case e.Promise != nil:
			m.target(e.Promise.Target).count(e.Promise.Status)
		case e.End != nil:
			m.write(out, e.End)
		}
		return out.Flush()
	}
}

// target finds what is counted of a target, or begins it. Names that look the same are one.
func (m *metrics) target(name string) *measured {
	name = neutral(name, maxTitle)
	if m.targets[name] == nil && len(m.order) >= maxSeries {
		name = others
	}
	t := m.targets[name]
	if t == nil {
		t = &measured{verdicts: map[record.Status]int{}}
		m.targets[name], m.order = t, append(m.order, name)
	}
	return t
}

func (t *measured) count(s record.Status) {
	t.verdicts[s]++
	t.answered = t.answered || s == record.Kept || s == record.Broken
}

func (m *metrics) write(w io.Writer, end *record.End) {
	if m.targets[others] != nil {
		fmt.Fprintf(w, "# More than %s: the others share the target %q.\n", count(maxSeries, "target"), others)
	}
	m.promises(w)
	m.up(w)
	gauge(w, "avow_run_partial", "Whether the run left out a part of its suite, by --only, --tag or -t.")
	fmt.Fprintf(w, "avow_run_partial %d\n", number(m.start.Scope != nil))
	gauge(w, "avow_run_complete", "Whether the run came to its end: 0 after an interrupt.")
	fmt.Fprintf(w, "avow_run_complete %d\n", number(end.Complete))
	gauge(w, "avow_run_duration_seconds", "How long the run took.")
	fmt.Fprintf(w, "avow_run_duration_seconds %s\n", strconv.FormatFloat(end.Elapsed, 'g', -1, 64))
	if at, err := time.Parse(time.RFC3339, cmp.Or(end.Time, m.start.Time)); err == nil {
		gauge(w, "avow_run_timestamp_seconds", "When the run ended.")
		fmt.Fprintf(w, "avow_run_timestamp_seconds %d\n", at.Unix())
	}
	gauge(w, "avow_build_info", "The version of Avow that ran.")
	fmt.Fprintf(w, "avow_build_info{version=\"%s\"} 1\n", label(m.start.Version))
}

func (m *metrics) promises(w io.Writer) {
	if len(m.order) == 0 {
		return
	}
	gauge(w, "avow_promises", "Promises of a target by verdict. Unknown ones could not be looked at.")
	for _, name := range m.order {
		for _, s := range []record.Status{record.Kept, record.Broken, record.Unknown, record.Skipped} {
			fmt.Fprintf(w, "avow_promises{target=\"%s\",verdict=\"%s\"} %d\n", label(name), s, m.targets[name].verdicts[s])
		}
	}
}

// up says which targets could be looked at: an interrupt, too, can come before a target answered. Where nothing was
// looked at, none is told.
func (m *metrics) up(w io.Writer) {
	if len(m.order) == 0 || m.start.Planned {
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

// label is a text as the value of a label.
func label(s string) string { return inLabel.Replace(neutral(s, maxTitle)) }
