package report

import (
	"crypto/sha256"
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

// pathKey stands for the titles of a describe and those around it, and takes no more room however long they are.
type pathKey [sha256.Size]byte

func keyOf(path []string) pathKey { return sha256.Sum256([]byte(strings.Join(path, "\x00"))) }

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

// partial is what has to be said first of a run that left out a part of its suite, or that went to other addresses than
// the spec says; "" for a whole one.
func partial(start *record.Start) string { return neutral(start.Caveat(), maxProse) }

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
	return "expected " + neutral(p.Expected, maxTitle) + ", found " + beside(p.Found, p.Note, maxTitle) + printed(p)
}

// bareReason is why a promise is unknown or was skipped, without the words that say which of the two.
func bareReason(p *record.Promise) string {
	_, reason, _ := strings.Cut(reasonOf(p), ": ")
	return reason
}
