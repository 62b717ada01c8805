package resource

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// Kind is the type of an attribute: how a literal of a spec is read, how a value prints, and when two
// values are the same.
//
// A kind has one form for each value. Read brings literals to it, Canonical what was found, and a literal
// that nothing found can be equal to is an error of Read: else not("...") would be kept by everything.
type Kind struct {
	Name  string // for documentation and diagnostics: "a mode"
	Shape Shape  // of the values; a kind with Of has the shape of that one
	Of    *Kind  // the kind whose Go type and notation the values have; nil for its own
	Elem  *Kind  // of the elements of a list, a set or a map
	Key   *Kind  // of the keys of a map; nil means String
	// Phrase and NegatedPhrase replace "is" and "is not" in a promise of one value.
	Phrase, NegatedPhrase string
	// Has and Lacks are the phrase of a promise that a list contains one element, and its negation, without the
	// attribute's noun: "is readable by others". Empty means the noun and "contains".
	Has, Lacks string
	// Unordered is true for a list whose order means nothing.
	Unordered bool

	// Read turns a known, unmarked, non-null literal into a value. Its error describes what is expected.
	Read func(cty.Value) (any, error)
	// Text formats a value without quotes.
	Text func(any) string
	// Canonical brings what was found to the form that Read gives to literals; nil means that it has it.
	Canonical func(found any) any
	// Order compares two values, for the kinds that have an order; nil for the others.
	Order func(a, b any) int
	// Low and High are the least and the greatest value, where the kind has an order and there are such.
	Low, High any
	// Bound reads what a value is compared with by gt, ge, lt, le and between; nil means Read.
	Bound func(cty.Value) (any, error)
	// Equal compares what was found with what a spec expects; nil means == on the Go values.
	Equal func(found, expected any) bool
	// Like replaces Equal for kinds whose values cannot always be distinguished. Its text explains why they cannot,
	// without what was found, which may be a secret.
	Like func(found, expected any) (Likeness, string)

	// Grammar is a regular expression that all canonical texts match from begin to end, if not every text is one: a
	// pattern, a part or a length that none of them has is a mistake. Example is such a text.
	Grammar, Example string
	// Holders is true where values have the names of users or groups in them, and are [Called]. Database is where all of
	// these come from: passwd or group; "" where that depends on the value.
	Holders  bool
	Database string

	// Open is true where no value is a secret in itself: `sensitive = true` of a block does not hide such values.
	Open bool
	// Never are characters that no value has: a part or a pattern with one of them is a mistake.
	Never string
	// Part reads the part of a text that contains, starts_with and ends_with look for; nil means any.
	Part func(part string) (string, error)
	// Texts returns the texts of all values, or of samples that patterns and parts are tried with: one that fits none, or
	// all, is a mistake. Nil means that they are not known.
	Texts func() []string
	// Fold is true where upper and lower case mean the same. The values are in lower case.
	Fold bool
}

// Likeness is how what was found relates to what a spec expects.
type Likeness int

const (
	// Different values are surely not the same.
	Different Likeness = iota
	// Alike values are surely the same.
	Alike
	// Partly is neither the one nor the other: of several, one is the same. Neither the promise nor its contrary is kept.
	Partly
	// Unlike values are different as far as is known: a promise is broken, and its contrary is unclear. Two names whose
	// numbers are not known are unlike.
	Unlike
	// Unclear values cannot be compared.
	Unclear
)

// Compare compares what was found with what a spec expects. If the result is not certain, the text explains why.
func (k *Kind) Compare(found, expected any) (Likeness, string) {
	form := k.Form(found)
	switch {
	case k.Like != nil:
		return k.Like(form, expected)
	case k.Equal != nil && k.Equal(form, expected), k.Equal == nil && form == expected:
		return Alike, ""
	}
	return Different, ""
}

// Same reports whether what was found is surely what a spec expects.
func (k *Kind) Same(found, expected any) bool {
	likeness, _ := k.Compare(found, expected)
	return likeness == Alike
}

// Form returns what was found in the form that Read gives to literals.
func (k *Kind) Form(found any) any {
	if k.Canonical == nil {
		return found
	}
	return k.Canonical(found)
}

// IsOpen reports whether no value is a secret in itself.
func (k *Kind) IsOpen() bool { return k.Open || k.Of != nil && k.Of.Open }

// Base returns the kind whose Go type and notation the values have.
func (k *Kind) Base() *Kind {
	if k.Of != nil {
		return k.Of
	}
	return k
}

// Doubtful reports whether values of the kind, at any depth, cannot always be distinguished.
func (k *Kind) Doubtful() bool { return k.Like != nil || k.Elem != nil && k.Elem.Doubtful() }

// The kinds of attributes.
var (
	Bool   = &Kind{Name: "true or false", Shape: Bools, Open: true, Read: readBool, Text: plain}
	Number = &Kind{
		Name: "a number", Shape: Numbers, Read: readNumber, Text: textOfNumber, Order: orderNumbers,
		Equal: sameNumber,
	}
	String = &Kind{Name: "a string", Read: readString, Text: plain, Order: orderStrings}
	// Text is a string of possibly many lines; a mismatch shows a diff.
	Text = &Kind{Name: "a text", Read: readString, Text: plain, Order: orderStrings}
	// Time is written and printed as RFC 3339, to the second.
	Time = &Kind{
		Name: `a time such as "2026-01-31T12:00:00Z"`, Shape: Times, Open: true, Read: readTime, Text: textOfTime,
		Canonical: wholeSeconds, Order: orderTimes, Equal: sameTime,
	}
	// Duration is Go's notation, or days: "90s", "36h", "30d".
	Duration = &Kind{
		Name: `a duration such as "90s", "36h" or "30d"`, Shape: Durations, Open: true, Read: readDuration, Text: plain,
		Order: orderDurations,
	}
)

// ListOf returns the kind of lists whose order counts.
func ListOf(elem *Kind) *Kind {
	name := "a list"
	if elem != String {
		name += ", each element " + elem.Name
	}
	return &Kind{
		Name: name, Shape: Lists, Elem: elem, Read: readList(elem), Text: textOfList(elem), Equal: sameList(elem),
	}
}

// SetOf returns the kind of lists whose order means nothing; facts of it are sorted.
func SetOf(elem *Kind) *Kind {
	set := ListOf(elem)
	set.Unordered, set.Equal = true, sameSet(elem)
	return set
}

// MapOf returns the kind of maps from strings; a promise covers the keys that it names, and no others.
func MapOf(elem *Kind) *Kind { return TableOf(String, elem) }

// TableOf returns the kind of maps whose keys are of a kind of their own.
func TableOf(key, elem *Kind) *Kind {
	return &Kind{
		Name: "a map", Shape: Maps, Key: key, Elem: elem, Phrase: "include", NegatedPhrase: "do not include",
		Read: readMap(key, elem), Text: textOfMap(elem), Equal: sameKeys(elem),
	}
}

// OneOf returns the kind of strings that are one of some words; another one in a spec is a mistake.
func OneOf(words ...string) *Kind {
	return textKind(func(s string) (string, error) {
		if !slices.Contains(words, s) {
			return "", &Unlisted{s, words}
		}
		return s, nil
	}, Kind{Name: "one of " + strings.Join(words, ", "), Open: true, Texts: func() []string { return words }})
}

// Unlisted is the error of a word that is not one of those that a kind has.
type Unlisted struct {
	Word  string
	Words []string
}

func (u *Unlisted) Error() string {
	return fmt.Sprintf("%q is not one of %s", u.Word, strings.Join(u.Words, ", "))
}

// Int returns the number n as a value of the kind Number.
func Int(n int64) *big.Float { return new(big.Float).SetPrec(512).SetInt64(n) }

// ParseNumber reads a decimal number as exactly as the language reads its literals.
func ParseNumber(s string) (*big.Float, error) {
	s = strings.TrimSpace(s)
	// Digits are converted in quadratic time, and what a target prints may have any length.
	if len(s) > maxDigits {
		return nil, fmt.Errorf("%d bytes are not a number", len(s))
	}
	if hugeExponent.MatchString(s) {
		return nil, fmt.Errorf("%q is not a number of a sensible size", s)
	}
	v, err := cty.ParseNumberVal(s)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number", s)
	}
	return v.AsBigFloat(), nil
}

// maxDigits bounds what is read as a number: the time that it takes grows with the square.
const maxDigits = 1000

// hugeExponent matches exponents of numbers with too many digits to read.
var hugeExponent = regexp.MustCompile(`[eEpP][+-]?[0-9]{4,}$`)

// Strings returns the elements of a list of strings as values of the kind ListOf(String) or SetOf(String).
func Strings(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// maxDays is about 290 years, the longest duration that Go can represent.
const maxDays = 106_000

// ParseDuration reads Go's notation, or whole days such as "30d".
func ParseDuration(s string) (time.Duration, error) {
	var days int
	// Go has no unit above the hour, and people promise days.
	if n, err := fmt.Sscanf(s, "%dd", &days); err == nil && n == 1 && s == fmt.Sprintf("%dd", days) {
		if days > maxDays || days < -maxDays {
			return 0, fmt.Errorf("%q is longer than %d days", s, maxDays)
		}
		return time.Duration(days) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf(`%q is not a duration; write "90s", "5m", "36h" or "30d"`, s)
	}
	return d, nil
}

// textKind returns a kind of strings that a function brings to their form, or rejects.
func textKind(form func(string) (string, error), k Kind) *Kind {
	k.Of, k.Text, k.Read = String, plain, readWith(form)
	return &k
}

// normalKind returns a textKind whose function also brings what was found to its form.
func normalKind(form func(string) (string, error), k Kind) *Kind {
	k.Canonical = canonicalString(form)
	return textKind(form, k)
}

// only returns a function for textKind: strings that do not fit are rejected with a message that quotes them.
func only(fits func(string) bool, wrong string) func(string) (string, error) {
	return func(s string) (string, error) {
		if !fits(s) {
			return "", fmt.Errorf(wrong, s)
		}
		return s, nil
	}
}

// readWith turns a function that brings a string to its form into a Read.
func readWith(form func(string) (string, error)) func(cty.Value) (any, error) {
	return func(v cty.Value) (any, error) {
		s, err := readString(v)
		if err != nil {
			return nil, err
		}
		return form(s.(string))
	}
}

// canonicalString turns a function that brings a string to its form into a Canonical; strings that it rejects stay as
// they are.
func canonicalString(form func(string) (string, error)) func(any) any {
	return func(found any) any {
		if text, err := form(found.(string)); err == nil {
			return text
		}
		return found
	}
}

func readBool(v cty.Value) (any, error) {
	if v.Type() != cty.Bool {
		return nil, errors.New("expected true or false")
	}
	return v.True(), nil
}

func readNumber(v cty.Value) (any, error) {
	n, err := convert.Convert(v, cty.Number)
	if err != nil {
		return nil, errors.New("expected a number")
	}
	return n.AsBigFloat(), nil
}

func readString(v cty.Value) (any, error) {
	s, err := convert.Convert(v, cty.String)
	if err != nil {
		return nil, errors.New("expected a string")
	}
	return s.AsString(), nil
}

func readTime(v cty.Value) (any, error) {
	s, err := readString(v)
	if err != nil {
		return nil, err
	}
	t, err := time.Parse(time.RFC3339, s.(string))
	if err != nil {
		return nil, fmt.Errorf(`%q is not a time; write "2026-01-31T12:00:00Z"`, s)
	}
	return wholeSeconds(t), nil
}

// wholeSeconds drops what is not printed, so that a time that was copied from a report is the same.
func wholeSeconds(t any) any { return t.(time.Time).Truncate(time.Second) }

func readDuration(v cty.Value) (any, error) {
	// cty would turn the number into a text, and Go reads "0" alone without a unit.
	if v.Type() != cty.String {
		return nil, errors.New(`expected a duration such as "90s"; a bare number has no unit`)
	}
	return ParseDuration(v.AsString())
}

func readList(elem *Kind) func(cty.Value) (any, error) {
	return func(v cty.Value) (any, error) {
		if t := v.Type(); v.IsNull() || !t.IsTupleType() && !t.IsListType() && !t.IsSetType() {
			return nil, errors.New(`expected a list such as ["a", "b"]; for one element write contains("a")`)
		}
		list := []any{}
		for _, e := range v.Elements() {
			value, err := read(elem, e)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	}
}

func readMap(keys, elem *Kind) func(cty.Value) (any, error) {
	return func(v cty.Value) (any, error) {
		if t := v.Type(); v.IsNull() || !t.IsObjectType() && !t.IsMapType() {
			return nil, errors.New("expected a map such as { KEY = \"value\" }")
		}
		values := map[string]any{}
		for key, e := range v.Elements() {
			name, err := keys.Read(key)
			if err != nil {
				return nil, err
			}
			value, err := read(elem, e)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", key.AsString(), err)
			}
			values[name.(string)] = value
		}
		return values, nil
	}
}

func read(k *Kind, v cty.Value) (any, error) {
	if v.IsNull() {
		return nil, errors.New("null is not a value here")
	}
	return k.Read(v)
}

func plain(v any) string { return fmt.Sprint(v) }

// textOfNumber writes numbers of a sensible size in full, and others by their binary exponent: 1e9999999
// has ten million digits, and takes seconds to convert.
func textOfNumber(v any) string {
	n := v.(*big.Float)
	if exponent := n.MantExp(nil); exponent > 512 || exponent < -512 {
		return n.Text('p', 10)
	}
	return n.Text('f', -1)
}

func textOfTime(v any) string { return v.(time.Time).UTC().Format(time.RFC3339) }

func orderNumbers(a, b any) int { return a.(*big.Float).Cmp(b.(*big.Float)) }

func orderStrings(a, b any) int { return cmp.Compare(a.(string), b.(string)) }

func orderTimes(a, b any) int { return a.(time.Time).Compare(b.(time.Time)) }

func orderDurations(a, b any) int { return cmp.Compare(a.(time.Duration), b.(time.Duration)) }

func sameNumber(found, expected any) bool { return orderNumbers(found, expected) == 0 }

func sameTime(found, expected any) bool { return found.(time.Time).Equal(expected.(time.Time)) }
