package words

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

// Subject is how people call the thing that a promise is about: "Package nginx".
func Subject(p *record.Promise) string {
	return plain.Value(cmp.Or(p.Title, cmp.Or(p.DisplayName, p.Type)+" "+p.Name), MaxTitle)
}

// Sentence returns a promise in full: "Package nginx is installed", or "The vault is open: exit is 0".
func Sentence(p *record.Promise) string {
	if p.Title != "" {
		return Subject(p) + ": " + p.Says
	}
	return Subject(p) + " " + p.Says
}

// Where returns the describes around a promise, outermost first: "web server / TLS".
func Where(p *record.Promise) string { return plain.Value(strings.Join(p.Path, " / "), MaxTitle) }

// Located returns a promise with its target: "web1: web server / TLS: File /etc/key mode is 0600".
func Located(p *record.Promise) string {
	parts := []string{p.Target, Where(p), Sentence(p)}
	if len(p.Path) == 0 {
		parts = slices.Delete(parts, 1, 2)
	}
	return strings.Join(parts, ": ")
}

// Remarks returns remarks about a run, to be shown beside its counts.
func Remarks(end *record.End) []string {
	var list []string
	if !end.Complete {
		list = append(list, "interrupted: incomplete")
	}
	if end.Stopped {
		list = append(list, "stopped at the first broken promise (--fail-fast)")
	}
	// A run that checked nothing ends like one that found nothing wrong: a typing error in --only would pass for success.
	switch all := end.Counts().All(); {
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

// Summary returns the last line: "2 hosts, 14 promises: 11 kept, 1 broken, 2 unknown in 0.6 s".
func Summary(end *record.End) string {
	if end.Elapsed < 0.095 { // never 0.0 s
		return fmt.Sprintf("%s in %.2f s", Totals(end), end.Elapsed)
	}
	return fmt.Sprintf("%s in %.1f s", Totals(end), end.Elapsed)
}

// Totals returns the summary without the duration of the run.
func Totals(end *record.End) string {
	return fmt.Sprintf("%s, %s: %s kept%s", plain.Count(end.Targets, "host"),
		plain.Count(end.Counts().All(), "promise"), plain.Thousands(end.Kept), NotKept(end))
}

// NotKept counts the promises that are not kept, by verdict: ", 1 broken, 2 unknown"; "" if all are.
func NotKept(end *record.End) string {
	text := ""
	for _, s := range []record.Status{record.Broken, record.Unknown, record.Skipped} {
		if n := end.Counts()[s]; n > 0 {
			text += ", " + plain.Thousands(n) + " " + s.String()
		}
	}
	return text
}

// ReasonOf is why a promise was not checked, with the words that say whether on purpose; "" where it was.
func ReasonOf(p *record.Promise) string {
	if p.Status != record.Unknown && p.Status != record.Skipped {
		return ""
	}
	return NotChecked(p.Status) + ": " + BareReason(p)
}

// NotChecked says whether a promise was left out on purpose.
func NotChecked(s record.Status) string {
	if s == record.Skipped {
		return "skipped"
	}
	return "not checked"
}

// BareReason returns why a promise is unknown or was skipped, without the words for either.
func BareReason(p *record.Promise) string {
	return cmp.Or(Beside(p.Reason, p.Note, MaxValue), "no reason given")
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
func News(p *record.Promise) string {
	value := bare(p.Found)
	stated := value == bare(p.Expected) || value == "true" || value == "false" || strings.HasSuffix(p.Says, " is "+value)
	if p.Status != record.Kept || stated {
		return ""
	}
	if value = plain.Value(value, MaxLine); Runes(value) > MaxMargin {
		return ""
	}
	return value
}

// bare returns a value without the quotes of a spec.
func bare(value string) string {
	// Unquote takes back quotes, too, but a value in those is no text of a spec.
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

// Labelled returns a value beside its label, with further lines below; "" without a value.
func Labelled(label, value string) string {
	if value == "" {
		return ""
	}
	below := "\n" + strings.Repeat(" ", LabelWidth)
	return fmt.Sprintf("%-*s%s\n", LabelWidth, label, strings.ReplaceAll(value, "\n", below))
}

// Marks are the signs of verdicts.
var Marks = [...]string{record.Kept: "✓", record.Broken: "✗", record.Unknown: "?", record.Skipped: "–"}
