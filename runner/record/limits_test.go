package record

import (
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record/plain"
)

// What was cut early looks as if it had been cut when printed.
func TestHeld(t *testing.T) {
	for _, s := range []string{"short", "two\nlines\n", strings.Repeat("x", maxHeld), strings.Repeat("x\n", 9)} {
		if got := held(s); got != s {
			t.Errorf("%.20q became %q", s, got)
		}
	}
	if got := plain.Value(held(strings.Repeat("x", 15_002)), 400); !strings.HasSuffix(got, "x… (15,002 bytes)") {
		t.Error(got)
	}
	for n, want := range map[int]string{600: "… 580 more lines", 20: strings.Repeat("y", 200) + "… (1,000 bytes)"} {
		lines := plain.Lines(held(strings.Repeat(strings.Repeat("y", 1000)+"\n", n)), 20, 200)
		if last := lines[len(lines)-1]; last != want {
			t.Errorf("%d lines: %d, the last is %q", n, len(lines), last)
		}
	}
}
