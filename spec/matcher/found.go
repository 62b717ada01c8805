package matcher

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

// What a document holds has no kind before it is found. So a matcher of such a value is read once for every type that
// it could meet, and the one for the type that was found is tested. A matcher that fits none of them is a mistake; one
// that does not fit the type that was found cannot be compared, so the promise is unknown, inside not as well.
//
// null is what a document has in place of a value, so it keeps nothing: neither an expectation nor its contrary. Among
// the elements of a list it is an element that no matcher matches.

func isAnything(k *resource.Kind) bool { return k.Shape == resource.Anything }

// expectAnything expects a value whose type is known only when it is found.
func expectAnything(k *resource.Kind, m *Matcher) (Expectation, error) {
	switch {
	case m.definition != nil && m.definition.anything:
		return m.definition.expect(k, m.args)
	case m.definition != nil:
		return byType(k, m)
	case m.keys != nil:
		return expectObject(k, m.keys)
	case m.elements != nil:
		return expectArray(k, m)
	}
	return expectValue(k, m.value)
}

// shapes are those that values of a document have, in the order in which their words are preferred. No matcher is for
// true and false alone.
var shapes = []resource.Shape{resource.Texts, resource.Numbers, resource.Lists, resource.Maps}

func shapeOf(found any) resource.Shape {
	switch found.(type) {
	case string:
		return resource.Texts
	case *big.Float:
		return resource.Numbers
	case []any:
		return resource.Lists
	case map[string]any:
		return resource.Maps
	}
	return resource.Bools
}

// typed returns the kind of the values of a document that have one shape.
func typed(k *resource.Kind, shape resource.Shape) *resource.Kind {
	switch shape {
	case resource.Numbers:
		return resource.Number
	case resource.Lists:
		return resource.ListOf(k)
	case resource.Maps:
		return mapOf(k)
	}
	return resource.String
}

// mapOf returns the kind of a map that is one value of several: "at .server includes { ... }".
func mapOf(k *resource.Kind) *resource.Kind {
	object := resource.MapOf(k)
	object.Phrase, object.NegatedPhrase = "includes", "does not include"
	return object
}

func byType(k *resource.Kind, m *Matcher) (Expectation, error) {
	var mistake error
	var e Expectation
	fitting := map[resource.Shape]func(any) Result{}
	for _, shape := range shapes {
		of, err := m.definition.expect(typed(k, shape), m.args)
		if err != nil {
			mistake = cmp.Or(mistake, err)
			continue
		}
		// The words are those of the type whose literals are as they are written: contains(true) is about a list.
		if len(fitting) == 0 || e.Text != m.String() && of.Text == m.String() {
			e = of
		}
		fitting[shape] = of.Test
	}
	if len(fitting) == 0 {
		return e, mistake
	}
	e.Test = orNull(func(found any) Result {
		if test := fitting[shapeOf(found)]; test != nil {
			return test(found)
		}
		return unknown("cannot compare: %s does not take %s", m.definition.Name, resource.JSONType(found))
	})
	return e, nil
}

// orNull tests a value that is there.
func orNull(test func(any) Result) func(any) Result {
	return func(found any) Result {
		if found == nil {
			return Result{Note: "it is null", neither: true}
		}
		return test(found)
	}
}

// expectElement expects something of an element of a list. An element that is null matches nothing.
func expectElement(elem *resource.Kind, m *Matcher) (Expectation, error) {
	e, err := m.expect(elem)
	if err == nil && isAnything(elem) {
		test := e.Test
		e.Test = func(found any) Result {
			if found == nil {
				return yes(false)
			}
			return test(found)
		}
	}
	return e, err
}

func expectEachElement(elem *resource.Kind, args []*Matcher) ([]Expectation, error) {
	out := make([]Expectation, len(args))
	for i, m := range args {
		e, err := expectElement(elem, m)
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

// expectObject expects some keys of a map.
func expectObject(k *resource.Kind, keys map[string]*Matcher) (Expectation, error) {
	e, err := expectKeys(mapOf(k), keys)
	test := e.Test
	e.Test = orNull(func(found any) Result {
		if _, is := found.(map[string]any); !is {
			return Result{Note: "expected a map, not " + resource.JSONType(found)}
		}
		return test(found)
	})
	return e, err
}

// expectArray expects the elements of a list: in order, but for a set of the language.
func expectArray(k *resource.Kind, m *Matcher) (Expectation, error) {
	list := resource.ListOf(k)
	if m.value.Type().IsSetType() {
		list = resource.SetOf(k)
	}
	e, err := expectElements(list, m)
	if err != nil {
		return e, err
	}
	parts, err := expectEachElement(k, m.elements)
	test := e.Test
	e.Test = orNull(func(found any) Result {
		if _, is := found.([]any); is {
			return test(found)
		}
		note := "expected a list, not " + resource.JSONType(found)
		// An expression that has one result gives the result itself, and one with several a list of them.
		if len(parts) == 1 && parts[0].Test(found).Kept {
			return similar(note)
		}
		return Result{Note: note}
	})
	return e, err
}

// expectValue expects a literal.
func expectValue(k *resource.Kind, v cty.Value) (Expectation, error) {
	value, err := k.Read(v)
	if err != nil {
		return Expectation{}, err
	}
	if !v.CanIterateElements() {
		word := wordOf(k, value)
		if text, ok := value.(string); ok && readsAsAnother(text) {
			word = k.Quote(text)
		}
		return Expectation{
			Test:       orNull(sameValue(k, value)),
			Text:       k.Quote(value),
			Phrase:     "is " + word,
			Literal:    value,
			References: references(value),
			negated:    "is not " + word,
		}, nil
	}
	m := &Matcher{value: v}
	var e Expectation
	if values, ok := value.(map[string]any); ok {
		if len(values) == 0 {
			return e, errNoKeys
		}
		m.keys = map[string]*Matcher{}
		for key, inside := range v.AsValueMap() {
			m.keys[key] = &Matcher{value: inside}
		}
		e, err = expectObject(k, m.keys)
	} else {
		for _, inside := range v.Elements() {
			m.elements = append(m.elements, &Matcher{value: inside})
		}
		e, err = expectArray(k, m)
	}
	e.Literal = value
	return e, err
}

// readsAsAnother reports whether a string without its quotes reads as a value of another type.
func readsAsAnother(text string) bool {
	_, err := resource.ParseNumber(text)
	return err == nil || slices.Contains([]string{"true", "false", "null"}, text)
}

// sameValue expects a string, a number, true or false. A value of another type is different. But where that is so only
// because of its type, the negation of the literal may not be what its author means: it is unknown.
func sameValue(k *resource.Kind, value any) func(any) Result {
	same := func(found any) bool { return k.Same(found, value) }
	return func(found any) Result {
		have, want := resource.JSONType(found), resource.JSONType(value)
		list, _ := found.([]any)
		form, _ := normalised(found) // as literals are
		note := fmt.Sprintf("%s is %s, and %s was found", shorten(k.Quote(value)), want, have)
		switch {
		case same(found) || same(form):
			return yes(true)
		case have == want || k == resource.Untyped && list == nil:
			return yes(false)
		case resource.Spells(found, value) || slices.ContainsFunc(list, same):
			return similar(note)
		}
		return Result{Note: note}
	}
}

// similar returns a result that is not kept, and whose contrary is unknown, with the same note.
func similar(note string) Result { return Result{Note: note, neither: true, doubt: note} }

// textual returns the kind of the texts among values of a kind.
func textual(k *resource.Kind) *resource.Kind {
	if isAnything(k) {
		return resource.String
	}
	return k
}

// onlyTexts makes the test of a text one of the values of a kind.
func onlyTexts(k *resource.Kind, e Expectation) Expectation {
	if !isAnything(k) || e.Test == nil {
		return e
	}
	test := e.Test
	e.Test = func(found any) Result {
		switch found.(type) {
		case string:
			return test(found)
		case nil:
			return yes(false)
		}
		return unknown("cannot compare: %s is not a text", resource.JSONType(found))
	}
	return e
}
