package spec

import (
	"fmt"
	"slices"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// maxNames is how many names are compared with an unknown one.
const maxNames = 10_000

// DidYouMean suggests the most similar name, if there is one, in a sentence that follows another one.
func DidYouMean(name string, names []string) string {
	best, least := "", 3
	if len(names) > maxNames {
		return ""
	}
	for _, n := range slices.Sorted(slices.Values(names)) {
		if d := levenshtein.Distance(name, n, nil); d < least && d < len(name) {
			best, least = n, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" Did you mean %q?", best)
}

// unsupported is hcl's summary for a name that an object does not have.
const unsupported = "Unsupported attribute"

// noElement is hcl's summary for a key, or a number, without an element.
const noElement = "Invalid index"

// suggested adds "did you mean" to mistakes in names such as var.x and host.os.x, and a hint.
func suggested(d *hcl.Diagnostic) *hcl.Diagnostic {
	expr, ok := d.Expression.(*hclsyntax.ScopeTraversalExpr)
	if d.Summary != unsupported && d.Summary != noElement || !ok || d.EvalContext == nil {
		return d
	}
	path, name, object := lost(expr.Traversal, d.EvalContext)
	if name == "" {
		return d
	}
	better := *d
	better.Detail = fmt.Sprintf("There is no %s.%s.%s%s", path, name, DidYouMean(name, attributeNames(object)),
		whatToDo(path, name))
	return &better
}

// lost follows a name as far as it exists: it returns the path so far, the missing step, and the object that does not
// have it.
func lost(t hcl.Traversal, ctx *hcl.EvalContext) (path, name string, object cty.Value) {
	path = t.RootName()
	for ; ctx != nil; ctx = ctx.Parent() {
		if v, ok := ctx.Variables[path]; ok {
			object = v
			break
		}
	}
	for _, step := range t[1:] {
		key := stepName(step)
		if key == "" || object == cty.NilVal || object.IsNull() || !object.Type().IsObjectType() {
			return "", "", object
		}
		if !object.Type().HasAttribute(key) {
			return path, key, object
		}
		object, _ = object.Unmark()
		object, path = object.GetAttr(key), path+"."+key
	}
	return "", "", object
}

// stepName returns the x of .x and of ["x"].
func stepName(step hcl.Traverser) string {
	switch step := step.(type) {
	case hcl.TraverseAttr:
		return step.Name
	case hcl.TraverseIndex:
		if step.Key.Type() == cty.String {
			return step.Key.AsString()
		}
	}
	return ""
}

func attributeNames(object cty.Value) []string {
	var names []string
	for name := range object.Type().AttributeTypes() {
		names = append(names, name)
	}
	return names
}

func whatToDo(path, name string) string {
	switch path {
	case "var":
		return fmt.Sprintf(" Declare one in a block variable %q { }.", name)
	case "local":
		return " Define it in a block locals { }."
	case "host", "host.os":
		return " `avow explain host` lists the facts."
	case "host.vars":
		return " No target has it in its vars."
	}
	return ""
}
