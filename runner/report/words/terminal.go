// Everything that a terminal shows goes through this file. Its rules:
//
// 1. Text from a host or a spec is never trusted. Text that could move the cursor, reorder or hide other text is shown
// as an escape: see package plain.
// 2. No value is longer than a limit; a cut one says how long it was.
// 3. Only texts with several lines are printed as lines, each by rules 1 and 2, and never more than MaxLines.
// 4. Colour comes from the report's own palette, around safe text.
// 5. Nothing is written after the writer's first error, which is kept.
// 6. A backslash breaks whatever CI systems take for a command in the log of a job: `##vso\[...]`, `\::error::`.
// 7. Only the live line is ever erased, by EraseLine; it has numbers and no foreign text.

package words

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fatih/color"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/spec/cilog"
)

const EraseLine = "\r\x1b[K" // to the left margin, and nothing after it

// Terminal prints lines to a writer.
type Terminal struct {
	Paint palette
	Width int
	w     io.Writer
	err   error
	Lines bytes.Buffer // not yet written
	begun bool
	blank bool // a blank line is due before the next one
}

// palette has the colours of one report; nil is no colour.
type palette struct{ Good, Bad, Doubt, Faint, Title, Place *color.Color }

// Span is a piece of a line in one colour.
type Span struct {
	Paint *color.Color
	Text  string
}

// NewTerminal returns a terminal of some columns; 80 where the width makes no sense, and never more than 100.
func NewTerminal(w io.Writer, color bool, width int) *Terminal {
	width = min(width, 100)
	if width < 20 {
		width = 80
	}
	return &Terminal{w: w, Width: width, Paint: newPalette(color)}
}

func newPalette(on bool) palette {
	pick := func(attribute color.Attribute) *color.Color {
		c := color.New(attribute)
		// Either way: left alone, the package decides by the process's own stdout, whatever the report goes to.
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return palette{
		Good: pick(color.FgGreen), Bad: pick(color.FgRed), Doubt: pick(color.FgYellow),
		Faint: pick(color.Faint), Title: pick(color.Bold), Place: pick(color.FgCyan),
	}
}

// Mark returns the sign of a verdict.
func (t *Terminal) Mark(s record.Status) Span {
	paints := [...]*color.Color{
		record.Kept: t.Paint.Good, record.Broken: t.Paint.Bad, record.Skipped: t.Paint.Faint, record.Unknown: t.Paint.Doubt,
	}
	return Span{paints[s], Marks[s]}
}

// Gap requests a blank line before the next line, if there are lines before it.
func (t *Terminal) Gap() { t.blank = t.begun }

// Line prints one line. Every span is made safe here, whatever its caller did.
func (t *Terminal) Line(indent int, spans ...Span) {
	if t.blank {
		t.Lines.WriteByte('\n')
	}
	t.begun, t.blank = true, false
	t.Lines.WriteString(strings.Repeat(" ", indent))
	bare := true // of text so far
	for _, s := range spans {
		text := plain.Value(s.Text, MaxLine)
		if bare {
			text = opening(text, indent)
			bare = strings.TrimSpace(text) == ""
		}
		if s.Paint != nil {
			text = s.Paint.Sprint(text)
		}
		t.Lines.WriteString(text)
	}
	t.Lines.WriteByte('\n')
}

// opening returns the beginning of a line that no CI system takes for a command.
func opening(text string, indent int) string {
	// Some take it for one after blanks, and some only without: the indentation decides.
	return cilog.EscapeLine(strings.Repeat(" ", indent) + text)[indent:]
}

// Flush writes the printed lines.
func (t *Terminal) Flush() error {
	if t.err == nil && t.Lines.Len() > 0 {
		_, t.err = t.w.Write(t.Lines.Bytes())
	}
	t.Lines.Reset()
	return t.err
}

// NeutralLines returns the lines of a text, made safe, and a note on how many more there are.
func NeutralLines(s string) []string { return plain.Lines(s, MaxLines, MaxTitle) }

// Prose returns a text made safe, with its line ends as blanks.
func Prose(s string) string { return plain.Value(strings.Join(strings.Fields(s), " "), MaxProse) }

// Wrap breaks prose into lines that are no wider than width, if its words are not.
func Wrap(s string, width int) []string { return Fill(strings.Fields(s), width, Runes) }

// Pack joins pieces with commas, in lines that are no wider than width, if the pieces are not, and appends what comes
// after them.
func Pack(pieces []string, width int, after string) []string {
	pieces = slices.Clone(pieces)
	for i := range len(pieces) - 1 {
		pieces[i] += ","
	}
	lines := Fill(pieces, width, Runes)
	lines[len(lines)-1] += after
	return lines
}

// Fill joins pieces with blanks, in lines that are no wider than width, if the pieces are not. columns measures a text.
func Fill(pieces []string, width int, columns func(string) int) []string {
	lines := []string{""}
	for _, piece := range pieces {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = piece
		case columns(*last)+1+columns(piece) <= width:
			*last += " " + piece
		default:
			lines = append(lines, piece)
		}
	}
	return lines
}

// Runes returns the number of characters.
func Runes(s string) int { return utf8.RuneCountInString(s) }
