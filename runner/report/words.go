package report

import (
	"fmt"
	"strings"

	"github.com/avow-dev/avow/runner/record"
)

const maxText = 16 << 10 // characters of a value, a diff or a reason in a report for programs

// subject is how people call the thing that a promise is about: "Package nginx".
func subject(p *record.Promise) string {
	if p.Title != "" {
		return neutral(p.Title, maxTitle)
	}
	return neutral(noun(p)+" "+p.Name, maxTitle)
}

// sentence is a promise in full: "Package nginx is installed", or "The vault is open: exit is 0".
func sentence(p *record.Promise) string {
	between := " "
	if p.Title != "" {
		between = ": "
	}
	return subject(p) + between + neutral(p.Says, maxTitle)
}

// where is the describes around a promise, outermost first: "web server / TLS".
func where(p *record.Promise) string { return neutral(strings.Join(p.Path, " / "), maxTitle) }

// remarks are what has to be said of a run beside its counts.
func remarks(end *record.End) []string {
	var list []string
	if !end.Complete {
		list = append(list, "interrupted: incomplete")
	}
	if end.Stopped {
		list = append(list, "stopped at the first broken promise (--fail-fast)")
	}
	switch all := promises(end); {
	case all == 0:
		list = append(list, "nothing was checked: there are no promises")
	case all == end.Skipped:
		list = append(list, "nothing was checked: all promises were skipped")
	}
	return list
}

// caveat is what has to be said first of a run that left out a part of its suite, or that went to other addresses than
// the spec says; "" for a whole one.
func caveat(start *record.Start) string { return neutral(start.Caveat(), maxProse) }

func promises(end *record.End) int { return end.Kept + end.Broken + end.Unknown + end.Skipped }

// neutralText is a text whose lines stay lines, each neutral. It is cut after maxText characters, with a note.
func neutralText(s string) string {
	var b strings.Builder
	left := maxText
	for s = strings.TrimSuffix(s, "\n"); ; {
		line, rest, more := strings.Cut(s, "\n")
		line = neutral(line, left)
		b.WriteString(line)
		if !more {
			return b.String()
		}
		b.WriteByte('\n')
		if left -= runes(line) + 1; left <= 0 {
			return b.String() + "… " + count(strings.Count(rest, "\n")+1, "more line")
		}
		s = rest
	}
}

// yesOrNo reports whether the sentence of a promise has both what was expected and what was found: the one is the
// contrary of the other.
func yesOrNo(p *record.Promise) bool {
	return p.Expected == "true" && p.Found == "false" || p.Expected == "false" && p.Found == "true"
}

// difference is a broken promise in one line: "expected true, found false; tcp listeners are 22, 80".
func difference(p *record.Promise) string {
	return "expected " + neutral(p.Expected, maxTitle) + ", found " + beside(p.Found, p.FullNote(), maxTitle) + printed(p)
}

// bareReason is why a promise is unknown or was skipped, without the words that say which of the two.
func bareReason(p *record.Promise) string {
	_, reason, _ := strings.Cut(reasonOf(p), ": ")
	return reason
}

// summary is the last line: "2 hosts, 14 promises: 11 kept, 1 broken, 2 unknown in 0.6 s".
func summary(end *record.End) string { return totals(end) + " in " + seconds(end.Elapsed) }

// totals is the summary without the time that the run took.
func totals(end *record.End) string {
	words := []string{thousands(end.Kept) + " kept"}
	for _, w := range []struct {
		n    int
		word string
	}{{end.Broken, "broken"}, {end.Unknown, "unknown"}, {end.Skipped, "skipped"}} {
		if w.n > 0 {
			words = append(words, thousands(w.n)+" "+w.word)
		}
	}
	return fmt.Sprintf("%s, %s: %s", count(end.Targets, "host"), count(promises(end), "promise"), strings.Join(words, ", "))
}

// seconds is how long a run took; a quick one took more than 0.0 s.
func seconds(elapsed float64) string {
	if elapsed < 0.095 {
		return fmt.Sprintf("%.2f s", elapsed)
	}
	return fmt.Sprintf("%.1f s", elapsed)
}

// unreachedWord is what became of a target that has an error.
func unreachedWord(t *record.Target) string {
	if t.Reached() {
		return "was lost"
	}
	return "could not be reached"
}
