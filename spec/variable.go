package spec

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"golang.org/x/text/unicode/norm"

	"github.com/avow-dev/avow/spec/resource"
)

// EnvPrefix is the prefix of environment variables that set variables.
const EnvPrefix = "AVOW_VAR_"

// sensitive marks the values that no report may show.
type sensitive struct{}

// input is the value of a variable from outside of the spec: a string from the command line or the
// environment, or an expression of a file of variables.
type input struct {
	text string
	expr hcl.Expression
	from string // its source for people: `--var`, a file, an environment variable
}

var variableSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "type"}, {Name: "default"}, {Name: "description"}, {Name: "sensitive"}},
	Blocks:     []hcl.BlockHeaderSchema{{Type: "validation"}},
}

var validationSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
	{Name: "condition", Required: true}, {Name: "error_message", Required: true},
}}

// inputs reads the files of variables and --var; the later ones win, and --var wins over files.
func (l *loader) inputs() error {
	for _, path := range l.options.VarFiles {
		if err := l.inputFile(path); err != nil {
			return err
		}
	}
	for _, arg := range l.options.Vars {
		name, text, ok := strings.Cut(arg, "=")
		if !ok || !hclsyntax.ValidIdentifier(name) {
			return errors.New("--var: write --var NAME=VALUE; a name is letters, digits, _ and -, and begins with a letter")
		}
		l.given[name] = input{text: text, from: "--var"}
	}
	return nil
}

func (l *loader) inputFile(path string) error {
	src, err := readFile(path)
	if err != nil {
		return err
	}
	// Which of the values are sensitive is known only with the blocks of the variables.
	l.mistakes.private[path] = true
	body, diags := l.body(path, src)
	l.report(diags...)
	if body == nil {
		return nil
	}
	attrs, diags := body.JustAttributes()
	l.report(diags...)
	for name, a := range attrs {
		l.given[name] = input{expr: a.Expr, from: path}
	}
	return nil
}

func (l *loader) variables(blocks hcl.Blocks) {
	names := map[string]bool{}
	for _, b := range blocks {
		name := b.Labels[0]
		switch {
		case !hclsyntax.ValidIdentifier(name):
			l.mistake(b.LabelRanges[0], "Wrong name", "A variable's name is letters, digits, _ and -, and begins with a letter.")
		case names[name]:
			l.mistake(b.LabelRanges[0], "Duplicate variable", "There already is a variable %q.", name)
		default:
			names[name] = true
			l.suite.scope.variables[name] = l.variable(b)
		}
	}
	slices.Sort(l.suite.Variables)
	l.suite.scope.varObject = cty.NilVal
	l.undeclared(names)
}

// undeclared reports the values from outside that no variable takes.
func (l *loader) undeclared(names map[string]bool) {
	for name, in := range l.given {
		if names[name] {
			continue
		}
		var r hcl.Range
		if in.expr != nil {
			r = in.expr.Range()
		}
		l.mistake(r, "No such variable", "No spec has a variable %q, which %s sets.%s", name, in.from,
			DidYouMean(name, slices.Collect(maps.Keys(names))))
	}
}

// variable evaluates a variable to its value.
func (l *loader) variable(b *hcl.Block) cty.Value {
	// A variable with a mistake is unknown, so that what depends on it is not reported as a second mistake.
	content, ok := l.content(b, variableSchema)
	if !ok {
		return cty.DynamicVal
	}
	want, defaults, ok := l.variableType(content.Attributes["type"])
	if !ok {
		return cty.DynamicVal
	}
	l.text(content.Attributes["description"], nil)
	secret := l.isSensitive(content.Attributes["sensitive"], nil)
	value, r, ok := l.valueOf(b, content.Attributes["default"], want)
	if !ok {
		return cty.DynamicVal
	}
	if secret {
		l.suite.Secrets = append(l.suite.Secrets, secretsIn(value)...)
	}
	if defaults != nil && !value.IsNull() {
		value = defaults.Apply(value)
	}
	converted, err := l.gauge.collected(value, want)
	if err != nil {
		l.mistake(r, "Wrong value", "The variable %q: %s.", b.Labels[0], err)
		return cty.DynamicVal
	}
	if secret {
		converted = converted.Mark(sensitive{})
	}
	l.validate(b.Labels[0], converted, content.Blocks, r)
	return converted
}

func (l *loader) variableType(a *hcl.Attribute) (cty.Type, *typeexpr.Defaults, bool) {
	if a == nil {
		return cty.DynamicPseudoType, nil, true
	}
	want, defaults, diags := typeexpr.TypeConstraintWithDefaults(a.Expr)
	l.report(diags...)
	return want, defaults, !diags.HasErrors()
}

func (l *loader) isSensitive(a *hcl.Attribute, each map[string]cty.Value) bool {
	v, _, ok := l.written(a, each)
	if ok && v.Type() != cty.Bool {
		l.mistake(a.Expr.Range(), "Expected true or false", "Write sensitive = true.")
		return true
	}
	return ok && v.True()
}

// valueOf returns the value of a variable: --var, then files, then the environment, then its default.
func (l *loader) valueOf(b *hcl.Block, def *hcl.Attribute, want cty.Type) (cty.Value, hcl.Range, bool) {
	name := b.Labels[0]
	in, given := l.given[name]
	if text, set := l.options.LookupEnv(EnvPrefix + name); set && !given {
		in, given = input{text: text, from: EnvPrefix + name}, true
	}
	switch {
	case given:
		l.suite.Variables = append(l.suite.Variables, name)
		return l.inputValue(in, b.DefRange, want)
	case def == nil:
		l.mistake(b.DefRange, "No value for a variable",
			"Set it with --var %s=VALUE, a --var-file, the environment's %s%s, or give it a default.", name, EnvPrefix, name)
		return cty.DynamicVal, b.DefRange, false
	}
	return l.defaultValue(def)
}

// defaultValue may call functions, but refers to nothing.
func (l *loader) defaultValue(a *hcl.Attribute) (cty.Value, hcl.Range, bool) {
	// Variables have no order among them.
	if named := a.Expr.Variables(); len(named) > 0 {
		l.mistake(named[0].SourceRange(), "A default that refers to something", "The default of a variable is a value, and "+
			"cannot use var, local, host or a bare word. Strings are written in quotes; a local can join variables.")
		return cty.DynamicVal, a.Expr.Range(), false
	}
	v, ok := l.known(a, nil)
	return v, a.Expr.Range(), ok
}

// inputValue returns the value from outside, and where a mistake about it is reported.
func (l *loader) inputValue(in input, r hcl.Range, want cty.Type) (cty.Value, hcl.Range, bool) {
	expr := in.expr
	if expr == nil {
		// As in Terraform, a text is an expression for every type but string.
		if want == cty.String || want == cty.DynamicPseudoType {
			return cty.StringVal(carry(in.text)), r, true
		}
		if countWords([]byte(in.text)) > maxWords || tooDeep([]byte(in.text), in.from) != nil {
			l.mistake(r, "Wrong value", "The value from %s is nested too deeply.", in.from)
			return cty.DynamicVal, r, false
		}
		src, d := readable([]byte(in.text), in.from)
		parsed, diags := hclsyntax.ParseExpression(src, in.from, hcl.InitialPos)
		if d != nil || diags.HasErrors() {
			l.mistake(r, "Wrong value", "The value from %s is not an expression for a %s; quote strings inside it.", in.from,
				want.FriendlyName())
			return cty.DynamicVal, r, false
		}
		guarding{l.gauge}.child(&parsed)
		expr = parsed
	} else {
		r = expr.Range()
	}
	v, diags := l.suite.scope.valueIn(nil, expr) // it refers to nothing, and calls nothing
	if diags.HasErrors() {
		l.mistake(r, "Wrong value", "The value from %s has to be %s, without variables and functions.", in.from, sample(want))
	}
	return v, r, !diags.HasErrors()
}

// sample returns an example of a type's values, for an error about another one.
func sample(t cty.Type) string {
	switch {
	case t == cty.Number:
		return "a number, such as 443"
	case t == cty.Bool:
		return "true or false"
	case t.IsListType(), t.IsSetType(), t.IsTupleType():
		return `a list, such as ["a", "b"]`
	case t.IsMapType(), t.IsObjectType():
		return `a map, such as { a = "b" }`
	}
	return "a literal"
}

func (l *loader) validate(name string, value cty.Value, blocks hcl.Blocks, r hcl.Range) {
	ctx := l.suite.scope.context(nil)
	// A condition can use only its own variable: they have no order among them.
	ctx.Variables = map[string]cty.Value{"var": cty.ObjectVal(map[string]cty.Value{name: value})}
	for _, b := range blocks {
		content, ok := l.content(b, validationSchema)
		if !ok {
			continue
		}
		a := content.Attributes["condition"]
		condition, evaluated := l.valueIn(ctx, a)
		message, written := l.valueIn(ctx, content.Attributes["error_message"])
		switch allowed, sure := truth(condition); {
		case !evaluated || !written:
		case !sure:
			l.mistake(a.Expr.Range(), "Expected true or false", "A condition is true when the value is allowed.")
		case !allowed:
			l.mistake(r, "Wrong value", "The variable %q: %s", name, messageText(message))
		}
	}
}

func messageText(v cty.Value) string {
	if v.ContainsMarked() {
		return "the value is not allowed (the message of its validation is sensitive)."
	}
	if s, err := convert.Convert(v, cty.String); err == nil && s.IsKnown() && !s.IsNull() {
		return raw(s.AsString())
	}
	return "the value is not allowed."
}

// truth returns a condition's value; sure is false if it is not a known boolean.
func truth(v cty.Value) (value, sure bool) {
	v, _ = v.UnmarkDeep()
	b, err := convert.Convert(v, cty.Bool)
	if err != nil || !b.IsKnown() || b.IsNull() {
		return false, false
	}
	return b.True(), true
}

// appearances returns the forms in which a secret can appear in a text: as it is, and in quotes.
func appearances(secret string) []string {
	return []string{secret, inner(resource.QuoteString(secret)), inner(strconv.Quote(secret))}
}

// secretsIn returns the forms in which the strings and numbers inside a value can appear.
func secretsIn(v cty.Value) []string {
	var out []string
	v, _ = v.UnmarkDeep()
	for _, e := range cty.DeepValues(v) {
		if !e.IsKnown() || e.IsNull() || e.Type() != cty.String && e.Type() != cty.Number {
			continue
		}
		s, err := convert.Convert(e, cty.String)
		if err != nil {
			continue
		}
		text := raw(s.AsString())
		out = append(out, appearances(text)...)
		if form := norm.NFC.String(text); form != text {
			out = append(out, appearances(form)...)
		}
	}
	return out
}
