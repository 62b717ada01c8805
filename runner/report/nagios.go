package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

// Nagios is the output of a monitoring plugin: one line with its state and performance data, then a line for
// each promise that was not kept, the worst first. It is written at the end, and never longer than 8 KiB.
var Nagios = &Format{
	Name:    "nagios",
	Summary: "one line with performance data, then what is not kept, for monitoring",
	New: func(w io.Writer, _ Options) Report {
		return words.AtEnd(func(run *record.Run) error {
			n := &nagios{}
			for _, t := range run.Targets {
				n.target(t)
			}
			_, err := io.WriteString(w, n.output(run))
			return err
		})
	},
}

const (
	maxPlugin = 8 << 10 // bytes that Nagios accepts from a plugin
	moreRoom  = 64      // of them, for the line that counts the rest
)

// nagios collects the lines of each verdict, but no more than can be written.
type nagios struct {
	lines [record.Broken + 1]pluginLines
}

// pluginLines are lines of long output.
type pluginLines struct {
	text strings.Builder
	more int // number of lines without room
}

// target adds a line for each promise of a target that is not kept, and one for all that are unknown because it was not
// reached.
func (n *nagios) target(t *record.TargetResult) {
	for _, a := range t.Answers {
		p := a.Waited([]*record.TargetResult{t})
		p.Target = t.Target.Name
		switch {
		case p.Status == record.Broken:
			n.add(p.Status, words.Located(p)+": "+words.Difference(p))
		case p.Status != record.Kept && !a.Lost: // the line on the target says why
			n.add(p.Status, words.Located(p)+": "+words.BareReason(p)+words.Printed(p))
		}
	}
	if t.Target.Error != "" {
		n.add(record.Unknown, fmt.Sprintf("%s %s, %s: %s", t.Target.Name, words.BecameOf(t),
			plain.Count(t.Lost, "promise"), plain.Value(t.Target.Error, words.MaxValue)))
	}
}

// harmlessOutput escapes for readers of plugins: a bar begins performance data, and old web pages parse tags as HTML.
var harmlessOutput = strings.NewReplacer("|", "¦", "<", "‹")

func (n *nagios) add(s record.Status, text string) {
	l := &n.lines[s]
	line := harmlessOutput.Replace(plain.Value(s.String()+": "+text, words.MaxValue)) + "\n"
	if l.more > 0 || l.text.Len()+len(line) > maxPlugin {
		l.more++
		return
	}
	l.text.WriteString(line)
}

func (n *nagios) output(run *record.Run) string {
	end := run.End
	var b strings.Builder
	fmt.Fprintf(&b, "AVOW %s - %s | %s\n", pluginState(end), pluginSummary(run), performance(end))
	more := 0
	for _, s := range []record.Status{record.Broken, record.Unknown, record.Skipped} {
		for line := range strings.Lines(n.lines[s].text.String()) {
			if more > 0 || b.Len()+len(line) > maxPlugin-moreRoom {
				more++
				continue
			}
			b.WriteString(line)
		}
		more += n.lines[s].more
	}
	if more > 0 {
		b.WriteString("... " + plain.Count(more, "more line") + "\n")
	}
	return b.String()
}

// pluginState returns the word for the state of the run.
func pluginState(end *record.End) string {
	switch {
	case end.Broken > 0:
		return "CRITICAL"
	case end.Unknown > 0 || !end.Complete: // what was not checked must not turn a service green
		return "UNKNOWN"
	}
	return "OK"
}

// pluginSummary returns "10 promises kept on 2 hosts", or "10 of 22 promises kept, 4 broken, 8 unknown on 4 hosts". A
// partial run is marked first.
func pluginSummary(run *record.Run) string {
	end := run.End
	kept := plain.Count(end.Kept, "promise")
	if all := end.Counts().All(); all > end.Kept {
		kept = plain.Thousands(end.Kept) + " of " + plain.Count(all, "promise")
	}
	texts := append([]string{kept + " kept" + words.NotKept(end) + " on " + plain.Count(end.Targets, "host")},
		words.Remarks(end)...)
	if part := words.Caveat(&run.Start); part != "" {
		texts = append([]string{harmlessOutput.Replace(plain.Value(part, words.MaxLine))}, texts...)
	}
	return strings.Join(texts, "; ")
}

// performance returns the performance data: a broken promise is critical.
func performance(end *record.End) string {
	return fmt.Sprintf("kept=%d;;;0 broken=%d;;0;0 unknown=%d;;;0 skipped=%d;;;0 hosts=%d;;;0 time=%.3fs;;;0",
		end.Kept, end.Broken, end.Unknown, end.Skipped, end.Targets, end.Elapsed)
}
