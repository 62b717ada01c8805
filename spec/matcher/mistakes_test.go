package matcher

import (
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/resource"
)

// TestMoreArgumentErrors has the mistakes that are found while the spec is read, whatever the attribute.
func TestMoreArgumentErrors(t *testing.T) {
	for _, test := range []struct{ call, want string }{
		{`every()`, "every() promises nothing; write every(MATCHER)"},
		{`every("a", "b")`, "every(all_of(A, B))"},
		{`subset_of()`, "subset_of(ELEMENT, ...), or empty()"},
		{`unique("a")`, "one too many"},
		{`in_order("a")`, "for one line has_line(LINE)"},
		{`between_lines("a", "b")`, "write between_lines(FROM, TO, MATCHER)"},
		{`between_lines("a\nb", "b", "c")`, "no line breaks"},
		{`between_lines("a", "a\nb", "c")`, "no line breaks"},
		{`ignore_case(contains("a"))`, "not a matcher"},
		{`semver("x")`, `"x" is not a version of three numbers`},
		{`semver("^1.2.3")`, `"^1.2.3" is not a version of three numbers`},
		{`semver("= 1.2")`, `"= 1.2" can mean two things; write all three numbers, or "~> 1.2.0"`},
		{`semver("> 1")`, "can mean two things"},
		{`semver(">= 2.0.0, < 1.0.0")`, "no version satisfies all of these constraints"},
		{`semver("= 1.0.0, != 1.0.0")`, "no version satisfies"},
		{`semver("~> 1.2.0, >= 1.3.0")`, "no version satisfies"},
		{`semver(1.2)`, "expected a string"},
		{`semver(">= 1.0.0,")`, `"" is not a constraint`},
		{`newer_than("soon")`, `"soon" is not a duration`},
		{`newer_than("-1h")`, `"-1h" is not in the past`},
		{`older_than("0s")`, `"0s" is not in the past`},
		{`older_than(5)`, "expected a duration"},
		{`cidr("10.0.0.0")`, `"10.0.0.0" is an address, not a network; write "10.0.0.0/32"`},
		{`cidr("10.1.2.3/8")`, `"10.1.2.3/8" is an address in the network "10.0.0.0/8"; write the network`},
		{`cidr("::ffff:10.0.0.0/104")`, `has addresses of IPv4; write "10.0.0.0/8"`},
		{`cidr("example.com/8")`, "is not a network"},
		{`cidr(["10.0.0.0/8"])`, "expected a network"},
		{`jq(".a[", 5)`, `".a[" is not an expression of jq: it ends too early`},
		{`jq(".a | | .b", 5)`, `".a | | .b" is not an expression of jq: unexpected "|" at character 6`},
		{`jq("\"é\" + )", 5)`, `unexpected ")" at character 7`},
		{`jq(".a | nope", 5)`, `function not defined: nope/0`},
		{`jq("$x", 5)`, "variable not defined: $x"},
		{`jq("input", 5)`, "input(s)/0 is not allowed"},
		{`jq("import \"x\" as x; .", 5)`, "cannot load module"},
		{`jq("env", 5)`, "env is the environment, which an expression does not have"},
		{`jq("[{a: $ENV.PATH}]", 5)`, "$ENV is the environment"},
		{`jq(".a = 5", 5)`, "= changes a document, and an expression is for reading"},
		{`jq("map(.a |= 5)", 5)`, "|= changes a document"},
		{`jq("if (.a += 5) then 1 else 2 end", 5)`, "+= changes a document"},
		{`jq("reduce .[] as $x (.; setpath([\"a\"]; $x))", 5)`, "setpath changes a document"},
		{`jq("", 5)`, "the expression is empty"},
		{`jq(5, 5)`, "expected an expression in quotes"},
		{`jq(".a")`, "write jq(EXPRESSION, MATCHER)"},
		{`yaml(".a[", 5)`, "is not an expression of jq"},
		{`xml("//a[", "b")`, `"//a[" is not an expression of XPath`},
		{`xml("", "b")`, "the expression is empty"},
		{`absent(1)`, "one too many"},
	} {
		v, diags := evaluate(t, test.call)
		if !diags.HasErrors() {
			t.Errorf("%s is no mistake but %#v", test.call, v)
		} else if text := diags.Error(); !strings.Contains(text, test.want) || strings.Contains(text, "panic") {
			t.Errorf("%s: %s", test.call, text)
		}
	}
}

// TestMoreKindErrors has the mistakes that are found once the attribute is known.
func TestMoreKindErrors(t *testing.T) {
	const misplaced = "absent() is for the value of a key in a map: { KEY = absent() }; that a thing is missing is promised by an " +
		"attribute of its own, such as exists = false"
	for _, test := range []struct {
		kind       *resource.Kind
		call, want string
	}{
		{resource.String, `every("a")`, "every: a string has no elements"},
		{table, `every("a")`, "every: a map has no elements"},
		{counts, `every(starts_with("a"))`, "starts_with: a number is not a text"},
		{resource.String, `subset_of("a")`, "subset_of: a string has no elements; for one of several values, write any_of(...)"},
		{list, `subset_of(["a"])`, "subset_of: write the elements themselves, or subset_of(LIST...)"},
		{resource.String, `unique()`, "unique: a string has no elements"},
		{set, `in_order("a", "b")`, "in_order: the order of these elements means nothing; write all_of(contains(...), ...)"},
		{resource.Mode, `in_order("a", "b")`, "in_order: a mode has neither lines nor elements"},
		{resource.Text, `in_order("a\nb", "b")`, "in_order: a line has no line breaks; for several lines, write contains(...)"},
		{list, `between_lines("a", "b", "c")`, "between_lines: a list has no lines"},
		{resource.Text, `between_lines("a", "b", gt(true))`, ""},
		{list, `ignore_case("a")`, `ignore_case: a list is not a text; for its elements, write contains(ignore_case("a"))`},
		{resource.Number, `ignore_case("a")`, "ignore_case: a number is not a text"},
		{resource.OneOf("enabled", "disabled"), `ignore_case("on")`, `ignore_case("on") can never match: the value is one of enabled, disabled`},
		{resource.Text, `trimmed(" a")`, "trimmed: a text that is trimmed has no white space at its ends"},
		{resource.Text, `trimmed(ends_with("\n"))`, `ends_with("\n") can never match: a text without white space at its ends is compared in the form "text"`},
		{list, `trimmed("a")`, `trimmed: a list is not a text; for its elements, write contains(trimmed("a"))`},
		{resource.Mode, `trimmed("0644")`, "trimmed: a mode has no white space at its ends"},
		{resource.Version, `semver("1.2.3")`, "semver: the versions of packages have an order of their own; write version(...)"},
		{list, `semver("1.2.3")`, "semver: a list is not a semantic version"},
		{resource.Number, `newer_than("1h")`, "newer_than: a number is not a time"},
		{resource.Duration, `older_than("1h")`, "older_than: a duration is not a time"},
		{list, `cidr("10.0.0.0/8")`, `cidr: a list is not an address; for its elements, write contains(cidr("10.0.0.0/8")) or every(cidr("10.0.0.0/8"))`},
		{resource.Number, `cidr("10.0.0.0/8")`, "cidr: a number is not an address"},
		{resource.SHA256, `cidr("10.0.0.0/8")`, ""},
		{resource.Mode, `cidr("10.0.0.0/8")`, ""},
		{resource.Mode, `jq(".a", 5)`, "jq: a mode is not a text in JSON"},
		{list, `yaml(".a", 5)`, "yaml: a list is not a text in YAML"},
		{list, `xml("//a", 5)`, "xml: a list is not a text in XML"},
		{resource.Text, `jq(".a", between(5, 1))`, "between: nothing is between 5 and 1; write the lower one first"},
		{resource.Text, `jq(".a", {})`, "jq: {} names no key, so it promises nothing; write empty()"},
		{resource.Text, `jq(".a", { b = {} })`, "jq: b: {} names no key, so it promises nothing; write empty()"},
		{resource.Text, `jq(".a", contains(ends_with("")))`, ""},
		{table, `absent()`, misplaced},
		{resource.String, `absent()`, misplaced},
		{resource.String, `not(absent())`, misplaced},
		{list, `contains(absent())`, misplaced},
		{list, `[absent()]`, misplaced},
		{deep, `{ a = contains(absent()) }`, misplaced},
		{resource.Text, `jq(".a", absent())`, misplaced},
		{resource.Text, `jq(".", { a = [absent()] })`, misplaced},
	} {
		v, diags := evaluate(t, test.call)
		if diags.HasErrors() && test.want == "" {
			continue
		}
		m, err := FromValue(v)
		if err == nil {
			_, err = m.For(test.kind)
		}
		if err == nil || test.want != "" && err.Error() != test.want {
			t.Errorf("%s: %v", test.call, err)
		}
	}
}

// TestMoreReasonsHoldNoTextThatWasFound: a text may be a secret, and reasons are not masked with it.
func TestMoreReasonsHoldNoTextThatWasFound(t *testing.T) {
	const secret = "hunter2"
	texts := []string{
		secret, `{"a": "` + secret + `"}`, `"` + secret + `"`, secret + `: ` + secret + "\n" + secret + ": " + secret, `<` + secret + `>`,
		`<a>&` + secret + `;</a>`, `{"` + secret + `": 1, "` + secret + `": 2}`, secret + "," + secret + "\n", "a: *" + secret, secret + " = " + secret + " = ",
		"a = \"" + secret, "[" + secret, `{"a": ["` + secret + `"]}`,
	}
	for _, matcher := range []string{
		`jq(".a", 5)`, `jq(".a.b", 5)`, `jq(".a[]", 5)`, `jq(".a | tonumber", 5)`, `jq(".a + 1", 5)`, `jq(".a | error", 5)`, `jq(".[.a]", 5)`, `jq(".a | test(\"(\")", true)`,
		`jq(".a | ltrimstr(1)", gt(5))`, `jq("{(.a): 1} | .b.c", 5)`, `jq(".a | fromjson", 5)`, `jq("error(.)", 5)`, `jq(".a | halt_error", 5)`, `jq(". as [$x] | $x", 5)`,
		`yaml(".a", 5)`, `toml(".a", 5)`, `ini(".a", 5)`, `csv(".a", 5)`, `xml("//a", 5)`, `semver("1.2.3")`, `cidr("10.0.0.0/8")`, `newer_than("1h")`,
		`jq(".a", every("x"))`, `jq(".a", cidr("10.0.0.0/8"))`, `in_order(gt(5), gt(6))`, `between_lines(gt(5), "a", "b")`,
	} {
		for _, text := range texts {
			for _, call := range []string{matcher, "not(" + matcher + ")"} {
				r := expectationOf(t, resource.Text, call).Test(text)
				if strings.Contains(r.Unknown, secret) || strings.Contains(r.Parts, secret) || strings.Contains(r.doubt, secret) {
					t.Errorf("%s of %q: %+v", call, text, r)
				}
				if r.Kept && strings.Contains(r.Note, secret) {
					t.Errorf("%s of %q: %+v", call, text, r)
				}
			}
		}
	}
}
