package spec

import (
	"maps"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// guard wraps an expression and measures its value. hcl evaluates a whole expression at once, nested loops included,
// without a hook in between; so after a file is parsed, guards are put into its expressions wherever something grows.
// The parentheses let hcl's own walks find what is inside.
type guard struct {
	*hclsyntax.ParenthesesExpr
	gauge *gauge // of the suite; an evaluation for one host has its own
	kind  guardKind
}

type guardKind int

const (
	makes   guardKind = iota // a new value
	passes                   // a value that is there already, or a part of it
	copies                   // text that becomes a part of another one
	unified                  // a value that may be converted to be like another one
)

// maxOfExpression is how many mistakes of one expression are reported, and costOfMistake how many steps each is worth.
const (
	maxOfExpression = 10
	costOfMistake   = 100
)

// gaugeName is the variable with an evaluation's own gauge. No expression can refer to it.
const gaugeName = "(gauge)"

func (g *guard) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	gauge := gaugeOf(ctx, g.gauge)
	if d := gauge.step(g.SrcRange); d != nil {
		return cty.DynamicVal, hcl.Diagnostics{d}
	}
	v, diags := g.Expression.Value(ctx)
	if diags.HasErrors() {
		// A loop reports the same mistake for every element, and a loop around it all of them again.
		gauge.work += costOfMistake * len(diags)
		return v, diags[:min(len(diags), maxOfExpression)]
	}
	if g.kind == unified && v.Type().IsTupleType() {
		gauge.work += len(v.Type().TupleElementTypes()) * len(v.Type().TupleElementTypes()) / pairsInAStep
	}
	if d := gauge.measure(v, g.SrcRange, g.kind == makes || g.kind == copies); d != nil {
		return cty.DynamicVal, hcl.Diagnostics{d}
	}
	if g.kind == makes {
		gauge.addValues(v)
	}
	// hcl loses the marks of a key, but the element at a secret key reveals the secret.
	return v.WithMarks(g.marksOfKey(ctx)), diags
}

// marksOfKey returns the marks of the key of an index.
func (g *guard) marksOfKey(ctx *hcl.EvalContext) cty.ValueMarks {
	marks := cty.ValueMarks{}
	index, ok := g.Expression.(*hclsyntax.IndexExpr)
	if !ok {
		return marks
	}
	for _, name := range index.Key.Variables() {
		if key, diags := name.TraverseAbs(ctx); !diags.HasErrors() {
			_, found := key.UnmarkDeep()
			maps.Copy(marks, found)
		}
	}
	return marks
}

// UnwrapExpression lets hcl see names and calls, which it reads without evaluating them.
func (g *guard) UnwrapExpression() hcl.Expression { return g.Expression }

func gaugeOf(ctx *hcl.EvalContext, otherwise *gauge) *gauge {
	for ; ctx != nil; ctx = ctx.Parent() {
		if v, ok := ctx.Variables[gaugeName]; ok {
			return v.EncapsulatedValue().(*gauge)
		}
	}
	return otherwise
}

// guarding puts guards into expressions.
type guarding struct{ gauge *gauge }

func (g guarding) body(b *hclsyntax.Body) {
	for _, a := range b.Attributes {
		g.child(&a.Expr)
	}
	for _, inner := range b.Blocks {
		g.body(inner.Body)
	}
}

// child puts guards into an expression, and one around it if it makes something.
func (g guarding) child(at *hclsyntax.Expression) {
	if kind, guarded := g.inside(*at); guarded {
		g.around(at, kind)
	}
}

// operand does the same for operands, copied texts and keys: references, too.
func (g guarding) operand(at *hclsyntax.Expression, kind guardKind) {
	switch (*at).(type) {
	case *hclsyntax.LiteralValueExpr:
	case *hclsyntax.ScopeTraversalExpr, *hclsyntax.RelativeTraversalExpr, *hclsyntax.IndexExpr:
		g.inside(*at)
		g.around(at, kind)
	default:
		if g.child(at); kind == unified {
			g.around(at, kind)
		}
	}
}

func (g guarding) around(at *hclsyntax.Expression, kind guardKind) {
	*at = &guard{
		ParenthesesExpr: &hclsyntax.ParenthesesExpr{Expression: *at, SrcRange: (*at).Range()},
		gauge:           g.gauge, kind: kind,
	}
}

func (g guarding) children(all []hclsyntax.Expression) {
	for i := range all {
		g.child(&all[i])
	}
}

// inside puts guards into the parts of an expression, and reports whether it needs one itself.
func (g guarding) inside(expr hclsyntax.Expression) (kind guardKind, guarded bool) {
	switch e := expr.(type) {
	case *hclsyntax.FunctionCallExpr:
		g.children(e.Args)
	case *hclsyntax.TupleConsExpr:
		g.children(e.Exprs)
	case *hclsyntax.ObjectConsExpr:
		g.object(e)
	case *hclsyntax.ForExpr:
		g.loop(e)
	case *hclsyntax.SplatExpr:
		g.child(&e.Source)
		g.child(&e.Each)
	case *hclsyntax.TemplateExpr:
		for i := range e.Parts {
			g.operand(&e.Parts[i], copies)
		}
	case *hclsyntax.TemplateJoinExpr:
		g.child(&e.Tuple)
	case *hclsyntax.TemplateWrapExpr:
		g.child(&e.Wrapped)
		return passes, false
	case *hclsyntax.ParenthesesExpr:
		g.child(&e.Expression)
		return passes, false
	case *hclsyntax.ConditionalExpr:
		g.operand(&e.Condition, passes)
		g.operand(&e.TrueResult, unified)
		g.operand(&e.FalseResult, unified)
		return passes, true
	case *hclsyntax.BinaryOpExpr:
		g.operand(&e.LHS, passes)
		g.operand(&e.RHS, passes)
		return passes, true
	case *hclsyntax.UnaryOpExpr:
		g.operand(&e.Val, passes)
		return passes, true
	case *hclsyntax.IndexExpr:
		g.child(&e.Collection)
		g.operand(&e.Key, passes)
		return passes, len(e.Key.Variables()) > 0
	case *hclsyntax.RelativeTraversalExpr:
		g.child(&e.Source)
		return passes, false
	default:
		return passes, false
	}
	return makes, true
}

func (g guarding) object(e *hclsyntax.ObjectConsExpr) {
	for i := range e.Items {
		g.child(&e.Items[i].ValueExpr)
		key, ok := e.Items[i].KeyExpr.(*hclsyntax.ObjectConsKeyExpr)
		if !ok {
			continue
		}
		// A key that is a bare word is no expression.
		if _, bare := key.Wrapped.(*hclsyntax.ScopeTraversalExpr); !bare {
			g.child(&key.Wrapped)
		}
	}
}

func (g guarding) loop(e *hclsyntax.ForExpr) {
	g.child(&e.CollExpr)
	g.child(&e.ValExpr)
	if e.KeyExpr != nil {
		g.operand(&e.KeyExpr, copies)
	}
	if e.CondExpr != nil {
		g.operand(&e.CondExpr, passes)
	}
}
