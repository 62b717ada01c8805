package report

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/avow-dev/avow/runner/record/plain"

	"github.com/avow-dev/avow/runner/report/words"
)

func TestNeutral(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                       "plain",
		"naïve 漢字 ✓ é":                "naïve 漢字 ✓ é",
		"a\nb\r\tc":                   `a\nb\r\tc`,
		"\x1b[31mred\x1b[0m":          `\x1b[31mred\x1b[0m`,
		"\x00\x07\x7f":                `\x00\x07\x7f`,
		"\u0085\u009b31m":             `\u0085\u009b31m`,
		"\u202etxt.exe\u2066\u2069":   `\u202etxt.exe\u2066\u2069`,
		"a\u200b\u200d\ufeff\u00adb":  `a\u200b\u200d\ufeff\u00adb`,
		"\u2028\u2029\u00a0":          `\u2028\u2029\u00a0`,
		"\u3164\u115f\ufe0f\u034f":    `\u3164\u115f\ufe0f\u034f`,
		"\U000e0041\U0010fffd":        `\U000e0041\U0010fffd`,
		"\xff\xc0\x80\xed\xa0\x80":    `\xff\xc0\x80\xed\xa0\x80`,
		"\ufffd is itself, \\d too":   "\ufffd is itself, \\d too",
		strings.Repeat("x", 101):      strings.Repeat("x", 100) + "… (101 bytes)",
		strings.Repeat("x", 100):      strings.Repeat("x", 100),
		strings.Repeat("\x1b", 12345): strings.Repeat(`\x1b`, 25) + "… (12,345 bytes)",
	} {
		if got := plain.Value(in, 100); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

// FuzzNeutral: what comes out is valid, printable, bounded, and passes unchanged once more.
func FuzzNeutral(f *testing.F) {
	f.Add(hostile("seed"), 40)
	f.Add("\x1b]8;;http://x\x1b\\", 0)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = min(max(limit, 0), words.MaxLine/2)
		got := plain.Value(s, limit)
		if !utf8.ValidString(got) || words.Runes(got) > limit+30 {
			t.Fatalf("%q: %d characters, limit %d", got, words.Runes(got), limit)
		}
		for _, r := range got {
			if !unicode.IsPrint(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) {
				t.Fatalf("%q in %q", r, got)
			}
		}
		if again := plain.Value(got, words.MaxLine); again != got {
			t.Fatalf("%q became %q", got, again)
		}
		for _, line := range words.NeutralLines(s) {
			if strings.ContainsAny(line, "\n\x1b") || words.Runes(line) > words.MaxTitle+30 {
				t.Fatalf("line %q", line)
			}
		}
	})
}

func TestLineTrustsNobody(t *testing.T) {
	var b strings.Builder
	terminal := words.NewTerminal(&b, false, 0)
	terminal.Line(2, words.Span{Paint: nil, Text: "a\x1b[2J\n"}, words.Span{Paint: terminal.Paint.Bad, Text: "\u202e"})
	if err := terminal.Flush(); err != nil || b.String() != `  a\x1b[2J\n\u202e`+"\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

func TestNeutralLines(t *testing.T) {
	for n, want := range map[int]string{1: "x", 20: "x", 21: "… 1 more line", 154: "… 134 more lines", 2020: "… 2,000 more lines"} {
		lines := words.NeutralLines(strings.Repeat("x\n", n))
		if last := lines[len(lines)-1]; last != want || len(lines) > words.MaxLines+1 {
			t.Errorf("%d lines: %d, the last is %q", n, len(lines), last)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 12345: "12,345", 1234567: "1,234,567"} {
		if got := plain.Thousands(n); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
