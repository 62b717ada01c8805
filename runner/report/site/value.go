package site

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

const (
	maxShort  = 160  // characters of a value in a line
	maxTeaser = 60   // characters of a value in few words
	maxWhole  = 4000 // characters of a folded value
	maxReason = 800  // characters of a reason or a note
	maxLine   = 400  // characters of a line of a text
	maxLines  = 200  // of a text or a diff
)

func title(s string) string { return plain.Value(s, words.MaxTitle) }

// value is an expected or actual value.
type value struct {
	Short   string // in a line
	Summary string // of a folded one
	Whole   string
}

// valueOf returns a value of a spec, made safe for a page. A long one is folded.
func valueOf(s string) *value {
	// Only a text is shown without its quotes and escapes: "644" is not the number.
	text, err := strconv.Unquote(s)
	if err != nil || !strings.HasPrefix(s, `"`) || !words.IsText(text) {
		text = s
	}
	if words.IsText(text) {
		return &value{
			Summary: plain.Count(strings.Count(strings.TrimSuffix(text, "\n"), "\n")+1, "line"),
			Whole:   strings.Join(plain.Lines(text, maxLines, maxLine), "\n"),
		}
	}
	short := plain.Value(s, maxShort)
	if whole := plain.Value(s, maxWhole); whole != short {
		cut, _, _ := strings.Cut(plain.Value(s, maxTeaser), "… (")
		return &value{Summary: cut + " …", Whole: whole}
	}
	return &value{Short: short}
}

// streamValue returns the end of a stream: its last lines.
func streamValue(s string) *value {
	if !words.IsText(s) {
		return valueOf(s)
	}
	// Programs say at their end why they failed.
	lines := strings.Split(s, "\n")
	lines = lines[max(0, len(lines)-maxLines):]
	return &value{
		Summary: plain.Value(lines[len(lines)-1], maxShort),
		Whole:   strings.Join(plain.Lines(strings.Join(lines, "\n"), maxLines, maxLine), "\n"),
	}
}

// teaser returns a value in one line, without the rest.
func teaser(s string) *value {
	v := valueOf(s)
	if v.Whole != "" {
		return &value{Short: plain.Value(s, maxTeaser)}
	}
	return v
}

// diffLine is a line of a diff: Kind is "add", "cut", "at" or "same".
type diffLine struct{ Kind, Text string }

func diffOf(diff string, most int) []diffLine {
	if diff == "" {
		return nil
	}
	var lines []diffLine
	for _, l := range plain.Lines(diff, most, maxLine) {
		kinds := map[string]string{"+": "add", "-": "cut", "@": "at"}
		lines = append(lines, diffLine{cmp.Or(kinds[l[:min(1, len(l))]], "same"), l})
	}
	return lines
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
