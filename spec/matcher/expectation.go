package matcher

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zclconf/go-cty/cty"
	"golang.org/x/text/unicode/norm"

	"github.com/avow-dev/avow/spec/resource"
)

// Expectation is what a matcher expects of an attribute of one kind.
type Expectation struct {
	// Test judges what was found, in the Go type of the kind.
	Test func(found any) Result
	// Text is the matcher as a spec would write it, its literals normalised: not("0644").
	Text string
	// Phrase is the phrase that follows the noun: "is not 0644".
	Phrase string
	// Sentence is the whole predicate, for the kinds that have one ("is readable by others"); "" for the noun and
	// Phrase.
	Sentence string
	// Literal is the value for plain equality, else nil. Of not(true) it is false, since that is the same.
	Literal any
	// References are the strings that literals mention at any depth, and of maps the keys alone: sorted, unique.
	References []string
	// Measured is true if all that was found is read as one number, version, time or duration, which is worth reporting
	// even if it is as expected. Other matchers search a text, which may contain anything else.
	Measured bool
	// At returns the expectation at a time of the target's clock. It is nil unless the expectation depends on that
	// (newer_than); its own Test is unknown then.
	At func(now time.Time) Expectation

	negated  string // the contrary of Phrase
	contrary string // that of Sentence
	compound bool   // Phrase joins several phrases
	// ifAbsent judges a key that a map does not have; nil for what keeps neither the expectation nor its contrary.
	ifAbsent func() Result
}

// Result is the judgement on what was found.
type Result struct {
	Kept    bool
	Note    string // what helps in addition to what was found
	Unknown string // why it could not be decided; then it is not kept either
	Parts   string // which parts of several are not so, by their numbers: it reveals nothing of what is expected or found

	// neither is true where the contrary is not kept either: there is nothing that could be as expected or otherwise,
	// such as the value of a key that a map does not have.
	neither bool
	// doubt is why it is unknown whether one of the two is kept, while the other one is surely not. The contrary is
	// unknown, or the result itself.
	doubt string
	// found is what a part of the actual value is, for a note on a promise that is not kept. Of a text that is as
	// expected, inside not as well, no part is shown.
	found string
}

func unknown(format string, args ...any) Result { return Result{Unknown: fmt.Sprintf(format, args...)} }

// unlike returns a result that is not kept, and whose contrary is unknown.
func unlike(why string) Result { return Result{neither: true, doubt: why} }

// opposite returns the result of the contrary.
func (r Result) opposite() Result {
	switch {
	case r.doubt == "":
		r.Kept, r.Parts = r.fails(), ""
		return r
	case r.Unknown == "":
		return Result{Unknown: r.doubt, neither: true, doubt: r.doubt}
	}
	return unlike(r.doubt)
}

func yes(kept bool) Result { return Result{Kept: kept} }

// fails reports whether it is certain that the expectation is not met.
func (r Result) fails() bool { return !r.Kept && r.Unknown == "" && !r.neither }

// broken reports whether it is certain that the promise is not kept, whatever its contrary is.
func (r Result) broken() bool { return !r.Kept && r.Unknown == "" }

var errNoKeys = errors.New("{} names no key, so it promises nothing; write empty()")

func expectLiteral(k *resource.Kind, v cty.Value) (Expectation, error) {
	value, err := k.Read(v)
	if err != nil {
		return Expectation{}, err
	}
	if m, ok := value.(map[string]any); ok && len(m) == 0 {
		return Expectation{}, errNoKeys
	}
	word := wordOf(k, value)
	return Expectation{
		Test:       equals(k, value),
		Text:       k.Quote(value),
		Phrase:     cmp.Or(k.Phrase, "is") + " " + word,
		Literal:    value,
		References: references(value),
		negated:    cmp.Or(k.NegatedPhrase, "is not") + " " + word,
	}, nil
}

// equals expects a value, whose parts are judged one by one: elements of a list or a map can be unknown, too.
func equals(k *resource.Kind, value any) func(any) Result {
	switch value := value.(type) {
	case []any:
		parts := make([]Expectation, len(value))
		for i, e := range value {
			parts[i] = Expectation{Test: equals(k.Elem, e), Text: k.Elem.Quote(e), Literal: e}
		}
		return func(found any) Result { return equalLists(k, parts, value, found.([]any)) }
	case map[string]any:
		parts := map[string]Expectation{}
		for key, e := range value {
			parts[key] = Expectation{Test: equals(k.Elem, e)}
		}
		return func(found any) Result { return byKey(k, parts, found.(map[string]any)) }
	}
	return func(found any) Result {
		// The literal is in normal form, and what was found need not be.
		r := compare(k, found, value)
		if form, changed := normalised(found); changed && !r.Kept {
			if second := compare(k, form, value); second.Kept {
				return second
			}
		}
		return r
	}
}

func compare(k *resource.Kind, found, value any) Result {
	switch likeness, why := k.Compare(found, value); likeness {
	case resource.Alike:
		return Result{Kept: true, Note: why}
	case resource.Partly:
		return Result{Note: why, neither: true}
	case resource.Unlike:
		return unlike(why)
	case resource.Unclear:
		return unknown("%s", why)
	}
	return yes(false)
}

func equalLists(k *resource.Kind, parts []Expectation, value, found []any) Result {
	form, _ := normalised(found)
	switch {
	// One element that was found can be what several expected ones mean: a user with two names.
	case len(found) != len(value) && !(k.Unordered && slices.ContainsFunc(found, isCalled)):
		return yes(false)
	case k.Same(found, value) || k.Same(form, value):
		return yes(true)
	// Pairing off takes the square of the length, and changes nothing where no two elements are in doubt.
	case !k.Doubtful():
		return yes(false)
	case k.Unordered:
		r := pair(k.Elem, parts, found)
		r.Note = ""
		return r
	}
	return inOrder(parts, found)
}

func isCalled(found any) bool { _, ok := found.(resource.Called); return ok }

// normalised returns what was found in the normal form that literals have, and whether it changed.
func normalised(found any) (any, bool) {
	switch f := found.(type) {
	case string:
		if norm.NFC.IsNormalString(f) {
			return f, false
		}
		return norm.NFC.String(f), true
	case resource.Called:
		return f.Map(norm.NFC.String), !norm.NFC.IsNormalString(f.String())
	case []any:
		form, changed := slices.Clone(f), false
		for i, e := range f {
			n, c := normalised(e)
			form[i], changed = n, changed || c
		}
		return form, changed
	case map[string]any:
		form, changed := map[string]any{}, false
		for key, e := range f {
			nk, _ := normalised(key)
			n, c := normalised(e)
			form[nk.(string)], changed = n, changed || c || nk != key
		}
		return form, changed
	}
	return found, false
}

// isText reports whether the values of a kind are words: strings, texts, modes, versions.
func isText(k *resource.Kind) bool {
	shape := k.Base().Shape
	return shape == resource.Texts || shape == resource.Versions
}

func isList(k *resource.Kind) bool { return k.Shape == resource.Lists }

func isMap(k *resource.Kind) bool { return k.Shape == resource.Maps }
