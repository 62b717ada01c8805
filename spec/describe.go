package spec

import (
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

func (l *loader) describeSchema() *hcl.BodySchema {
	blocks := []hcl.BlockHeaderSchema{{Type: "describe", LabelNames: []string{"title"}}, {Type: "become"}}
	return &hcl.BodySchema{Attributes: wordSchema("on"), Blocks: append(blocks, l.resourceSchemas()...)}
}

// group is what a block inherits from the describes around it.
type group struct {
	path, whys []string
	tags       []string
	selectors  []selector // empty for every target
	skip       string
	conditions []condition
	within     time.Duration
	sensitive  bool
	public     bool // `sensitive = false` is set
	become     Account
	each       map[string]cty.Value
}

// condition is an only_if, which may depend on facts of the host.
type condition struct {
	expr hcl.Expression
	each map[string]cty.Value
}

// describe reads a describe block and its contents.
func (l *loader) describe(b *hcl.Block, outer group) {
	content, ok := l.content(b, l.describeSchema())
	for _, each := range l.forEach(b, content.Attributes, outer.each) {
		if !l.oneMore(b.DefRange) {
			return
		}
		g := l.inherit(b, content.Attributes, outer, each)
		g.become = l.become(content.Blocks, outer.become)
		if on := content.Attributes["on"]; on != nil && len(outer.path) > 0 {
			l.mistake(on.NameRange, "on in a nested describe", "Only a describe at the top of a file can choose targets.")
		}
		if len(content.Blocks) == 0 && ok && !l.options.AllowEmpty {
			l.mistake(b.DefRange, "Promises nothing",
				`This describe has no promise; write for example file "/etc/hosts" { exists = true } in it.`)
		}
		for _, inner := range content.Blocks {
			switch inner.Type {
			case "become":
			case "describe":
				l.describe(inner, g)
			default:
				l.resources(inner, g)
			}
		}
	}
}

func (l *loader) inherit(b *hcl.Block, attrs hcl.Attributes, outer group, each map[string]cty.Value) group {
	g := outer
	g.each = each
	title := l.text(attrs["title"], each)
	if title == "" {
		title = b.Labels[0]
	}
	if strings.TrimSpace(title) == "" {
		l.mistake(b.DefRange, "A describe without a title", `Give it a title: describe "web server" { ... }.`)
	}
	g.path = append(slices.Clone(outer.path), title)
	g.whys = append(slices.Clone(outer.whys), l.text(attrs["why"], each))
	if on := attrs["on"]; on != nil {
		g.selectors = l.selectors(on, each)
	}
	l.common(attrs, &g)
	return g
}

func (l *loader) selectors(a *hcl.Attribute, each map[string]cty.Value) []selector {
	ctx := l.suite.scope.context(each)
	if l.allTargets == cty.NilVal {
		l.allTargets = l.targetObject()
	}
	ctx.Variables["target"] = l.allTargets
	v, ok := l.valueIn(ctx, a)
	if !ok || v.IsNull() {
		return nil
	}
	v, marks := v.UnmarkDeep()
	if len(marks) > 0 {
		l.mistake(a.Expr.Range(), "Sensitive targets", "Every report shows which targets are checked.")
		return nil
	}
	values := []cty.Value{v}
	if v.CanIterateElements() {
		values = v.AsValueSlice()
	}
	var picked []selector
	for _, e := range values {
		if !e.Type().Equals(selectorType) || e.IsNull() || !e.IsKnown() {
			l.mistake(a.Expr.Range(), "Expected targets", `Write on = [target.local.NAME] or on = [tag("web")].`)
			return nil
		}
		s := *e.EncapsulatedValue().(*selector)
		// All targets are compared with it.
		l.gauge.work += len(l.suite.Targets) / 16
		if !l.options.AllowEmpty && !slices.ContainsFunc(l.suite.Targets, s.picks) {
			l.mistake(a.Expr.Range(), "No such target", "No target has the tag %q.", s.tag)
		}
		picked = append(picked, s)
	}
	if len(picked) == 0 {
		l.mistake(a.Expr.Range(), "No targets", "The list of targets is empty. Leave `on` out for all targets.")
	}
	return picked
}

func (l *loader) targetObject() cty.Value {
	byBackend := map[string]map[string]cty.Value{}
	for _, t := range l.suite.Targets {
		if byBackend[t.Declared] == nil {
			byBackend[t.Declared] = map[string]cty.Value{}
		}
		byBackend[t.Declared][t.Block] = cty.CapsuleVal(selectorType, &selector{backend: t.Declared, name: t.Block})
	}
	all := map[string]cty.Value{}
	for backend, targets := range byBackend {
		all[backend] = cty.ObjectVal(targets)
	}
	return cty.ObjectVal(all)
}

// forEach returns the value of `each` for every instance of a block; a block without for_each is one instance.
func (l *loader) forEach(b *hcl.Block, attrs hcl.Attributes, each map[string]cty.Value) []map[string]cty.Value {
	a := attrs["for_each"]
	if a == nil {
		return []map[string]cty.Value{each}
	}
	v, ok := l.value(a, each)
	if !ok {
		return nil
	}
	unmarked, marks := v.Unmark()
	switch {
	case !v.IsWhollyKnown():
		l.mistake(a.Expr.Range(), "for_each over an unknown value",
			"The number of promises cannot depend on host.*; use only_if.")
	case len(marks) > 0 || unmarked.Type().IsSetType() && unmarked.ContainsMarked():
		l.mistake(a.Expr.Range(), "for_each over a sensitive value", "Its keys would be shown in every report.")
	case unmarked.IsNull() || !unmarked.CanIterateElements():
		l.mistake(a.Expr.Range(), "Wrong for_each", `for_each takes a list, a set or a map: for_each = ["a", "b"].`)
	case unmarked.LengthInt() == 0 && !l.options.AllowEmpty:
		l.mistake(a.Expr.Range(), "for_each over nothing", "This %s would promise nothing; --allow-empty accepts that.",
			b.Type)
	case unmarked.LengthInt() > maxForEach:
		l.mistake(a.Expr.Range(), "for_each over too much",
			"A block can be repeated %d times at most, and this list has %d elements.", maxForEach, unmarked.LengthInt())
	default:
		var out []map[string]cty.Value
		for key, value := range unmarked.Elements() {
			out = append(out, map[string]cty.Value{"key": key, "value": value})
		}
		return out
	}
	return nil
}

// oneMore counts the blocks of all for_each, and reports whether one more is allowed.
func (l *loader) oneMore(r hcl.Range) bool {
	if l.gauge.blocks++; l.gauge.blocks == maxBlocks+1 {
		l.mistake(r, "Too many blocks",
			"A suite has %d blocks at most, repetitions by for_each included. Split it, and check its parts one by one.",
			maxBlocks)
	}
	return l.gauge.blocks <= maxBlocks
}

func oneLine(diags hcl.Diagnostics) string {
	var out []string
	for _, d := range diags[:min(len(diags), maxOfExpression)] {
		d = reworded(&resource.Catalog{}, d) // an expression has no blocks
		out = append(out, raw(strings.TrimSuffix(d.Summary, ".")+": "+firstParagraphs(d.Detail)))
	}
	return strings.Join(slices.Compact(out), "; ")
}
