// All that a terminal sees goes through this file. Its rules:
//
//  1. Text from a host or a spec is never trusted. What could move the cursor, reorder or hide other text is
//     shown as an escape: control characters and DEL as \x1b, with \n, \r and \t for the common ones; whatever
//     else Unicode does not call printable (C1 controls, bidirectional overrides, zero-width characters, odd
//     blanks) as \u202e; bytes that are no UTF-8 as \xff. A backslash stands for itself.
//  2. No value is longer than a limit; what is cut says how long it was.
//  3. Only texts that have lines are printed as lines, each by rules 1 and 2, and never more than maxLines.
//  4. Colour comes from a palette of the report's own and is put around neutral text.
//  5. Nothing is written after the writer's first error, which is kept.
//  6. What CI systems take for a command in the log of a job is broken by a backslash: `##vso\[...]`, `\::error::`.
//  7. Only the live line is ever taken back, by eraseLine; it has numbers and no text of others.

package report

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/fatih/color"

	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/spec"
)

const eraseLine = "\r\x1b[K" // to the left margin, and nothing after it

const (
	maxTitle = 200  // characters of a name, a title or a sentence
	maxValue = 400  // characters of a value or a reason
	maxProse = 2000 // characters of a why
	maxLine  = 4000 // characters that one span of a line never exceeds
	maxLines = 20   // of a text or a diff
)

// terminal prints lines to a writer.
type terminal struct {
	paint palette
	width int
	w     io.Writer
	err   error
	lines bytes.Buffer // not yet written
	begun bool
	blank bool // a blank line is due before the next one
}

// palette has the colours of one report; nil is no colour.
type palette struct{ good, bad, doubt, faint, title, place *color.Color }

// span is a piece of a line in one colour.
type span struct {
	paint *color.Color
	text  string
}

func newTerminal(w io.Writer, o Options) *terminal {
	width := min(o.Width, 100)
	if width < 20 {
		width = 80
	}
	return &terminal{w: w, width: width, paint: newPalette(o.Color)}
}

func newPalette(on bool) palette {
	pick := func(attributes ...color.Attribute) *color.Color {
		c := color.New(attributes...)
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return palette{
		good: pick(color.FgGreen), bad: pick(color.FgRed), doubt: pick(color.FgYellow),
		faint: pick(color.Faint), title: pick(color.Bold), place: pick(color.FgCyan),
	}
}

// gap asks for a blank line before the next line, if there are lines before it.
func (t *terminal) gap() { t.blank = t.begun }

// line prints one line. Every span is made neutral here, whatever its maker did.
func (t *terminal) line(indent int, spans ...span) {
	if t.blank {
		t.lines.WriteByte('\n')
	}
	t.begun, t.blank = true, false
	t.lines.WriteString(strings.Repeat(" ", indent))
	bare := true
	for _, s := range spans {
		text := neutral(s.text, maxLine)
		if bare {
			text = opened(text, indent)
			bare = strings.TrimSpace(text) == ""
		}
		if s.paint != nil {
			text = s.paint.Sprint(text)
		}
		t.lines.WriteString(text)
	}
	t.lines.WriteByte('\n')
}

// opened is the text that begins a line, such that no CI system takes it for the beginning of a command.
func opened(text string, indent int) string {
	blanks := strings.Repeat(" ", indent)
	return spec.UncommandLine(blanks + text)[indent:]
}

// flush writes what was printed.
func (t *terminal) flush() error {
	if t.err == nil && t.lines.Len() > 0 {
		_, t.err = t.w.Write(t.lines.Bytes())
	}
	t.lines.Reset()
	return t.err
}

// neutral is a single-line value as a terminal may see it, cut after about limit characters. It changes
// nothing in its own results that are within the limit.
func neutral(s string, limit int) string { return plain.Value(s, limit) }

// neutralLines are the lines of a text, neutral, and how many more there are.
func neutralLines(s string) []string {
	s = strings.TrimSuffix(s, "\n")
	lines := strings.SplitN(s, "\n", maxLines+1)
	for i := range lines {
		lines[i] = neutral(lines[i], maxTitle)
	}
	if len(lines) > maxLines {
		lines[maxLines] = "… " + count(strings.Count(s, "\n")+1-maxLines, "more line")
	}
	return lines
}

// prose is a text in which line ends mean nothing, neutral.
func prose(s string) string { return neutral(strings.Join(strings.Fields(s), " "), maxProse) }

// wrap breaks prose into lines that are no wider than width, if its words are not.
func wrap(s string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(s) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case runes(*last)+1+runes(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}

func runes(s string) int { return utf8.RuneCountInString(s) }

// count is a number with its noun: "1 byte", "12,345 bytes".
func count(n int, noun string) string { return plain.Count(n, noun) }

func thousands(n int) string { return plain.Thousands(n) }
