// Package plain makes text of hosts and specs safe to show, whatever is in it.
//
// Text that could move a cursor, reorder or hide other text is shown as an escape: control characters and DEL as \x1b,
// with \n, \r and \t for the common ones; everything else that Unicode does not call printable (C1 controls,
// bidirectional overrides, zero-width characters, odd blanks) as \u202e; invalid UTF-8 as \xff. A backslash is not
// escaped. A backslash breaks whatever a CI system takes for a command in the log of a job: `##vso\[...]`.
package plain

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/avow-dev/avow/spec/cilog"
)

// Value returns a single-line value that is safe to show, cut after about limit characters, with its size in bytes. It
// changes nothing in its own results that are within the limit.
func Value(s string, limit int) string { return value(s, limit, "") }

// maxText is the number of characters that [Text] leaves of a text.
const maxText = 32 << 10

// Text returns a text that is safe to show, with its line ends and tabs, cut after about 32,000 characters.
func Text(s string) string {
	if IsPlain(s) {
		return s
	}
	var b strings.Builder
	for rest := s; ; {
		line, more, found := strings.Cut(rest, "\n")
		b.WriteString(value(line, max(maxText-b.Len(), 0), "\t"))
		if !found {
			return b.String()
		}
		b.WriteByte('\n')
		if rest = more; b.Len() >= maxText && rest != "" {
			return b.String() + "… " + Count(strings.Count(strings.TrimSuffix(rest, "\n"), "\n")+1, "more line")
		}
	}
}

// value returns a line that is safe to show; it does not change the characters in stay.
func value(s string, limit int, stay string) string {
	whole := s
	s = cilog.Escape(s)
	// Most texts are short ASCII; a run has millions.
	if len(s) <= limit && isPlain(s) {
		return s
	}
	var b strings.Builder
	shown := 0
	for rest := s; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		word := rest[:size]
		if !strings.ContainsRune(stay, r) {
			word = Char(r, word)
		}
		shown += utf8.RuneCountInString(word)
		if shown > limit {
			return b.String() + "… (" + Count(noted(cutNote, whole, realSize(whole)), "byte") + ")"
		}
		b.WriteString(word)
		rest = rest[size:]
	}
	return b.String()
}

// IsPlain reports whether [Text] leaves a text as it is. It may report false for a text that does not change.
func IsPlain(s string) bool {
	return len(s) <= maxText && isPlain(s) &&
		!strings.Contains(s, "##") && !strings.Contains(s, "::") && !strings.Contains(s, "section_")
}

// isPlain reports whether a text is ASCII that needs no escapes, as most are.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// The notes at the end of a text that was cut before.
var (
	cutNote  = regexp.MustCompile(`… \(([0-9,]+) bytes\)$`)
	moreNote = regexp.MustCompile(`… ([0-9,]+) more lines$`)
)

// noted returns the number in a note at the end of a text, or another one where it has none.
func noted(note *regexp.Regexp, s string, otherwise int) int {
	if m := note.FindStringSubmatch(s); m != nil {
		if n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", "")); err == nil {
			return n
		}
	}
	return otherwise
}

// escape matches what [Char] writes for characters that are not printable.
var escape = regexp.MustCompile(`\\(?:x(?:[01][0-9a-f]|7f|[89a-f][0-9a-f])|u[0-9a-f]{4}|U[0-9a-f]{8})`)

// realSize returns the bytes of a text before it was made safe.
func realSize(s string) int {
	n := len(s)
	unsafe := func(r rune) bool { return r != '\n' && r != '\t' && Char(r, "") != "" }
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unsafe) {
		return n // it was not made safe yet, so that an escape in it is its own
	}
	// \n, \r and \t count as they are: commands and patterns have them literally more often than a line has the character.
	for _, e := range escape.FindAllString(s, -1) {
		code, _ := strconv.ParseUint(e[2:], 16, 32) // the pattern leaves nothing else
		switch r := rune(code); {
		case e[1] == 'x':
			n -= len(e) - 1
		case Char(r, "") == e:
			n -= len(e) - len(string(r))
		}
	}
	return n
}

// Lines returns the lines of a text, each as [Value] makes it, and a note on how many more there are.
func Lines(s string, most, limit int) []string {
	s = strings.TrimSuffix(s, "\n")
	lines := strings.SplitN(s, "\n", most+1)
	more := 0
	if len(lines) > most {
		last := lines[most][strings.LastIndexByte(lines[most], '\n')+1:]
		more = strings.Count(lines[most], "\n") + noted(moreNote, last, 1) // the last may stand for more
		lines = lines[:most]
	}
	for i := range lines {
		lines[i] = Value(lines[i], limit)
	}
	if more > 0 {
		lines = append(lines, "… "+Count(more, "more line"))
	}
	return lines
}

// Char returns one character that is safe to show; raw is its bytes.
func Char(r rune, raw string) string {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		return fmt.Sprintf(`\x%02x`, raw[0])
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x20, r == 0x7f:
		return fmt.Sprintf(`\x%02x`, r)
	case unicode.IsPrint(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return raw
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// Count returns a number with its noun: "1 byte", "12,345 bytes".
func Count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Thousands(n) + " " + noun
}

// Thousands returns a number with commas: "12,345".
func Thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
