package spec

import (
	"maps"
	"math/bits"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// collected converts a value to a list, a set or a map.
func (g *gauge) collected(v cty.Value, want cty.Type) (cty.Value, error) {
	if want == cty.DynamicPseudoType {
		return v, nil
	}
	plain, marks := v.Unmark()
	t := plain.Type()
	if err := g.becomes(plain, want); err != nil {
		return cty.DynamicVal, err
	}
	if !want.IsCollectionType() || !t.IsTupleType() && !t.IsObjectType() || want.IsMapType() != t.IsObjectType() ||
		!plain.IsKnown() || plain.IsNull() || plain.LengthInt() == 0 {
		return convert.Convert(v, want)
	}
	// cty compares the types of all elements with each other, which takes minutes where a loop made a hundred thousand of
	// them, so here each element is converted by itself.
	element, ok := elementType(t, want.ElementType())
	if !ok {
		g.work += plain.LengthInt() * plain.LengthInt() / pairsInAStep
		if d := g.over; d != nil || g.work > allWork {
			return cty.DynamicVal, errTooLarge
		}
		return convert.Convert(v, want)
	}
	converted, err := mapped(plain, want, func(key string) string { return key },
		func(e cty.Value) (cty.Value, error) { return convert.Convert(e, element) })
	if err != nil {
		return convert.Convert(v, want) // its error is more specific
	}
	return converted.WithMarks(marks), nil
}

// becomes counts the sets that are made when a value is converted to a type, at any depth.
func (g *gauge) becomes(v cty.Value, want cty.Type) error {
	v, _ = v.Unmark()
	if want.IsPrimitiveType() || want == cty.DynamicPseudoType || !v.IsKnown() || v.IsNull() ||
		!v.CanIterateElements() {
		return nil
	}
	if want.IsSetType() && !v.Type().IsSetType() {
		if err := g.gathersAll(v); err != nil {
			return err
		}
	}
	place := 0
	for key, e := range v.Elements() {
		if err := g.becomes(e, typeAt(want, key, place)); err != nil {
			return err
		}
		place++
	}
	return nil
}

// typeAt returns the type that is wanted of the element at a key, or at a position.
func typeAt(t cty.Type, key cty.Value, place int) cty.Type {
	switch {
	case t.IsCollectionType():
		return t.ElementType()
	case t.IsTupleType() && place < t.Length():
		return t.TupleElementType(place)
	case t.IsObjectType() && key.Type() == cty.String && t.HasAttribute(key.AsString()):
		return t.AttributeType(key.AsString())
	}
	return cty.DynamicPseudoType
}

// gathersAll counts a conversion of the elements of a list to a set.
func (g *gauge) gathersAll(v cty.Value) error {
	var x extent
	texts, flat := true, true
	for _, e := range v.Elements() {
		x.add(e, 0)
		texts = texts && e.Type() == cty.String
		flat = flat && e.Type().IsPrimitiveType()
	}
	if texts {
		return nil
	}
	return g.gathers(v.LengthInt(), x.elements, flat)
}

// gathers counts n values other than texts, of so many elements in all, which become a set.
func (g *gauge) gathers(n, elements int, flat bool) error {
	// cty distinguishes numbers by their first ten digits, and compares each pair of those that have the same; what is
	// not flat it sorts as well.
	work := n * n / 2
	if !flat {
		work += walksOfCall * sorting(n, elements)
	}
	return g.steps(work)
}

// sorting returns how many steps it takes to iterate once over a set of n values, of so many elements in all: cty sorts
// them every time, and writes two of them out to compare them.
func sorting(n, elements int) int { return 4 * elements * bits.Len(uint(n)) }

// pairsInAStep is how many types cty compares in the time of a step.
const pairsInAStep = 20

// elementType returns the type that all elements must have: the wanted one, or the one that all of them have.
func elementType(t, want cty.Type) (cty.Type, bool) {
	if !want.HasDynamicTypes() {
		return want, want.IsPrimitiveType()
	}
	first := cty.NilType
	for _, inner := range innerTypes(t) {
		if first == cty.NilType {
			first = inner
		}
		if !inner.IsPrimitiveType() || !inner.Equals(first) {
			return cty.NilType, false
		}
	}
	return first, want == cty.DynamicPseudoType
}

func innerTypes(t cty.Type) []cty.Type {
	if t.IsTupleType() {
		return t.TupleElementTypes()
	}
	return slices.Collect(maps.Values(t.AttributeTypes()))
}

// mapped makes a list, a set, a tuple, a map or an object, as t is one, of the elements of a value and its keys.
func mapped(
	v cty.Value, t cty.Type, name func(string) string, element func(cty.Value) (cty.Value, error),
) (cty.Value, error) {
	list, named := []cty.Value{}, map[string]cty.Value{}
	for key, e := range v.Elements() {
		e, err := element(e)
		if err != nil {
			return v, err
		}
		if t.IsMapType() || t.IsObjectType() {
			named[name(key.AsString())] = e
		}
		list = append(list, e)
	}
	switch {
	case t.IsObjectType():
		return cty.ObjectVal(named), nil
	case t.IsMapType():
		return cty.MapVal(named), nil
	case t.IsSetType():
		return cty.SetVal(list), nil
	case t.IsListType():
		return cty.ListVal(list), nil
	}
	return cty.TupleVal(list), nil
}
