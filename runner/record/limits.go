package record

import (
	"strings"

	"github.com/avow-dev/avow/runner/record/plain"
)

// The limits of what a run keeps of one text. No report shows more, and each reports how much was cut.
const (
	maxHeld      = 4 << 10 // bytes of a text that is kept unchanged
	maxHeldLine  = 4000    // characters of a longer value
	maxHeldLines = 200     // lines of a longer text
	maxHeldWidth = 400     // characters of each of them
)

// held returns as much of a text as is kept.
func held(s string) string {
	switch {
	case len(s) <= maxHeld:
		return s
	case strings.Contains(strings.TrimSuffix(s, "\n"), "\n"):
		return strings.Join(plain.Lines(s, maxHeldLines, maxHeldWidth), "\n")
	}
	return plain.Value(s, maxHeldLine)
}

// heldEnd returns as much of a stream's end as is kept.
func heldEnd(s string) string {
	if s = strings.TrimRight(s, "\n\r\t "); len(s) > maxHeld {
		s = strings.ToValidUTF8(s[len(s)-maxHeld:], "")
	}
	return s
}
