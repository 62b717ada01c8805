package matcher

import (
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/avow-dev/avow/spec/resource"
)

// evaluate evaluates an expression of the language with the matchers' functions.
func evaluate(t *testing.T, expression string) (cty.Value, hcl.Diagnostics) {
	t.Helper()
	expr, diags := hclsyntax.ParseExpression([]byte(expression), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%s: %v", expression, diags)
	}
	return valueOf(expr)
}

// evaluated evaluates an expression that may have mistakes.
func evaluated(expression string) (cty.Value, error) {
	expr, diags := hclsyntax.ParseExpression([]byte(expression), "test.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	v, diags := valueOf(expr)
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	return v, nil
}

func valueOf(expr hcl.Expression) (cty.Value, hcl.Diagnostics) {
	return expr.Value(&hcl.EvalContext{
		Functions: withToset(Functions()),
		Variables: map[string]cty.Value{
			"unknown": cty.UnknownVal(cty.String),
			"any":     cty.DynamicVal,
			"secret":  cty.StringVal("hush").Mark("sensitive"),
			"null":    cty.NullVal(cty.String),
			"list":    cty.ListVal([]cty.Value{cty.StringVal("a"), cty.StringVal("b")}),
			"bad":     cty.CapsuleVal(cty.Capsule("other", otherType), new(int)),
		},
	})
}

func withToset(functions map[string]function.Function) map[string]function.Function {
	functions["toset"] = stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType))
	return functions
}

func matcherOf(t *testing.T, expression string) *Matcher {
	t.Helper()
	v, diags := evaluate(t, expression)
	if diags.HasErrors() {
		t.Fatalf("%s: %v", expression, diags)
	}
	m, err := FromValue(v)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return m
}

func expectationOf(t *testing.T, k *resource.Kind, expression string) Expectation {
	t.Helper()
	e, err := matcherOf(t, expression).For(k)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return e
}

var (
	list   = resource.ListOf(resource.String)
	set    = resource.SetOf(resource.String)
	counts = resource.ListOf(resource.Number)
	modes  = resource.SetOf(resource.Mode)
	table  = resource.MapOf(resource.String)
	deep   = resource.MapOf(resource.ListOf(resource.Mode))
)

func s(words ...string) []any { return resource.Strings(words) }

func m(pairs ...string) map[string]any {
	out := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

func n(i int64) *big.Float { return resource.Int(i) }

func deb(v string) resource.PackageVersion { return resource.PackageVersion{Text: v, Scheme: "deb"} }

func moment(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// judgements has a line for each judgement of a matcher on something found: "+" kept, "-" not kept, "?"
// unknown, "0" not kept, and its contrary is not either.
var judgements = []struct {
	kind    *resource.Kind
	matcher string
	found   any
	want    string
}{
	{resource.Mode, `"644"`, "0644", "+"},
	{resource.Mode, `not("644")`, "0644", "-"},
	{resource.Mode, `not("u=rw,go=r")`, "0644", "-"},
	{resource.Mode, `not("644")`, "0600", "+"},
	{resource.Mode, `any_of("644", "u=r")`, "0644", "+"},
	{resource.Mode, `any_of("644", "u=r")`, "0400", "+"},
	{resource.Mode, `any_of("644", "u=r")`, "0600", "-"},
	{resource.ModeLimit, `"0644"`, "0600", "+"},
	{resource.ModeLimit, `not("0644")`, "0600", "-"},
	{resource.Mode, `contains("64")`, "0644", "+"},
	{resource.Bool, `true`, true, "+"},
	{resource.Bool, `not(true)`, true, "-"},
	{resource.Bool, `not(true)`, false, "+"},
	{resource.Bool, `any_of(true, false)`, false, "+"},
	{resource.Number, `"5"`, n(5), "+"},
	{resource.Number, `0.1 + 0.2`, mustNumber("0.3"), "+"},
	{resource.Number, `not(9007199254740993)`, n(9007199254740992), "+"},
	{resource.String, `5`, "5", "+"},
	{resource.String, `""`, "", "+"},
	{resource.String, `"é"`, "e\u0301", "+"},
	{resource.String, `not("é")`, "e\u0301", "-"},
	{resource.String, `"a"`, "a\xff", "-"},
	{resource.Text, `contains("é")`, "caf e\u0301\xff", "+"},
	{set, `["é", "b"]`, s("b", "e\u0301"), "+"},
	{table, `{ "é" = "é" }`, m("e\u0301", "e\u0301"), "+"},
	{table, `{ "é" = contains("é") }`, m("e\u0301", "e\u0301"), "+"},
	{resource.Version, `"1.22.1-9"`, deb("1.22.1-9"), "+"},
	{resource.Version, `"1.22.1"`, deb("1.22.1-9"), "0"},
	{resource.Version, `"1.22.1-9"`, deb("0:1.22.1-9"), "+"},
	{resource.Version, `"1.22.1-9"`, deb("2:1.22.1-9"), "0"},
	{resource.Version, `"1.22"`, deb("1.22.1-9"), "-"},

	{resource.String, `all_of(contains("a"), contains("b"))`, "ab", "+"},
	{resource.String, `all_of(contains("a"), contains("b"))`, "a", "-"},
	{resource.String, `not(all_of(contains("a"), contains("b")))`, "a", "+"},
	{resource.String, `any_of(contains("a"), contains("b"))`, "b", "+"},
	{resource.String, `any_of(contains("a"), contains("b"))`, "c", "-"},
	{resource.String, `not(not("a"))`, "a", "+"},

	// Unknown, three-valued.
	{resource.Version, `version(">= 2")`, deb("(none)"), "?"},
	{resource.Version, `not(version(">= 2"))`, deb("(none)"), "?"},
	{resource.Version, `not(not(version(">= 2")))`, deb("(none)"), "?"},
	{resource.Version, `version("!= 2")`, deb("(none)"), "?"},
	{resource.Version, `version("~> 2.0")`, deb("(none)"), "?"},
	{resource.Version, `gt("2")`, deb("(none)"), "?"},
	{resource.Version, `not(between("1", "2"))`, deb("(none)"), "?"},
	{resource.Version, `any_of(version(">= 2"), "none")`, deb("none"), "+"},
	{resource.Version, `any_of(version(">= 2"), "x")`, deb("(none)"), "?"},
	{resource.Version, `all_of(version(">= 2"), "x")`, deb("(none)"), "-"},
	{resource.Version, `all_of(version(">= 2"), "none")`, deb("none"), "?"},
	{resource.Version, `not(all_of(version(">= 2"), "x"))`, deb("(none)"), "+"},
	{list, `contains(version(">= 2"))`, s("x", "1.0"), "?"},
	{list, `contains(version(">= 2"))`, s("x", "2.0"), "+"},
	{list, `contains(version(">= 2"))`, s("1.9", "1.0"), "-"},
	{list, `not(contains(version(">= 2")))`, s("x", "1.0"), "?"},
	{list, `consists_of(version(">= 2"), "a")`, s("a", "x"), "?"},
	{list, `consists_of(version(">= 2"), "a")`, s("b", "x"), "-"},
	{list, `not(consists_of(version(">= 2"), "a"))`, s("a", "x"), "?"},
	{list, `[version(">= 2"), "a"]`, s("x", "a"), "?"},
	{list, `[version(">= 2"), "a"]`, s("x", "b"), "-"},
	{table, `{ v = version(">= 2") }`, m("v", "x"), "?"},
	{table, `{ v = version(">= 2"), w = "1" }`, m("v", "x"), "0"},
	{resource.Text, `has_line(version(">= 2"))`, "x\ny\n", "?"},
	{resource.Text, `not(has_line(version(">= 2")))`, "x\ny\n", "?"},
	{resource.Text, `has_line(version(">= 2"))`, "x\n2.1\n", "+"},
	{resource.Bool, `not(true)`, "yes", "?"},
	{resource.Bool, `not(true)`, nil, "?"},
	{list, `not(contains("a"))`, "a", "?"},
	{list, `not(contains("a"))`, []any{1}, "?"},
	{table, `not(contains("a"))`, s(), "?"},
	{resource.Number, `not(5)`, (*big.Float)(nil), "?"},

	// Texts.
	{resource.Text, `contains("b")`, "abc", "+"},
	{resource.Text, `not(contains("b"))`, "abc", "-"},
	{resource.Text, `contains(80)`, "port 80", "+"},
	{resource.Text, `contains("$${x}\"\\%%{y}*")`, "a${x}\"\\%{y}*", "+"},
	{resource.Version, `contains("dfsg")`, deb("1.0+dfsg-1"), "+"},
	{resource.Version, `starts_with("1.0")`, deb("1.0+dfsg-1"), "+"},
	{resource.Text, `matches("^b")`, "a\nb", "-"},
	{resource.Text, `matches("(?m)^b$")`, "a\nb\nc", "+"},
	{resource.Text, "matches(<<-EOT\n\t(?m)^\\s*b\\d$\n\tEOT\n)", "a\n  b1", "+"},
	{resource.Text, `matches(".")`, "\xff\xfe", "+"},
	{list, `matches("^b")`, s("a", "bc"), "+"},
	{list, `matches("^b")`, s("ab"), "-"},
	{list, `not(matches("^b"))`, s("a", "bc"), "-"},
	{list, `not(matches("^b"))`, s(), "+"},
	{resource.String, `starts_with("/bin")`, "/bin/sh", "+"},
	{resource.String, `starts_with("/bin")`, "/usr/bin", "-"},
	{resource.String, `ends_with("sh")`, "/bin/sh", "+"},
	{resource.String, `not(ends_with("sh"))`, "/bin/sh", "-"},
	{resource.Text, `has_line("b")`, "a\nb\nc", "+"},
	{resource.Text, `has_line("b")`, "a\r\nb\r\n", "+"},
	{resource.Text, `has_line("b\n")`, "a\nb", "+"},
	{resource.Text, `has_line("b")`, "ab\nbc\n", "-"},
	{resource.Text, `not(has_line("b"))`, "ab\nbc\n", "+"},
	{resource.Text, `has_line("")`, "a\n", "-"},
	{resource.Text, `has_line("")`, "a\n\nb", "+"},
	{resource.Text, `has_line(starts_with("b"))`, "a\nbc\n", "+"},
	{resource.Text, `has_line(not("a"))`, "a\na\n", "-"},
	{resource.Text, `has_line(80)`, "80\n", "+"},

	// Order.
	{resource.Number, `gt(5)`, n(5), "-"},
	{resource.Number, `gt(5)`, n(6), "+"},
	{resource.Number, `ge(5)`, n(5), "+"},
	{resource.Number, `lt("10")`, n(9), "+"},
	{resource.Number, `le(5)`, n(6), "-"},
	{resource.Number, `between(1, 5)`, n(1), "+"},
	{resource.Number, `between(1, 5)`, n(5), "+"},
	{resource.Number, `not(between(1, 5))`, n(6), "+"},
	{resource.String, `gt(9)`, "10", "+"},
	{resource.String, `gt("9")`, "10", "-"},
	{resource.Text, `between(1, 20)`, " 10\n", "+"},
	{resource.Text, `not(lt(9))`, strings.Repeat("9", 1_000_000), "?"},
	{resource.Text, `gt(9)`, strings.Repeat("9", 1_000_000) + "x", "?"},
	{resource.String, `ge("b")`, "b", "+"},
	{resource.Duration, `le("1d")`, 24 * time.Hour, "+"},
	{resource.Duration, `lt("90s")`, 2 * time.Minute, "-"},
	{resource.Time, `gt("2026-01-31T12:00:00Z")`, moment("2026-01-31T13:30:00+01:00"), "+"},
	{resource.Time, `"2026-01-31T12:00:00Z"`, moment("2026-01-31T13:00:00+01:00"), "+"},
	{resource.Version, `gt("1.9")`, deb("1.10"), "+"},
	{resource.Version, `lt("1.0")`, deb("1.0~rc1"), "+"},
	{resource.Version, `gt("3.0")`, deb("2:1.0"), "+"},
	{resource.Version, `between("1.9", "1.11")`, deb("1.10-1"), "+"},

	// Lists, sets, maps.
	{list, `["a", "b"]`, s("a", "b"), "+"},
	{list, `["a", "b"]`, s("b", "a"), "-"},
	{set, `["a", "b"]`, s("b", "a"), "+"},
	{list, `list`, s("a", "b"), "+"},
	{list, `not(["a", "b"])`, s("b", "a"), "+"},
	{list, `[]`, s(), "+"},
	{list, `contains("a")`, s("b", "a"), "+"},
	{list, `contains("a")`, s("ab"), "-"},
	{list, `not(contains("a"))`, s("ab"), "+"},
	{list, `contains(starts_with("a"))`, s("b", "ab"), "+"},
	{modes, `contains("644")`, s("0600", "0644"), "+"},
	{counts, `contains(gt(5))`, []any{n(1), n(6)}, "+"},
	{counts, `consists_of("5", 6)`, []any{n(6), n(5)}, "+"},
	{table, `contains("k")`, m("k", "v"), "+"},
	{table, `contains("k")`, m("kk", "k"), "-"},
	{table, `contains(matches("^k"))`, m("kk", "v"), "+"},
	{table, `{ a = "1" }`, m("a", "1", "b", "2"), "+"},
	{table, `{ a = "1" }`, m("b", "2"), "0"},
	{table, `{ a = "1", b = "1" }`, m("b", "2"), "0"},
	{table, `any_of({ a = "1" }, { b = "2" })`, m("b", "2"), "+"},
	{table, `any_of({ a = "1" }, { b = "1" })`, m("b", "2"), "0"},
	{table, `all_of({ a = "1" }, { b = "1" })`, m("b", "2"), "0"},
	{table, `all_of(not({ a = "1" }), { b = "2" })`, m("b", "2"), "0"},
	{table, `contains("a")`, m("b", "2"), "-"},
	{table, `{ a = not("1") }`, m("a", "2", "b", "1"), "+"},
	{table, `{ a = not("1") }`, m("b", "2"), "0"},
	{deep, `{ a = ["644", not("644")] }`, map[string]any{"a": s("0644", "0600")}, "+"},
	{deep, `{ a = ["644", not("644")] }`, map[string]any{"a": s("0600", "0644")}, "-"},
	{list, `[starts_with("a"), "b"]`, s("ab", "b"), "+"},
	{list, `[starts_with("a"), "b"]`, s("b", "ab"), "-"},
	{list, `[starts_with("a"), "b"]`, s("ab", "b", "c"), "-"},
	{list, `[not("b"), "b"]`, s("b", "b"), "-"},
	{list, `["a", not("b"), "b"]`, s("a", "b", "a"), "-"},
	{set, `[starts_with("a"), "b"]`, s("b", "ab"), "+"},
	{set, `[starts_with("a"), "b"]`, s("b"), "-"},
	{list, `[starts_with("a")]`, s(), "-"},
	{set, `consists_of("a", "b")`, s("b", "a"), "+"},
	{set, `consists_of("a", "a")`, s("a", "b"), "-"},
	{set, `consists_of("a")`, s("a", "a"), "-"},
	{set, `consists_of(list...)`, s("b", "a"), "+"},
	{set, `consists_of(starts_with("a"), "ab")`, s("ab", "ac"), "+"},
	{set, `consists_of(any_of("a", "b"), any_of("a", "c"), "a")`, s("a", "b", "c"), "+"},
	{set, `consists_of(any_of("a", "b"), any_of("a", "b"), "a")`, s("a", "b", "c"), "-"},
	{resource.Text, `empty()`, "", "+"},
	{resource.Text, `empty()`, "\n", "-"},
	{list, `empty()`, s(), "+"},
	{list, `not(empty())`, s("a"), "+"},
	{table, `empty()`, m("a", "b"), "-"},
	{resource.String, `has_length(2)`, "é", "+"},
	{list, `has_length(2)`, s("a", "b"), "+"},
	{list, `has_length(ge(3))`, s("a", "b"), "-"},
	{table, `has_length(1)`, m("a", "b"), "+"},

	// Real expressions of the language.
	{resource.String, `true ? contains("a") : "b"`, "xa", "+"},
	{resource.String, `false ? contains("a") : "b"`, "b", "+"},
	{list, `true ? ["a", "b"] : contains("c")`, s("a", "b"), "+"},
	{resource.String, `"${contains("a")}"`, "xa", "+"},
	{resource.String, `all_of([for x in ["a", "b"]: contains(x)]...)`, "ab", "+"},
	{resource.String, `all_of([for x in ["a", "b"]: contains(x)]...)`, "a", "-"},
	{resource.Bool, `contains(["a", "b"], "a")`, true, "+"},
	{resource.Bool, `contains(list, "c")`, true, "-"},
	{resource.Bool, `not(contains(list, "c"))`, true, "+"},
}

func mustNumber(text string) *big.Float {
	f, err := resource.ParseNumber(text)
	if err != nil {
		panic(err)
	}
	return f
}

func TestJudgements(t *testing.T) {
	for _, test := range judgements {
		r := expectationOf(t, test.kind, test.matcher).Test(test.found)
		if got := verdict(r); got != test.want {
			t.Errorf("%s of %#v is %s, want %s (%+v)", test.matcher, test.found, got, test.want, r)
		}
		if r.Kept && r.Unknown != "" {
			t.Errorf("%s of %#v is kept and unknown", test.matcher, test.found)
		}
	}
}

// TestContraries has the law that not turns kept and broken round, and leaves unknown alone.
func TestContraries(t *testing.T) {
	contrary := map[string]string{"+": "-", "-": "+", "?": "?", "0": "0"}
	for _, test := range judgements {
		e := expectationOf(t, test.kind, "not("+test.matcher+")")
		if got := verdict(e.Test(test.found)); got != contrary[test.want] {
			t.Errorf("%s of %#v is %s", e.Text, test.found, got)
		}
	}
}

func verdict(r Result) string {
	switch {
	case r.Unknown != "":
		return "?"
	case r.Kept:
		return "+"
	case r.neither:
		return "0"
	}
	return "-"
}

func TestWords(t *testing.T) {
	tests := []struct {
		kind                     *resource.Kind
		matcher, text, says, not string
	}{
		{resource.Mode, `"644"`, `"0644"`, "is 0644", "is not 0644"},
		{resource.Bool, `true`, `true`, "is true", "is not true"},
		{resource.Number, `1.50`, `1.5`, "is 1.5", "is not 1.5"},
		{resource.String, `""`, `""`, `is ""`, `is not ""`},
		{resource.String, `" a"`, `" a"`, `is " a"`, `is not " a"`},
		{resource.Text, `"a\nb"`, `"a\nb"`, `is "a\nb"`, `is not "a\nb"`},
		{resource.Text, `"$${x} %%{y}\n"`, `"$${x} %%{y}\n"`, `is "$${x} %%{y}\n"`, `is not "$${x} %%{y}\n"`},
		{resource.Mode, `any_of("644", "u=r")`, `any_of("0644", "0400")`, "is 0644 or 0400", "is neither 0644 nor 0400"},
		{resource.Mode, `not(any_of("644", "u=r"))`, `not(any_of("0644", "0400"))`, "is neither 0644 nor 0400", "is 0644 or 0400"},
		{resource.Text, `contains("x")`, `contains("x")`, `contains "x"`, `does not contain "x"`},
		{resource.Text, `matches("^\\d")`, `matches("^\\d")`, `matches "^\d"`, `does not match "^\d"`},
		{list, `matches("^a")`, `matches("^a")`, `has an element that matches "^a"`, `has no element that matches "^a"`},
		{resource.Text, `starts_with("x")`, `starts_with("x")`, `starts with "x"`, `does not start with "x"`},
		{resource.Text, `ends_with("x")`, `ends_with("x")`, `ends with "x"`, `does not end with "x"`},
		{resource.Text, `has_line("x\n")`, `has_line("x")`, `has the line "x"`, `does not have the line "x"`},
		{resource.Text, `has_line(starts_with("x"))`, `has_line(starts_with("x"))`, `has a line that starts with "x"`, `has no line that starts with "x"`},
		{resource.Number, `gt(5)`, `gt(5)`, "is above 5", "is not above 5"},
		{resource.Number, `ge("5")`, `ge(5)`, "is at least 5", "is not at least 5"},
		{resource.Duration, `lt("1d")`, `lt("24h0m0s")`, "is below 24h0m0s", "is not below 24h0m0s"},
		{resource.Number, `le(5)`, `le(5)`, "is at most 5", "is not at most 5"},
		{resource.String, `between(1, 5)`, `between(1, 5)`, "is between 1 and 5", "is not between 1 and 5"},
		{resource.Version, `version(">=1.22,<2")`, `version(">= 1.22, < 2")`, "satisfies >= 1.22, < 2", "does not satisfy >= 1.22, < 2"},
		{resource.Version, `version("1.2")`, `version("= 1.2")`, "satisfies = 1.2", "does not satisfy = 1.2"},
		{list, `["a", "b"]`, `["a", "b"]`, `is ["a", "b"]`, `is not ["a", "b"]`},
		{list, `[]`, `[]`, `is empty`, `is not empty`},
		{modes, `["644", not("u=r")]`, `["0644", not("0400")]`, `is ["0644", not("0400")]`, `is not ["0644", not("0400")]`},
		{table, `{ "a b" = not("x"), c = "y" }`, `{ "a b" = not("x"), c = "y" }`, `include { "a b" = not("x"), c = "y" }`, `do not include { "a b" = not("x"), c = "y" }`},
		{list, `contains("a")`, `contains("a")`, `contains "a"`, `does not contain "a"`},
		{modes, `contains("644")`, `contains("0644")`, `contains "0644"`, `does not contain "0644"`},
		{list, `contains(starts_with("a"))`, `contains(starts_with("a"))`, `has an element that starts with "a"`, `has no element that starts with "a"`},
		{table, `contains(starts_with("a"))`, `contains(starts_with("a"))`, `has a key that starts with "a"`, `has no key that starts with "a"`},
		{set, `consists_of("a", not("b"))`, `consists_of("a", not("b"))`, `consists of "a" and not("b")`, `does not consist of "a" and not("b")`},
		{list, `empty()`, `empty()`, "is empty", "is not empty"},
		{list, `has_length(3)`, `has_length(3)`, "has length 3", "does not have length 3"},
		{list, `has_length(ge(3))`, `has_length(ge(3))`, "has a length that is at least 3", "has a length that is not at least 3"},
		{resource.Text, `all_of(contains("a"), not(contains("b")))`, `all_of(contains("a"), not(contains("b")))`, `contains "a" and does not contain "b"`, `does not contain "a" or contains "b"`},
		{resource.Text, `all_of(contains("a"), not(contains("b")), ends_with("c"))`, `all_of(contains("a"), not(contains("b")), ends_with("c"))`, `contains "a", does not contain "b" and ends with "c"`, `does not contain "a", contains "b" or does not end with "c"`},
		{resource.Mode, `any_of("644", "600", "400")`, `any_of("0644", "0600", "0400")`, "is 0644, 0600 or 0400", "is neither 0644 nor 0600 nor 0400"},
		{set, `consists_of("a", "b", "c")`, `consists_of("a", "b", "c")`, `consists of "a", "b" and "c"`, `does not consist of "a", "b" and "c"`},
		{resource.Text, `any_of("c", all_of(contains("a"), not("b")))`, `any_of("c", all_of(contains("a"), not("b")))`, `is c or (contains "a" and is not b)`, `is not c and (does not contain "a" or is b)`},
		{resource.Text, `contains("` + strings.Repeat("é", 99) + `")`, `contains("` + strings.Repeat("é", 99) + `")`, `contains "` + strings.Repeat("é", 60) + `…"`, `does not contain "` + strings.Repeat("é", 60) + `…"`},
	}
	for _, test := range tests {
		e := expectationOf(t, test.kind, test.matcher)
		if e.Text != test.text || e.Phrase != test.says || e.negated != test.not {
			t.Errorf("%s:\ntext %s\nsays %s\nnot  %s", test.matcher, e.Text, e.Phrase, e.negated)
		}
		if again := expectationOf(t, test.kind, e.Text); again.Text != e.Text || again.Phrase != e.Phrase {
			t.Errorf("%s, read again, is %s", e.Text, again.Text)
		}
	}
}

func TestLiteral(t *testing.T) {
	tests := []struct {
		kind    *resource.Kind
		matcher string
		want    any
	}{
		{resource.Bool, `true`, true},
		{resource.Bool, `not(true)`, false},
		{resource.Bool, `not(not(true))`, true},
		{resource.Bool, `any_of(true)`, nil},
		{resource.Mode, `"644"`, "0644"},
		{resource.Mode, `not("644")`, nil},
		{resource.Text, `contains("a")`, nil},
	}
	for _, test := range tests {
		if got := expectationOf(t, test.kind, test.matcher).Literal; got != test.want {
			t.Errorf("%s: %v", test.matcher, got)
		}
	}
}

func TestNamed(t *testing.T) {
	tests := []struct {
		kind    *resource.Kind
		matcher string
		want    []string
	}{
		{set, `consists_of("b", any_of("a", "b"), not(contains("c")))`, s3("a", "b", "c")},
		{set, `not(contains("www-data"))`, s3("www-data")},
		{set, `["b", "a"]`, s3("a", "b")},
		{table, `{ k = "v", l = not("w") }`, s3("k", "l")},
		{table, `{ k = "v" }`, s3("k")},
		{table, `contains("k")`, s3("k")},
		{resource.Number, `5`, nil},
		{resource.Text, `has_line("a")`, s3("a")},
		{resource.String, `between("a", "b")`, s3("a", "b")},
		{list, `all_of(matches("x"), has_length(2), [starts_with("y")])`, s3("x", "y")},
	}
	for _, test := range tests {
		if got := expectationOf(t, test.kind, test.matcher).References; !slices.Equal(got, test.want) {
			t.Errorf("%s: %q", test.matcher, got)
		}
	}
}

func s3(words ...string) []string { return words }

func TestNotes(t *testing.T) {
	tests := []struct {
		kind    *resource.Kind
		matcher string
		found   any
		want    Result
	}{
		{resource.String, `gt(9)`, "many", Result{Unknown: "cannot compare: it is not a number"}},
		{set, `consists_of("a", "b")`, s("a", "c"), Result{Note: `it lacks "b"; it also has "c"`}},
		{list, `["x", not("b")]`, s("x", "b"), Result{Note: "element 2 differs", Parts: "part 2 of 2 is not so"}},
		{list, `has_length(3)`, s("x", "b"), Result{Note: "its length is 2"}},
		{table, `{ k = not("v") }`, m("l", "v"), Result{Note: `it has no key "k"`, neither: true}},
		{resource.Text, `all_of(contains("a"), contains("b"))`, "a", Result{Note: `not so: contains "b"`, Parts: "part 2 of 2 is not so"}},
		{resource.Text, `all_of(has_line("a"), contains("b"), not(contains("a")))`, "a", Result{Note: `not so: contains "b"; not so: does not contain "a"`, Parts: "parts 2 and 3 of 3 are not so"}},
		{resource.Text, `all_of(contains("a"), all_of(contains("a"), contains("b")))`, "a", Result{Note: `not so: contains "a" and contains "b"; not so: contains "b"`, Parts: "part 2 of 2 is not so; in part 2, part 2 of 2 is not so"}},
		{resource.Text, `all_of(all_of(contains("a"), contains("b")))`, "a", Result{Note: `not so: contains "b"`, Parts: "part 2 of 2 is not so"}},
		{resource.Text, `not(all_of(contains("a"), contains("b")))`, "a", Result{Kept: true, Note: `not so: contains "b"`}},
		{resource.Version, `version(">= 2")`, deb("x"), Result{Unknown: `cannot compare versions: "x" is not a version of a Debian package`}},
	}
	for _, test := range tests {
		if got := expectationOf(t, test.kind, test.matcher).Test(test.found); got != test.want {
			t.Errorf("%s: %+v", test.matcher, got)
		}
	}
}
