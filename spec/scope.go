package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/avow-dev/avow/spec/resource"
)

// scope is what expressions can refer to: var, local, host, each and the functions.
type scope struct {
	variables map[string]cty.Value
	locals    map[string]cty.Value
	host      cty.Value
	functions map[string]function.Function

	definitions map[string]*hcl.Attribute // of the locals
	order       []string                  // of the locals, what one needs before it
	late        []string                  // the locals that facts of the host decide
	varNames    []string                  // of every target's vars
	contacted   bool                      // whether host has the facts of one host
	failed      string                    // a local that these facts make a mistake of
}

func newScope(lookup func(string) (string, bool), files *reads) *scope {
	return &scope{
		variables:   map[string]cty.Value{},
		locals:      map[string]cty.Value{},
		functions:   functions(lookup, files),
		host:        cty.DynamicVal,
		definitions: map[string]*hcl.Attribute{},
	}
}

func (s *scope) context(each map[string]cty.Value) *hcl.EvalContext {
	variables := map[string]cty.Value{
		"var":   cty.ObjectVal(s.variables),
		"local": cty.ObjectVal(s.locals),
		"host":  s.host,
	}
	if each != nil {
		variables["each"] = cty.ObjectVal(each)
	}
	return &hcl.EvalContext{Variables: variables, Functions: s.functions}
}

// before sets the facts to typed unknowns: their names can be checked before contact, their values not.
func (s *scope) before(targets []Target) {
	for _, t := range targets {
		for name := range t.Vars.Type().AttributeTypes() {
			s.varNames = append(s.varNames, name)
		}
	}
	vars := map[string]cty.Value{}
	for _, name := range s.varNames {
		vars[name] = cty.DynamicVal
	}
	s.host = hostObject(func(a resource.Attribute) cty.Value { return cty.UnknownVal(factType(a)) }, cty.ObjectVal(vars))
}

// on is the scope for one target, whose facts are nil as long as they are not known.
func (s *scope) on(t Target, facts resource.Facts) *scope {
	if facts == nil {
		return s
	}
	next := *s
	next.contacted = true
	next.host = hostObject(func(a resource.Attribute) cty.Value { return factValue(facts[a.Name]) }, t.Vars)
	next.locals = maps.Clone(s.locals)
	for _, name := range s.late {
		v, diags := s.definitions[name].Expr.Value(next.context(nil))
		if diags.HasErrors() {
			v = cty.DynamicVal
			next.failed = fmt.Sprintf("local.%s (%s)", name, oneLine(diags))
		}
		next.locals[name] = v
	}
	return &next
}

func factType(a resource.Attribute) cty.Type {
	if a.Kind == resource.Bool {
		return cty.Bool
	}
	return cty.String
}

// factValue is unknown where the host did not tell: what needs it is then unknown, too.
func factValue(f resource.Fact) cty.Value {
	switch v := f.Value.(type) {
	case string:
		return cty.StringVal(v)
	case bool:
		return cty.BoolVal(v)
	}
	return cty.DynamicVal
}

// hostObject nests the dotted names of facts: "os.id" is host.os.id.
func hostObject(value func(resource.Attribute) cty.Value, vars cty.Value) cty.Value {
	host := map[string]cty.Value{"vars": vars}
	nested := map[string]map[string]cty.Value{}
	for _, a := range resource.Host.Attributes {
		outer, inner, ok := strings.Cut(a.Name, ".")
		if !ok {
			host[a.Name] = value(a)
			continue
		}
		if nested[outer] == nil {
			nested[outer] = map[string]cty.Value{}
		}
		nested[outer][inner] = value(a)
	}
	for name, attributes := range nested {
		host[name] = cty.ObjectVal(attributes)
	}
	return cty.ObjectVal(host)
}

// locals collects the definitions of all locals blocks.
func (l *loader) locals(blocks hcl.Blocks) {
	for _, b := range blocks {
		attrs, diags := b.Body.JustAttributes()
		l.tell(diags...)
		for name, a := range attrs {
			if other := l.suite.scope.definitions[name]; other != nil {
				l.mistake(a.NameRange, "Duplicate local", fmt.Sprintf("There is a local %q already, at %s:%d.", name, other.Range.Filename, other.Range.Start.Line))
				continue
			}
			l.suite.scope.definitions[name] = a
		}
	}
	l.order()
}

// order sorts the locals so that each stands behind those that it needs; a cycle is told once.
func (l *loader) order() {
	s := l.suite.scope
	state := map[string]int{} // 1 on the way, 2 done
	var visit func(name string, way []string)
	visit = func(name string, way []string) {
		switch {
		case s.definitions[name] == nil || state[name] == 2:
			return
		case state[name] == 1:
			l.cycle(append(way[slices.Index(way, name):], name))
			return
		}
		state[name] = 1
		for _, needed := range localsIn(s.definitions[name].Expr) {
			visit(needed, append(way, name))
		}
		state[name] = 2
		s.order = append(s.order, name)
	}
	for _, name := range slices.Sorted(keys(s.definitions)) {
		visit(name, nil)
	}
}

func (l *loader) cycle(way []string) {
	l.mistake(l.suite.scope.definitions[way[0]].NameRange, "Locals in a cycle",
		fmt.Sprintf("local.%s. One of them has to be written without the others.", strings.Join(way, " needs local.")))
	for _, name := range way {
		l.suite.scope.locals[name] = cty.DynamicVal
	}
}

func localsIn(expr hcl.Expression) []string {
	var names []string
	for _, t := range expr.Variables() {
		if t.RootName() != "local" || len(t) < 2 {
			continue
		}
		if attr, ok := t[1].(hcl.TraverseAttr); ok {
			names = append(names, attr.Name)
		}
	}
	return names
}

// earlyLocals gives those locals their values that need no facts of the host. Targets can use them.
func (s *scope) earlyLocals(l *loader) {
	for _, name := range s.order {
		if _, cyclic := s.locals[name]; !cyclic {
			s.locals[name] = cty.DynamicVal
			if !s.isLate(name) {
				s.evaluateLocal(l, name)
			}
		}
	}
}

// lateLocals finds the mistakes in the others.
func (s *scope) lateLocals(l *loader) {
	for _, name := range s.late {
		s.evaluateLocal(l, name)
	}
}

func (s *scope) evaluateLocal(l *loader, name string) {
	v, diags := s.definitions[name].Expr.Value(s.context(nil))
	l.tell(diags...)
	if diags.HasErrors() {
		v = cty.DynamicVal
	}
	s.locals[name] = v
}

// isLate says whether a local needs facts of the host, and notes it.
func (s *scope) isLate(name string) bool {
	expr := s.definitions[name].Expr
	late := slices.ContainsFunc(expr.Variables(), func(t hcl.Traversal) bool { return t.RootName() == "host" }) ||
		slices.ContainsFunc(localsIn(expr), func(needed string) bool { return slices.Contains(s.late, needed) })
	if late {
		s.late = append(s.late, name)
	}
	return late
}

// untold is why something stays unknown after contact.
func (s *scope) untold() string {
	if s.failed != "" {
		return notTold + ", or on " + s.failed
	}
	return notTold
}

const notTold = "it depends on facts that the host did not tell"

// pending says whether the facts of the host are still unknown.
func (s *scope) pending() bool { return !s.contacted }
