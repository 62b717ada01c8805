package spec

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/avow-dev/avow/spec/cilog"
)

// Printable escapes bytes that could command a terminal or a CI system; tabs stay.
func Printable(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == '\t' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[n:]
	}
	return cilog.Escape(b.String())
}

// PrintableLines does the same for each line of a text.
func PrintableLines(text string) string {
	return eachLine(text, func(line string) string { return cilog.EscapeLine(Printable(line)) })
}

// PrintableDiff does it for a unified diff, whose own lines begin with --- and +++.
func PrintableDiff(text string) string { return eachLine(text, Printable) }

func eachLine(text string, printable func(string) string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(printable(strings.TrimSuffix(line, "\n")) + "\n")
	}
	return b.String()
}
