package matcher

import (
	"errors"
	"slices"

	"github.com/avow-dev/avow/spec/resource"
)

var errAbsent = mistake{errors.New(
	"absent() is for the value of a key in a map: { KEY = absent() }; that a thing is missing is promised by an " +
		"attribute of its own, such as exists = false",
)}

// checkAbsent rejects absent() where it is not the value of a key, alone or in not, all_of and any_of.
func (m *Matcher) checkAbsent(allowed bool) error {
	if m == nil {
		return nil
	}
	if m.definition != nil && m.definition.Name == "absent" && !allowed {
		return errAbsent
	}
	inside := allowed && m.definition != nil && m.definition.logical
	for _, inner := range slices.Concat(m.args, m.elements) {
		if err := inner.checkAbsent(inside); err != nil {
			return err
		}
	}
	for _, inner := range m.keys {
		if err := inner.checkAbsent(true); err != nil {
			return err
		}
	}
	return nil
}

func expectAbsent(*resource.Kind, []*Matcher) (Expectation, error) {
	return Expectation{
		Test:     func(any) Result { return Result{Note: "the map has the key"} },
		Text:     "absent()",
		Phrase:   "is absent",
		negated:  "is not absent",
		ifAbsent: func() Result { return yes(true) },
	}, nil
}

// absent judges a key that a map does not have. It keeps nothing but what expects that: neither another expectation nor
// its contrary.
func (e Expectation) absent(key string) Result {
	if e.ifAbsent == nil {
		return Result{Note: "it has no key " + quoted(key), neither: true}
	}
	r := e.ifAbsent()
	if !r.Kept {
		r.Note = "it has no key " + quoted(key)
	}
	return r
}

// absentIn judges an absent key by several parts; nil if none of them expects it.
func absentIn(parts []Expectation, combined func([]Result) Result) func() Result {
	if !slices.ContainsFunc(parts, func(e Expectation) bool { return e.ifAbsent != nil }) {
		return nil
	}
	return func() Result {
		results := make([]Result, len(parts))
		for i, part := range parts {
			results[i] = Result{neither: true}
			if part.ifAbsent != nil {
				results[i] = part.ifAbsent()
			}
		}
		return combined(results)
	}
}
