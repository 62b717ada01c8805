package matcher

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/matcher/document"
	"github.com/avow-dev/avow/spec/resource"
)

// jq, yaml, toml, ini, csv and xml read a text, and expect something of a value in it.
//
// A text that is not of the format breaks the promise, and makes its contrary unknown: the file is not what it should
// be, but what it means instead is not known. A value that is not there keeps neither of the two, like the key that a
// map does not have: a missing setting is not one that has another value.

// extraction gets values out of a text.
type extraction struct {
	kind   *resource.Kind // of the values
	where  string         // in a phrase
	inside Expectation
	// readings returns the results for each meaning that the text can have, and why there can be several.
	readings func(found any) (results [][]any, doubt string, err error)
}

// checkQuery checks the expression of jq and of the formats that it is for.
func checkQuery(m *Matcher) error {
	_, err := m.query()
	return err
}

func (m *Matcher) query() (*document.Query, error) {
	s, err := m.expression()
	if err != nil {
		return nil, err
	}
	return document.NewQuery(s)
}

func (m *Matcher) expression() (string, error) {
	if !m.literal() || m.value.Type() != cty.String {
		return "", errors.New("expected an expression in quotes")
	}
	s := trimBreak(m.value.AsString())
	if strings.TrimSpace(s) == "" {
		return "", errors.New("the expression is empty")
	}
	return s, nil
}

func checkXPath(m *Matcher) error {
	_, err := m.xpath()
	return err
}

func (m *Matcher) xpath() (*document.XPath, error) {
	s, err := m.expression()
	if err != nil {
		return nil, err
	}
	return document.NewXPath(s)
}

// expectFormat makes jq, yaml, toml, ini and csv.
func expectFormat(name string, format *document.Format) expectFunc {
	return func(k *resource.Kind, args []*Matcher) (Expectation, error) {
		if !hasLines(k) && !isAnything(k) {
			return Expectation{}, fmt.Errorf("%s is not a text in %s", kindOf(k), format.Name)
		}
		query, err := args[0].query()
		if err != nil {
			return Expectation{}, err
		}
		x := extraction{kind: resource.JSON, where: query.Text}
		if format.Untyped {
			x.kind = resource.Untyped
		}
		x.readings = func(found any) ([][]any, string, error) {
			texts, err := format.Read(textIn(k, found))
			results := make([][]any, len(texts))
			for i := 0; i < len(texts) && err == nil; i++ {
				results[i], err = query.Run(texts[i])
			}
			return results, format.Doubt, err
		}
		if isAnything(k) { // a value that was read already
			x.kind = k
			x.readings = func(found any) ([][]any, string, error) {
				results, err := query.Run([]any{document.FromJSON(found)})
				return [][]any{results}, "", err
			}
		}
		return x.expect(name, args)
	}
}

func expectXML(k *resource.Kind, args []*Matcher) (Expectation, error) {
	if !hasLines(k) {
		return Expectation{}, fmt.Errorf("%s is not a text in XML", kindOf(k))
	}
	path, err := args[0].xpath()
	if err != nil {
		return Expectation{}, err
	}
	x := extraction{kind: resource.Untyped, where: path.Text}
	x.readings = func(found any) ([][]any, string, error) {
		results, err := path.Run(textIn(k, found))
		return [][]any{results}, "", err
	}
	return x.expect("xml", args)
}

var plainPath = regexp.MustCompile(`^[^\s"]+$`)

func (x extraction) expect(name string, args []*Matcher) (Expectation, error) {
	var err error
	if x.inside, err = args[1].expect(x.kind); err != nil {
		return x.inside, err
	}
	expression, where := x.where, shorten(x.where)
	if !plainPath.MatchString(x.where) {
		where = quoted(x.where)
	}
	x.where = where
	return Expectation{
		Test:       x.test,
		Text:       call(name, []string{resource.QuoteString(expression), x.inside.Text}),
		Phrase:     "at " + where + " " + x.inside.Phrase,
		References: x.inside.References,
		negated:    "at " + where + " " + x.inside.negated,
		compound:   x.inside.compound,
	}, nil
}

func (x extraction) test(found any) Result {
	readings, doubt, err := x.readings(found)
	switch {
	case err != nil && (document.IsMalformed(err) || document.IsMisfit(err)):
		return similar(err.Error())
	case err != nil:
		return unknown("%s", err)
	case len(readings) == 0:
		return unknown("the text has no meaning")
	}
	first := x.judge(readings[0])
	for _, results := range readings[1:] {
		// Programs read the text differently, so it is sure only what is so in every reading.
		if r := x.judge(results); !r.agrees(first) {
			return unknown("%s", doubt)
		}
	}
	return first
}

// agrees reports whether two results have one verdict, and their contraries as well.
func (r Result) agrees(other Result) bool {
	return r.Kept == other.Kept && (r.Unknown == "") == (other.Unknown == "") &&
		r.neither == other.neither && (r.doubt == "") == (other.doubt == "")
}

// judge judges the results of an expression.
func (x extraction) judge(results []any) Result {
	var value any = results
	if len(results) == 1 {
		value = results[0]
	}
	if value == nil || len(results) == 0 {
		return Result{Note: "nothing is at " + x.where, neither: true}
	}
	r := x.inside.Test(value)
	if r.broken() {
		r.Note, r.found = "", notes([]string{r.Note, r.found, x.shown(value)})
	}
	return r
}

// shown describes a value. A long one is not cut, as that might leave the half of a secret, which is not recognised;
// and of a map only the keys that a promise names may be shown.
func (x extraction) shown(value any) string {
	list, isList := value.([]any)
	text := x.kind.Quote(value)
	switch _, isMap := value.(map[string]any); {
	case isMap, isList && hasMaps(list):
		return ""
	case isList && len(text) > longest:
		return fmt.Sprintf("at %s is a list of %d", x.where, len(list))
	case len(text) > longest:
		return fmt.Sprintf("at %s is %s of %d bytes", x.where, resource.JSONType(value), len(text))
	}
	return fmt.Sprintf("at %s is %s", x.where, text)
}

func hasMaps(list []any) bool {
	for _, e := range list {
		if _, ok := e.(map[string]any); ok {
			return true
		}
		if inner, ok := e.([]any); ok && hasMaps(inner) {
			return true
		}
	}
	return false
}
