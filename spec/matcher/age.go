package matcher

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

// How old a time is depends on the target's clock, which is known only after contact. [Expectation.At] binds it: the
// matchers that need it get it as one more argument, at every depth.

// checkAge checks the argument of newer_than and older_than.
func checkAge(m *Matcher) error {
	_, err := m.age()
	return err
}

func (m *Matcher) age() (time.Duration, error) {
	if !m.literal() || m.value.Type() != cty.String {
		return 0, errors.New(`expected a duration such as "30d" or "36h"`)
	}
	d, err := resource.ParseDuration(m.value.AsString())
	if err == nil && d <= 0 {
		err = fmt.Errorf("%q is not in the past; write a duration above zero", m.value.AsString())
	}
	return d, err
}

// expectAge makes newer_than and older_than; phrase is "newer than", and holds compares the time with the one that is
// as old as the argument says.
func expectAge(name, phrase string, holds func(order int) bool) expectFunc {
	return func(k *resource.Kind, args []*Matcher) (Expectation, error) {
		if k.Base() != resource.Time && !isFree(k) {
			return Expectation{}, fmt.Errorf("%s is not a time", kindOf(k))
		}
		d, err := args[0].age()
		if err != nil {
			return Expectation{}, err
		}
		word := args[0].value.AsString()
		e := Expectation{
			Test:     func(any) Result { return unknown("the target's clock is not known") },
			Text:     call(name, []string{resource.QuoteString(word)}),
			Phrase:   "is " + phrase + " " + word,
			negated:  "is not " + phrase + " " + word,
			Measured: true,
		}
		if len(args) > 1 {
			e.Test = atTime(args[1].value.AsString(), d, holds)
		}
		return e, nil
	}
}

// atTime tests times against the target's clock.
func atTime(clock string, age time.Duration, holds func(int) bool) func(any) Result {
	return func(found any) Result {
		now, err := time.Parse(time.RFC3339Nano, clock)
		if err != nil {
			return unknown("the target's clock is not known")
		}
		at, ok := found.(time.Time)
		if text, isString := found.(string); isString {
			// The text itself may be a secret.
			if at, err = time.Parse(time.RFC3339, strings.TrimSpace(text)); err != nil {
				return unknown(`cannot compare: it is not a time such as "2026-01-31T12:00:00Z"`)
			}
		} else if !ok {
			return unknown("cannot compare: it is not a time")
		}
		if holds(at.Compare(now.Add(-age))) {
			return yes(true)
		}
		return Result{Note: "the target's clock says " + resource.Time.Text(now)}
	}
}

// needsClock reports whether a result depends on the target's clock, and on none that is bound already.
func (m *Matcher) needsClock() bool {
	if m.definition != nil && m.definition.clocked {
		return len(m.args) == 1
	}
	for _, inner := range slices.Concat(m.args, m.elements) {
		if inner.needsClock() {
			return true
		}
	}
	for _, inner := range m.keys {
		if inner.needsClock() {
			return true
		}
	}
	return false
}

func (m *Matcher) expectAt(now time.Time, k *resource.Kind, key string) Expectation {
	e, err := m.at(now).ForKey(k, key)
	if err != nil { // what could be read without a clock can be read with one
		e.Test = func(any) Result { return unknown("%s", err) }
	}
	return e
}

// at returns the matcher with the target's clock bound to it.
func (m *Matcher) at(now time.Time) *Matcher {
	if !m.needsClock() {
		return m
	}
	bound := *m
	bound.args, bound.elements = allAt(m.args, now), allAt(m.elements, now)
	if m.definition != nil && m.definition.clocked {
		clock := &Matcher{value: cty.StringVal(now.Format(time.RFC3339Nano))}
		bound.args = append(bound.args, clock)
	}
	if m.keys != nil {
		bound.keys = map[string]*Matcher{}
		for key, inner := range m.keys {
			bound.keys[key] = inner.at(now)
		}
	}
	return &bound
}

func allAt(list []*Matcher, now time.Time) []*Matcher {
	if list == nil { // a literal has no list of elements, and an empty one is something else
		return nil
	}
	out := make([]*Matcher, len(list))
	for i, m := range list {
		out[i] = m.at(now)
	}
	return out
}
