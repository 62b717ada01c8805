package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/matcher"
	"github.com/avow-dev/avow/spec/resource"
)

// Query is what a block of a plural says about single elements.
type Query struct {
	Where  []Promise       // selects elements: those that keep all
	Every  []Promise       // has to hold for each of them
	Params resource.Params // what the promises hand to the probes of the elements
}

// ofEach reads `where` or `every`.
func (e *evaluation) ofEach(p promised, v cty.Value) {
	t := v.Type()
	switch {
	case !v.IsKnown():
		e.lateOfEach(p)
		return
	case !t.IsObjectType() && !t.IsMapType() || v.LengthInt() == 0:
		e.wrong(p.written.Expr.Range(), "Wrong value for "+p.Name,
			"Expected attributes of %s, such as %s = { %s }. `avow explain %s` lists them.",
			WithArticle(e.block.typ.Each), p.Name, firstPromise(e.block.typ.Each), e.block.typ.Each.Name)
		return
	}
	for key, element := range v.Elements() {
		single := e.block.typ.Each.Attribute(key.AsString())
		if single == nil || single.Parameter && single.Name != e.block.typ.Each.Label {
			e.noSuchPromise(p, key.AsString())
			continue
		}
		p.key = single.Name
		e.oneOfEach(p, promised{single, "", p.written, p.secret}, element)
	}
}

func (e *evaluation) noSuchPromise(p promised, name string) {
	var names []string
	for _, a := range e.block.typ.Each.Attributes {
		if !a.Parameter || a.Name == e.block.typ.Each.Label {
			names = append(names, a.Name)
		}
	}
	p.key = name
	at, _ := p.place()
	e.wrong(at, "Unknown attribute in "+p.Name,
		"Nothing that %s can promise is called %q.%s `avow explain %s` lists its attributes.",
		WithArticle(e.block.typ.Each), name, DidYouMean(name, names), e.block.typ.Each.Name)
}

// oneOfEach reads what `where` or `every` expects of one attribute.
func (e *evaluation) oneOfEach(outer, single promised, v cty.Value) {
	var x matcher.Expectation
	at, value := outer.place()
	known, err := v.IsWhollyKnown(), error(nil)
	if known {
		x, known, err = read(e.block.typ.Each, single, v)
	}
	switch {
	case err != nil:
		d := mistake(value, "Wrong value for "+single.Name, "%s", advice(e.block.typ.Each, single.Attribute, err))
		e.mistaken(outer, hcl.Diagnostics{d})
		return
	case !known:
		e.lateOfEach(outer)
		return
	}
	promise := Promise{
		Attribute: single.Attribute, Expectation: x, Sensitive: single.secret || e.block.sensitive && !single.Kind.IsOpen(),
		Position: positionOf(at),
	}
	if e.r.Query.Params == nil {
		e.r.Query.Params = resource.Params{}
	}
	name(e.r.Query.Params, single.Attribute, x)
	if outer.Parameter {
		e.r.Query.Where = append(e.r.Query.Where, promise)
		return
	}
	e.r.Query.Every = append(e.r.Query.Every, promise)
	e.promise(outer, x)
	last := &e.r.Promises[len(e.r.Promises)-1]
	last.Each, last.Sensitive = single.Attribute, promise.Sensitive
}

// lateOfEach makes the block wait for facts of the host.
func (e *evaluation) lateOfEach(p promised) {
	e.waitsFor = append(e.waitsFor, p.written.Expr)
	if !p.Parameter {
		e.promise(p, matcher.Expectation{})
	}
}
