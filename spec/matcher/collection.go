package matcher

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

func expectContains(k *resource.Kind, args []*Matcher) (Expectation, error) {
	if !isList(k) && !isMap(k) {
		return expectPart("contains", "contains", "does not contain", "%s", strings.Contains)(k, args)
	}
	elem := k.Elem
	if isMap(k) {
		elem = keyOf(k)
	}
	inside, err := expectElement(elem, args[0])
	if err != nil {
		return inside, err
	}
	e := someElement(inside)
	if isMap(k) {
		e.Phrase, e.negated = "has a key that "+inside.Phrase, "has no key that "+inside.Phrase
	}
	if args[0].literal() {
		word := shorten(elem.Quote(inside.Literal))
		e.Phrase, e.negated = "contains "+word, "does not contain "+word
		if k.Has != "" {
			e.Sentence, e.contrary = k.Has+" "+wordOf(elem, inside.Literal), k.Lacks+" "+wordOf(elem, inside.Literal)
		}
	}
	e.Text = call("contains", []string{inside.Text})
	return e, nil
}

// someElement expects that an element of a list, or a key of a map, is as expected.
func someElement(inside Expectation) Expectation {
	return Expectation{
		Test: func(found any) Result {
			r := someOf(slices.Values(elementsOf(found)), inside.Test)
			r.Note = "" // it would not be clear which element it is about
			return r
		},
		Text:       inside.Text,
		Phrase:     "has an element that " + inside.Phrase,
		References: inside.References,
		negated:    "has no element that " + inside.Phrase,
	}
}

// elementsOf returns the elements of a list or the keys of a map.
func elementsOf(found any) []any {
	if m, ok := found.(map[string]any); ok {
		return resource.Strings(slices.Sorted(maps.Keys(m)))
	}
	return found.([]any)
}

func expectConsistsOf(k *resource.Kind, args []*Matcher) (Expectation, error) {
	if !isList(k) {
		return Expectation{}, fmt.Errorf("%s has no elements", kindOf(k))
	}
	// A list alone is meant to be its elements.
	if first := args[0]; len(args) == 1 && first.definition == nil && !isList(k.Elem) && first.isList() {
		return Expectation{}, errors.New("write the elements themselves, or consists_of(LIST...)")
	}
	parts, err := expectEachElement(k.Elem, args)
	if err != nil {
		return Expectation{}, err
	}
	words := row(each(parts, textOf), "and")
	return Expectation{
		Test:       func(found any) Result { return pair(k.Elem, parts, found.([]any)) },
		Text:       call("consists_of", each(parts, textOf)),
		Phrase:     "consists of " + words,
		References: referencesOf(parts),
		negated:    "does not consist of " + words,
	}, nil
}

func (m *Matcher) isList() bool {
	t := m.value.Type()
	return t.IsTupleType() || t.IsListType() || t.IsSetType()
}

// expectElements expects the elements of a list with matchers inside: in order for a list, in any order for a set.
func expectElements(k *resource.Kind, m *Matcher) (Expectation, error) {
	if !isList(k) {
		return Expectation{}, fmt.Errorf("a list of matchers cannot match %s; to pass on its elements, write all_of(LIST...)",
			kindOf(k))
	}
	parts, err := expectEachElement(k.Elem, m.elements)
	if err != nil {
		return Expectation{}, err
	}
	text := "[" + strings.Join(each(parts, textOf), ", ") + "]"
	return Expectation{
		Test: func(found any) Result {
			if list := found.([]any); len(list) == len(parts) && !k.Unordered {
				return inOrder(parts, list)
			}
			return pair(k.Elem, parts, found.([]any))
		},
		Text:       text,
		Phrase:     "is " + text,
		References: referencesOf(parts),
		negated:    "is not " + text,
	}, nil
}

func inOrder(parts []Expectation, list []any) Result {
	results := make([]Result, len(parts))
	for i, part := range parts {
		results[i] = part.Test(list[i])
		if results[i].broken() {
			results[i].Note = notes([]string{fmt.Sprintf("element %d differs", i+1), results[i].Note})
		}
	}
	r := every(results)
	if r.broken() {
		r.Parts = partsOf(results)
	}
	return r
}

// expectKeys expects the keys of a map with matchers inside.
func expectKeys(k *resource.Kind, keys map[string]*Matcher) (Expectation, error) {
	if !isMap(k) {
		return Expectation{}, fmt.Errorf("a map cannot match %s", kindOf(k))
	}
	parts := map[string]Expectation{}
	names := []string{}
	for key, m := range keys {
		name, err := keyOf(k).Read(cty.StringVal(key))
		if err != nil {
			return Expectation{}, err
		}
		key := name.(string)
		e, err := m.expect(k.Elem)
		if err != nil {
			return e, fmt.Errorf("%s: %w", key, err)
		}
		parts[key] = e
		names = append(names, key)
	}
	text := object(parts, textOf)
	return Expectation{
		Test:       func(found any) Result { return byKey(k, parts, found.(map[string]any)) },
		Text:       text,
		Phrase:     cmp.Or(k.Phrase, "is") + " " + text,
		References: names,
		negated:    cmp.Or(k.NegatedPhrase, "is not") + " " + text,
	}, nil
}

// byKey judges the values of the keys that are named.
func byKey(k *resource.Kind, parts map[string]Expectation, found map[string]any) Result {
	var results []Result
	value := valuesIn(k, found)
	for _, key := range slices.Sorted(maps.Keys(parts)) {
		value, ok := value(key)
		r := parts[key].absent(key)
		if ok {
			r = parts[key].Test(value)
		}
		results = append(results, r)
	}
	return every(results)
}

// valuesIn returns a function that finds the value of a key in a map.
func valuesIn(k *resource.Kind, found map[string]any) func(key string) (any, bool) {
	have := map[string]any{}
	for key, value := range found {
		// A key that is written in normal form may have been found in another.
		form, _ := normalised(keyOf(k).Form(key))
		have[form.(string)] = value
	}
	maps.Copy(have, found)
	return func(key string) (any, bool) { value, ok := have[key]; return value, ok }
}

// ValueOf returns the value of a key in a map of a kind, if it has one.
func ValueOf(k *resource.Kind, found any, key string) (any, bool) {
	m, _ := found.(map[string]any)
	return valuesIn(k, m)(key)
}

func keyOf(k *resource.Kind) *resource.Kind {
	if k.Key == nil {
		return resource.String
	}
	return k.Key
}

func expectEmpty(k *resource.Kind, _ []*Matcher) (Expectation, error) {
	if k.Elem == nil && !isText(k) {
		return Expectation{}, fmt.Errorf("%s is never empty", kindOf(k))
	}
	none := Expectation{Test: func(n any) Result { return yes(n.(*big.Float).Sign() == 0) }, Literal: resource.Int(0)}
	return sensibleLength(k, none, Expectation{
		Test:    inEveryText(func(found any) Result { return yes(length(k, found) == 0) }),
		Text:    "empty()",
		Phrase:  "is empty",
		negated: "is not empty",
	})
}

func checkLength(m *Matcher) error {
	if !m.literal() {
		return nil
	}
	if m.value.Type() != cty.Number || !m.value.AsBigFloat().IsInt() || m.value.AsBigFloat().Sign() < 0 {
		return errors.New("expected a whole number, or a matcher such as ge(1)")
	}
	return nil
}

func expectLength(k *resource.Kind, args []*Matcher) (Expectation, error) {
	if k.Elem == nil && !isText(k) {
		return Expectation{}, fmt.Errorf("%s has no length", kindOf(k))
	}
	n, err := args[0].expect(resource.Count)
	if err != nil {
		return n, err
	}
	e := Expectation{
		Test:    inEveryText(func(found any) Result { return lengthIs(n, length(k, found)) }),
		Text:    call("has_length", []string{n.Text}),
		Phrase:  "has a length that " + n.Phrase,
		negated: "has a length that " + n.negated,
	}
	if n.Literal != nil {
		e.Phrase, e.negated = "has length "+n.Text, "does not have length "+n.Text
	}
	return sensibleLength(k, n, e)
}

func lengthIs(n Expectation, length int) Result {
	r := n.Test(resource.Int(int64(length)))
	if r.fails() {
		r.Note = fmt.Sprintf("its length is %d", length)
	}
	return r
}

// length returns the number of elements of a list, of keys of a map, of bytes of a text.
func length(k *resource.Kind, found any) int {
	switch f := found.(type) {
	case []any:
		return len(f)
	case map[string]any:
		return len(f)
	}
	return len(textIn(k, found))
}
