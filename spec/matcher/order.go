package matcher

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

// bound is a value that something found is compared with.
type bound struct {
	value   any
	text    string // as a spec would write it
	word    string // in a phrase
	compare func(found any) (int, Result)
}

func checkBound(m *Matcher) error {
	if !m.literal() || (m.value.Type() != cty.Number && m.value.Type() != cty.String) {
		return errors.New("expected a value to compare with: a number, or a string")
	}
	if m.value.Type() == cty.Number && m.value.AsBigFloat().IsInf() {
		return errors.New("infinity cannot be compared")
	}
	return nil
}

func readBound(k *resource.Kind, m *Matcher) (bound, error) {
	if k.Order == nil {
		return bound{}, fmt.Errorf("%s has no order", kindOf(k))
	}
	if isNumeric(k, m) {
		return numericBound(m.value.AsBigFloat()), nil
	}
	read := k.Bound
	if read == nil {
		read = k.Read
	}
	value, err := read(m.value)
	if err != nil {
		return bound{}, err
	}
	return bound{value, k.Quote(value), wordOf(k, value), comparison(k, value)}, nil
}

// isNumeric reports whether a string is compared with a number: then the string is read as a number.
func isNumeric(k *resource.Kind, m *Matcher) bool {
	return m.value.Type() == cty.Number && isFree(k)
}

// isFree reports whether texts of a kind can contain anything, numbers and versions among them.
func isFree(k *resource.Kind) bool {
	return k.Order != nil && (k.Base() == resource.String || k == resource.Text)
}

// longestNumber bounds the time that a host's answer can cost: reading takes the square of the length.
const longestNumber = 1000

func numericBound(n *big.Float) bound {
	text := resource.Number.Quote(n)
	compare := func(found any) (int, Result) {
		s := strings.TrimSpace(found.(string))
		if len(s) > longestNumber {
			return 0, unknown("cannot compare: it is too long to be read as a number")
		}
		// "95%" is neither above 90 nor not above 90. The text itself may be a secret.
		f, err := resource.ParseNumber(s)
		if err != nil || f.IsInf() {
			return 0, unknown("cannot compare: it is not a number")
		}
		return f.Cmp(n), Result{Kept: true}
	}
	return bound{n, text, text, compare}
}

// comparison returns a test whose result is kept if the two could be compared.
func comparison(k *resource.Kind, value any) func(any) (int, Result) {
	if version, ok := value.(resource.PackageVersion); ok {
		return func(found any) (int, Result) {
			order, err := resource.CompareVersions(found.(resource.PackageVersion), version)
			if err != nil {
				return 0, unknown("%s", err)
			}
			return order, Result{Kept: true}
		}
	}
	return func(found any) (int, Result) { return k.Order(k.Form(found), value), Result{Kept: true} }
}

// expectOrder makes gt, ge, lt and le; phrase is "above".
func expectOrder(name, phrase string, holds func(order int) bool) expectFunc {
	return func(k *resource.Kind, args []*Matcher) (Expectation, error) {
		b, err := readBound(k, args[0])
		if err != nil {
			return Expectation{}, err
		}
		if err := checkHolds(k, b, holds, phrase); err != nil {
			return Expectation{}, err
		}
		phrase := inTime(k, phrase)
		return Expectation{
			Test:       b.test(holds),
			Text:       call(name, []string{b.text}),
			Phrase:     "is " + phrase + " " + b.word,
			References: references(b.value),
			negated:    "is not " + phrase + " " + b.word,
			Measured:   true,
		}, nil
	}
}

// checkHolds rejects a bound that every value of the kind, or none, satisfies: it promises nothing.
func checkHolds(k *resource.Kind, b bound, holds func(int) bool, phrase string) error {
	low, high := holds(-1), holds(1)
	if k.Low != nil {
		low = holds(k.Order(k.Low, b.value))
	}
	if k.High != nil {
		high = holds(k.Order(k.High, b.value))
	}
	switch {
	case low && high:
		return fmt.Errorf("it is always %s %s, so this promises nothing", phrase, b.word)
	case !low && !high:
		return fmt.Errorf("it is never %s %s", phrase, b.word)
	}
	return nil
}

// inTime returns how the order of times reads.
func inTime(k *resource.Kind, phrase string) string {
	if k.Base() != resource.Time {
		return phrase
	}
	return map[string]string{"above": "after", "below": "before", "at least": "not before", "at most": "not after"}[phrase]
}

func (b bound) test(holds func(int) bool) func(any) Result {
	return func(found any) Result {
		order, r := b.compare(found)
		r.Kept = r.Kept && holds(order)
		return r
	}
}

func expectBetween(k *resource.Kind, args []*Matcher) (Expectation, error) {
	low, err := readBound(k, args[0])
	if err != nil {
		return Expectation{}, err
	}
	high, err := readBound(k, args[1])
	if err != nil {
		return Expectation{}, err
	}
	if err := checkRange(k, args, low, high); err != nil {
		return Expectation{}, err
	}
	from, to := low.test(atLeast), high.test(atMost)
	words := "between " + low.word + " and " + high.word
	return Expectation{
		Test:       func(found any) Result { return every([]Result{from(found), to(found)}) },
		Text:       call("between", []string{low.text, high.text}),
		Phrase:     "is " + words,
		References: append(references(low.value), references(high.value)...),
		negated:    "is not " + words,
		Measured:   true,
	}, nil
}

func checkRange(k *resource.Kind, args []*Matcher, low, high bound) error {
	if isNumeric(k, args[0]) != isNumeric(k, args[1]) {
		return errors.New("write two numbers, or two strings")
	}
	order := resource.Number.Order
	if !isNumeric(k, args[0]) {
		order = k.Order
	}
	// Which order versions have is known only with the one that is found.
	if k != resource.Version && order(low.value, high.value) > 0 {
		return fmt.Errorf("nothing is between %s and %s; write the lower one first", low.word, high.word)
	}
	if k.Low != nil && k.High != nil && order(k.Low, low.value) == 0 && order(k.High, high.value) == 0 {
		return fmt.Errorf("it is always between %s and %s, so this promises nothing", low.word, high.word)
	}
	return nil
}

func above(order int) bool   { return order > 0 }
func atLeast(order int) bool { return order >= 0 }
func below(order int) bool   { return order < 0 }
func atMost(order int) bool  { return order <= 0 }
