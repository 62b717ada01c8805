package spec

import (
	"fmt"
	"maps"
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
	// Comparing takes time with each of them, and a spec can define any number.
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

// suggested returns the detail of a mistake; for names such as var.x and host.os.x with "did you mean", and a hint.
func suggested(d *hcl.Diagnostic) string {
	expr, ok := d.Expression.(*hclsyntax.ScopeTraversalExpr)
	if d.Summary != noAttribute && d.Summary != noElement || !ok || d.EvalContext == nil {
		return d.Detail
	}
	path, name, object := lost(expr.Traversal, d.EvalContext)
	if name == "" {
		return d.Detail
	}
	names := slices.Collect(maps.Keys(object.Type().AttributeTypes()))
	hint := whatToDo[path]
	if path == "var" {
		hint = fmt.Sprintf(" Declare one in a block variable %q { }.", name)
	}
	return fmt.Sprintf("There is no %s.%s.%s%s", path, name, DidYouMean(name, names), hint)
}

var whatToDo = map[string]string{
	"local":     " Define it in a block locals { }.",
	"host":      " `avow explain host` lists the facts.",
	"host.os":   " `avow explain host` lists the facts.",
	"host.vars": " No target has it in its vars.",
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
