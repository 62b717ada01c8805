package spec

import (
	"cmp"
	"errors"
	"iter"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/matcher"
	"github.com/avow-dev/avow/spec/resource"
)

// promised is what a promise is about: an attribute, or one key of an attribute that is a map.
type promised struct {
	*resource.Attribute
	key     string
	written *hcl.Attribute
	secret  bool
}

// place returns where the promise and its value are written: where the argument has keys, at its own.
func (p promised) place() (name, value hcl.Range) {
	pairs, _ := hcl.ExprMap(p.written.Expr)
	for _, pair := range pairs {
		v, diags := pair.Key.Value(nil)
		if !diags.HasErrors() && v.Type() == cty.String && v.IsKnown() && !v.IsNull() && raw(v.AsString()) == p.key {
			return pair.Key.Range(), pair.Value.Range()
		}
	}
	return p.written.NameRange, p.written.Expr.Range()
}

// promisesIn yields what an argument promises: one value or, of a map that is written out, each key by itself, so that
// each has a verdict of its own.
func promisesIn(p promised, v cty.Value) iter.Seq2[string, cty.Value] {
	return func(yield func(string, cty.Value) bool) {
		isMap := p.Kind.Shape == resource.Maps && (v.Type().IsObjectType() || v.Type().IsMapType())
		// The keys of a sensitive map may be secrets, too, and names of promises are not hidden.
		if !isMap || p.secret || !v.IsKnown() || v.LengthInt() == 0 {
			yield("", v)
			return
		}
		for key, element := range v.Elements() {
			if !yield(raw(key.AsString()), element) {
				return
			}
		}
	}
}

// asWritten sorts the promises as they are written; the keys of a map come in alphabetical order.
func (e *evaluation) asWritten() {
	for _, list := range [][]Promise{e.r.Promises, e.r.Query.Where, e.r.Query.Every} {
		slices.SortStableFunc(list, func(a, b Promise) int {
			return cmp.Or(cmp.Compare(a.Position.Line, b.Position.Line), cmp.Compare(a.Position.Column, b.Position.Column))
		})
	}
}

func positionOf(r hcl.Range) Position {
	return Position{File: r.Filename, Line: r.Start.Line, Column: r.Start.Column}
}

func (e *evaluation) expect(p promised, v cty.Value) {
	x, known, err := read(e.block.typ, p, v)
	switch {
	case err != nil:
		_, value := p.place()
		d := mistake(value, "Wrong value for "+p.Name, "%s", advice(e.block.typ, p.Attribute, err))
		e.mistaken(p, hcl.Diagnostics{d})
	case !known:
		e.undecided(p, matcher.Type)
	default:
		e.promise(p, x)
		name(e.r.Params, p.Attribute, x)
	}
}

// read reads what is expected of an attribute of a type. It is not known if a value inside a matcher is not known yet.
func read(t *resource.Type, p promised, v cty.Value) (x matcher.Expectation, known bool, err error) {
	v = normal(v)
	m, err := matcher.FromValue(v)
	if v.RawEquals(cty.PositiveInfinity) || v.RawEquals(cty.NegativeInfinity) {
		err = errors.New("infinity can never be the actual value; was something divided by zero?")
	}
	if err == nil {
		if !m.Known() {
			return x, false, nil
		}
		if x, err = m.ForKey(p.Kind, p.key); err == nil {
			return x, true, nil
		}
		err = cmp.Or(confusedIn(t, p.Attribute, m), err)
	}
	if p.secret {
		// The error would quote the value.
		err = errors.New("the sensitive value does not fit")
	}
	return x, true, err
}

// mistaken reports a mistake before contact; after it, the promise is unknown.
func (e *evaluation) mistaken(p promised, diags hcl.Diagnostics) {
	if e.scope.pending || p.Parameter {
		e.diags = append(e.diags, diags...)
		return
	}
	// After contact only facts of the host can have caused a mistake: the other promises of the block are judged.
	e.promise(p, undecidable(Mask(oneLine(diags), e.secrets)))
}

// undecided adds a promise that waits for facts, or that never gets them.
func (e *evaluation) undecided(p promised, t cty.Type) {
	expr := p.written.Expr
	switch {
	case !e.scope.pending:
		e.promise(p, undecidable(e.scope.unknownReason(expr)))
	case p.Kind.Elem == nil && t.IsObjectType():
		e.wrong(expr.Range(), "Wrong value for "+p.Name, "%s",
			advice(e.block.typ, p.Attribute, errors.New("this is several values, not one")))
	default:
		e.promises = true
		e.promise(p, matcher.Expectation{})
		e.r.Promises[len(e.r.Promises)-1].Facts, _ = e.scope.decidedBy([]hcl.Expression{expr})
	}
}

// undecidable returns the expectation of a promise that cannot be evaluated for this host.
func undecidable(reason string) matcher.Expectation {
	return matcher.Expectation{
		Phrase: "is as promised for this host",
		Test:   func(any) matcher.Result { return matcher.Result{Unknown: reason} },
	}
}

func (e *evaluation) promise(p promised, x matcher.Expectation) {
	at, _ := p.place()
	e.r.Promises = append(e.r.Promises, Promise{
		Attribute: p.Attribute, Key: p.key, Expectation: x, Sensitive: p.secret || e.block.sensitive && !p.Kind.IsOpen(),
		Position: positionOf(at),
	})
}

// name hands the strings that a promise mentions to the probe, for the attributes that request them.
func name(params resource.Params, a *resource.Attribute, x matcher.Expectation) {
	if !a.Named {
		return
	}
	named := slices.Concat(params.References(a.Name), x.References)
	slices.Sort(named)
	params[a.Name] = slices.Compact(named)
}
