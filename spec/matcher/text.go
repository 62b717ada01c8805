package matcher

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/avow-dev/avow/spec/resource"
)

// word is the string that an argument stands for.
func (m *Matcher) word() (string, error) {
	if !m.literal() {
		return "", errors.New("expected a string, not a matcher")
	}
	if m.value.Type() != cty.String && m.value.Type() != cty.Number && m.value.Type() != cty.Bool {
		return "", errors.New("expected a string")
	}
	v, err := convert.Convert(m.value, cty.String)
	if err != nil {
		return "", errors.New("expected a string")
	}
	return v.AsString(), nil
}

// checkWord is for arguments that are a part of a text.
func checkWord(m *Matcher) error {
	s, err := m.word()
	if err == nil && s == "" {
		return errors.New(`"" is in every text, so this promises nothing`)
	}
	return err
}

// checkPart is for contains, whose argument can be an element.
func checkPart(m *Matcher) error {
	if m.literal() && m.value.Type() == cty.String {
		return checkWord(m)
	}
	return nil
}

func checkPattern(m *Matcher) error {
	_, _, err := m.pattern()
	return err
}

// pattern is a regular expression. A heredoc, in which backslashes need no doubling, ends in a line break
// that nobody means.
func (m *Matcher) pattern() (*regexp.Regexp, string, error) {
	s, err := m.word()
	if err != nil {
		return nil, "", err
	}
	s = trimBreak(s)
	pattern, err := regexp.Compile(s)
	if err != nil {
		return nil, s, fmt.Errorf("%q is no regular expression (RE2): %w", s, cause(err))
	}
	if parsed, err := syntax.Parse(s, syntax.Perl); err == nil && parsed.Simplify().Op == syntax.OpEmptyMatch {
		return nil, s, fmt.Errorf("%q matches every text, so this promises nothing", s)
	}
	return pattern, s, nil
}

func cause(err error) error {
	if bad := (*syntax.Error)(nil); errors.As(err, &bad) {
		return fmt.Errorf("%s: %q", bad.Code, bad.Expr)
	}
	return err
}

func trimBreak(s string) string { return strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r") }

// onText is an expectation of the whole text of a value.
func onText(k *resource.Kind, test func(string) bool) func(any) Result {
	return func(found any) Result {
		return yes(anyForm(textIn(k, found), func(f any) bool { return test(f.(string)) }))
	}
}

func textIn(k *resource.Kind, found any) string {
	if s, ok := found.(string); ok {
		return s
	}
	return k.Text(found)
}

// expectPart makes the matchers that look for a part of a text: verb is "starts with", contrary "does not
// start with".
func expectPart(name, verb, contrary string, has func(s, part string) bool) expectFunc {
	return func(k *resource.Kind, args []*Matcher) (Expectation, error) {
		if isList(k) {
			return Expectation{}, fmt.Errorf("%s is no text; of its elements say contains(%s)", kindOf(k), call(name, texts(args, (*Matcher).String)))
		}
		if !isText(k) {
			return Expectation{}, fmt.Errorf("%s is no text", kindOf(k))
		}
		part, err := args[0].word()
		if err != nil {
			return Expectation{}, err
		}
		return Expectation{
			Test:   onText(k, func(s string) bool { return has(s, part) }),
			Text:   call(name, []string{resource.QuoteString(part)}),
			Says:   verb + " " + quoted(part),
			Named:  []string{part},
			denies: contrary + " " + quoted(part),
		}, nil
	}
}

func expectMatches(k *resource.Kind, args []*Matcher) (Expectation, error) {
	if isList(k) {
		e, err := expectMatches(k.Elem, args)
		return someElement(e), err
	}
	if !isText(k) {
		return Expectation{}, fmt.Errorf("%s is no text", kindOf(k))
	}
	pattern, s, err := args[0].pattern()
	if err != nil {
		return Expectation{}, err
	}
	return Expectation{
		Test:   onPattern(k, newSearch(pattern)),
		Text:   call("matches", []string{resource.QuoteString(s)}),
		Says:   "matches " + quoted(s),
		Named:  []string{s},
		denies: "does not match " + quoted(s),
	}, nil
}

func checkLine(m *Matcher) error {
	if !m.literal() {
		return nil
	}
	s, err := m.word()
	if err == nil && strings.ContainsAny(trimBreak(s), "\n") {
		return errors.New("a line has no line breaks; for several lines write contains(...)")
	}
	return err
}

func expectLine(k *resource.Kind, args []*Matcher) (Expectation, error) {
	if isList(k) {
		return Expectation{}, fmt.Errorf("%s has no lines; write contains(...)", kindOf(k))
	}
	if !isText(k) {
		return Expectation{}, fmt.Errorf("%s has no lines", kindOf(k))
	}
	line, err := lineOf(args[0])
	if err != nil {
		return line, err
	}
	e := Expectation{
		Test:   func(found any) Result { return lineIn(textIn(k, found), line) },
		Text:   call("has_line", []string{line.Text}),
		Says:   "has a line that " + line.Says,
		Named:  line.Named,
		denies: "has no line that " + line.Says,
	}
	if s, ok := line.Literal.(string); ok {
		e.Says, e.denies = "has the line "+quoted(s), "does not have the line "+quoted(s)
	}
	return e, nil
}

func lineOf(m *Matcher) (Expectation, error) {
	if !m.literal() {
		return m.expect(resource.String)
	}
	s, err := m.word()
	if err != nil {
		return Expectation{}, err
	}
	return expectLiteral(resource.String, cty.StringVal(trimBreak(s)))
}

func lineIn(text string, line Expectation) Result {
	var results []Result
	begun := time.Now()
	for l := range strings.Lines(text) {
		if time.Since(begun) > searchLimit {
			return unknown("%s", errSearch(len(text)))
		}
		r := line.Test(trimBreak(l))
		if r.Kept {
			return r
		}
		if r.Unknown != "" {
			results = append(results, r)
		}
	}
	return some(results)
}
