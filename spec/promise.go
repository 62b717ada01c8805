package spec

import (
	"cmp"
	"errors"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/matcher"
	"github.com/avow-dev/avow/spec/resource"
)

func (e *evaluation) expect(attribute *resource.Attribute, a *hcl.Attribute, v cty.Value, secret bool) {
	v = normal(v)
	m, err := matcher.FromValue(v)
	if v.RawEquals(cty.PositiveInfinity) || v.RawEquals(cty.NegativeInfinity) {
		err = errors.New("infinity can never be the actual value; was something divided by zero?")
	}
	if err == nil && !m.Known() {
		e.undecided(attribute, a, matcher.Type, secret)
		return
	}
	if err == nil {
		var expectation matcher.Expectation
		if expectation, err = m.For(attribute.Kind); err == nil {
			e.promise(attribute, a, expectation, secret)
			e.name(attribute, expectation)
			return
		}
		err = cmp.Or(confusedIn(e.typ, attribute, m), err)
	}
	if secret {
		// The error would quote the value.
		err = errors.New("the sensitive value does not fit")
	}
	d := mistake(a.Expr.Range(), "Wrong value for "+attribute.Name, "%s", e.advice(attribute, err))
	e.mistaken(attribute, a, hcl.Diagnostics{d}, secret)
}

// mistaken reports a mistake before contact; after it, the promise is unknown.
func (e *evaluation) mistaken(attribute *resource.Attribute, a *hcl.Attribute, diags hcl.Diagnostics, secret bool) {
	if e.scope.pending || attribute.Parameter {
		e.diags = append(e.diags, diags...)
		return
	}
	// After contact only facts of the host can have caused a mistake: the other promises of the block are judged.
	e.promise(attribute, a, undecidable(Mask(oneLine(diags), e.secrets)), secret)
}

// undecided adds a promise that waits for facts, or that never gets them.
func (e *evaluation) undecided(attribute *resource.Attribute, a *hcl.Attribute, t cty.Type, secret bool) {
	switch {
	case !e.scope.pending:
		e.promise(attribute, a, undecidable(e.scope.unknownReason(a.Expr)), secret)
	case attribute.Kind.Elem == nil && t.IsObjectType():
		e.wrong(a.Expr.Range(), "Wrong value for "+attribute.Name, "%s",
			e.advice(attribute, errors.New("this is several values, not one")))
	default:
		e.promises = true
		e.promise(attribute, a, matcher.Expectation{}, secret)
		e.r.Promises[len(e.r.Promises)-1].Facts, _ = e.scope.decidedBy([]hcl.Expression{a.Expr})
	}
}

// undecidable returns the expectation of a promise that cannot be evaluated for this host.
func undecidable(reason string) matcher.Expectation {
	return matcher.Expectation{
		Phrase: "is as promised for this host",
		Test:   func(any) matcher.Result { return matcher.Result{Unknown: reason} },
	}
}

func (e *evaluation) promise(attribute *resource.Attribute, a *hcl.Attribute, x matcher.Expectation, secret bool) {
	e.r.Promises = append(e.r.Promises, Promise{
		Attribute: attribute, Expectation: x, Sensitive: secret || e.sensitive && !attribute.Kind.IsOpen(),
		Position: Position{File: a.Range.Filename, Line: a.NameRange.Start.Line, Column: a.NameRange.Start.Column},
	})
}

// name hands the strings that a promise mentions to the probe, for the attributes that request them.
func (e *evaluation) name(attribute *resource.Attribute, x matcher.Expectation) {
	if !attribute.Named {
		return
	}
	named := slices.Concat(e.r.Params.References(attribute.Name), x.References)
	slices.Sort(named)
	e.r.Params[attribute.Name] = slices.Compact(named)
}
