package matcher

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/avow-dev/avow/spec/resource"
)

// checkSense rejects patterns that match every text, or none: they, or their contraries, promise nothing.
func checkSense(s string) error {
	parsed, err := syntax.Parse(s, syntax.Perl)
	switch {
	case err != nil:
		return err
	case everywhere(parsed):
		return fmt.Errorf("%q matches every text, so this promises nothing", s)
	case nowhere(parsed):
		return fmt.Errorf("%q matches no text: nothing comes before its beginning or after its end; write \\\\$ or \\\\^ "+
			"for the character, and (?m) for lines", s)
	}
	return nil
}

// everywhere reports whether a pattern matches nothing at all at the beginning of every text, or at its end, or spans
// every text. Others may match every text as well, but not by a slip.
func everywhere(re *syntax.Regexp) bool {
	return blank(re, syntax.OpBeginText, syntax.OpBeginLine) || blank(re, syntax.OpEndText, syntax.OpEndLine) ||
		spans(re)
}

// blank reports whether the pattern matches the empty text at a place where these conditions hold.
func blank(re *syntax.Regexp, hold ...syntax.Op) bool {
	inside := func(sub *syntax.Regexp) bool { return blank(sub, hold...) }
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpStar, syntax.OpQuest:
		return true
	case syntax.OpRepeat:
		return re.Min == 0 || inside(re.Sub[0])
	case syntax.OpCapture, syntax.OpPlus:
		return inside(re.Sub[0])
	case syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !inside(sub) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, inside)
	}
	return slices.Contains(hold, re.Op)
}

// spans reports whether a pattern is (?s)^.*$, with anything that may be empty around the middle.
func spans(re *syntax.Regexp) bool {
	if re.Op == syntax.OpCapture {
		return spans(re.Sub[0])
	}
	if re.Op != syntax.OpConcat {
		return false
	}
	for i, sub := range re.Sub {
		if sub.Op != syntax.OpStar || sub.Sub[0].Op != syntax.OpAnyChar {
			continue
		}
		before := &syntax.Regexp{Op: syntax.OpConcat, Sub: re.Sub[:i]}
		after := &syntax.Regexp{Op: syntax.OpConcat, Sub: re.Sub[i+1:]}
		if blank(before, syntax.OpBeginText, syntax.OpBeginLine) && blank(after, syntax.OpEndText, syntax.OpEndLine) {
			return true
		}
	}
	return false
}

// nowhere reports whether a pattern, or one of its alternatives, continues after the end of the text or precedes its
// beginning: "costs $5" instead of "costs \\$5".
func nowhere(re *syntax.Regexp) bool {
	if re.Op == syntax.OpNoMatch || re.Op == syntax.OpCharClass && len(re.Rune) == 0 ||
		slices.ContainsFunc(re.Sub, nowhere) {
		return true
	}
	if re.Op != syntax.OpConcat {
		return false
	}
	ended, begun := false, false
	for i, sub := range re.Sub {
		solid := !blank(sub, conditions...)
		switch {
		case sub.Op == syntax.OpEndText:
			ended = true
		case sub.Op == syntax.OpBeginText && begun:
			return true
		case sub.Op == syntax.OpEndLine && i+1 < len(re.Sub) && goesOn(re.Sub[i+1]):
			return true
		case solid && ended:
			return true
		}
		begun = begun || solid
	}
	return false
}

// conditions are what a pattern can require of a place in a text.
var conditions = []syntax.Op{
	syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpWordBoundary,
	syntax.OpNoWordBoundary,
}

// goesOn reports whether a character begins no line break.
func goesOn(re *syntax.Regexp) bool { return re.Op == syntax.OpLiteral && re.Rune[0] != '\n' }

// checkNever rejects characters in a pattern that no value of the kind has.
func checkNever(k *resource.Kind, s string) error {
	if k.Never == "" {
		return nil
	}
	parsed, err := syntax.Parse(s, syntax.Perl)
	if err != nil {
		return err
	}
	if r, ok := literalIn(parsed, k.Never); ok {
		return fmt.Errorf("%q matches no %s, which never has %q", s, strings.TrimPrefix(kindOf(k), "a "), string(r))
	}
	return nil
}

func literalIn(re *syntax.Regexp, characters string) (rune, bool) {
	if re.Op == syntax.OpLiteral {
		i := slices.IndexFunc(re.Rune, func(r rune) bool { return strings.ContainsRune(characters, r) })
		if i >= 0 {
			return re.Rune[i], true
		}
	}
	for _, sub := range re.Sub {
		if r, ok := literalIn(sub, characters); ok {
			return r, true
		}
	}
	return 0, false
}

// highByte matches the escape of a byte that is not ASCII: \xe9, \x{e9}, \351.
var highByte = regexp.MustCompile(`(?i)(?:^|[^\\])(?:\\\\)*\\(?:x[89a-f][0-9a-f]|x\{0*[89a-f][0-9a-f]\}|[23][0-7]{2})`)

// quotedPattern formats a regular expression in a phrase: in quotes, and otherwise as RE2 reads it, with single
// backslashes. A quote inside, and what does not print, gets an escape of RE2's own, so that the same expression is
// shown.
func quotedPattern(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	verbatim := false // between \Q and \E, where a backslash is only a backslash
	for s = shorten(s); s != ""; {
		n := stepOf(s, verbatim)
		step := s[:n]
		s = s[n:]
		switch {
		case step == `\Q` || step == `\E`:
			verbatim = step == `\Q`
		case escapeOf(step) != "" && verbatim:
			step = `\E` + escapeOf(step) + `\Q`
		case escapeOf(step) != "":
			step = escapeOf(step)
		}
		b.WriteString(step)
	}
	return b.String() + `"`
}

// stepOf returns how many bytes belong together: a character, with the backslash before it.
func stepOf(s string, verbatim bool) int {
	_, n := utf8.DecodeRuneInString(s)
	if s[0] != '\\' || len(s) == 1 || verbatim && !strings.HasPrefix(s, `\E`) {
		return n
	}
	_, next := utf8.DecodeRuneInString(s[1:])
	return 1 + next
}

// escapeOf is the escape for what ends a step, with a backslash before it or without; "" where none is needed.
func escapeOf(step string) string {
	r, _ := utf8.DecodeLastRuneInString(step)
	switch {
	case r == '"':
		return `\"`
	case unicode.IsPrint(r) && r != utf8.RuneError:
		return ""
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	}
	return fmt.Sprintf(`\x{%x}`, r)
}

// latin1 has one character for each byte.
func latin1(s string) string {
	characters := make([]rune, len(s))
	for i := range len(s) {
		characters[i] = rune(s[i])
	}
	return string(characters)
}
