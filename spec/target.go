package spec

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// Target is one thing that is looked at.
type Target struct {
	Name    string // as reports call it: "web"
	Backend string // "local"
	Address string // where it is, for people
	Tags    []string
	Vars    cty.Value         // `host.vars`: an object
	Env     map[string]string // the environment of its commands
	Become  Account           // who looks, unless a resource says otherwise
}

// Backend is a way to reach targets, as the language knows it.
type Backend struct {
	Name    string
	Summary string
	// Parse reads what stands behind `NAME://` in -t.
	Parse func(rest string) (Target, error)
}

// Backends are all of them. A new one is one line here, one file in backends, and one line where the
// command line opens them.
var Backends = []Backend{
	{Name: "local", Summary: "this machine", Parse: parseLocal},
}

// ParseTarget reads a URI such as `local://`.
func ParseTarget(uri string) (Target, error) {
	name, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return Target{}, fmt.Errorf("%q is no target; write local://", uri)
	}
	for _, b := range Backends {
		if b.Name == name {
			return b.Parse(rest)
		}
	}
	return Target{}, fmt.Errorf("no backend %q; there is %s", name, backendNames())
}

func parseLocal(rest string) (Target, error) {
	if rest != "" {
		return Target{}, fmt.Errorf("local:// is this machine and takes no address, but it has %q", rest)
	}
	return localhost, nil
}

// localhost is what a suite without targets checks.
var localhost = Target{Name: "localhost", Backend: "local", Address: "localhost", Vars: cty.EmptyObjectVal}

func backendNames() string {
	var names []string
	for _, b := range Backends {
		names = append(names, b.Name)
	}
	return strings.Join(names, ", ")
}

// selector is what `on` lists: a target, or the targets that have a tag.
type selector struct{ backend, name, tag string }

var selectorType = cty.Capsule("target", reflect.TypeOf(selector{}))

func (s selector) picks(t Target) bool {
	if s.tag != "" {
		return slices.Contains(t.Tags, s.tag)
	}
	return s.backend == t.Backend && s.name == t.Name
}

var tagFunction = function.New(&function.Spec{
	Description: "The targets that have a tag.",
	Params:      []function.Parameter{{Name: "tag", Type: cty.String}},
	Type:        function.StaticReturnType(selectorType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return cty.CapsuleVal(selectorType, &selector{tag: args[0].AsString()}), nil
	},
})

var targetSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "tags"}, {Name: "vars"}, {Name: "env"}}}

// targets reads the target blocks.
func (l *loader) targets(blocks hcl.Blocks) {
	for _, b := range blocks {
		backend, name := b.Labels[0], b.Labels[1]
		if !slices.ContainsFunc(Backends, func(known Backend) bool { return known.Name == backend }) {
			l.mistake(b.LabelRanges[0], "Unknown backend", fmt.Sprintf("There is no backend %q; there is %s.%s", backend, backendNames(), DidYouMean(backend, strings.Split(backendNames(), ", "))))
			continue
		}
		if !hclsyntax.ValidIdentifier(name) {
			l.mistake(b.LabelRanges[1], "Wrong name", "A target's name is letters, digits, _ and -, and begins with a letter.")
			continue
		}
		if slices.ContainsFunc(l.suite.Targets, func(t Target) bool { return t.Name == name }) {
			l.mistake(b.LabelRanges[1], "Duplicate target", fmt.Sprintf("There is a target %q already; names of targets are unique.", name))
			continue
		}
		l.suite.Targets = append(l.suite.Targets, l.target(b, Target{Name: name, Backend: backend, Address: "localhost", Vars: cty.EmptyObjectVal}))
	}
	if len(l.suite.Targets) == 0 {
		l.suite.Targets = []Target{localhost}
	}
}

func (l *loader) target(b *hcl.Block, t Target) Target {
	content, diags := b.Body.Content(targetSchema)
	l.tell(diags...)
	t.Tags = l.tags(content.Attributes["tags"], nil)
	t.Env = l.environment(content.Attributes["env"])
	if a := content.Attributes["vars"]; a != nil {
		t.Vars = l.targetVars(a)
	}
	return t
}

// targetVars are names with values, each of its own type.
func (l *loader) targetVars(a *hcl.Attribute) cty.Value {
	v, ok := l.known(a)
	if !ok || v.IsNull() {
		return cty.EmptyObjectVal
	}
	v, marks := v.Unmark()
	if !v.Type().IsObjectType() && !v.Type().IsMapType() {
		l.mistake(a.Expr.Range(), "Wrong vars", `Vars are names with values: vars = { role = "web" }.`)
		return cty.EmptyObjectVal
	}
	vars := map[string]cty.Value{}
	for name, value := range v.Elements() {
		vars[name.AsString()] = value.WithMarks(marks)
	}
	return cty.ObjectVal(vars)
}

func (l *loader) environment(a *hcl.Attribute) map[string]string {
	v, _, ok := l.written(a, nil)
	if !ok {
		return nil
	}
	m, err := convert.Convert(v, cty.Map(cty.String))
	if err != nil {
		l.mistake(a.Expr.Range(), "Wrong env", `The environment is a map of strings: env = { LANG = "C" }.`)
		return nil
	}
	env := map[string]string{}
	for name, value := range m.AsValueMap() {
		if value.IsNull() || !isVariableName(name) || hasNUL(value.AsString()) {
			l.mistake(a.Expr.Range(), "Wrong env", fmt.Sprintf("%q is no name of an environment variable with a string that it can have.", name))
			continue
		}
		env[name] = value.AsString()
	}
	return env
}

func isVariableName(name string) bool {
	for i, r := range name {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// retarget replaces all targets; `on` is not heeded any more.
func (s *Suite) retarget(targets []Target) {
	s.Targets = targets
	for _, b := range s.blocks {
		b.selectors = nil
	}
}
