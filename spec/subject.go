package spec

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/avow-dev/avow/spec/matcher"
	"github.com/avow-dev/avow/spec/resource"
)

func defaults(t *resource.Type) resource.Params {
	params := resource.Params{}
	for _, a := range t.Attributes {
		if a.Parameter && a.Default != nil {
			params[a.Name] = a.Default
		}
	}
	return params
}

// nullOfEach finds the element of a for_each that does not set the block's subject.
func (e *evaluation) nullOfEach(a *hcl.Attribute) {
	key, ok := e.block.each["key"]
	refers := slices.ContainsFunc(a.Expr.Variables(), func(t hcl.Traversal) bool { return t.RootName() == "each" })
	if !ok || !refers {
		return
	}
	// The label, which all elements share, would be checked instead, and a promise of absence would be kept.
	e.placed = true
	e.wrong(a.Expr.Range(), "Null for an element", "The %s is null where each.key is %s, so the label would replace it. "+
		"Give every element its own, or leave the element out: for_each = [for e in ... : e if ... != null].", a.Name,
		keyText(key))
}

func keyText(key cty.Value) string {
	key, _ = key.UnmarkDeep()
	if s, err := convert.Convert(key, cty.String); err == nil && s.IsKnown() && !s.IsNull() {
		return resource.QuoteString(raw(s.AsString()))
	}
	return "another one"
}

func (e *evaluation) parameter(attribute *resource.Attribute, a *hcl.Attribute, v cty.Value, secret bool) {
	if attribute.Name == e.block.typ.Label {
		e.nameless = secret
	}
	if !v.IsWhollyKnown() {
		e.unplaced, e.waitsFor = true, append(e.waitsFor, a.Expr)
		return
	}
	value, err := attribute.Kind.Read(v)
	if err != nil {
		if v.Type().Equals(matcher.Type) {
			err = errors.New("a matcher is not allowed here, since this is not a promise; write one value")
		}
		e.wrong(a.Expr.Range(), "Wrong value for "+attribute.Name, "%s", advice(e.block.typ, attribute, err))
		return
	}
	value = rawValue(value)
	if hasNUL(value) {
		e.wrong(a.Expr.Range(), "Wrong value for "+attribute.Name, "No argument on a host can contain the character NUL.")
		return
	}
	if isEmpty(attribute, value) {
		e.wrong(a.Expr.Range(), "Empty "+attribute.Name, "The %s of %s is empty. To leave the argument out, use null.",
			attribute.Name, WithArticle(e.block.typ))
		return
	}
	e.r.Params[attribute.Name] = value
	if secret && !e.r.Public {
		e.r.Params[resource.Derived] = true
	}
	if attribute.Name == e.block.typ.Label {
		e.r.Name = attribute.Kind.Text(value)
		if secret {
			e.r.Name = e.block.alias()
		}
	}
}

// isEmpty reports whether a parameter is empty. A text can be empty on purpose: stdin.
func isEmpty(attribute *resource.Attribute, value any) bool {
	text, ok := value.(string)
	return ok && attribute.Kind != resource.Text && attribute.Kind != resource.JSON && strings.TrimSpace(text) == ""
}

func hasNUL(value any) bool {
	switch value := value.(type) {
	case string:
		return strings.ContainsRune(value, 0)
	case []any:
		return slices.ContainsFunc(value, hasNUL)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(value)), hasNUL)
	}
	return false
}

// label sets the main parameter to the label, unless an attribute sets it. Then the label is the title.
func (e *evaluation) label() {
	attribute, label := e.block.typ.Attribute(e.block.typ.Label), e.block.label
	blank := strings.TrimSpace(label) == ""
	e.r.label = label
	// A label that all elements of a for_each share does not distinguish them.
	if e.placed && e.r.Title == "" && !blank && !e.block.repeated && label != e.r.Params[e.block.typ.Label] {
		e.r.Title = label
	}
	if _, given := e.r.Params[e.block.typ.Label]; given || attribute == nil {
		return
	}
	e.r.Name = cmp.Or(e.r.Name, label)
	switch {
	case e.placed:
	case blank:
		e.wrong(e.block.def, "Empty "+e.block.typ.Label, "The label is the %s of the %s: %s.", e.block.typ.Label,
			e.block.typ.Name,
			heading(e.scope.world.catalog, e.block.typ.Name))
	case attribute.Kind == resource.String:
		e.r.Params[e.block.typ.Label] = label // as it is written: a cty string would be normalised
	default:
		value, err := attribute.Kind.Read(cty.StringVal(label))
		if err != nil {
			e.wrong(e.block.def, "Wrong "+e.block.typ.Label, "%s", sentence(err))
			return
		}
		e.r.Params[e.block.typ.Label] = value
	}
}

func (e *evaluation) prepare() {
	if _, ok := e.r.Params[e.block.typ.Label]; !ok || e.block.typ.Prepare == nil || e.unplaced || e.diags.HasErrors() {
		return
	}
	if err := e.block.typ.Prepare(e.r.Params); err != nil {
		e.wrong(e.block.def, "Wrong "+e.block.typ.Name, "%s", Mask(sentence(err), e.secrets))
	}
}
