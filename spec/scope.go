package spec

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/avow-dev/avow/spec/resource"
)

// scope is what expressions can refer to: var, local, host, each and the functions.
type scope struct {
	world     world
	gauge     *gauge
	variables map[string]cty.Value
	locals    map[string]cty.Value
	host      cty.Value
	functions map[string]function.Function

	definitions map[string]*hcl.Attribute // of the locals
	needs       map[string][]string       // the locals that a local needs
	order       []string                  // of the locals, what one needs before it
	late        []string                  // the locals that depend on facts of the host
	isLate      map[string]bool
	pending     bool              // host has no facts yet
	silent      map[string]string // the facts that the host did not report, by name, and why
	failed      map[string]string // the locals that are mistaken with these facts, and how

	varObject, localObject, localNames cty.Value // made once: that takes long
}

func newScope(w world, g *gauge) *scope {
	return &scope{
		world:       w,
		gauge:       g,
		variables:   map[string]cty.Value{},
		locals:      map[string]cty.Value{},
		functions:   w.functions(g),
		host:        cty.DynamicVal,
		definitions: map[string]*hcl.Attribute{},
		needs:       map[string][]string{},
		isLate:      map[string]bool{},
		pending:     true,
	}
}

var gaugeType = cty.Capsule("gauge", reflect.TypeFor[gauge]())

func (s *scope) context(each map[string]cty.Value) *hcl.EvalContext {
	if s.localObject == cty.NilVal {
		s.localObject = cty.ObjectVal(s.locals)
	}
	return s.contextWith(s.localObject, each)
}

func (s *scope) contextWith(locals cty.Value, each map[string]cty.Value) *hcl.EvalContext {
	if s.varObject == cty.NilVal {
		s.varObject = cty.ObjectVal(s.variables)
	}
	variables := map[string]cty.Value{
		"var": s.varObject, "local": locals, "host": s.host,
		gaugeName: cty.CapsuleVal(gaugeType, s.gauge),
	}
	if each != nil {
		variables["each"] = cty.ObjectVal(each)
	}
	return &hcl.EvalContext{Variables: variables, Functions: s.functions}
}

// value evaluates an expression, and measures its value.
func (s *scope) value(expr hcl.Expression, each map[string]cty.Value) (cty.Value, hcl.Diagnostics) {
	return s.valueIn(s.context(each), expr)
}

func (s *scope) valueIn(ctx *hcl.EvalContext, expr hcl.Expression) (cty.Value, hcl.Diagnostics) {
	if d := s.gauge.step(expr.Range()); d != nil {
		return cty.DynamicVal, hcl.Diagnostics{d}
	}
	v, diags := expr.Value(ctx)
	if diags.HasErrors() {
		return v, diags
	}
	if d := s.gauge.measure(v, expr.Range(), true); d != nil {
		return cty.DynamicVal, hcl.Diagnostics{d}
	}
	s.gauge.addValues(v)
	return v, diags
}

// local evaluates a local, in a context that has only the locals that it needs.
func (s *scope) local(name string) (cty.Value, hcl.Diagnostics) {
	return s.valueIn(s.contextWith(s.localsFor(name), nil), s.definitions[name].Expr)
}

func (s *scope) localsFor(name string) cty.Value {
	// To make an object of all of twenty thousand locals for each of them would take minutes.
	expr := s.definitions[name].Expr
	needed := map[string]cty.Value{}
	for _, other := range s.needs[name] {
		v, ok := s.locals[other]
		if !ok {
			return s.allNames()
		}
		needed[other] = v
	}
	for _, t := range expr.Variables() {
		if _, named := localIn(t); t.RootName() == "local" && !named {
			return cty.ObjectVal(s.locals)
		}
	}
	return cty.ObjectVal(needed)
}

// allNames returns all locals, for the mistake that one is not among them.
func (s *scope) allNames() cty.Value {
	if s.localNames == cty.NilVal {
		all := map[string]cty.Value{}
		for name := range s.definitions {
			all[name] = cty.DynamicVal
		}
		s.localNames = cty.ObjectVal(all)
	}
	return s.localNames
}

// before sets the facts to typed unknowns: their names can be checked before contact, their values not.
func (s *scope) before(targets []Target) {
	vars := map[string]cty.Value{}
	for _, t := range targets {
		for name := range t.Vars.Type().AttributeTypes() {
			vars[name] = cty.DynamicVal
		}
	}
	s.host = hostObject(s.world.catalog.Host,
		func(a resource.Attribute) cty.Value {
			if a.Kind == resource.Bool {
				return cty.UnknownVal(cty.Bool)
			}
			return cty.UnknownVal(cty.String)
		}, cty.ObjectVal(vars))
}

// on returns the scope for one target, whose facts are nil as long as they are not known.
func (s *scope) on(t Target, facts resource.Facts) *scope {
	if facts == nil {
		return s
	}
	next := *s
	next.pending = false
	// Targets are evaluated in parallel, each within limits of its own.
	next.gauge = newGauge()
	next.functions = s.world.functions(next.gauge)
	next.host = hostObject(s.world.catalog.Host,
		func(a resource.Attribute) cty.Value { return factValue(facts[a.Name]) }, t.Vars)
	next.locals = maps.Clone(s.locals)
	next.localObject = cty.NilVal
	next.silent, next.failed = silent(s.world.catalog.Host, facts), map[string]string{}
	for _, name := range s.late {
		v, diags := next.local(name)
		if diags.HasErrors() {
			v = cty.DynamicVal
			next.failed[name] = oneLine(diags)
		}
		next.locals[name] = v
	}
	return &next
}

func factValue(f resource.Fact) cty.Value {
	switch v := f.Value.(type) {
	case string:
		return cty.StringVal(carry(v))
	case bool:
		return cty.BoolVal(v)
	}
	// The host did not report the fact: what needs it is then unknown, too.
	return cty.DynamicVal
}

// hostObject nests the dotted names of facts: "os.id" is host.os.id.
func hostObject(host *resource.Type, value func(resource.Attribute) cty.Value, vars cty.Value) cty.Value {
	object := map[string]cty.Value{"vars": vars}
	nested := map[string]map[string]cty.Value{}
	for _, a := range host.Attributes {
		outer, inner, ok := strings.Cut(a.Name, ".")
		if !ok {
			object[a.Name] = value(a)
			continue
		}
		if nested[outer] == nil {
			nested[outer] = map[string]cty.Value{}
		}
		nested[outer][inner] = value(a)
	}
	for name, attributes := range nested {
		object[name] = cty.ObjectVal(attributes)
	}
	return cty.ObjectVal(object)
}

// locals collects the definitions of all locals blocks.
func (l *loader) locals(blocks hcl.Blocks) {
	for _, b := range blocks {
		attrs, diags := b.Body.JustAttributes()
		l.report(diags...)
		for name, a := range attrs {
			if other := l.suite.scope.definitions[name]; other != nil {
				l.mistake(a.NameRange, "Duplicate local", "There is a local %q already, at %s:%d.", name, other.Range.Filename,
					other.Range.Start.Line)
				continue
			}
			l.suite.scope.definitions[name] = a
			l.suite.scope.needs[name] = localsIn(a.Expr)
		}
	}
	l.order()
}

// order sorts the locals so that each follows those that it needs; a cycle is reported once.
func (l *loader) order() {
	s := l.suite.scope
	state := map[string]int{} // 1 in progress, 2 done
	var visit func(name string, chain []string)
	visit = func(name string, chain []string) {
		switch {
		case s.definitions[name] == nil || state[name] == 2:
			return
		case state[name] == 1:
			l.cycle(append(chain[slices.Index(chain, name):], name))
			return
		case len(chain) > maxChain:
			l.mistake(s.definitions[name].NameRange, "Too long a chain of locals",
				"A local can need another one %d levels deep.", maxChain)
			state[name] = 2
			return
		}
		state[name] = 1
		for _, needed := range s.needs[name] {
			visit(needed, append(chain, name))
		}
		state[name] = 2
		s.order = append(s.order, name)
	}
	for _, name := range slices.Sorted(maps.Keys(s.definitions)) {
		visit(name, nil)
	}
}

// maxShown is how many locals of a cycle are reported.
const maxShown = 20

// maxChain is how many locals can need each other one after the other.
const maxChain = 100_000

func (l *loader) cycle(chain []string) {
	shown := chain
	if len(chain) > maxShown {
		shown = slices.Concat(chain[:maxShown/2], []string{"..."}, chain[len(chain)-maxShown/2:])
	}
	l.mistake(l.suite.scope.definitions[chain[0]].NameRange, "Locals in a cycle",
		"local.%s. Write one of them without the others.", strings.Join(shown, " needs local."))
	for _, name := range chain {
		l.suite.scope.locals[name] = cty.DynamicVal
	}
}

// localsIn returns the locals that an expression refers to, each once.
func localsIn(expr hcl.Expression) []string {
	var names []string
	seen := map[string]bool{}
	for _, t := range expr.Variables() {
		if name, ok := localIn(t); ok && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

func localIn(t hcl.Traversal) (string, bool) {
	if t.RootName() != "local" || len(t) < 2 {
		return "", false
	}
	attr, ok := t[1].(hcl.TraverseAttr)
	return attr.Name, ok
}

// earlyLocals evaluates the locals that need no facts of the host. Targets can use them.
func (s *scope) earlyLocals(l *loader) {
	for _, name := range s.order {
		if _, cyclic := s.locals[name]; !cyclic {
			s.locals[name] = cty.DynamicVal
			if !s.waits(name) {
				s.evaluateLocal(l, name)
			}
		}
	}
	s.localObject = cty.NilVal
}

func (s *scope) evaluateLocal(l *loader, name string) {
	v, diags := s.local(name)
	l.report(diags...)
	if diags.HasErrors() {
		v = cty.DynamicVal
	}
	s.locals[name] = v
	s.localObject = cty.NilVal
}

// waits reports whether a local needs facts of the host, and records it.
func (s *scope) waits(name string) bool {
	late := slices.ContainsFunc(s.definitions[name].Expr.Variables(),
		func(t hcl.Traversal) bool { return t.RootName() == "host" }) ||
		slices.ContainsFunc(s.needs[name], func(needed string) bool { return s.isLate[needed] })
	if late {
		s.late = append(s.late, name)
		s.isLate[name] = true
	}
	return late
}
