package document

import (
	"errors"
	"fmt"

	"github.com/itchyny/gojq"
)

// Values of jq share their parts, so a few steps of [., .] make one that is larger than any memory as soon as it is
// written out, or compared: in a single step, which nothing can interrupt. So before an expression is compiled,
// whatever makes a list or a map is made to measure it, and a product of a text as well. What changes a document is a
// mistake: it makes values, too, and an expression is for reading.

// maxMade bounds a value that an expression makes: its values and bytes, as if it were written out.
const maxMade = 64 << 20

var errMade = fmt.Errorf("the expression makes a value of more than %d MiB", maxMade>>20)

// The names of functions that no expression can write or define.
const (
	measured = "(measured)"
	product  = "(product)"
)

// bounds puts measures into an expression.
type bounds struct{ err error }

// changes are the operators and functions that change a document, or read what is not in it.
var (
	changing = map[gojq.Operator]bool{
		gojq.OpAssign: true, gojq.OpModify: true, gojq.OpUpdateAdd: true, gojq.OpUpdateSub: true, gojq.OpUpdateMul: true,
		gojq.OpUpdateDiv: true, gojq.OpUpdateMod: true, gojq.OpUpdateAlt: true,
	}
	refused = map[string]string{
		"setpath":    "changes a document, and an expression is for reading",
		"fromstream": "changes a document, and an expression is for reading",
		"pick":       "changes a document, and an expression is for reading",
		"env":        "is the environment, which an expression does not have",
		"$ENV":       "is the environment, which an expression does not have",
	}
)

func (b *bounds) query(queries ...*gojq.Query) {
	for _, q := range queries {
		if q == nil {
			continue
		}
		for _, def := range q.FuncDefs {
			b.query(def.Body)
		}
		b.term(q.Term)
		b.query(q.Left, q.Right)
		b.patterns(q.Patterns)
		switch {
		case changing[q.Op]:
			b.refuse(q.Op.String(), "changes a document, and an expression is for reading")
		case q.Op == gojq.OpMul:
			f := &gojq.Func{Name: product, Args: []*gojq.Query{q.Left, q.Right}}
			*q = gojq.Query{FuncDefs: q.FuncDefs, Term: &gojq.Term{Type: gojq.TermTypeFunc, Func: f}}
		}
	}
}

func (b *bounds) refuse(what, why string) {
	if b.err == nil {
		b.err = fmt.Errorf("%s %s", what, why)
	}
}

func (b *bounds) patterns(patterns []*gojq.Pattern) {
	for _, p := range patterns {
		b.patterns(p.Array)
		for _, object := range p.Object {
			b.query(object.KeyQuery)
			b.text(object.KeyString)
			if object.Val != nil {
				b.patterns([]*gojq.Pattern{object.Val})
			}
		}
	}
}

func (b *bounds) text(s *gojq.String) {
	if s != nil {
		b.query(s.Queries...)
	}
}

func (b *bounds) index(i *gojq.Index) {
	if i != nil {
		b.text(i.Str)
		b.query(i.Start, i.End)
	}
}

func (b *bounds) term(t *gojq.Term) {
	if t == nil {
		return
	}
	b.index(t.Index)
	b.text(t.Str)
	b.query(t.Query)
	for _, suffix := range t.SuffixList {
		b.index(suffix.Index)
	}
	switch {
	case t.Func != nil:
		if why := refused[t.Func.Name]; why != "" {
			b.refuse(t.Func.Name, why)
		}
		b.query(t.Func.Args...)
	case t.Unary != nil:
		b.term(t.Unary.Term)
	case t.If != nil:
		b.query(t.If.Cond, t.If.Then, t.If.Else)
		for _, elif := range t.If.Elif {
			b.query(elif.Cond, elif.Then)
		}
	case t.Try != nil:
		b.query(t.Try.Body, t.Try.Catch)
	case t.Reduce != nil:
		b.patterns(t.Reduce.Patterns)
		b.query(t.Reduce.Query, t.Reduce.Start, t.Reduce.Update)
	case t.Foreach != nil:
		b.patterns(t.Foreach.Patterns)
		b.query(t.Foreach.Query, t.Foreach.Start, t.Foreach.Update, t.Foreach.Extract)
	case t.Label != nil:
		b.query(t.Label.Body)
	case t.Array != nil:
		b.query(t.Array.Query)
		measure(t)
	case t.Object != nil:
		for _, pair := range t.Object.KeyVals {
			b.query(pair.KeyQuery, pair.Val)
			b.text(pair.KeyString)
		}
		measure(t)
	}
}

// measure makes a list or a map go through the function that measures it.
func measure(t *gojq.Term) {
	made := &gojq.Term{Type: t.Type, Array: t.Array, Object: t.Object}
	f := &gojq.Func{Name: measured}
	*t = gojq.Term{Type: gojq.TermTypeQuery, SuffixList: t.SuffixList, Query: &gojq.Query{
		Left: &gojq.Query{Term: made}, Op: gojq.OpPipe,
		Right: &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeFunc, Func: f}},
	}}
}

// compileBounded compiles an expression with its measures.
func compileBounded(q *gojq.Query) (*gojq.Code, error) {
	var b bounds
	if b.query(q); b.err != nil {
		return nil, b.err
	}
	multiply, err := gojq.Parse(".[0] * .[1]")
	if err != nil {
		return nil, err
	}
	times, err := gojq.Compile(multiply)
	if err != nil {
		return nil, err
	}
	return gojq.Compile(q,
		gojq.WithFunction(measured, 0, 0, func(v any, _ []any) any {
			if left := maxMade; !fitsInto(v, 0, &left) {
				return errMade
			}
			return v
		}),
		gojq.WithFunction(product, 2, 2, func(_ any, args []any) any { return multiplied(times, args[0], args[1]) }))
}

func multiplied(times *gojq.Code, a, b any) any {
	for _, pair := range [][2]any{{a, b}, {b, a}} {
		text, isText := pair[0].(string)
		if n, isNumber := gojq.ToFloat64(pair[1]); isText && isNumber && n*float64(len(text)) > maxMade {
			return errMade
		}
	}
	v, ok := times.Run([]any{a, b}).Next()
	if !ok {
		return errors.New("there is no product")
	}
	return v
}

// fitsInto reports whether a value has few enough values and bytes, as if it were written out, and is not too deep.
func fitsInto(v any, depth int, left *int) bool {
	*left -= 16
	if *left < 0 || depth > 2*maxDepth {
		return false
	}
	switch v := v.(type) {
	case string:
		*left -= len(v)
	case []any:
		for _, inner := range v {
			if !fitsInto(inner, depth+1, left) {
				return false
			}
		}
	case map[string]any:
		for key, inner := range v {
			if *left -= len(key); !fitsInto(inner, depth+1, left) {
				return false
			}
		}
	}
	return *left >= 0
}
