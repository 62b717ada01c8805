package spec

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/avow-dev/avow/spec/resource"
	"github.com/avow-dev/avow/spec/target"
)

// EveryTarget are the arguments of targets of all backends.
var EveryTarget = []Word{
	{Name: "tags", Doc: `For on = [tag("web")].`},
	{Name: "vars", Doc: "The values of host.vars on this target: names with values."},
	{Name: "env", Doc: "The environment of its commands, or of a container that is started for the run."},
	{
		Name: "wait",
		Doc: "How long to wait for a host that is still booting, or a container that does not exist yet. A wrong " +
			"host key or a refused login is reported at once.",
	},
	{Name: "become", Doc: "A block: the user that runs the checks, with method, user, password or password_file."},
}

// selector is what `on` lists: a target, or the targets that have a tag.
type selector struct{ backend, name, tag string }

var selectorType = cty.Capsule("target", reflect.TypeOf(selector{}))

func (s selector) picks(t Target) bool {
	if s.tag != "" {
		return slices.Contains(t.Tags, s.tag)
	}
	return s.backend == t.Declared && s.name == t.Block
}

var tagFunction = function.New(&function.Spec{
	Description: "The targets that have a tag.",
	Params:      []function.Parameter{{Name: "tag", Type: cty.String}},
	Type:        function.StaticReturnType(selectorType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return cty.CapsuleVal(selectorType, &selector{tag: raw(args[0].AsString())}), nil
	},
})

func targetSchema(b *target.Backend) *hcl.BodySchema {
	schema := &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "tags"}, {Name: "vars"}, {Name: "env"}, {Name: "wait"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "become"}},
	}
	schema.Attributes = append(schema.Attributes, attributeSchemas(b.Arguments)...)
	for _, block := range b.Blocks {
		schema.Blocks = append(schema.Blocks, hcl.BlockHeaderSchema{Type: block.Name})
	}
	return schema
}

func attributeSchemas(arguments []target.Argument) []hcl.AttributeSchema {
	var out []hcl.AttributeSchema
	for _, a := range arguments {
		out = append(out, hcl.AttributeSchema{Name: a.Name})
	}
	return out
}

func (l *loader) targets(blocks hcl.Blocks) {
	for _, b := range blocks {
		if backend := l.backendOf(b); backend != nil {
			t := l.target(b, backend)
			l.seal(t, b, backend)
			expanded, err := backend.Expand(t)
			if err != nil {
				l.mistake(b.DefRange, "Wrong target", "%s", sentence(err))
			}
			if len(expanded)+len(l.suite.Targets) > maxTargets {
				// No further block is read: each may expand to as many.
				l.mistake(b.DefRange, "Too many targets", "A suite has %d targets at most.", maxTargets)
				break
			}
			l.suite.Targets = append(l.suite.Targets, expanded...)
		}
	}
	l.redirect()
	if len(l.suite.Targets) == 0 && len(l.options.Backends) > 0 {
		l.sealDefault()
		t, err := l.options.Backends.Parse(l.options.Backends[0].Name + "://")
		if err != nil {
			l.mistake(l.firstPlace(), "No target", "%s", sentence(err))
		}
		l.suite.Targets = []Target{t}
	}
}

// backendOf returns the backend of a target block, or nil if its labels are wrong.
func (l *loader) backendOf(b *hcl.Block) *target.Backend {
	backend, name := l.options.Backends.Find(b.Labels[0]), b.Labels[1]
	switch {
	case backend == nil:
		l.mistake(b.LabelRanges[0], "Unknown backend", "There is no backend %q; available: %s.%s", b.Labels[0],
			strings.Join(l.options.Backends.Names(), ", "), DidYouMean(b.Labels[0], l.options.Backends.Names()))
	case !hclsyntax.ValidIdentifier(name):
		l.mistake(b.LabelRanges[1], "Wrong name", "A target's name is letters, digits, _ and -, and begins with a letter.")
		return nil
	case l.targetBlocks[name]:
		l.mistake(b.LabelRanges[1], "Duplicate target", "There already is a target %q; names of targets are unique.", name)
		return nil
	}
	l.targetBlocks[name] = true
	return backend
}

func (l *loader) target(b *hcl.Block, backend *target.Backend) Target {
	t := Target{
		Name: b.Labels[1], Block: b.Labels[1], Backend: backend.Name, Declared: backend.Name,
		Vars: cty.EmptyObjectVal,
	}
	content, diags := b.Body.Content(targetSchema(backend))
	l.report(ofTarget(backend, diags)...)
	t.Args = l.arguments(content.Attributes, backend.Arguments)
	for _, block := range backend.Blocks {
		if args := l.inner(content.Blocks, block); args != nil {
			t.Args[block.Name] = args
		}
	}
	t.Tags = l.tags(content.Attributes["tags"], nil)
	t.Env = l.environment(content.Attributes["env"])
	t.Wait = l.duration(content.Attributes["wait"], nil)
	if a := content.Attributes["vars"]; a != nil {
		t.Vars = l.targetVars(a)
	}
	t.Become = l.become(content.Blocks, t.Become)
	return t
}

// wanted describes what a kind takes, for errors.
func wanted(k *resource.Kind) string {
	switch k.Shape {
	case resource.Lists:
		return `a list, such as ["a", "b"]`
	case resource.Maps:
		return `a map, such as { NAME = "value" }`
	}
	return k.Name
}

// inner reads a block inside a target; nil if there is none.
func (l *loader) inner(blocks hcl.Blocks, block target.Block) (args resource.Params) {
	for _, b := range blocks.OfType(block.Name) {
		if args != nil {
			l.mistake(b.DefRange, "Two "+block.Name+" blocks", "A target has one at most.")
			continue
		}
		content, _ := l.content(b, &hcl.BodySchema{Attributes: attributeSchemas(block.Arguments)})
		args = l.arguments(content.Attributes, block.Arguments)
	}
	return args
}

// sensitiveOf names the arguments that no report shows.
func sensitiveOf(arguments []target.Argument) (names string) {
	for _, a := range arguments {
		if a.Sensitive {
			names += a.Name + ", "
		}
	}
	return names
}

// arguments reads the arguments of a backend or a block. Missing ones are left out, unless they have a default.
func (l *loader) arguments(attrs hcl.Attributes, arguments []target.Argument) resource.Params {
	args := resource.Params{}
	for _, argument := range arguments {
		if argument.Default != nil {
			args[argument.Name] = argument.Default
		}
		a := attrs[argument.Name]
		v, secret, ok := l.written(a, nil)
		if !ok {
			continue
		}
		if secret && !argument.Sensitive {
			l.mistake(a.Expr.Range(), "A sensitive "+argument.Name, "Reports, errors and the names of files show it. "+
				"Only %senv can be sensitive here.", sensitiveOf(arguments))
			continue
		}
		value, err := argument.Kind.Read(v)
		value = rawValue(value)
		if err != nil || hasNUL(value) {
			l.mistake(a.Expr.Range(), "Wrong value for "+argument.Name, "Expected %s.", wanted(argument.Kind))
			continue
		}
		args[argument.Name] = value
		if argument.Secret {
			l.suite.Secrets = append(l.suite.Secrets, appearances(value.(string))...)
		}
	}
	return args
}

// targetVars returns names with values, each of its own type.
func (l *loader) targetVars(a *hcl.Attribute) cty.Value {
	v, ok := l.known(a, nil)
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
		if value.IsNull() || !variableName.MatchString(name) || hasNUL(value.AsString()) || isCarried(name) {
			l.mistake(a.Expr.Range(), "Wrong env",
				"%q is not a valid name of an environment variable, or its value is not a valid string.", name)
			continue
		}
		env[name] = raw(value.AsString())
	}
	return env
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// retarget replaces all targets; `on` is ignored then.
func (s *Suite) retarget(targets []Target) {
	for _, t := range s.Targets {
		if t.Block != "" && !slices.Contains(s.Replaced, t.Block) {
			s.Replaced = append(s.Replaced, t.Block)
		}
	}
	slices.Sort(s.Replaced)
	s.Targets = targets
	for _, b := range s.blocks {
		b.selectors = nil
	}
}
