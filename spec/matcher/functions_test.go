package matcher

import (
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/avow-dev/avow/spec/resource"
)

var otherType = reflect.TypeFor[int]()

// Mistakes that are found while the spec is read, whatever the attribute.
func TestArgumentErrors(t *testing.T) {
	tests := []struct{ call, want string }{
		{`not()`, "not() promises nothing"},
		{`not("a", "b")`, "not(any_of(A, B))"},
		{`not(null)`, "null is not a value here; write not(MATCHER)"},
		{`all_of()`, "all_of() promises nothing"},
		{`any_of([]...)`, "any_of() promises nothing"},
		{`all_of(contains("a"), null)`, "null is not a value"},
		{`any_of(["a", null])`, "null is not a value"},
		{`not({ a = null })`, "a: null is not a value"},
		{`not(bad)`, "expected a literal or a matcher"},
		{`contains("")`, "promises nothing"},
		{`contains()`, "promises nothing"},
		{`contains("a", "b")`, `all_of(contains("a"), contains("b"))`},
		{`contains(null, "b")`, "contains(LIST, VALUE)"},
		{`contains(["a"], starts_with("b"))`, "cannot be a matcher"},
		{`contains([starts_with("a")], "b")`, "cannot contain matchers"},
		{`contains("a", "b", "c")`, "one too many"},
		{`matches("(")`, `"(" is not a regular expression (RE2): missing closing )`},
		{`matches("(?=a)")`, "RE2"},
		{`matches("")`, "matches every text"},
		{`matches("(?m)")`, "matches every text"},
		{`matches(["a"])`, "expected a string"},
		{`matches(contains("a"))`, "not a matcher"},
		{`starts_with("")`, "promises nothing"},
		{`ends_with("")`, "promises nothing"},
		{`has_line("a\nb")`, "no line breaks"},
		{`gt(contains("a"))`, "a value to compare with"},
		{`gt(true)`, "a value to compare with"},
		{`gt([1])`, "a value to compare with"},
		{`gt(1/0)`, "infinity"},
		{`between(1)`, "between(LOW, HIGH)"},
		{`between(1, 2, 3)`, "one too many"},
		{`version(1.10)`, "the number 1.10 is 1.1"},
		{`version("")`, "is not a constraint"},
		{`version(">= ")`, "is not a constraint"},
		{`version("=> 1.0")`, "is not a constraint"},
		{`version(">= 1.0,")`, "is not a constraint"},
		{`version(">= x")`, "is not a constraint"},
		{`version(">= 1.0 < 2")`, "is not a constraint"},
		{`version(">= 1", "< 2")`, `version(">= 1.22, < 2")`},
		{`consists_of()`, "empty()"},
		{`empty(1)`, "one too many"},
		{`has_length("3")`, "whole number"},
		{`has_length(1.5)`, "whole number"},
		{`has_length(-1)`, "whole number"},
		{`"a ${contains("b")}"`, "string required"},
	}
	for _, test := range tests {
		v, diags := evaluate(t, test.call)
		if !diags.HasErrors() {
			t.Errorf("%s is no mistake but %#v", test.call, v)
		} else if text := diags.Error(); !strings.Contains(text, test.want) || strings.Contains(text, "panic") {
			t.Errorf("%s: %s", test.call, text)
		}
	}
}

// Mistakes that are found once the attribute is known.
func TestKindErrors(t *testing.T) {
	tests := []struct {
		kind       *resource.Kind
		call, want string
	}{
		{resource.Mode, `gt("0644")`, "gt: a mode has no order"},
		{resource.Bool, `ge(1)`, "ge: true or false has no order"},
		{resource.ListOf(resource.String), `lt(1)`, "lt: a list has no order"},
		{resource.Mode, `not(gt("0644"))`, "gt: a mode has no order"},
		{resource.Mode, `not("99")`, `not: "99" is not a mode; write "0644" or "u=rw,go=r"`},
		{resource.Mode, `any_of("0644", 644)`, `any_of: quote a mode: "0644"; a bare number is ambiguous, since 0644 and 644 are the same number`},
		{resource.Number, `contains("a")`, "contains: a number is not a text"},
		{resource.Bool, `matches("a")`, "matches: true or false is not a text"},
		{resource.String, `contains(starts_with("a"))`, "contains: expected a string, not a matcher"},
		{list, `starts_with("a")`, `starts_with: a list is not a text; for its elements, write contains(starts_with("a"))`},
		{counts, `contains(starts_with("a"))`, "starts_with: a number is not a text"},
		{counts, `matches("a")`, "matches: a number is not a text"},
		{list, `has_line("a")`, "has_line: a list has no lines; write contains(...)"},
		{resource.Number, `version("1")`, "version: a number is not a version"},
		{resource.Mode, `version("1")`, "version: a mode is not a version"},
		{resource.Number, `empty()`, "empty: a number is never empty"},
		{resource.Bool, `has_length(1)`, "has_length: true or false has no length"},
		{resource.String, `consists_of("a")`, "consists_of: a string has no elements"},
		{list, `consists_of(["a", "b"])`, "consists_of: write the elements themselves, or consists_of(LIST...)"},
		{resource.String, `[contains("a")]`, "a list of matchers cannot match a string; to pass on its elements, write all_of(LIST...)"},
		{list, `{ a = not("b") }`, "a map cannot match a list"},
		{table, `{ a = gt(true ? "b" : "c"), b = [not("c")] }`, "b: a list of matchers cannot match a string; to pass on its elements, write all_of(LIST...)"},
		{table, `{}`, "{} names no key, so it promises nothing; write empty()"},
		{resource.Number, `between(5, 1)`, "between: nothing is between 5 and 1; write the lower one first"},
		{resource.String, `between(1, "5")`, "between: write two numbers, or two strings"},
		{resource.Version, `gt(1.10)`, `gt: quote a version: "1.10"; the number 1.10 is 1.1`},
		{resource.Duration, `gt(5)`, `gt: expected a duration such as "90s"; a bare number has no unit`},
		{list, `has_length(contains("a"))`, "contains: a non-negative integer is not a text"},
		{resource.String, `["a"]`, "expected a string"},
	}
	for _, test := range tests {
		if _, err := matcherOf(t, test.call).For(test.kind); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v", test.call, err)
		}
	}
}

func TestUnknownArguments(t *testing.T) {
	for _, call := range []string{
		`not(unknown)`, `all_of(contains("a"), unknown)`, `contains(any)`, `not(["a", unknown])`, `not({ a = [any] })`,
		`matches(unknown)`, `version(any)`, `between(1, unknown)`, `not(contains(unknown))`, `consists_of(any...)`,
		`contains([unknown], "a")`, `contains(any, "a")`, `contains(list, unknown)`,
		`not(true ? ["a", unknown] : contains("b"))`,
	} {
		v, diags := evaluate(t, call)
		if diags.HasErrors() {
			t.Errorf("%s: %v", call, diags)
		} else if v.IsKnown() {
			t.Errorf("%s is known: %#v", call, v)
		}
	}
	if _, diags := evaluate(t, `all_of(unknown, null)`); !diags.HasErrors() {
		t.Error("an unknown argument hides a wrong one")
	}
	v, _ := evaluate(t, `true ? ["a", unknown] : contains("b")`)
	if m, err := FromValue(v); err != nil || m.Known() {
		t.Errorf("%v, %v", m, err)
	} else if _, err := m.For(list); err == nil {
		t.Error("what is not known cannot be read")
	}
}

func TestMarks(t *testing.T) {
	v, diags := evaluate(t, `not(any_of("a", secret, ["b", secret]))`)
	if diags.HasErrors() || !v.HasMark("sensitive") {
		t.Fatalf("%v %v", v.HasMark("sensitive"), diags)
	}
	if _, err := FromValue(v); err == nil {
		t.Error("a mark was lost silently")
	}
	plain, _ := v.UnmarkDeep()
	if _, err := FromValue(plain); err != nil {
		t.Error(err)
	}
	v, diags = evaluate(t, `true ? ["a", secret] : contains("b")`)
	if !diags.HasErrors() && !v.ContainsMarked() {
		t.Error("a conversion dropped a mark")
	}
}

func TestFromValue(t *testing.T) {
	for _, v := range []cty.Value{
		cty.NilVal, cty.NullVal(cty.String), cty.NullVal(Type), cty.NullVal(cty.DynamicPseudoType),
		cty.TupleVal([]cty.Value{cty.NullVal(Type)}), cty.CapsuleVal(cty.Capsule("other", otherType), new(int)),
		cty.StringVal("a").Mark(1), cty.TupleVal([]cty.Value{cty.StringVal("a").Mark(1)}),
	} {
		if m, err := FromValue(v); err == nil {
			t.Errorf("%#v became %v", v, m)
		}
	}
	converted, err := convert.Convert(cty.StringVal("a"), Type)
	if err != nil {
		t.Fatal(err)
	}
	if m := converted.EncapsulatedValue().(*Matcher); m.String() != `"a"` {
		t.Error(m)
	}
	var none *Matcher
	if _, err := none.For(resource.String); err == nil {
		t.Error("no matcher expects nothing")
	}
}

func TestValues(t *testing.T) {
	same, diags := evaluate(t, `not(["a", { "b c" = 1 }, true]) == not(["a", { "b c" = 1 }, true]) && not("1") != not(1)`)
	if diags.HasErrors() || !same.True() {
		t.Errorf("%#v %v", same, diags)
	}
	v, _ := evaluate(t, `all_of(not(["a", { "b c" = 1 }, [contains("x")]]), true)`)
	if got := v.GoString(); !strings.Contains(got, `all_of(not(["a", { "b c" = 1 }, [contains("x")]]), true)`) {
		t.Error(got)
	}
	if set := cty.SetVal([]cty.Value{v, v}); set.LengthInt() != 1 {
		t.Error("equal matchers are one in a set")
	}
	if Type.GoString() == "" || Type.FriendlyName() != "matcher" {
		t.Error(Type.FriendlyName())
	}
}

// TestDefinitions has the laws of the table: names are unique, nothing is missing, examples work.
func TestDefinitions(t *testing.T) {
	kinds := map[string]*resource.Kind{
		"mode": resource.Mode, "content": resource.Text, "stderr": resource.Text, "groups": set, "members": set,
		"addresses": set, "shell": resource.String, "size": resource.Number, "count": resource.Number,
		"exit_status": resource.Number, "duration": resource.Duration, "version": resource.Version,
		"stdout": resource.Text, "lines": list, "modified": resource.Time, "labels": table,
	}
	for _, d := range Definitions {
		if d.Name == "" || d.Summary == "" || strings.HasSuffix(d.Summary, ".") || !strings.HasPrefix(d.Signature, d.Name+"(") {
			t.Errorf("%s: %q %q", d.Name, d.Signature, d.Summary)
		}
		file, diags := hclsyntax.ParseConfig([]byte(d.Example+"\n"), d.Name, hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		attributes, _ := file.Body.JustAttributes()
		for name, attribute := range attributes {
			v, diags := attribute.Expr.Value(&hcl.EvalContext{Functions: Functions()})
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			m, err := FromValue(v)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.For(kinds[name]); err != nil || !strings.Contains(m.String(), d.Name+"(") {
				t.Errorf("%s: %v, %v", d.Example, m, err)
			}
		}
	}
	if len(Functions()) != len(Definitions) {
		t.Error("two matchers have one name")
	}
}
