package plain

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// FuzzJSON holds its law: the same JSON, in which nothing commands a terminal or a CI system.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{"", "\u009b31m", "\x7f\u202e\u2028\ufeff", "##vso[x] ##[y]", "section_start:1:x", "ü 🔑", "\U000e0041"} {
		f.Add(seed)
	}
	obeyed := regexp.MustCompile(`##[A-Za-z]*\[|section_(start|end):`)
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "?")
		var out bytes.Buffer
		enc := json.NewEncoder(JSON(&out))
		enc.SetEscapeHTML(false)
		if err := enc.Encode(s); err != nil {
			t.Fatal(err)
		}
		var back string
		if err := json.Unmarshal(out.Bytes(), &back); err != nil || back != s {
			t.Errorf("%q became %s, which is %q (%v)", s, out.Bytes(), back, err)
		}
		line := strings.TrimSuffix(out.String(), "\n")
		if obeyed.MatchString(line) || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q", line)
		}
	})
}

// FuzzValue holds its laws: nothing in it commands a terminal or a CI system, and it is the same when it is made again.
func FuzzValue(f *testing.F) {
	for _, seed := range []string{"", "\x1b]52;c;AAAA\a", "##vso[task.setvariable variable=PATH]/evil", "::error::x", " ::a::", "##x\x00[", "\xff##["} {
		f.Add(seed)
	}
	obeyed := regexp.MustCompile(`^\s*::.*::|##[A-Za-z]*\[|section_(start|end):`)
	f.Fuzz(func(t *testing.T, s string) {
		got := Value(s, 1<<20)
		if obeyed.MatchString(got) || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q became %q", s, got)
		}
		if len(got) < 1<<19 && Value(got, 1<<20) != got {
			t.Errorf("%q, then %q", got, Value(got, 1<<20))
		}
	})
}
