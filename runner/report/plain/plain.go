// Package plain makes text of hosts and specs fit to be shown to people, whatever is in it.
//
// What could move a cursor, reorder or hide other text is shown as an escape: control characters and DEL as \x1b,
// with \n, \r and \t for the common ones; whatever else Unicode does not call printable (C1 controls,
// bidirectional overrides, zero-width characters, odd blanks) as \u202e; bytes that are no UTF-8 as \xff. A
// backslash stands for itself. What a CI system takes for a command in the log of a job is broken by one: `##vso\[...]`.
package plain

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/avow-dev/avow/spec"
)

// Value is a single-line value as people may see it, cut after about limit characters; what is cut says how many
// bytes it had. It changes nothing in its own results that are within the limit.
func Value(s string, limit int) string {
	whole := s
	s = spec.Uncommand(s)
	var b strings.Builder
	shown := 0
	for rest := s; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		word := Char(r, rest[:size])
		shown += utf8.RuneCountInString(word)
		if shown > limit {
			return b.String() + "… (" + Count(len(whole), "byte") + ")"
		}
		b.WriteString(word)
		rest = rest[size:]
	}
	return b.String()
}

// Char is one character as people may see it; raw is its bytes.
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

// Count is a number with its noun: "1 byte", "12,345 bytes".
func Count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return Thousands(n) + " " + noun
}

// Thousands is a number with commas: "12,345".
func Thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// System is what people call the operating system of a host with these facts: "Debian 12"; "" where none is known.
func System(host map[string]string) string {
	name, _, _ := strings.Cut(cmp.Or(host["os"], host["os.name"]), " (")
	name = strings.Replace(name, " GNU/Linux", "", 1)
	return cmp.Or(name, strings.TrimSpace(host["os.id"]+" "+host["os.version"]))
}
