// Package matcher has the matchers: what a spec writes on the right of an attribute.
//
// A plain literal means equality, a function call is a matcher, and matchers nest: not, all_of and any_of
// take others, and so do contains, consists_of, has_length and has_line. [Definitions] is the one table of
// them, with their documentation.
//
// # Reading
//
// A spec is evaluated before it is known to which attribute a value belongs, so a [Matcher] keeps literals as they are
// written. [Matcher.For] reads them by the attribute's kind, at any depth: in not("644") of a mode, "644" is the mode
// 0644. The result is an [Expectation], which tests what was found and describes itself in words.
//
// A list or a map with matchers inside is matched element by element: the elements of a list in order,
// those of a set in any order, those of a map by the keys that are named.
//
// # Judging
//
// A [Result] is kept, not kept, or unknown, and unknown is never guessed away: not(unknown) is unknown,
// any_of is kept if one part surely is, all_of is not kept if one part surely fails.
//
// Found strings are bytes and need not be UTF-8. The language normalises its literals (NFC), so a found
// string that is not normalised is compared as it is and, if that fails, in normal form.
package matcher

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

// Matcher is an expectation as a spec writes it, before its attribute is known.
type Matcher struct {
	definition *Definition // nil for a literal
	args       []*Matcher

	value    cty.Value           // of a literal
	elements []*Matcher          // of a list with matchers inside
	keys     map[string]*Matcher // of a map with matchers inside

	pending bool // a value inside is not known yet
}

// Type is the type of matchers as values of the language. Literals convert to it.
var Type = cty.CapsuleWithOps("matcher", reflect.TypeFor[Matcher](), &cty.CapsuleOps{
	GoString:     func(v any) string { return "matcher." + v.(*Matcher).String() },
	TypeGoString: func(reflect.Type) string { return "matcher.Type" },
	RawEquals:    func(a, b any) bool { return a.(*Matcher).String() == b.(*Matcher).String() },
	HashKey:      func(v any) string { return v.(*Matcher).String() },
	ConversionTo: convertTo,
})

func convertTo(cty.Type) func(cty.Value, cty.Path) (any, error) {
	return func(v cty.Value, path cty.Path) (any, error) {
		if v.ContainsMarked() {
			return nil, path.NewErrorf("a list with a sensitive value cannot be combined with a matcher here")
		}
		m, err := FromValue(v)
		if err != nil {
			return nil, path.NewError(err)
		}
		return m, nil
	}
}

// FromValue makes a matcher of a literal, of the result of a matcher's function, or of a list or a map that
// has matchers inside. The value has no marks (the caller took them off) and is not null.
func FromValue(v cty.Value) (*Matcher, error) {
	switch {
	case v == cty.NilVal:
		return nil, errors.New("a value is missing")
	case v.ContainsMarked():
		return nil, errors.New("a sensitive value came here with its mark")
	case !v.IsKnown():
		return &Matcher{value: v, pending: true}, nil
	case v.IsNull():
		return nil, errors.New("null is not a value here")
	case isMatcher(v.Type()):
		return v.EncapsulatedValue().(*Matcher), nil
	}
	return fromLiteral(v)
}

func isMatcher(t cty.Type) bool {
	return t.IsCapsuleType() && t.EncapsulatedType() == reflect.TypeFor[Matcher]()
}

func fromLiteral(v cty.Value) (*Matcher, error) {
	m, t := &Matcher{value: v}, v.Type()
	switch {
	case t.IsPrimitiveType():
		return m, nil
	case !v.CanIterateElements():
		return nil, fmt.Errorf("expected a literal or a matcher, not %s", t.FriendlyName())
	}
	plain, keys := true, map[string]*Matcher{}
	keyed := t.IsObjectType() || t.IsMapType()
	for key, element := range v.Elements() {
		e, err := FromValue(element)
		switch {
		case err != nil && keyed:
			return nil, fmt.Errorf("%s: %w", key.AsString(), err)
		case err != nil:
			return nil, err
		case keyed:
			keys[key.AsString()] = e
		default:
			m.elements = append(m.elements, e)
		}
		m.pending = m.pending || e.pending
		plain = plain && e.literal()
	}
	switch {
	case plain: // the reading of lists and maps of plain literals is left to their kind
		m.elements = nil
	case keyed:
		m.keys = keys
	}
	return m, nil
}

// literal reports whether there is no matcher's function at any depth.
func (m *Matcher) literal() bool { return m.definition == nil && m.elements == nil && m.keys == nil }

// Known reports whether all values inside are known; facts of a host are not before contact.
func (m *Matcher) Known() bool { return !m.pending }

// String formats the matcher as a spec would write it, as long as its attribute is not known.
func (m *Matcher) String() string {
	switch {
	case m.pending:
		return "(known after contact)"
	case m.definition != nil:
		return call(m.definition.Name, each(m.args, (*Matcher).String))
	case m.elements != nil:
		return "[" + strings.Join(each(m.elements, (*Matcher).String), ", ") + "]"
	case m.keys != nil:
		return object(m.keys, (*Matcher).String)
	}
	return textOfLiteral(m.value)
}

// For reads the literals by the kind of the attribute. The error describes in one sentence what is wrong.
func (m *Matcher) For(k *resource.Kind) (Expectation, error) {
	if err := m.checkAbsent(false); err != nil {
		return Expectation{}, err
	}
	e, err := m.expect(k)
	if err != nil {
		return Expectation{}, err
	}
	slices.Sort(e.References)
	e.References = slices.Compact(e.References)
	e.Test = guarded(k, e.Test)
	if m.needsClock() {
		e.At = func(now time.Time) Expectation { return m.expectAt(now, k, "") }
	}
	return e, nil
}

func guarded(k *resource.Kind, test func(any) Result) func(any) Result {
	return func(found any) Result {
		// Only a faulty type of resource can observe a fact of the wrong Go type.
		if !k.Fits(found) {
			return unknown("the actual value has the wrong type (%T)", found)
		}
		r := test(found)
		if !r.Kept {
			r.Note = notes([]string{r.Note, r.found})
		}
		r.found = ""
		return r
	}
}

// ForKey reads the literals as those of one key of a map; of the whole value where the key is "".
func (m *Matcher) ForKey(k *resource.Kind, key string) (Expectation, error) {
	if key == "" {
		return m.For(k)
	}
	if err := m.checkAbsent(true); err != nil {
		return Expectation{}, err
	}
	name, err := keyOf(k).Read(cty.StringVal(key))
	if err != nil {
		return Expectation{}, err
	}
	e, err := m.expect(k.Elem)
	if err != nil {
		return e, fmt.Errorf("%s: %w", key, err)
	}
	parts := map[string]Expectation{name.(string): e}
	e.Test = guarded(k, func(found any) Result { return byKey(k, parts, found.(map[string]any)) })
	e.References = []string{name.(string)}
	if m.needsClock() {
		e.At = func(now time.Time) Expectation { return m.expectAt(now, k, key) }
	}
	return e, nil
}

func (m *Matcher) expect(k *resource.Kind) (Expectation, error) {
	switch {
	case m == nil:
		return Expectation{}, errors.New("a value is missing")
	case m.pending:
		return Expectation{}, errors.New("a value inside is not known yet")
	case isAnything(k):
		e, err := expectAnything(k, m)
		if m.definition != nil {
			err = m.definition.blame(err)
		}
		return e, err
	case m.definition != nil:
		e, err := m.definition.expect(k, m.args)
		return e, m.definition.blame(err)
	case m.elements != nil:
		return expectElements(k, m)
	case m.keys != nil:
		return expectKeys(k, m.keys)
	}
	return expectLiteral(k, m.value)
}

// mistake is an error that already names its matcher.
type mistake struct{ error }

func (m mistake) Unwrap() error { return m.error }

func (d *Definition) blame(err error) error {
	if known := (mistake{}); err == nil || errors.As(err, &known) {
		return err
	}
	return mistake{fmt.Errorf("%s: %w", d.Name, err)}
}

// Literals yields the literal of every matcher inside, at all depths; [cty.NilVal] for those that are none. A matcher
// that is used twice is yielded twice.
func (m *Matcher) Literals(yield func(cty.Value) bool) {
	m.literals(yield)
}

func (m *Matcher) literals(yield func(cty.Value) bool) bool {
	if !yield(m.value) {
		return false
	}
	for _, inner := range slices.Concat(m.args, m.elements, slices.Collect(maps.Values(m.keys))) {
		if !inner.literals(yield) {
			return false
		}
	}
	return true
}
