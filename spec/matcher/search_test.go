package matcher

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestAnExpensiveSearchIsGivenUp: it is unknown whether the text matches, and never that it does not.
func TestAnExpensiveSearchIsGivenUp(t *testing.T) {
	text := strings.Repeat("a", 8<<20)
	for _, pattern := range []string{"a{0,900}b", "[a-z]{1,500}=[0-9]{1,500}x"} {
		s := newSearch(regexp.MustCompile(pattern))
		s.limit = 100 * time.Millisecond
		begun := time.Now()
		matched, err := s.in(text)
		if took := time.Since(begun); matched || err == nil || took > 2*time.Second {
			t.Errorf("%s: %v, %v after %s", pattern, matched, err, took)
		}
	}
}

// TestSearchIsTheSame whether it can be ended or not.
func TestSearchIsTheSame(t *testing.T) {
	text := strings.Repeat("line äöü\xff one\n", 20_000)
	for _, pattern := range []string{
		"one\n$", "(?m)one$", "^line", "\\Aline", "\ufffd one", "one\n\\z",
		"x{0,900}line", "x{1,900}line", "(?m)^ü", "\\bone\\b",
	} {
		plain := newSearch(regexp.MustCompile(pattern))
		ending := plain
		ending.states = cheapSearch
		a, errA := plain.in(text)
		b, errB := ending.in(text)
		if a != b || errA != nil || errB != nil {
			t.Errorf("%q: %v %v, and %v %v", pattern, a, errA, b, errB)
		}
	}
}
