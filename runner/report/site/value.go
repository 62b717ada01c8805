package site

import (
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/runner/record/plain"
)

const (
	maxTitle  = 200  // characters of a name, a title or a sentence
	maxShort  = 160  // characters of a value that stands in a line
	maxWhole  = 4000 // characters of a value that is folded away
	maxReason = 800  // characters of a reason or a note
	maxProse  = 2000 // characters of a why
	maxLine   = 400  // characters of a line of a text
	maxLines  = 200  // of a text or a diff
)

// isText reports whether a value is a text of several lines, and not one that happens to end with a line end.
func isText(s string) bool { return strings.Contains(strings.TrimSuffix(s, "\n"), "\n") }

func title(s string) string { return plain.Value(s, maxTitle) }

// prose is a text in which line ends mean nothing.
func prose(s string) string { return plain.Value(strings.Join(strings.Fields(s), " "), maxProse) }

// value is something that was expected or found.
type value struct {
	Short   string // in a line
	Summary string // of what is folded away, if it is not short
	Whole   string
}

// valueOf is a value as a spec would write it, made ready for a page. A long one is folded.
func valueOf(s string) value {
	if text := unquoted(s); isText(text) {
		lines := plain.Lines(text, maxLines, maxLine)
		return value{Summary: plain.Count(strings.Count(strings.TrimSuffix(text, "\n"), "\n")+1, "line"), Whole: strings.Join(lines, "\n")}
	}
	short := plain.Value(s, maxShort)
	if whole := plain.Value(s, maxWhole); whole != short {
		cut, _, _ := strings.Cut(plain.Value(s, 60), "… (")
		return value{Summary: cut + " …", Whole: whole}
	}
	return value{Short: short}
}

// streamValue is the end of a stream: its lines, the last ones where they are many.
func streamValue(s string) value {
	if !isText(s) {
		return valueOf(s)
	}
	lines := strings.Split(s, "\n")
	if left := len(lines) - maxLines; left > 0 {
		lines = lines[left:]
	}
	return value{Summary: plain.Value(lines[len(lines)-1], maxShort), Whole: strings.Join(plain.Lines(strings.Join(lines, "\n"), maxLines, maxLine), "\n")}
}

// teaser is a value in one line, without the rest.
func teaser(s string) value {
	v := valueOf(s)
	if v.Short == "" && v.Summary != "" {
		v = value{Short: plain.Value(s, 60)}
	}
	return v
}

// unquoted is a text without the quotes and escapes that a spec would put around it.
func unquoted(s string) string {
	if strings.HasPrefix(s, `"`) {
		if text, err := strconv.Unquote(s); err == nil && isText(text) {
			return text
		}
	}
	return s
}

// diffLine is a line of a diff: Kind is "add", "cut", "at" or "same".
type diffLine struct{ Kind, Text string }

func diffOf(diff string, most int) []diffLine {
	if diff == "" {
		return nil
	}
	var lines []diffLine
	for _, l := range plain.Lines(diff, most, maxLine) {
		lines = append(lines, diffLine{kindOfLine(l), l})
	}
	return lines
}

func kindOfLine(l string) string {
	switch l[:min(1, len(l))] {
	case "+":
		return "add"
	case "-":
		return "cut"
	case "@":
		return "at"
	}
	return "same"
}

// moment is a time for people and for programs.
type moment struct{ Text, Machine string }

// momentOf reads an RFC 3339 time; what is none is shown as it is. No time is nil.
func momentOf(s, layout string) *moment {
	if s == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return &moment{Text: title(s)}
	}
	return &moment{t.UTC().Format(layout), t.UTC().Format(time.RFC3339)}
}

const (
	longTime = "2 January 2006, 15:04 UTC"
	fullTime = "2006-01-02 15:04:05 UTC"
	dayTime  = "2006-01-02"
)

// plainText is a reason, a note or the like.
func plainText(s string) string { return plain.Value(s, maxReason) }
