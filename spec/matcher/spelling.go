package matcher

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

func checkString(m *Matcher) error {
	_, err := m.word()
	return err
}

// expectIgnoreCase expects a string, in upper or lower case.
func expectIgnoreCase(k *resource.Kind, args []*Matcher) (Expectation, error) {
	if isList(k) {
		return Expectation{}, fmt.Errorf("%s is not a text; for its elements, write contains(%s)", kindOf(k),
			call("ignore_case", each(args, (*Matcher).String)))
	}
	if !isText(k) {
		return Expectation{}, fmt.Errorf("%s is not a text", kindOf(k))
	}
	s, err := args[0].word()
	if err != nil {
		return Expectation{}, err
	}
	return sensible(k, `(?i)\A`+regexp.QuoteMeta(s)+`\z`, Expectation{
		Test:       onText(k, func(found string) (bool, error) { return strings.EqualFold(found, s), nil }),
		Text:       call("ignore_case", []string{resource.QuoteString(s)}),
		Phrase:     "is " + quoted(s) + " in upper or lower case",
		References: []string{s},
		negated:    "is not " + quoted(s) + " in upper or lower case",
	})
}

// trimmedText is what trimmed checks: a text without white space at its ends.
var trimmedText = &resource.Kind{
	Name: "a text without white space at its ends", Of: resource.String, Text: resource.String.Text,
	Order: resource.String.Order, Grammar: `(\S((?s:.*)\S)?)?`, Example: "text",
	Read: func(v cty.Value) (any, error) {
		s, err := resource.String.Read(v)
		if err != nil {
			return nil, err
		}
		if text := s.(string); text != strings.TrimSpace(text) {
			return nil, errors.New("a text that is trimmed has no white space at its ends")
		}
		return s, nil
	},
}

// expectTrimmed expects something of a text without the white space at its ends.
func expectTrimmed(k *resource.Kind, args []*Matcher) (Expectation, error) {
	if isList(k) {
		return Expectation{}, fmt.Errorf("%s is not a text; for its elements, write contains(%s)", kindOf(k),
			call("trimmed", each(args, (*Matcher).String)))
	}
	if !hasLines(k) {
		return Expectation{}, fmt.Errorf("%s has no white space at its ends", kindOf(k))
	}
	inside, err := args[0].expect(trimmedText)
	if err != nil {
		return inside, err
	}
	const how = "without white space at its ends "
	return Expectation{
		Test:       func(found any) Result { return inside.Test(strings.TrimSpace(textIn(k, found))) },
		Text:       call("trimmed", []string{inside.Text}),
		Phrase:     how + inside.Phrase,
		References: inside.References,
		Measured:   inside.Measured,
		negated:    how + inside.negated,
	}, nil
}
