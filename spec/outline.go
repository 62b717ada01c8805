package spec

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/avow-dev/avow/spec/resource"
)

// Outline is what the syntax of a suite shows without evaluating anything: names to complete a command line with. It
// has no promises, and of a broken spec it has what can still be read.
type Outline struct {
	Variables []Outlined // their names and descriptions
	Targets   []Outlined // their names and backends
	Tags      []string   // those that are written out, of promises
	Paths     []string   // of describes and blocks, as --only takes them
}

// Outlined is a name and its description.
type Outlined struct{ Name, About string }

// maxOutline is how many bytes of specs an outline is made of: a shell that completes a word does not wait.
const maxOutline = 4 << 20

// ReadOutline reads nothing but the files of the suite, and ignores mistakes.
func ReadOutline(c *resource.Catalog, paths []string) Outline {
	var o Outline
	l := newLoader(Options{Catalog: c, Sealed: true})
	read := 0
	for _, path := range paths {
		files, err := Find([]string{path})
		if err != nil {
			continue
		}
		for _, file := range files {
			body, size := l.outlined(file)
			if body != nil {
				o.add(c, body)
			}
			if read += size; read > maxOutline {
				return o.sorted()
			}
		}
	}
	return o.sorted()
}

func (o Outline) sorted() Outline {
	for _, list := range []*[]string{&o.Tags, &o.Paths} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return o
}

// outlined returns the syntax of a file, and its size.
func (l *loader) outlined(path string) (*hclsyntax.Body, int) {
	// A pipe would have nothing left for the command itself.
	src, err := regularFile(path)
	if err != nil {
		return nil, 0
	}
	body, _ := l.syntax(path, src)
	return body, len(src)
}

func (o *Outline) add(c *resource.Catalog, body *hclsyntax.Body) {
	for _, b := range body.Blocks {
		switch {
		case b.Type == "variable" && len(b.Labels) == 1:
			o.Variables = append(o.Variables, Outlined{b.Labels[0], writtenText(b.Body, "description")})
		case b.Type == "target" && len(b.Labels) == 2:
			o.Targets = append(o.Targets, Outlined{b.Labels[1], b.Labels[0]})
		case b.Type == "describe" && len(b.Labels) == 1:
			o.describe(c, b, "")
		}
	}
}

func (o *Outline) describe(c *resource.Catalog, b *hclsyntax.Block, above string) {
	path := above + b.Labels[0]
	o.Paths = append(o.Paths, path)
	o.Tags = append(o.Tags, writtenTexts(b.Body, "tags")...)
	for _, inner := range b.Body.Blocks {
		if len(inner.Labels) != 1 {
			continue
		}
		switch {
		case inner.Type == "describe":
			o.describe(c, inner, path+"/")
		case c.Find(inner.Type) != nil:
			o.Paths = append(o.Paths, path+"/"+inner.Type+" "+inner.Labels[0])
			o.Tags = append(o.Tags, writtenTexts(inner.Body, "tags")...)
		}
	}
}

// writtenText returns an attribute that is a plain text; "" for all others.
func writtenText(body *hclsyntax.Body, name string) string {
	a := body.Attributes[name]
	if a == nil {
		return ""
	}
	text, _ := plainText(a.Expr)
	return text
}

// writtenTexts returns the plain texts of an attribute that is a list.
func writtenTexts(body *hclsyntax.Body, name string) []string {
	a := body.Attributes[name]
	if a == nil {
		return nil
	}
	list, diags := hcl.ExprList(a.Expr)
	if diags.HasErrors() {
		return nil
	}
	var texts []string
	for _, e := range list {
		if text, ok := plainText(e); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// plainText returns the text of an expression without references and calls.
func plainText(expr hcl.Expression) (string, bool) {
	if t, ok := expr.(*hclsyntax.TemplateExpr); !ok || !t.IsStringLiteral() {
		return "", false
	}
	v, _ := expr.Value(nil)
	return raw(v.AsString()), true
}
