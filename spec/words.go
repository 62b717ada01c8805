package spec

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/matcher"
	"github.com/avow-dev/avow/spec/resource"
)

// Word is an argument that every resource and describe knows.
type Word struct{ Name, Doc string }

// Words returns all of them, with their documentation.
func Words() []Word { return slices.Clone(words) }

var words = []Word{
	{"why", "A sentence for the readers: why this is promised."},
	{"title", "The name in reports, instead of the type and the name of the block."},
	{"tags", `A list of tags, for --tag; the tags of a describe apply to everything in it.`},
	{"skip", "The reason not to check this for now. Reports list it as skipped."},
	{"only_if", "A condition, also over facts of the host: `only_if = host.os.family == \"debian\"`."},
	{"within", "Check again until it is kept, or until this time is over: `within = \"30s\"`."},
	{"for_each", "A list or a map: the block is repeated for each element, with `each.key` and `each.value`."},
	{
		"sensitive",
		"With `true`, reports show neither the expected nor the actual value, and of several parts (`all_of`, a " +
			"list) only the numbers of those that do not match. With `false`, they also show what the target keeps " +
			"from other users, such as the content of a file that they may not read. The innermost one counts.",
	},
}

func wordSchema(more ...string) []hcl.AttributeSchema {
	var schema []hcl.AttributeSchema
	for _, w := range words {
		schema = append(schema, hcl.AttributeSchema{Name: w.Name})
	}
	for _, name := range more {
		schema = append(schema, hcl.AttributeSchema{Name: name})
	}
	return schema
}

func isWord(name string) bool {
	return slices.ContainsFunc(words, func(w Word) bool { return w.Name == name })
}

// common reads the words that a describe hands on and a resource has itself.
func (l *loader) common(attrs hcl.Attributes, g *group) {
	g.tags = append(slices.Clone(g.tags), l.tags(attrs["tags"], g.each)...)
	if skip := l.skip(attrs["skip"], g.each); skip != "" {
		g.skip = skip
	}
	if a := attrs["only_if"]; a != nil && l.isCondition(a, g.each) {
		g.conditions = append(slices.Clone(g.conditions), condition{expr: a.Expr, each: g.each})
	}
	if d := l.duration(attrs["within"], g.each); d > 0 {
		g.within = d
	}
	if a := attrs["sensitive"]; a != nil {
		// null is not written: then the block around counts.
		if v, ok := l.value(a, g.each); !ok || !v.IsNull() {
			g.sensitive = l.isSensitive(a, g.each)
			g.public = !g.sensitive
		}
	}
}

func (l *loader) tags(a *hcl.Attribute, each map[string]cty.Value) []string {
	v, secret, ok := l.written(a, each)
	if !ok {
		return nil
	}
	list, err := resource.SetOf(resource.String).Read(v)
	switch {
	case err != nil:
		l.mistake(a.Expr.Range(), "Expected a list of strings", `Write %s = ["a", "b"].`, a.Name)
		return nil
	case secret:
		l.mistake(a.Expr.Range(), "A sensitive tag", "Every report shows the tags.")
	}
	var tags []string
	for _, tag := range list.([]any) {
		tags = append(tags, raw(tag.(string)))
	}
	return tags
}

// skip returns why something is not checked.
func (l *loader) skip(a *hcl.Attribute, each map[string]cty.Value) string {
	v, secret, ok := l.written(a, each)
	switch {
	case !ok:
		return ""
	// true or false would not explain it.
	case v.Type() != cty.String || strings.TrimSpace(v.AsString()) == "":
		l.mistake(a.Expr.Range(), "skip without a reason",
			`Give the reason: skip = "until the new certificate is there". For a condition, use only_if.`)
		return ""
	case secret:
		return Sensitive
	}
	return raw(v.AsString())
}

// text returns a string that is known before contact; "" if it is missing or wrong.
func (l *loader) text(a *hcl.Attribute, each map[string]cty.Value) string {
	v, secret, ok := l.written(a, each)
	if !ok {
		return ""
	}
	s, err := resource.String.Read(v)
	if err != nil {
		l.mistake(a.Expr.Range(), "Expected a string", `Write %s = "...".`, a.Name)
		return ""
	}
	if secret {
		return Sensitive
	}
	return raw(s.(string))
}

// isCondition reports the mistakes in an only_if that can be found before contact.
func (l *loader) isCondition(a *hcl.Attribute, each map[string]cty.Value) bool {
	v, ok := l.value(a, each)
	if !ok {
		return false
	}
	_, sure := truth(v)
	t := v.Type()
	switch {
	case t.Equals(matcher.Type):
		l.mistake(a.Expr.Range(), "A matcher is not a condition", `only_if takes a condition, such as host.os.family == `+
			`"debian". Negate it with "!", and combine several with && and ||.`)
	case sure || v.IsNull() || !v.IsKnown() && (t == cty.Bool || t == cty.DynamicPseudoType):
		return true
	default:
		l.mistake(a.Expr.Range(), "Expected true or false", `only_if takes a condition, such as host.os.family == "debian".`)
	}
	return false
}

// duration returns a duration that is known before contact; 0 if it is missing or wrong.
func (l *loader) duration(a *hcl.Attribute, each map[string]cty.Value) time.Duration {
	v, _, ok := l.written(a, each)
	if !ok {
		return 0
	}
	d, err := resource.Duration.Read(v)
	if err == nil && d.(time.Duration) <= 0 {
		err = errors.New("the duration is zero, negative or too long")
	}
	if err != nil {
		l.mistake(a.Expr.Range(), "Wrong duration", `%s. Write %s = "30s".`, upper(err.Error()), a.Name)
		return 0
	}
	return d.(time.Duration)
}
