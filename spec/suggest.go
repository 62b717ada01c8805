package spec

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// unsupported is how hcl calls a name that an object does not have.
const unsupported = "Unsupported attribute"

// suggested adds "did you mean" to mistakes in names such as var.x and host.os.x, and says what to do.
func suggested(d *hcl.Diagnostic) *hcl.Diagnostic {
	expr, ok := d.Expression.(*hclsyntax.ScopeTraversalExpr)
	if d.Summary != unsupported || !ok || d.EvalContext == nil {
		return d
	}
	path, name, object := lost(expr.Traversal, d.EvalContext)
	if name == "" {
		return d
	}
	better := *d
	better.Detail = fmt.Sprintf("There is no %s.%s.%s%s", path, name, didYouMean(name, attributeNames(object)), whatToDo(path, name))
	return &better
}

// lost follows a name as far as it leads: the path so far, the step that is not there, and the object that
// does not have it.
func lost(t hcl.Traversal, ctx *hcl.EvalContext) (path, name string, object cty.Value) {
	path = t.RootName()
	for ; ctx != nil; ctx = ctx.Parent() {
		if v, ok := ctx.Variables[path]; ok {
			object = v
			break
		}
	}
	for _, step := range t[1:] {
		attr, ok := step.(hcl.TraverseAttr)
		if !ok || object == cty.NilVal || !object.Type().IsObjectType() {
			return "", "", object
		}
		if !object.Type().HasAttribute(attr.Name) {
			return path, attr.Name, object
		}
		object, path = object.GetAttr(attr.Name), path+"."+attr.Name
	}
	return "", "", object
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
		return fmt.Sprintf(" A block variable %q { } declares one.", name)
	case "local":
		return " A block locals { } defines them."
	case "host", "host.os":
		return " `avow explain host` lists the facts."
	case "host.vars":
		return " No target has it in its vars."
	}
	return ""
}
