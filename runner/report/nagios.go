package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/avow-dev/avow/runner/record"
)

// Nagios is the output of a monitoring plugin: one line with its state and performance data, then a line for
// each promise that was not kept, the worst first. It is written at the end, and never longer than 8 KiB.
var Nagios = &Format{Name: "nagios", Summary: "one line with performance data, then what is not kept, for monitoring", New: newNagios}

const (
	maxPlugin = 8 << 10 // bytes that Nagios takes of a plugin
	moreRoom  = 64      // of them, for the line that says how much was cut
)

// nagios keeps the lines of each verdict, but no more of them than can be written.
type nagios struct {
	lines [record.Broken + 1]pluginLines

	start record.Start
	lost  *record.Target
	left  int // promises that the lost target left unknown
}

// pluginLines are lines of long output.
type pluginLines struct {
	text strings.Builder
	more int // that found no room
}

func newNagios(w io.Writer, _ Options) Report {
	n := &nagios{}
	return func(e record.Event) error {
		switch {
		case e.Start != nil:
			n.start = *e.Start
		case e.Target != nil:
			n.settle()
			if e.Target.Error != "" {
				n.lost = e.Target
			}
		case e.Promise != nil:
			n.hear(e.Promise)
		case e.End != nil:
			n.settle()
			_, err := io.WriteString(w, n.output(e.End))
			return err
		}
		return nil
	}
}

func (n *nagios) hear(p *record.Promise) {
	switch {
	case p.Status == record.Kept:
	case p.Status == record.Broken:
		n.add(p.Status, pluginLine(p)+difference(p))
	case n.leaves(p):
		n.left++
	default:
		n.add(p.Status, pluginLine(p)+bareReason(p)+printed(p))
	}
}

// pluginLine is who promises what: "web1: web server / TLS: File /etc/key mode is 0600: ".
func pluginLine(p *record.Promise) string {
	on := neutral(p.Target, maxTitle) + ": "
	if len(p.Path) > 0 {
		on += where(p) + ": "
	}
	return on + sentence(p) + ": "
}

// leaves says whether a promise is left to the line that tells of the lost target.
func (n *nagios) leaves(p *record.Promise) bool {
	return n.lost != nil && n.lost.Name == p.Target && p.Status == record.Unknown && strings.Contains(p.Reason, n.lost.Error)
}

// settle tells a target that could not be reached once, for all its promises.
func (n *nagios) settle() {
	if n.lost != nil {
		what := "could not be reached"
		if n.lost.Reached() {
			what = "was lost"
		}
		n.add(record.Unknown, fmt.Sprintf("%s %s, %s: %s",
			neutral(n.lost.Name, maxTitle), what, count(n.left, "promise"), neutral(n.lost.Error, maxValue)))
	}
	n.lost, n.left = nil, 0
}

// harmlessOutput is for what reads plugins: a bar begins performance data, and old web pages take tags for HTML.
var harmlessOutput = strings.NewReplacer("|", "¦", "<", "‹")

func (n *nagios) add(s record.Status, text string) {
	l := &n.lines[s]
	line := harmlessOutput.Replace(neutral(s.String()+": "+text, maxValue)) + "\n"
	if l.more > 0 || l.text.Len()+len(line) > maxPlugin {
		l.more++
		return
	}
	l.text.WriteString(line)
}

func (n *nagios) output(end *record.End) string {
	var b strings.Builder
	fmt.Fprintf(&b, "AVOW %s - %s | %s\n", pluginState(end), n.summary(end), performance(end))
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
		b.WriteString("... " + count(more, "more line") + "\n")
	}
	return b.String()
}

// pluginState is the word for what the run came to.
func pluginState(end *record.End) string {
	switch {
	case end.Broken > 0:
		return "CRITICAL"
	case end.Unknown > 0 || !end.Complete:
		return "UNKNOWN"
	}
	return "OK"
}

// summary is the first line's text. A partial run says so before its counts.
func (n *nagios) summary(end *record.End) string {
	if part := partial(&n.start); part != "" {
		return harmlessOutput.Replace(neutral(part, maxLine)) + "; " + pluginSummary(end)
	}
	return pluginSummary(end)
}

// pluginSummary is "10 promises kept on 2 hosts", or "10 of 22 promises kept, 4 broken, 8 unknown on 4 hosts".
func pluginSummary(end *record.End) string {
	text := count(end.Kept, "promise") + " kept"
	if all := promises(end); all > end.Kept {
		text = thousands(end.Kept) + " of " + count(all, "promise") + " kept"
	}
	for _, c := range []struct {
		n    int
		word string
	}{{end.Broken, "broken"}, {end.Unknown, "unknown"}, {end.Skipped, "skipped"}} {
		if c.n > 0 {
			text += ", " + thousands(c.n) + " " + c.word
		}
	}
	text += " on " + count(end.Targets, "host")
	return strings.Join(append([]string{text}, remarks(end)...), "; ")
}

// performance is the performance data: a broken promise is critical.
func performance(end *record.End) string {
	return fmt.Sprintf("kept=%d;;;0 broken=%d;;0;0 unknown=%d;;;0 skipped=%d;;;0 hosts=%d;;;0 time=%.3fs;;;0",
		end.Kept, end.Broken, end.Unknown, end.Skipped, end.Targets, end.Elapsed)
}
