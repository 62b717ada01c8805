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
// values are the same. Go types of values: Bool bool, Number *big.Float, String and Text and Mode string,
// Time time.Time, Duration time.Duration, Version [PackageVersion], List and Set []any, Map map[string]any.
type Kind struct {
	Name string // for documentation and diagnostics: "a mode"
	Elem *Kind  // of the elements of a list, a set or a map
	// Says and Denies are how a promise of one value reads, when it is not "is" and "is not".
	Says, Denies string
	// Unordered is true for a list whose order means nothing.
	Unordered bool

	// Read turns a known, unmarked, non-null literal into a value. Its error says what is expected.
	Read func(cty.Value) (any, error)
	// Text is a value without quotes.
	Text func(any) string
	// Order compares two values, for the kinds that have an order; nil for the others.
	Order func(a, b any) int
	// Equal compares what was found with what a spec expects; nil means == on the Go values.
	Equal func(found, expected any) bool
}

// Same compares what was found with what a spec expects.
func (k *Kind) Same(found, expected any) bool {
	if k.Equal != nil {
		return k.Equal(found, expected)
	}
	return found == expected
}

// The kinds of attributes.
var (
	Bool   = &Kind{Name: "true or false", Read: readBool, Text: plain}
	Number = &Kind{Name: "a number", Read: readNumber, Text: textOfNumber, Order: orderNumbers, Equal: sameNumber}
	String = &Kind{Name: "a string", Read: readString, Text: plain, Order: orderStrings}
	// Text is a string of possibly many lines; a mismatch shows a diff.
	Text = &Kind{Name: "a text", Read: readString, Text: plain, Order: orderStrings}
	// Time is written and printed as RFC 3339.
	Time = &Kind{Name: `a time such as "2026-01-31T12:00:00Z"`, Read: readTime, Text: textOfTime, Order: orderTimes, Equal: sameTime}
	// Duration is Go's notation, or days: "90s", "36h", "30d".
	Duration = &Kind{Name: `a duration such as "90s", "36h" or "30d"`, Read: readDuration, Text: plain, Order: orderDurations}
)

// ListOf is a list whose order counts.
func ListOf(elem *Kind) *Kind {
	return &Kind{Name: "a list", Elem: elem, Read: readList(elem), Text: textOfList(elem), Equal: sameList(elem)}
}

// SetOf is a list whose order means nothing; facts of it are sorted.
func SetOf(elem *Kind) *Kind {
	return &Kind{Name: "a list", Elem: elem, Unordered: true, Read: readList(elem), Text: textOfList(elem), Equal: sameSet(elem)}
}

// MapOf is a map from strings; a promise speaks of the keys that it names, and of no others.
func MapOf(elem *Kind) *Kind {
	return &Kind{Name: "a map", Elem: elem, Says: "include", Denies: "do not include", Read: readMap(elem), Text: textOfMap(elem), Equal: sameKeys(elem)}
}

// OneOf is a string that is one of some words; another one in a spec is a mistake.
func OneOf(words ...string) *Kind {
	name := "one of " + strings.Join(words, ", ")
	return &Kind{Name: name, Text: plain, Order: orderStrings, Read: func(v cty.Value) (any, error) {
		s, err := readString(v)
		if err == nil && !slices.Contains(words, s.(string)) {
			return nil, fmt.Errorf("%q is not %s", s, name)
		}
		return s, err
	}}
}

// Int is the number n as a value of the kind Number.
func Int(n int64) *big.Float { return new(big.Float).SetPrec(512).SetInt64(n) }

// ParseNumber reads a decimal number as exactly as the language reads its literals.
func ParseNumber(s string) (*big.Float, error) {
	s = strings.TrimSpace(s)
	if len(s) > maxDigits {
		return nil, fmt.Errorf("%d bytes are no number", len(s))
	}
	if hugeExponent.MatchString(s) {
		return nil, fmt.Errorf("%q is no number of a sensible size", s)
	}
	v, err := cty.ParseNumberVal(s)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number", s)
	}
	return v.AsBigFloat(), nil
}

// maxDigits bounds what is read as a number: the time that it takes grows with the square.
const maxDigits = 1000

// hugeExponent is that of a number with more digits than anybody reads.
var hugeExponent = regexp.MustCompile(`[eEpP][+-]?[0-9]{4,}$`)

// Strings are the elements of a list of strings as values of the kind ListOf(String) or SetOf(String).
func Strings(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// maxDays are about 290 years, the longest that a duration can be.
const maxDays = 106_000

// ParseDuration reads Go's notation, or whole days such as "30d".
func ParseDuration(s string) (time.Duration, error) {
	var days int
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
	return t, nil
}

func readDuration(v cty.Value) (any, error) {
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

func readMap(elem *Kind) func(cty.Value) (any, error) {
	return func(v cty.Value) (any, error) {
		if t := v.Type(); v.IsNull() || !t.IsObjectType() && !t.IsMapType() {
			return nil, errors.New("expected a map such as { KEY = \"value\" }")
		}
		values := map[string]any{}
		for key, e := range v.Elements() {
			value, err := read(elem, e)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", key.AsString(), err)
			}
			values[key.AsString()] = value
		}
		return values, nil
	}
}

func read(k *Kind, v cty.Value) (any, error) {
	if v.IsNull() {
		return nil, errors.New("null is no value here")
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
