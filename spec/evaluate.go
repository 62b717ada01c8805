package spec

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/avow-dev/avow/spec/resource"
)

// evaluation is one pass over a block.
type evaluation struct {
	block    *block
	scope    *scope
	r        Resource
	waitsFor []hcl.Expression // what its subject, or whether it is checked at all, depends on and is not known yet
	unplaced bool             // its subject is not known yet
	placed   bool             // an attribute gives the main parameter: it is known, not known yet, or wrong and reported
	promises bool             // what is promised is not known yet
	secrets  []string
	nameless bool // the main parameter is sensitive
	diags    hcl.Diagnostics
}

func (b *block) evaluate(s *scope) *evaluation {
	e := &evaluation{block: b, scope: s, r: Resource{
		Type: b.typ, Title: b.title, Why: b.why, Path: b.path, PathWhys: b.whys, Tags: b.tags,
		Within: b.within, Sensitive: b.sensitive, Public: b.public, Become: b.become, Skip: b.skip,
		Params: defaults(b.typ),
	}}
	e.conditions()
	for _, a := range b.written {
		e.attribute(a)
	}
	// After the attributes: the label counts only if none of them gives the main parameter, which prepare needs.
	e.label()
	e.sealDial()
	e.prepare()
	e.contradiction()
	e.absence()
	e.r.Pending = len(e.waitsFor) > 0 || e.promises
	return e
}

// conditions evaluates whether the block is checked.
func (e *evaluation) conditions() {
	for _, c := range e.block.conditions {
		v, diags := e.scope.value(c.expr, c.each)
		if diags.HasErrors() {
			e.diags = append(e.diags, diags...)
			return
		}
		value, sure := truth(v)
		switch {
		case !v.IsWhollyKnown():
			e.waitsFor = append(e.waitsFor, c.expr)
		case v.IsNull():
		case !sure:
			e.wrong(c.expr.Range(), "Expected true or false", "only_if is neither true nor false")
		case !value && e.r.Skip == "":
			e.r.Skip = "only_if does not hold"
		}
	}
}

func (e *evaluation) attribute(a *hcl.Attribute) {
	attribute := e.block.typ.Attribute(a.Name)
	v, diags := e.scope.value(a.Expr, e.block.each)
	main := a.Name == e.block.typ.Label
	if main && (diags.HasErrors() || !v.IsNull()) {
		e.placed = true
	}
	switch {
	case diags.HasErrors():
		e.mistaken(promised{Attribute: attribute, written: a}, diags)
		return
	case v.IsNull():
		if main {
			e.nullOfEach(a)
		}
		return
	}
	v, marks := v.UnmarkDeep()
	secret := len(marks) > 0
	if secret {
		e.secrets = append(e.secrets, secretsIn(v)...)
	}
	p := promised{attribute, "", a, secret}
	switch {
	case attribute.Kind == resource.OfEach:
		e.ofEach(p, v)
	case attribute.Parameter:
		e.parameter(attribute, a, v, secret)
	default:
		for key, part := range promisesIn(p, v) {
			p.key = key
			if part.IsWhollyKnown() {
				e.expect(p, part)
			} else {
				e.undecided(p, part.Type())
			}
		}
	}
	e.asWritten()
}

// contradiction rejects promises about a thing that is promised to be absent.
func (e *evaluation) contradiction() {
	i := slices.IndexFunc(e.r.Promises,
		func(p Promise) bool { return p.Attribute.Presence && p.Expectation.Literal == false })
	if i < 0 || e.r.Promises[i].Attribute != firstPresence(e.block.typ) {
		return
	}
	absent := e.r.Promises[i]
	for _, p := range e.r.Promises {
		if !p.Attribute.Presence {
			e.wrong(e.place(p.Attribute.Name), "Promise about a missing thing",
				"The block promises %s = false, so nothing can have %q.", absent.Attribute.Name, p.Attribute.Name)
		}
	}
}

func firstPresence(t *resource.Type) *resource.Attribute {
	for i := range t.Attributes {
		if t.Attributes[i].Presence {
			return &t.Attributes[i]
		}
	}
	return nil
}

func (e *evaluation) place(name string) hcl.Range {
	for _, a := range e.block.written {
		if a.Name == name {
			return a.NameRange
		}
	}
	return e.block.def
}

func (e *evaluation) wrong(r hcl.Range, summary, format string, args ...any) {
	e.diags = append(e.diags, mistake(r, summary, format, args...))
}
