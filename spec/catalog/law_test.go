package catalog_test

import (
	"fmt"
	"math/big"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog"
	"github.com/avow-dev/avow/spec/matcher"
	"github.com/avow-dev/avow/spec/resource"
)

// The law of values: what a probe can report, its spec can spell, in every way that is accepted; each spelling is equal
// to it at every depth, below not as well; and what is accepted can be equal to something. Otherwise not(...) of it
// would be kept by everything.

// samplesOf are those of a kind: of one whose words are known, all of them.
func samplesOf(t *testing.T, name string, k *resource.Kind) []spelled {
	if list, ok := spellings[k]; ok {
		return list
	}
	if k.Texts != nil && k.Base() == resource.String {
		var list []spelled
		words := k.Texts()
		for i, word := range words {
			list = append(list, spelled{word, []any{word}, words[(i+1)%len(words)]})
		}
		return list
	}
	if k.Name == resource.Path.Name { // a path with a standard
		return append(spellings[resource.Path][:1:1], spelled{"/bin/x", []any{"/bin/x"}, "/bin/y"})
	}
	t.Errorf("%s: the law knows no values of the kind %q", name, k.Name)
	return nil
}

func literal(v any) cty.Value {
	switch v := v.(type) {
	case string:
		return cty.StringVal(v)
	case bool:
		return cty.BoolVal(v)
	case int:
		return cty.NumberIntVal(int64(v))
	}
	panic(fmt.Sprintf("%T", v))
}

// depths are the ways in which a kind is nested, with a value in them and the expectations that are as sure as that of
// the value.
func depths(k *resource.Kind, found any, v cty.Value) []judgement {
	set, list, table := resource.SetOf(k), resource.ListOf(k), resource.MapOf(k)
	one, keyed := cty.TupleVal([]cty.Value{v}), cty.ObjectVal(map[string]cty.Value{"k": v})
	part := v
	if v.RawEquals(cty.StringVal("")) { // contains("") promises nothing, of whatever attribute
		part = apply("any_of", v)
	}
	all := []judgement{
		{k, found, v},
		{k, found, apply("all_of", v)},
		{k, found, apply("any_of", v)},
		{k, found, apply("not", apply("not", v))},
		{table, map[string]any{"k": found, "l": found}, keyed},
		{table, map[string]any{"k": found}, cty.ObjectVal(map[string]cty.Value{"k": apply("any_of", v)})},
		{resource.MapOf(set), map[string]any{"k": []any{found}}, cty.ObjectVal(map[string]cty.Value{"k": apply("contains", part)})},
		{resource.MapOf(set), map[string]any{"k": []any{found}}, cty.ObjectVal(map[string]cty.Value{"k": one})},
	}
	for _, kind := range []*resource.Kind{set, list} {
		for _, value := range []cty.Value{
			one, apply("consists_of", v), apply("contains", part), apply("contains", apply("any_of", v)), apply("any_of", one),
			cty.TupleVal([]cty.Value{apply("all_of", v)}), apply("consists_of", apply("not", apply("not", v))),
		} {
			all = append(all, judgement{kind, []any{found}, value})
		}
	}
	return all
}

type judgement struct {
	kind  *resource.Kind
	found any
	value cty.Value
}

var functions = matcher.Functions()

func apply(name string, args ...cty.Value) cty.Value {
	v, err := functions[name].Call(args)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", name, err))
	}
	return v
}

// holds judges an expectation and its contrary: "+" and "-" are what is sure.
func (j judgement) holds() (string, error) {
	verdict := ""
	for _, v := range []cty.Value{j.value, apply("not", j.value)} {
		m, err := matcher.FromValue(v)
		if err != nil {
			return "", err
		}
		e, err := m.For(j.kind)
		if err != nil {
			return "", err
		}
		r := e.Test(j.found)
		verdict += map[bool]string{true: "+", false: "-"}[r.Kept]
		if r.Unknown != "" {
			return "?", nil
		}
	}
	return verdict, nil
}

func checkEqual(t *testing.T, name string, k *resource.Kind, found any, v cty.Value, want string) {
	t.Helper()
	for _, j := range depths(k, found, v) {
		if got, err := j.holds(); got != want || err != nil {
			t.Errorf("%s: %#v of %#v is %q, not %q (%v)", name, j.value, j.found, got, want, err)
		}
	}
}

// leaf is the kind of what stands alone in a value, and of the keys of a map.
func leaves(k *resource.Kind) []*resource.Kind {
	if k.Elem == nil {
		return []*resource.Kind{k}
	}
	out := leaves(k.Elem)
	if k.Key != nil {
		out = append(out, leaves(k.Key)...)
	}
	return out
}

func everyAttribute(each func(name string, a resource.Attribute)) {
	for _, typ := range catalog.All.Types {
		for _, a := range typ.Attributes {
			if !a.Parameter && a.Kind != resource.OfEach { // which is judged by the attributes that it names
				each(typ.Name+"."+a.Name, a)
			}
		}
	}
}

// TestEverySpellingIsEqualAtEveryDepth holds for every attribute's kind.
func TestEverySpellingIsEqualAtEveryDepth(t *testing.T) {
	seen := map[*resource.Kind]bool{}
	everyAttribute(func(name string, a resource.Attribute) {
		for _, k := range leaves(a.Kind) {
			if seen[k] {
				continue
			}
			seen[k] = true
			for _, s := range samplesOf(t, name, k) {
				for _, way := range s.ways {
					checkEqual(t, name, k, s.found, literal(way), "+-")
				}
				if k != resource.ModeLimit { // 0600 is within 0644
					checkEqual(t, name, k, s.found, literal(s.other), "-+")
				}
			}
		}
	})
}

// TestWhatIsReportedCanBeSpelled takes every value of the recordings as a literal.
func TestWhatIsReportedCanBeSpelled(t *testing.T) {
	recorded := catalog.RecordedValues(t)
	if len(recorded) < 60 {
		t.Errorf("values of %d attributes only", len(recorded))
	}
	everyAttribute(func(name string, a resource.Attribute) {
		for _, value := range recorded[name] {
			v := ctyOf(a.Kind, value)
			if m, ok := value.(map[string]any); ok && len(m) == 0 {
				continue // {} is no literal
			}
			if j := (judgement{a.Kind, value, v}); a.Kind != resource.ModeLimit || value != "7777" {
				if got, err := j.holds(); got != "+-" || err != nil {
					t.Errorf("%s: %#v of what was found is %q (%v)", name, v, got, err)
				}
			}
			list, _ := value.([]any)
			for _, e := range list {
				checkEqual(t, name, a.Kind.Elem, e, ctyOf(a.Kind.Elem, e), "+-")
			}
		}
	})
}

// canonicalTexts are the texts of the values that are known of each kind with a grammar, in their canonical form.
func canonicalTexts(t testing.TB) map[*resource.Kind][]string {
	texts := map[*resource.Kind][]string{}
	var add func(k *resource.Kind, value any)
	add = func(k *resource.Kind, value any) {
		switch value := value.(type) {
		case []any:
			for _, e := range value {
				add(k.Elem, e)
			}
		case map[string]any:
			for key, e := range value {
				if k.Key != nil {
					add(k.Key, key)
				}
				add(k.Elem, e)
			}
		default:
			if k.Grammar != "" {
				texts[k] = append(texts[k], k.Text(k.Form(value)))
			}
		}
	}
	recorded := catalog.RecordedValues(t)
	everyAttribute(func(name string, a resource.Attribute) {
		for _, value := range recorded[name] {
			add(a.Kind, value)
		}
	})
	for k, list := range spellings {
		for _, s := range list {
			add(k, s.found)
		}
	}
	return texts
}

// TestWhatIsReportedIsInItsGrammar: else a pattern that is refused could match it.
func TestWhatIsReportedIsInItsGrammar(t *testing.T) {
	texts := canonicalTexts(t)
	for _, k := range lawKinds() {
		if k.Grammar == "" {
			continue
		}
		if len(texts[k]) == 0 {
			t.Errorf("%s: no value is known", k.Name)
		}
		for _, text := range append(texts[k], k.Example) {
			if !grammarOf(k).MatchString(text) {
				t.Errorf("%s: %q is not in its grammar", k.Name, text)
			}
		}
	}
}

// FuzzPattern has the law that a pattern or a part that is refused for a kind matches none of its values.
func FuzzPattern(f *testing.F) {
	for _, pattern := range []string{
		"^644$", "^u:bob", "[A-F]", "SHA256:", "0:0:0:0", "NET", "Running", "^0$", "ep$", ":ro", "1.", `\Qa`,
	} {
		f.Add(pattern)
	}
	texts, kinds := canonicalTexts(f), lawKinds()
	f.Fuzz(func(t *testing.T, argument string) {
		for name, fits := range textMatchers {
			v, err := functions[name].Call([]cty.Value{cty.StringVal(argument)})
			if err != nil {
				continue
			}
			m, _ := matcher.FromValue(v)
			for _, k := range kinds {
				if k.Grammar == "" || k.Part != nil && name != "matches" { // a part can be brought to another form
					continue
				}
				_, err := m.For(k)
				if err == nil || strings.Contains(err.Error(), "matches every possible value") {
					continue
				}
				for _, text := range texts[k] {
					if fits(text, argument) {
						t.Errorf("%s(%q) is refused of %s, and fits %q: %v", name, argument, k.Name, text, err)
					}
				}
			}
		}
	})
}

// textMatchers are those of a text and an argument.
var textMatchers = map[string]func(text, argument string) bool{
	"contains":    strings.Contains,
	"starts_with": strings.HasPrefix,
	"ends_with":   strings.HasSuffix,
	"matches":     func(text, pattern string) bool { return regexp.MustCompile(pattern).MatchString(text) },
}

// ctyOf is a value as a report prints it and a spec writes it.
func ctyOf(k *resource.Kind, value any) cty.Value {
	switch value := value.(type) {
	case []any:
		list := []cty.Value{}
		for _, e := range value {
			list = append(list, ctyOf(k.Elem, e))
		}
		return cty.TupleVal(list)
	case map[string]any:
		values := map[string]cty.Value{}
		for key, e := range value {
			values[key] = ctyOf(k.Elem, e)
		}
		return cty.ObjectVal(values)
	case bool:
		return cty.BoolVal(value)
	case *big.Float:
		return cty.NumberVal(value)
	}
	return cty.StringVal(k.Text(value))
}

// checkAccepted holds a literal that a kind accepts to the law: its form is one that can be reported, reading it again
// changes nothing, and what was found in that form is equal to it, surely.
func checkAccepted(t *testing.T, k *resource.Kind, v cty.Value) {
	value, err := k.Read(v)
	if err != nil {
		return
	}
	text := k.Text(value)
	if form := formOf(k); form != nil && !form.MatchString(text) {
		t.Errorf("%s: %#v is accepted as %q, which nothing can report", k.Name, v, text)
	}
	if k.Texts != nil && k.Base() == resource.String && spellings[k] == nil && !contains(k.Texts(), text) {
		t.Errorf("%s: %#v is accepted as %q, which is none of its words", k.Name, v, text)
	}
	again, err := k.Read(ctyOf(k, value))
	if err != nil || !reflect.DeepEqual(k.Text(again), text) {
		t.Errorf("%s: %#v is %q, and read again %v, %v", k.Name, v, text, again, err)
	}
	if !reflect.DeepEqual(k.Text(k.Form(value)), text) {
		t.Errorf("%s: %q was found, and is brought to %q", k.Name, text, k.Form(value))
	}
	if got, err := (judgement{k, value, v}).holds(); got != "+-" || err != nil {
		t.Errorf("%s: %#v of %q is %q (%v)", k.Name, v, text, got, err)
	}
}

// formOf is what the values of a kind look like; nil for any text.
func formOf(k *resource.Kind) *regexp.Regexp {
	if reportable[k] == nil && k.Grammar != "" {
		return grammarOf(k)
	}
	return reportable[k]
}

func grammarOf(k *resource.Kind) *regexp.Regexp {
	return regexp.MustCompile(`\A(?:` + k.Grammar + `)\z`)
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

// lawKinds are all kinds, in an order that a fuzzer can count by.
func lawKinds() []*resource.Kind {
	var kinds []*resource.Kind
	seen := map[*resource.Kind]bool{}
	everyAttribute(func(_ string, a resource.Attribute) {
		for _, k := range leaves(a.Kind) {
			if !seen[k] {
				seen[k] = true
				kinds = append(kinds, k)
			}
		}
	})
	return kinds
}

// TestEveryAcceptedLiteralCanBeEqual gives every kind the spellings of all others.
func TestEveryAcceptedLiteralCanBeEqual(t *testing.T) {
	for _, k := range lawKinds() {
		for _, list := range spellings {
			for _, s := range list {
				for _, way := range append(s.ways, s.other) {
					checkAccepted(t, k, literal(way))
				}
			}
		}
	}
}

// FuzzLiteral gives every kind any text.
func FuzzLiteral(f *testing.F) {
	for _, list := range spellings {
		for _, s := range list {
			for _, way := range s.ways {
				if text, ok := way.(string); ok {
					f.Add(text)
				}
			}
		}
	}
	for _, text := range []string{"Enabled", "265", "1e400", "7777", " x ", "a:b", "0x10", "*", "~/x", "[::1]:80", "ssh-rsa AAAA", "=ep", "u::7"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, k := range lawKinds() {
			checkAccepted(t, k, cty.StringVal(text))
		}
	})
}
