package spec

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/avow-dev/avow/spec/matcher"
	"github.com/avow-dev/avow/spec/resource"
)

// evaluation is one pass over a block.
type evaluation struct {
	*block
	scope    *scope
	r        Resource
	late     bool             // its subject, or whether it is checked at all, is not known yet
	unplaced bool             // its subject is not known yet
	placed   bool             // an attribute gives the main parameter: it is known, not known yet, or wrong and reported
	promises bool             // what is promised is not known yet
	waitsFor []hcl.Expression // what makes it late
	secrets  []string
	nameless bool // the main parameter is sensitive
	diags    hcl.Diagnostics
}

func (b *block) evaluate(s *scope) *evaluation {
	e := &evaluation{block: b, scope: s, r: Resource{
		Type: b.typ, Title: b.title, Why: b.why, Path: b.path, PathWhys: b.whys, Tags: b.tags,
		Within: b.within, Sensitive: b.sensitive, Public: b.public, Become: b.become, Skip: b.skip,
		Params: defaults(b.typ),
	}}
	e.conditions()
	for _, a := range b.written {
		e.attribute(a)
	}
	e.label()
	e.sealDial()
	e.prepare()
	e.contradiction()
	e.absence()
	e.r.Pending = e.late || e.promises
	return e
}

func defaults(t *resource.Type) resource.Params {
	params := resource.Params{}
	for _, a := range t.Attributes {
		if a.Parameter && a.Default != nil {
			params[a.Name] = a.Default
		}
	}
	return params
}

// conditions evaluates whether the block is checked.
func (e *evaluation) conditions() {
	for _, c := range e.block.conditions {
		v, diags := e.scope.value(c.expr, c.each)
		if diags.HasErrors() {
			e.diags = append(e.diags, diags...)
			return
		}
		value, sure := truth(v)
		switch {
		case !v.IsWhollyKnown():
			e.late, e.waitsFor = true, append(e.waitsFor, c.expr)
		case v.IsNull():
		case !sure:
			e.wrong(c.expr.Range(), "Expected true or false", "only_if is neither true nor false")
		case !value && e.r.Skip == "":
			e.r.Skip = "only_if does not hold"
		}
	}
}

func (e *evaluation) attribute(a *hcl.Attribute) {
	attribute := e.typ.Attribute(a.Name)
	v, diags := e.scope.value(a.Expr, e.each)
	main := a.Name == e.typ.Label
	if main && (diags.HasErrors() || !v.IsNull()) {
		e.placed = true
	}
	switch {
	case diags.HasErrors():
		e.mistaken(attribute, a, diags, false)
		return
	case v.IsNull():
		if main {
			e.nullOfEach(a)
		}
		return
	}
	v, marks := v.UnmarkDeep()
	secret := len(marks) > 0
	if secret {
		e.secrets = append(e.secrets, secretsIn(v)...)
	}
	switch {
	case attribute.Parameter:
		e.parameter(attribute, a, v, secret)
	case !v.IsWhollyKnown():
		e.undecided(attribute, a, v.Type(), secret)
	default:
		e.expect(attribute, a, v, secret)
	}
}

// mistaken reports a mistake before contact. After contact only facts of the host can have caused one: then this
// promise is unknown, and the others of the block are not.
func (e *evaluation) mistaken(attribute *resource.Attribute, a *hcl.Attribute, diags hcl.Diagnostics, secret bool) {
	if e.scope.pending || attribute.Parameter {
		e.diags = append(e.diags, diags...)
		return
	}
	e.promise(attribute, a, undecidable(Mask(oneLine(diags), e.secrets)), secret)
}

// undecided adds a promise that waits for facts, or that never gets them.
func (e *evaluation) undecided(attribute *resource.Attribute, a *hcl.Attribute, t cty.Type, secret bool) {
	switch {
	case !e.scope.pending:
		e.promise(attribute, a, undecidable(e.scope.unknownReason(a.Expr)), secret)
	case attribute.Kind.Elem == nil && t.IsObjectType():
		e.wrong(a.Expr.Range(), "Wrong value for "+attribute.Name, "%s",
			e.advice(attribute, errors.New("this is several values, not one")))
	default:
		e.promises = true
		e.promise(attribute, a, matcher.Expectation{}, secret)
		e.r.Promises[len(e.r.Promises)-1].Facts, _ = e.scope.decidedBy([]hcl.Expression{a.Expr})
	}
}

// undecidable returns the expectation of a promise that cannot be evaluated for this host.
func undecidable(reason string) matcher.Expectation {
	return matcher.Expectation{
		Phrase: "is as promised for this host",
		Test:   func(any) matcher.Result { return matcher.Result{Unknown: reason} },
	}
}

// nullOfEach finds the element of a for_each that does not set the block's subject. Otherwise the label, which all
// elements share, would be checked instead, and a promise of absence would be kept.
func (e *evaluation) nullOfEach(a *hcl.Attribute) {
	key, ok := e.each["key"]
	refers := slices.ContainsFunc(a.Expr.Variables(), func(t hcl.Traversal) bool { return t.RootName() == "each" })
	if !ok || !refers {
		return
	}
	e.placed = true
	e.wrong(a.Expr.Range(), "Null for an element", "The %s is null where each.key is %s, so the label would replace it. "+
		"Give every element its own, or leave the element out: for_each = [for e in ... : e if ... != null].", a.Name,
		keyText(key))
}

func keyText(key cty.Value) string {
	key, _ = key.UnmarkDeep()
	if s, err := convert.Convert(key, cty.String); err == nil && s.IsKnown() && !s.IsNull() {
		return resource.QuoteString(raw(s.AsString()))
	}
	return "another one"
}

func (e *evaluation) parameter(attribute *resource.Attribute, a *hcl.Attribute, v cty.Value, secret bool) {
	if attribute.Name == e.typ.Label {
		e.nameless = secret
	}
	if !v.IsWhollyKnown() {
		e.late, e.unplaced, e.waitsFor = true, true, append(e.waitsFor, a.Expr)
		return
	}
	value, err := attribute.Kind.Read(v)
	if err != nil {
		e.wrong(a.Expr.Range(), "Wrong value for "+attribute.Name, "%s", e.advice(attribute, noMatcher(v, err)))
		return
	}
	value = rawValue(value)
	if hasNUL(value) {
		e.wrong(a.Expr.Range(), "Wrong value for "+attribute.Name, "No argument on a host can contain the character NUL.")
		return
	}
	if isEmpty(attribute, value) {
		e.wrong(a.Expr.Range(), "Empty "+attribute.Name, "The %s of %s is empty. To leave the argument out, use null.",
			attribute.Name, WithArticle(e.typ.Name))
		return
	}
	e.r.Params[attribute.Name] = value
	if secret && !e.r.Public {
		e.r.Params[resource.Derived] = true
	}
	if attribute.Name == e.typ.Label {
		e.r.Name = attribute.Kind.Text(value)
		if secret {
			e.r.Name = e.alias()
		}
	}
}

// isEmpty reports whether a parameter is empty. A text can be empty on purpose: stdin.
func isEmpty(attribute *resource.Attribute, value any) bool {
	text, ok := value.(string)
	return ok && attribute.Kind != resource.Text && strings.TrimSpace(text) == ""
}

func hasNUL(value any) bool {
	switch value := value.(type) {
	case string:
		return strings.ContainsRune(value, 0)
	case []any:
		return slices.ContainsFunc(value, hasNUL)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(value)), hasNUL)
	}
	return false
}

func (e *evaluation) expect(attribute *resource.Attribute, a *hcl.Attribute, v cty.Value, secret bool) {
	v = normal(v)
	m, err := matcher.FromValue(v)
	if v.RawEquals(cty.PositiveInfinity) || v.RawEquals(cty.NegativeInfinity) {
		err = errors.New("infinity can never be the actual value; was something divided by zero?")
	}
	if err == nil && !m.Known() {
		e.undecided(attribute, a, matcher.Type, secret)
		return
	}
	if err == nil {
		var expectation matcher.Expectation
		if expectation, err = m.For(attribute.Kind); err == nil {
			e.promise(attribute, a, expectation, secret)
			e.name(attribute, expectation)
			return
		}
		err = cmp.Or(confusedIn(e.typ, attribute, m), err)
	}
	if secret {
		err = errors.New("the sensitive value does not fit")
	}
	d := mistake(a.Expr.Range(), "Wrong value for "+attribute.Name, "%s", e.advice(attribute, err))
	e.mistaken(attribute, a, hcl.Diagnostics{d}, secret)
}

// noMatcher describes the mistake where only a value is allowed.
func noMatcher(v cty.Value, err error) error {
	if v.Type().Equals(matcher.Type) {
		return errors.New("a matcher is not allowed here, since this is not a promise; write one value")
	}
	return err
}

func (e *evaluation) advice(attribute *resource.Attribute, err error) string {
	var unlisted *resource.Unlisted
	if errors.As(err, &unlisted) { // the sentence already contains its words
		return fmt.Sprintf("%s%s `avow explain %s.%s` has the details.",
			sentence(err), DidYouMean(unlisted.Word, unlisted.Words), e.typ.Name, attribute.Name)
	}
	return fmt.Sprintf("%s The %s of %s is %s; `avow explain %s.%s` has the details.",
		sentence(err), attribute.Name, WithArticle(e.typ.Name), attribute.Kind.Name, e.typ.Name, attribute.Name)
}

// sentence returns an error as a sentence.
func sentence(err error) string {
	text := upper(err.Error())
	if strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}

// upper capitalizes a sentence, unless it begins with the name of a matcher or with a call of one.
func upper(s string) string {
	if first, _, _ := strings.Cut(s, " "); s == "" || strings.HasSuffix(first, ":") || strings.Contains(first, "(") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func (e *evaluation) promise(attribute *resource.Attribute, a *hcl.Attribute, x matcher.Expectation, secret bool) {
	e.r.Promises = append(e.r.Promises, Promise{
		Attribute: attribute, Expectation: x, Sensitive: secret || e.sensitive && !attribute.Kind.IsOpen(),
		Position: Position{File: a.Range.Filename, Line: a.NameRange.Start.Line, Column: a.NameRange.Start.Column},
	})
}

// name hands the strings that a promise mentions to the probe, for the attributes that request them.
func (e *evaluation) name(attribute *resource.Attribute, x matcher.Expectation) {
	if !attribute.Named {
		return
	}
	named := slices.Concat(e.r.Params.References(attribute.Name), x.References)
	slices.Sort(named)
	e.r.Params[attribute.Name] = slices.Compact(named)
}

// titled makes the label the title if an attribute sets the block's subject. A label that all elements of a for_each
// share does not distinguish them.
func (e *evaluation) titled() {
	label := strings.TrimSpace(e.block.label)
	if e.placed && e.r.Title == "" && label != "" && !e.repeated && e.block.label != e.r.Params[e.typ.Label] {
		e.r.Title = e.block.label
	}
}

// label sets the main parameter to the label, unless an attribute sets it.
func (e *evaluation) label() {
	attribute := e.typ.Attribute(e.typ.Label)
	e.r.label = e.block.label
	e.titled()
	if _, given := e.r.Params[e.typ.Label]; given || attribute == nil {
		return
	}
	if e.r.Name == "" {
		e.r.Name = e.block.label
	}
	switch {
	case e.placed:
		return
	case strings.TrimSpace(e.block.label) == "":
		e.wrong(e.def, "Empty "+e.typ.Label, "The label is the %s of the %s: %s.", e.typ.Label, e.typ.Name,
			heading(e.scope.world.catalog, e.typ.Name))
		return
	}
	if attribute.Kind == resource.String {
		e.r.Params[e.typ.Label] = e.block.label // as it is written: a cty string would be normalised
	} else if value, err := attribute.Kind.Read(cty.StringVal(e.block.label)); err == nil {
		e.r.Params[e.typ.Label] = value
	} else {
		e.wrong(e.def, "Wrong "+e.typ.Label, "%s", sentence(err))
	}
}

func (e *evaluation) prepare() {
	if _, ok := e.r.Params[e.typ.Label]; !ok || e.typ.Prepare == nil || e.unplaced || e.diags.HasErrors() {
		return
	}
	if err := e.typ.Prepare(e.r.Params); err != nil {
		e.wrong(e.def, "Wrong "+e.typ.Name, "%s", Mask(sentence(err), e.secrets))
	}
}

// contradiction rejects promises about a thing that is promised to be absent.
func (e *evaluation) contradiction() {
	i := slices.IndexFunc(e.r.Promises,
		func(p Promise) bool { return p.Attribute.Presence && p.Expectation.Literal == false })
	if i < 0 || e.r.Promises[i].Attribute != firstPresence(e.typ) {
		return
	}
	absent := e.r.Promises[i]
	for _, p := range e.r.Promises {
		if !p.Attribute.Presence {
			e.wrong(e.place(p.Attribute.Name), "Promise about a missing thing",
				"The block promises %s = false, so nothing can have %q.", absent.Attribute.Name, p.Attribute.Name)
		}
	}
}

func firstPresence(t *resource.Type) *resource.Attribute {
	for i := range t.Attributes {
		if t.Attributes[i].Presence {
			return &t.Attributes[i]
		}
	}
	return nil
}

// place returns the range of an attribute.
func (e *evaluation) place(name string) hcl.Range {
	for _, a := range e.written {
		if a.Name == name {
			return a.NameRange
		}
	}
	return e.def
}

func (e *evaluation) wrong(r hcl.Range, summary, format string, args ...any) {
	e.diags = append(e.diags, mistake(r, summary, format, args...))
}
