package site

import (
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/runner/record/plain"
)

const (
	maxTitle  = 200  // characters of a name, a title or a sentence
	maxShort  = 160  // characters of a value in a line
	maxWhole  = 4000 // characters of a folded value
	maxReason = 800  // characters of a reason or a note
	maxProse  = 2000 // characters of a why
	maxLine   = 400  // characters of a line of a text
	maxLines  = 200  // of a text or a diff
)

// isText reports whether a value has several lines, beside a line end at its end.
func isText(s string) bool { return strings.Contains(strings.TrimSuffix(s, "\n"), "\n") }

func title(s string) string { return plain.Value(s, maxTitle) }

// prose returns a text with its line ends as blanks.
func prose(s string) string { return plain.Value(strings.Join(strings.Fields(s), " "), maxProse) }

// value is an expected or actual value.
type value struct {
	Short   string // in a line
	Summary string // of a folded one
	Whole   string
}

// valueOf returns a value of a spec, made safe for a page. A long one is folded.
func valueOf(s string) value {
	if text := unquoted(s); isText(text) {
		lines := plain.Lines(text, maxLines, maxLine)
		return value{
			Summary: plain.Count(strings.Count(strings.TrimSuffix(text, "\n"), "\n")+1, "line"),
			Whole:   strings.Join(lines, "\n"),
		}
	}
	short := plain.Value(s, maxShort)
	if whole := plain.Value(s, maxWhole); whole != short {
		cut, _, _ := strings.Cut(plain.Value(s, 60), "… (")
		return value{Summary: cut + " …", Whole: whole}
	}
	return value{Short: short}
}

// streamValue returns the end of a stream: its last lines.
func streamValue(s string) value {
	if !isText(s) {
		return valueOf(s)
	}
	lines := strings.Split(s, "\n")
	if left := len(lines) - maxLines; left > 0 {
		lines = lines[left:]
	}
	whole := strings.Join(plain.Lines(strings.Join(lines, "\n"), maxLines, maxLine), "\n")
	return value{Summary: plain.Value(lines[len(lines)-1], maxShort), Whole: whole}
}

// teaser returns a value in one line, without the rest.
func teaser(s string) value {
	v := valueOf(s)
	if v.Short == "" && v.Summary != "" {
		v = value{Short: plain.Value(s, 60)}
	}
	return v
}

// unquoted returns a text without the quotes and escapes of a spec.
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

// momentOf parses an RFC 3339 time; an invalid one is shown as it is. It returns nil for "".
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

// plainText returns a reason, a note or the like, made safe.
func plainText(s string) string { return plain.Value(s, maxReason) }
