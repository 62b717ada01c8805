package matcher

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/text/unicode/norm"

	"github.com/avow-dev/avow/spec/resource"
)

// word returns the string that an argument stands for.
func (m *Matcher) word() (string, error) {
	if !m.literal() {
		return "", errors.New("expected a string, not a matcher")
	}
	s, err := resource.String.Read(m.value)
	if err != nil {
		return "", err
	}
	return s.(string), nil
}

// checkWord checks arguments that are a part of a text.
func checkWord(m *Matcher) error {
	s, err := m.word()
	if err == nil && s == "" {
		return errors.New(`"" is in every text, so this promises nothing`)
	}
	return err
}

// checkPart checks the argument of contains, which can be an element.
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

// pattern returns a regular expression.
func (m *Matcher) pattern() (*regexp.Regexp, string, error) {
	s, err := m.word()
	if err != nil {
		return nil, "", err
	}
	// A heredoc, in which backslashes need no doubling, ends in a line break that is not meant.
	s = trimBreak(s)
	pattern, err := regexp.Compile(s)
	if err != nil {
		if bad := (*syntax.Error)(nil); errors.As(err, &bad) {
			err = fmt.Errorf("%s: %q", bad.Code, bad.Expr)
		}
		return nil, s, fmt.Errorf("%q is not a regular expression (RE2): %w", s, err)
	}
	return pattern, s, checkSense(s)
}

// trimBreak takes off the line break at the end, LF or CR and LF. A CR alone is none.
func trimBreak(s string) string {
	if line, ok := strings.CutSuffix(s, "\n"); ok {
		return strings.TrimSuffix(line, "\r")
	}
	return s
}

// onText returns a test of the whole text of a value, as it was found or in the form of its kind. Its error is the
// reason why it is not known whether a text matches.
func onText(k *resource.Kind, matches func(text string) (bool, error)) func(any) Result {
	return inEveryText(func(found any) Result {
		var gaveUp error
		fits := func(text string) bool {
			matched, err := matches(text)
			gaveUp = cmp.Or(gaveUp, err)
			return matched
		}
		text := textIn(k, found)
		form := norm.NFC.String(text)
		kept := fits(text) || form != text && fits(form) || k.Canonical != nil && fits(textIn(k, k.Form(found)))
		if !kept && gaveUp != nil {
			return unknown("%s", gaveUp)
		}
		return yes(kept)
	})
}

// inEveryText tests a text in every way in which the users and groups in it can be named. If these disagree, or are not
// all known, it is unknown whether the text is as expected.
func inEveryText(test func(any) Result) func(any) Result {
	return func(found any) Result {
		called, ok := found.(resource.Called)
		if !ok {
			return test(found)
		}
		if called.Root != nil {
			return inEverySpelling(called.Spellings(), test)
		}
		texts, why := called.Texts()
		first := test(texts[0])
		for _, text := range texts[1:] {
			// If the names disagree, any answer could be wrong.
			if r := test(text); r.Unknown != "" || r.Kept != first.Kept {
				return unknown("the number has several names, which match differently: %s, %s", texts[0], text)
			}
		}
		if why != "" {
			return unknown("%s", why)
		}
		return first
	}
}

// inEverySpelling tests a text of a configuration as it is written there.
func inEverySpelling(s resource.Spellings, test func(any) Result) Result {
	written := test(s.Written)
	fits := func(text string) bool { return test(text).Kept }
	misfits := func(text string) bool { return !fits(text) }
	differ := "the same user can be written in several ways, and they differ in this: " + resource.QuoteString(s.Written)
	switch {
	case written.Unknown != "":
		return written
	// Kept by chance: the same user under another name would break the promise.
	case written.Kept && slices.ContainsFunc(s.Peers, misfits):
		return unlike(differ).opposite()
	// No contrary is kept only because of how a name is written.
	case !written.Kept && slices.ContainsFunc(s.All, fits):
		return unknown("%s", differ)
	case s.Unknown == "" || written.Kept && !s.Open:
		return written
	case s.Pending:
		return unknown("%s", s.Unknown)
	case written.Kept:
		return unlike(s.Unknown).opposite()
	}
	return unlike(s.Unknown)
}

func textIn(k *resource.Kind, found any) string {
	if s, ok := found.(string); ok {
		return s
	}
	return k.Text(found)
}

// expectPart makes the matchers that look for a part of a text: verb is "starts with", contrary "does not
// start with".
//
// The pattern matches a text with the part, which replaces %s.
func expectPart(name, verb, contrary, pattern string, has func(s, part string) bool) expectFunc {
	return func(k *resource.Kind, args []*Matcher) (Expectation, error) {
		if isList(k) {
			return Expectation{}, fmt.Errorf("%s is not a text; for its elements, write contains(%s)", kindOf(k),
				call(name, each(args, (*Matcher).String)))
		}
		if !isText(k) {
			return Expectation{}, fmt.Errorf("%s is not a text", kindOf(k))
		}
		part, err := args[0].word()
		if err == nil {
			part, err = partOf(k, part)
		}
		if err != nil {
			return Expectation{}, err
		}
		return sensible(k, fmt.Sprintf(pattern, regexp.QuoteMeta(part)), Expectation{
			Test:       onText(k, func(s string) (bool, error) { return has(s, part), nil }),
			Text:       call(name, []string{resource.QuoteString(part)}),
			Phrase:     verb + " " + quoted(part),
			References: []string{part},
			negated:    contrary + " " + quoted(part),
		})
	}
}

// partOf returns a part of a text in the form that values of the kind have.
func partOf(k *resource.Kind, part string) (string, error) {
	if k.Fold {
		part = strings.ToLower(part)
	}
	if i := strings.IndexAny(part, k.Never); i >= 0 {
		return "", fmt.Errorf("%q cannot be part of %s, which never has %q", part, kindOf(k), part[i:i+1])
	}
	if k.Part == nil {
		return part, nil
	}
	return k.Part(part)
}

// sensible rejects a pattern, or a part as one, that no value of the kind has or, where the texts of all are known,
// that every one has: it promises nothing.
func sensible(k *resource.Kind, pattern string, e Expectation) (Expectation, error) {
	ok, err := possible(grammarOf(k), pattern)
	if err == nil && !ok {
		err = fitsNothing(k, e.Text)
	}
	if err != nil {
		return e, err
	}
	return tried(k, e)
}

// tried tries an expectation with the texts of a kind, if they are known.
func tried(k *resource.Kind, e Expectation) (Expectation, error) {
	if k.Texts != nil {
		kept, all := 0, k.Texts()
		for _, text := range all {
			if e.Test(text).Kept {
				kept++
			}
		}
		switch {
		case kept == 0 && k.Grammar == "":
			return e, fitsNothing(k, e.Text)
		case kept == len(all):
			return e, fitsAll(e.Text)
		}
	}
	if k.Grammar != "" {
		e.Test = inForm(k, e.Test)
	}
	return e, nil
}

func expectMatches(k *resource.Kind, args []*Matcher) (Expectation, error) {
	if isList(k) {
		e, err := expectMatches(textual(k.Elem), args)
		return someElement(onlyTexts(k.Elem, e)), err
	}
	if !isText(k) {
		return Expectation{}, fmt.Errorf("%s is not a text", kindOf(k))
	}
	pattern, s, err := args[0].pattern()
	if err == nil {
		err = checkNever(k, s)
	}
	if err != nil {
		return Expectation{}, err
	}
	if k.Fold { // the values are in lower case
		pattern = regexp.MustCompile("(?i)" + s)
	}
	return sensible(k, pattern.String(), Expectation{
		Test:       onText(k, newSearch(pattern).in),
		Text:       call("matches", []string{resource.QuoteString(s)}),
		Phrase:     "matches " + quotedPattern(s),
		References: []string{s},
		negated:    "does not match " + quotedPattern(s),
	})
}

func checkLine(m *Matcher) error {
	if !m.literal() {
		return nil
	}
	_, err := line.Read(m.value)
	return err
}

// readLine returns a line without its line break, which a heredoc has.
func readLine(s string) (string, error) {
	line := trimBreak(s)
	switch {
	case strings.Contains(line, "\n"):
		return "", errors.New("a line has no line breaks; for several lines, write contains(...)")
	case strings.HasSuffix(line, "\r"):
		return "", fmt.Errorf("the carriage return before a line break is not part of the line; write contains(%s)",
			resource.QuoteString(line+"\n"))
	}
	return line, nil
}

// line is what has_line checks: the text between line breaks, without the carriage returns at its end. Inside, it may
// have some.
var line = &resource.Kind{
	Name: "a line", Of: resource.String, Never: "\n", Text: resource.String.Text, Order: resource.String.Order,
	Read: func(v cty.Value) (any, error) {
		s, err := resource.String.Read(v)
		if err != nil {
			return nil, err
		}
		return readLine(s.(string))
	},
}

// lineForm are the texts that lines have.
const lineForm = `(?:\r*[^\r\n])*`

func expectLine(k *resource.Kind, args []*Matcher) (Expectation, error) {
	if isList(k) {
		return Expectation{}, fmt.Errorf("%s has no lines; write contains(...)", kindOf(k))
	}
	if !hasLines(k) {
		return Expectation{}, fmt.Errorf("%s has no lines", kindOf(k))
	}
	inside, err := args[0].expect(line)
	if err != nil {
		return inside, err
	}
	e := Expectation{
		Test:       func(found any) Result { return lineIn(textIn(k, found), inside) },
		Text:       call("has_line", []string{inside.Text}),
		Phrase:     "has a line that " + inside.Phrase,
		References: inside.References,
		negated:    "has no line that " + inside.Phrase,
	}
	if s, ok := inside.Literal.(string); ok {
		e.Phrase, e.negated = "has the line "+quoted(s), "does not have the line "+quoted(s)
	}
	return e, nil
}

func lineIn(text string, inside Expectation) Result {
	return someOf(strings.Lines(text), func(line string) Result { return inside.Test(withoutBreak(line)) })
}

// withoutBreak returns a line without its end. A file of Windows ends its lines with carriage returns, too.
func withoutBreak(line string) string { return strings.TrimRight(strings.TrimSuffix(line, "\n"), "\r") }
