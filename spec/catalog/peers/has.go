package peers

import (
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// Has reports whether a catalogue has what a name of an [Answer] means: a type, an attribute of one, a fact of the
// host, or an attribute with that value, "service.manager=systemd".
func Has(c *resource.Catalog, name string) bool {
	typ, attribute, dotted := strings.Cut(name, ".")
	attribute, value, chosen := strings.Cut(attribute, "=")
	t := c.Find(typ)
	// The facts of expressions are another type of the same name, and have names that no block can have: os.id.
	if typ == "host" && dotted && (t == nil || t.Attribute(attribute) == nil) {
		t = c.Host
	}
	switch {
	case t == nil || !dotted:
		return t != nil && t != c.Host
	case t.Attribute(attribute) == nil:
		return false
	case chosen && t.Attribute(attribute).Parameter:
		return accepts(t, attribute, value)
	}
	return true
}

// accepts reports whether a type takes a value of a parameter, such as the name of a manager. Where it refuses the rest
// of the block, too, that does not concern the value.
func accepts(t *resource.Type, parameter, value string) bool {
	if t.Prepare == nil || parameter == t.Label {
		return true
	}
	with, without := resource.Params{t.Label: "x", parameter: value}, resource.Params{t.Label: "x"}
	return t.Prepare(with) == nil || t.Prepare(without) != nil
}

// Signposts returns what to write instead of a block of another tool, by the name of that block. It has no block that
// the catalogue has itself, and no answer that it does not have.
func Signposts(c *resource.Catalog) map[string]string {
	signs := map[string]string{}
	for _, p := range All() {
		for _, g := range p.Groups {
			sign := g.signpost(func(name string) bool { return name == "describe" || Has(c, name) })
			for _, typ := range g.Words {
				if sign != "" && signs[typ] == "" && c.Find(typ) == nil && typ != "host" {
					signs[typ] = sign
				}
			}
		}
	}
	return signs
}

func (g *Group) signpost(has func(string) bool) string {
	switch {
	case len(g.Answers) == 0 && !g.LeftOut:
		return g.Note
	case len(g.Answers) != 1 || !g.Answers[0].In(has):
		return ""
	case strings.Contains(g.Answers[0].Text, with):
		return g.Answers[0].Text
	}
	return g.Answers[0].Text + " { ... }"
}
