package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/avow-dev/avow/spec/resource"
)

// block is one instance of a resource block. Expressions that need no fact of the host are evaluated once, and shared
// by all targets; the rest is evaluated again for each.
type block struct {
	group
	typ      *resource.Type
	def      hcl.Range
	label    string
	repeated bool // by a for_each of its own
	title    string
	why      string
	written  []*hcl.Attribute // in the order in which they are written, without the words
	nth      int              // of the blocks with this label whose main parameter is sensitive
	early    Resource         // as far as it is known before contact
}

func (b *block) on(t Target) bool {
	return len(b.selectors) == 0 || slices.ContainsFunc(b.selectors, func(s selector) bool { return s.picks(t) })
}

// resources reads a resource block, which for_each may make many.
func (l *loader) resources(b *hcl.Block, outer group) {
	typ := l.options.Catalog.Find(b.Type)
	content, diags := b.Body.Content(schemaOf(typ))
	l.report(guessed(l.options.Catalog, typ, diags)...)
	for _, each := range l.forEach(b, content.Attributes, outer.each) {
		if !l.oneMore(b.DefRange) {
			return
		}
		g := outer
		g.each = each
		l.common(content.Attributes, &g)
		g.become = l.become(content.Blocks, outer.become)
		instance := &block{
			repeated: content.Attributes["for_each"] != nil,
			group:    g, typ: typ, def: b.DefRange, label: b.Labels[0],
			title: l.text(content.Attributes["title"], each), why: l.text(content.Attributes["why"], each),
			written: inOrder(content.Attributes),
		}
		l.add(instance, diags.HasErrors())
	}
}

func (l *loader) add(b *block, wrong bool) {
	e := b.evaluate(l.suite.scope)
	l.report(e.diags...)
	l.suite.Secrets = append(l.suite.Secrets, e.secrets...)
	if e.nameless {
		// Blocks with one label would have the same name in reports.
		name := b.typ.Name + " " + b.label
		l.nameless[name]++
		b.nth = l.nameless[name]
		e.r.Name = b.alias()
	}
	b.early = e.r
	// A block with a mistake may have been meant to promise something.
	if len(e.r.Promises) == 0 && !wrong && !e.diags.HasErrors() && !l.options.AllowEmpty {
		l.mistake(b.def, "Promises nothing", "This %s block has no promise; write for example %s.", b.typ.Name,
			firstPromise(b.typ))
	}
	l.suite.blocks = append(l.suite.blocks, b)
}

// alias returns the name in reports of a block whose main parameter is sensitive: "(sensitive) LABEL", and the second
// one with this label "(sensitive) LABEL 2".
func (b *block) alias() string {
	name := strings.TrimSpace(Sensitive + " " + b.label)
	if b.nth > 1 {
		name += fmt.Sprintf(" %d", b.nth)
	}
	return name
}

func firstPromise(t *resource.Type) string {
	example := ""
	for _, a := range t.Attributes {
		switch {
		case a.Parameter:
		case a.Kind == resource.Bool:
			return a.Name + " = true"
		case example == "":
			example = a.Name + " = VALUE"
		}
	}
	return example
}

func schemaOf(t *resource.Type) *hcl.BodySchema {
	var names []string
	for _, a := range t.Attributes {
		names = append(names, a.Name)
	}
	return &hcl.BodySchema{Attributes: wordSchema(names...), Blocks: []hcl.BlockHeaderSchema{{Type: "become"}}}
}

func inOrder(attrs hcl.Attributes) []*hcl.Attribute {
	var list []*hcl.Attribute
	for _, a := range attrs {
		if !isWord(a.Name) {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b *hcl.Attribute) int { return cmp.Compare(a.Range.Start.Byte, b.Range.Start.Byte) })
	return list
}

// resource returns the block for one target. What cannot be evaluated for lack of facts is unknown, with the reason.
func (b *block) resource(s *scope) Resource {
	if !b.early.Pending || s.pending {
		return b.early
	}
	e := b.evaluate(s)
	e.r.Pending, e.r.Secrets = false, s.gauge.takeSecrets()
	if len(e.waitsFor) > 0 {
		e.r.Unknown = s.unknownReason(e.waitsFor...)
	}
	if e.diags.HasErrors() {
		e.r.Unknown = Mask(oneLine(e.diags), e.secrets)
	}
	// Before contact the block promised something: reports list it as skipped, with the reason.
	if len(e.r.Promises) == 0 && len(b.early.Promises) > 0 {
		e.r.Promises = b.early.Promises
		if e.r.Skip == "" {
			e.r.Skip = "it is null on this host, so it promises nothing"
		}
	}
	return e.r
}
