package words

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/runner/record/plain"

	"github.com/avow-dev/avow/runner/record"
)

// Subject is how people call the thing that a promise is about: "Package nginx".
func Subject(p *record.Promise) string {
	if p.Title != "" {
		return plain.Value(p.Title, MaxTitle)
	}
	return plain.Value(Noun(p)+" "+p.Name, MaxTitle)
}

// Sentence returns a promise in full: "Package nginx is installed", or "The vault is open: exit is 0".
func Sentence(p *record.Promise) string {
	between := " "
	if p.Title != "" {
		between = ": "
	}
	return Subject(p) + between + plain.Value(p.Says, MaxTitle)
}

// Where returns the describes around a promise, outermost first: "web server / TLS".
func Where(p *record.Promise) string { return plain.Value(strings.Join(p.Path, " / "), MaxTitle) }

// Remarks returns remarks about a run, to be shown beside its counts.
func Remarks(end *record.End) []string {
	var list []string
	if !end.Complete {
		list = append(list, "interrupted: incomplete")
	}
	if end.Stopped {
		list = append(list, "stopped at the first broken promise (--fail-fast)")
	}
	switch all := Promises(end); {
	case all == 0:
		list = append(list, "nothing was checked: there are no promises")
	case all == end.Skipped:
		list = append(list, "nothing was checked: all promises were skipped")
	}
	return list
}

// Caveat returns the caveat of a run that left out a part of its suite, or checked targets at other addresses; "" for a
// complete one.
func Caveat(start *record.Start) string { return plain.Value(start.Caveat(), MaxProse) }

// Promises returns how many promises a run has.
func Promises(end *record.End) int { return end.Kept + end.Broken + end.Unknown + end.Skipped }

// NeutralText returns a text whose lines stay lines, each safe. It is cut after maxText characters, with a note.
func NeutralText(s string) string {
	var b strings.Builder
	left := maxText
	for s = strings.TrimSuffix(s, "\n"); ; {
		line, rest, more := strings.Cut(s, "\n")
		line = plain.Value(line, left)
		b.WriteString(line)
		if !more {
			return b.String()
		}
		b.WriteByte('\n')
		if left -= Runes(line) + 1; left <= 0 {
			return b.String() + "… " + plain.Count(strings.Count(rest, "\n")+1, "more line")
		}
		s = rest
	}
}

// YesOrNo reports whether the sentence of a promise implies both values: the actual one is the contrary of the expected
// one.
func YesOrNo(p *record.Promise) bool {
	return p.Expected == "true" && p.Found == "false" || p.Expected == "false" && p.Found == "true"
}

// Difference returns a broken promise in one line: "expected true, found false; tcp listeners are 22, 80".
func Difference(p *record.Promise) string {
	return "expected " + plain.Value(p.Expected, MaxTitle) +
		", found " + Beside(p.Found, p.FullNote(), MaxTitle) + Printed(p)
}

// BareReason returns why a promise is unknown or was skipped, without the words for either.
func BareReason(p *record.Promise) string {
	return cmp.Or(Beside(p.Reason, p.Note, MaxValue), "no reason given")
}

// Summary returns the last line: "2 hosts, 14 promises: 11 kept, 1 broken, 2 unknown in 0.6 s".
func Summary(end *record.End) string { return Totals(end) + " in " + seconds(end.Elapsed) }

// Totals returns the summary without the duration of the run.
func Totals(end *record.End) string {
	words := []string{plain.Thousands(end.Kept) + " kept"}
	for _, w := range []struct {
		n    int
		word string
	}{{end.Broken, "broken"}, {end.Unknown, "unknown"}, {end.Skipped, "skipped"}} {
		if w.n > 0 {
			words = append(words, plain.Thousands(w.n)+" "+w.word)
		}
	}
	return fmt.Sprintf("%s, %s: %s",
		plain.Count(end.Targets, "host"), plain.Count(Promises(end), "promise"), strings.Join(words, ", "))
}

// seconds returns how long a run took, never 0.0 s.
func seconds(elapsed float64) string {
	if elapsed < 0.095 {
		return fmt.Sprintf("%.2f s", elapsed)
	}
	return fmt.Sprintf("%.1f s", elapsed)
}

// BecameOf returns whether a target with an error was not reached or was lost, in words.
func BecameOf(t *record.Target) string {
	if t.Reached() {
		return "was lost"
	}
	return "could not be reached"
}

// ReasonOf is why a promise was not checked, with the words that say whether on purpose; "" where it was.
func ReasonOf(promise *record.Promise) string {
	if promise.Status != record.Unknown && promise.Status != record.Skipped {
		return ""
	}
	return NotChecked(promise.Status) + ": " + BareReason(promise)
}

// NotChecked says whether a promise was left out on purpose.
func NotChecked(s record.Status) string {
	if s == record.Skipped {
		return "skipped"
	}
	return "not checked"
}

// Beside joins a value, or a reason, and its note.
func Beside(text, note string, limit int) string {
	text, note = plain.Value(text, limit), plain.Value(note, MaxValue)
	if text != "" && note != "" {
		return text + "; " + note
	}
	return text + note
}

// News returns the actual value of a kept promise if it is short and its sentence does not state it already, or "".
func News(promise *record.Promise) string {
	value := bare(promise.Found)
	said := value == bare(promise.Expected) || strings.HasSuffix(promise.Says, " is "+value)
	if promise.Status != record.Kept || said || value == "true" || value == "false" {
		return ""
	}
	if value = plain.Value(value, MaxLine); Runes(value) > MaxMargin {
		return ""
	}
	return value
}

// bare returns a value without the quotes of a spec.
func bare(value string) string {
	if s, err := strconv.Unquote(value); err == nil && strings.HasPrefix(value, `"`) {
		return s
	}
	return value
}

// IsText reports whether a value has several lines, beside a line end at its end.
func IsText(value string) bool { return strings.Contains(strings.TrimSuffix(value, "\n"), "\n") }

// Shown are the lines of a value: several of a text, one of all others.
func Shown(value string, limit int) []string {
	if IsText(value) {
		return NeutralLines(value)
	}
	return []string{plain.Value(value, limit)}
}

// Position is a place in a spec: "web.spec.hcl:12,5".
func Position(pos record.Position) string {
	return fmt.Sprintf("%s:%d,%d", plain.Value(pos.File, MaxTitle), pos.Line, pos.Column)
}

// Noun is what people call the type of a promise.
func Noun(promise *record.Promise) string {
	if promise.DisplayName != "" {
		return promise.DisplayName
	}
	return promise.Type
}

// Labelled returns a value beside its label, with further lines below; "" without a value.
func Labelled(label, value string) string {
	if value == "" {
		return ""
	}
	blanks := strings.Repeat(" ", LabelWidth)
	return label + blanks[len(label):] + strings.ReplaceAll(value, "\n", "\n"+blanks) + "\n"
}
