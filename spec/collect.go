package spec

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// collected converts a value to a list, a set or a map. cty compares the types of all elements with each other for that,
// which takes minutes where a loop made a hundred thousand of them, so here each element is converted by itself.
func (g *gauge) collected(v cty.Value, want cty.Type) (cty.Value, error) {
	if want == cty.DynamicPseudoType {
		return v, nil
	}
	plain, marks := v.Unmark()
	t := plain.Type()
	if !want.IsCollectionType() || !t.IsTupleType() && !t.IsObjectType() || want.IsMapType() != t.IsObjectType() ||
		!plain.IsKnown() || plain.IsNull() || plain.LengthInt() == 0 {
		return convert.Convert(v, want)
	}
	element, ok := elementType(t, want.ElementType())
	if !ok {
		g.work += plain.LengthInt() * plain.LengthInt() / pairsInAStep
		if d := g.over; d != nil || g.work > allWork {
			return cty.DynamicVal, errTooLarge
		}
		return convert.Convert(v, want)
	}
	converted, err := gathered(plain, want, element)
	if err != nil {
		return convert.Convert(v, want) // its error says more
	}
	return converted.WithMarks(marks), nil
}

// pairsInAStep is how many types cty compares in the time of a step.
const pairsInAStep = 20

// elementType is what all elements shall be: what is wanted, or what all of them are.
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
	var out []cty.Type
	for _, inner := range t.AttributeTypes() {
		out = append(out, inner)
	}
	return out
}

func gathered(v cty.Value, want, element cty.Type) (cty.Value, error) {
	list, named := []cty.Value{}, map[string]cty.Value{}
	for key, e := range v.Elements() {
		converted, err := convert.Convert(e, element)
		if err != nil {
			return v, err
		}
		if want.IsMapType() {
			named[key.AsString()] = converted
		}
		list = append(list, converted)
	}
	switch {
	case want.IsMapType():
		return cty.MapVal(named), nil
	case want.IsSetType():
		return cty.SetVal(list), nil
	}
	return cty.ListVal(list), nil
}
