package matcher

import (
	"slices"
	"testing"

	"github.com/avow-dev/avow/spec/resource"
)

// moreJudgements are judgements of lists, lines, spellings, networks and versions.
var moreJudgements = []struct {
	kind    *resource.Kind
	matcher string
	found   any
	want    string
}{
	{list, `every(starts_with("a"))`, s("a", "ab"), "+"},
	{list, `every(starts_with("a"))`, s("a", "b"), "-"},
	{list, `every("a")`, s("a"), "+"},
	{list, `every(starts_with("a"))`, s(), "0"},
	{list, `every(version(">= 2"))`, s("x", "2.1"), "?"},
	{list, `every(version(">= 2"))`, s("x", "1.9"), "-"},
	{list, `any_of(empty(), every("a"))`, s(), "+"},
	{modes, `every("644")`, s("0644", "0644"), "+"},
	{resource.MapOf(list), `{ k = every("a") }`, map[string]any{"k": s("a")}, "+"},
	{resource.ListOf(list), `every(contains("a"))`, []any{s("a"), s("b", "a")}, "+"},
	{resource.ListOf(list), `every(every("a"))`, []any{s("a"), s()}, "0"},

	{list, `subset_of("a", "b")`, s("b"), "+"},
	{list, `subset_of("a", "b")`, s(), "+"},
	{list, `subset_of("a", "b")`, s("b", "b", "a"), "+"},
	{list, `subset_of("a", "b")`, s("b", "c"), "-"},
	{list, `subset_of(list...)`, s("b"), "+"},
	{list, `subset_of(starts_with("a"), "b")`, s("ab", "b"), "+"},
	{list, `subset_of(version(">= 2"))`, s("x"), "?"},
	{list, `subset_of(version(">= 2"), "x")`, s("x"), "+"},
	{modes, `subset_of("644")`, s("0644"), "+"},

	{list, `unique()`, s("a", "b"), "+"},
	{list, `unique()`, s(), "+"},
	{list, `unique()`, s("a", "b", "a"), "-"},
	{counts, `unique()`, []any{n(1), mustNumber("1.0")}, "-"},
	{resource.ListOf(resource.IPAddress), `unique()`, s("::1", "0:0:0:0:0:0:0:1"), "-"},
	{resource.ListOf(resource.Version), `unique()`, []any{deb("1.0"), deb("1.0-1")}, "+"},

	{resource.Text, `in_order("a", "b")`, "a\nx\nb\n", "+"},
	{resource.Text, `in_order("a", "b")`, "b\na\n", "-"},
	{resource.Text, `in_order("a", "b")`, "b\r\na\r\nb\r\n", "+"},
	{resource.Text, `in_order("a", "a")`, "a\n", "-"},
	{resource.Text, `in_order("a", "a")`, "a\na", "+"},
	{resource.Text, `in_order(starts_with("a"), not("a"))`, "a\na\nb", "+"},
	{resource.Text, `in_order(gt(5), "a")`, "x\na\n", "?"},
	{resource.Text, `in_order(gt(5), "a")`, "6\na\n", "+"},
	{resource.Text, `in_order(gt(5), "a")`, "x\n6\na\n", "+"},
	{resource.Text, `in_order(gt(5), "a")`, "a\nx\n", "-"},
	{resource.Text, `in_order(gt(5), gt(6))`, "x\n6\n", "-"},
	{resource.Text, `in_order(gt(5), gt(6))`, "x\n7\n", "?"},
	{list, `in_order("a", "b")`, s("a", "b"), "+"},
	{list, `in_order("b", "a")`, s("a", "b"), "-"},
	{list, `in_order("a", "b")`, s(), "-"},

	{resource.Text, `between_lines("[a]", "[b]", has_line("x"))`, "[a]\nx\n[b]\n", "+"},
	{resource.Text, `between_lines("[a]", "[b]", "x\n")`, "y\r\n[a]\r\nx\n[b]", "+"},
	{resource.Text, `between_lines("[a]", "[b]", has_line("x"))`, "[a]\ny\n[b]\nx\n", "-"},
	{resource.Text, `between_lines("[a]", "[b]", empty())`, "[a]\n[b]\n", "+"},
	{resource.Text, `between_lines("[a]", "[b]", empty())`, "[b]\n[a]\n", "0"},
	{resource.Text, `between_lines("[a]", "[b]", not(has_line("x")))`, "x\n", "0"},
	{resource.Text, `between_lines("[a]", "[b]", not(has_line("x")))`, "[a]\nx\n", "0"},
	{resource.Text, `between_lines("[a]", "[b]", has_line("x"))`, "[a]\nx\n[b]\n[a]\nx\n[b]\n", "+"},
	{resource.Text, `between_lines("[a]", "[b]", has_line("x"))`, "[a]\nx\n[b]\n[a]\ny\n[b]\n", "0"},
	{resource.Text, `between_lines("[a]", "[b]", has_line("x"))`, "[a]\ny\n[b]\n[a]\ny\n[b]\n", "-"},
	{resource.Text, `between_lines("[a]", "[b]", has_line("x"))`, "[a]\nx\n[b]\n[a]\nx\n", "0"},
	{resource.Text, `between_lines(starts_with("["), starts_with("["), has_line("x"))`, "[a]\nx\n[b]\nx\n[c]", "0"},
	{resource.Text, `between_lines(matches("^\\[a"), starts_with("["), has_line("x"))`, "[a1]\nx\n[a2]\ny\n[c]", "0"},
	{resource.Text, `between_lines("---", "---", has_line("x"))`, "---\nx\n---\ny\n", "+"},
	{resource.Text, `between_lines(gt(5), "b", has_line("x"))`, "a\n6\nx\nb\n", "?"},
	{resource.Text, `between_lines("a", gt(5), has_line("x"))`, "a\nx\n6\n", "?"},
	{resource.Text, `between_lines("a", "b", has_line(gt(5)))`, "a\nx\nb\n", "?"},

	{resource.String, `ignore_case("Yes")`, "yES", "+"},
	{resource.String, `ignore_case("Yes")`, "yes ", "-"},
	{resource.String, `ignore_case("é")`, "E\u0301", "+"},
	{resource.Text, `has_line(ignore_case("a b"))`, "x\nA B\n", "+"},
	{list, `contains(ignore_case("a"))`, s("b", "A"), "+"},
	{resource.String, `ignore_case("")`, "", "+"},
	{resource.IPAddress, `ignore_case("FE80::1")`, "fe80::1", "+"},

	{resource.Text, `trimmed("ok")`, " ok\n", "+"},
	{resource.Text, `trimmed("ok")`, "ok ok\n", "-"},
	{resource.Text, `trimmed("")`, "\n", "+"},
	{resource.Text, `trimmed(empty())`, "\n", "+"},
	{resource.Text, `trimmed(not(empty()))`, "\n", "-"},
	{resource.Text, `trimmed(ends_with("k"))`, "ok\n", "+"},
	{resource.Text, `trimmed(gt(5))`, "6\n", "+"},
	{resource.Text, `trimmed(gt(5))`, "x\n", "?"},
	{resource.Text, `trimmed(has_line("a"))`, "  a\nb", "+"},
	{resource.Text, `trimmed(matches("^a"))`, "\u00a0a", "+"},

	{resource.Text, `semver(">= 1.22.3, < 2")`, "v1.22.10\n", "+"},
	{resource.Text, `semver(">= 1.22.3")`, "1.22.2", "-"},
	{resource.String, `semver(">= 1.2")`, "1.3.0-rc.1", "+"},
	{resource.String, `semver(">= 1.3")`, "1.3.0-rc.1", "-"},
	{resource.String, `semver("1.2.3")`, "1.2.3+build.5", "+"},
	{resource.String, `semver("!= 1.2.3")`, "1.2.3+build.5", "-"},
	{resource.String, `semver("~> 1.2")`, "1.9.0", "+"},
	{resource.String, `semver("~> 1.2")`, "2.0.0-rc1", "-"},
	{resource.String, `semver("~> 1.2.3")`, "1.2.9", "+"},
	{resource.String, `semver("~> 1.2.3")`, "1.3.0", "-"},
	{resource.String, `semver("~> 1")`, "3.0.0", "+"},
	{resource.String, `semver("> 1.0.0-alpha.2")`, "1.0.0-alpha.10", "+"},
	{resource.String, `semver("> 1.0.0-alpha.9")`, "1.0.0-alpha.beta", "+"},
	{resource.String, `semver("< 1.0.0-alpha.beta")`, "1.0.0-alpha.9", "+"},
	{resource.String, `semver("> 1.0.0-alpha")`, "1.0.0-alpha.0", "+"},
	{resource.String, `semver("<= 1.0.0")`, "0.9.99999999999999999999999", "+"},
	{resource.String, `semver("> 1.0.99999999999999999998")`, "1.0.99999999999999999999", "+"},
	{resource.String, `semver(">= 1.2")`, "1.3", "?"},
	{resource.String, `semver(">= 1.2")`, "7.4p1", "?"},
	{resource.String, `semver(">= 1.2")`, "01.3.0", "?"},
	{resource.String, `semver(">= 1.2")`, "1.3.0-01", "?"},
	{resource.String, `semver(">= 1.2")`, "", "?"},

	{resource.IPAddress, `cidr("10.0.0.0/8")`, "10.1.2.3", "+"},
	{resource.IPAddress, `cidr("10.0.0.0/8")`, "11.1.2.3", "-"},
	{resource.IPAddress, `cidr("fe80::/10")`, "fe80::1", "+"},
	{resource.IPAddress, `cidr("10.0.0.0/8")`, "::ffff:10.0.0.1", "+"},
	{resource.String, `cidr("10.0.0.0/8")`, "::ffff:10.0.0.1", "+"},
	{resource.String, `cidr("10.0.0.0/8")`, "::ffff:10.0.0.1/104", "+"},
	{resource.String, `cidr("fe80::/10")`, "fe80::1%eth0", "+"},
	{resource.String, `cidr("fe80::/10")`, "[fe80::1%eth0]/64", "+"},
	{resource.String, `cidr("10.1.2.0/25")`, "10.1.2.3/24\n", "+"},
	{resource.String, `cidr("10.0.0.0/8")`, "10.0.0.0/7", "0"},
	{resource.String, `cidr("10.0.0.0/8")`, "0.0.0.0/0", "0"},
	{resource.String, `cidr("10.0.0.0/8")`, "10.0.0.0/8", "+"},
	{resource.String, `cidr("10.0.0.0/8")`, "12.0.0.0/7", "-"},
	{resource.String, `cidr("10.0.0.0/8")`, "::/0", "-"},
	{resource.String, `cidr("0.0.0.0/0")`, "1.2.3.4", "+"},
	{resource.String, `cidr("0.0.0.0/0")`, "::1", "-"},
	{resource.String, `cidr("10.0.0.0/8")`, "host", "?"},
	{resource.String, `cidr("10.0.0.0/8")`, "10.0.0.1:80", "?"},
	{resource.String, `cidr("10.0.0.0/8")`, "10.0.0.1/33", "?"},
	{resource.Subnet, `cidr("172.16.0.0/12")`, "172.18.0.1/16", "+"},
	{resource.Subnet, `cidr("172.18.0.0/17")`, "172.18.0.1/16", "0"},
	{list, `every(cidr("10.0.0.0/8"))`, s("10.0.0.1", "10.0.0.2/8"), "+"},
	{list, `contains(cidr("10.0.0.0/8"))`, s("x", "11.0.0.1"), "?"},

	{table, `{ a = absent() }`, m("b", "1"), "+"},
	{table, `{ a = absent() }`, m("a", "1"), "-"},
	{table, `{ a = absent(), b = "1" }`, m("b", "1"), "+"},
	{table, `{ a = absent(), b = "1" }`, m("c", "1"), "0"},
	{table, `{ a = not(absent()) }`, m("a", "1"), "+"},
	{table, `{ a = not(absent()) }`, m("b", "1"), "-"},
	{table, `{ a = any_of(absent(), "no") }`, m(), "+"},
	{table, `{ a = any_of(absent(), "no") }`, m("a", "no"), "+"},
	{table, `{ a = any_of(absent(), "no") }`, m("a", "yes"), "-"},
	{table, `{ a = any_of("no", "x") }`, m(), "0"},
	{table, `{ a = all_of(not(absent()), "no") }`, m("a", "no"), "+"},
	{table, `{ a = all_of(not(absent()), "no") }`, m(), "0"},
	{table, `{ a = not(any_of(absent(), "no")) }`, m(), "-"},
	{table, `{ a = not(any_of(absent(), "no")) }`, m("a", "x"), "+"},
	{table, `any_of({ a = absent() }, { a = "1" })`, m("a", "1"), "+"},
	{table, `{ "é" = absent() }`, m("e\u0301", "1"), "-"},
}

func TestMoreJudgements(t *testing.T) {
	for _, test := range moreJudgements {
		checkJudgement(t, test.kind, test.matcher, test.found, test.want)
	}
}

// contraries are what not makes of a verdict: "0" is that neither is kept, and "!" that a promise is broken and its
// contrary unknown.
var contraries = map[string]string{"+": "-", "-": "+", "?": "?", "0": "0", "!": "?"}

// checkJudgement checks a verdict, and that of the contrary.
func checkJudgement(t *testing.T, k *resource.Kind, matcher string, found any, want string) {
	t.Helper()
	e, contrary := expectationOf(t, k, matcher), expectationOf(t, k, "not("+matcher+")")
	r := e.Test(found)
	if got := fullVerdict(r); got != want {
		t.Errorf("%s of %#v is %s, want %s (%+v)", matcher, found, got, want, r)
	}
	if got := fullVerdict(contrary.Test(found)); got != contraries[want] {
		t.Errorf("%s of %#v is %s", contrary.Text, found, got)
	}
	if got := fullVerdict(expectationOf(t, k, "not(not("+matcher+"))").Test(found)); got != want {
		t.Errorf("not(not(%s)) of %#v is %s", matcher, found, got)
	}
	if again := expectationOf(t, k, e.Text); again.Text != e.Text || again.Phrase != e.Phrase {
		t.Errorf("%s, read again, is %s", e.Text, again.Text)
	}
	if r.found != "" || r.Kept && r.Unknown != "" {
		t.Errorf("%s of %#v: %+v", matcher, found, r)
	}
}

func fullVerdict(r Result) string {
	if r.Unknown == "" && r.doubt != "" {
		return "!"
	}
	return verdict(r)
}

// TestNamesOfOneNumberInLists: all names of a number are alike, also to the matchers of lists.
func TestNamesOfOneNumberInLists(t *testing.T) {
	root, toor, alice, lost := owner("root", "0"), owner("toor", "0"), owner("alice", "5001"), owner("lp", "7")
	users := resource.SetOf(resource.Owner)
	for _, c := range []struct {
		kind           *resource.Kind
		matcher        string
		found          any
		want, contrary string
	}{
		{users, `unique()`, []any{root, alice}, "+", "-"},
		{users, `unique()`, []any{root, toor}, "-", "+"},
		{users, `unique()`, []any{root, owner("denied", "")}, "?", "?"},
		{users, `unique()`, []any{root}, "+", "-"},
		{users, `every("toor")`, []any{root, toor}, "+", "-"},
		{users, `every(not("toor"))`, []any{alice, root}, "-", "+"},
		{users, `every(not("denied"))`, []any{alice, root}, "?", "?"},
		{users, `subset_of("toor", "alice")`, []any{root, alice}, "+", "-"},
		{users, `subset_of("alice")`, []any{root, alice}, "-", "+"},
		{resource.Owner, `ignore_case("ROOT")`, root, "?", "?"}, // toor is its name, too
		{resource.Owner, `ignore_case("ALICE")`, alice, "+", "-"},
		{resource.Owner, `ignore_case("LP")`, lost, "?", "?"},
	} {
		for matcher, want := range map[string]string{c.matcher: c.want, "not(" + c.matcher + ")": c.contrary} {
			if got := plainly(expectation(t, c.kind, matcher).Test(resource.Bind(c.found, database()))); got != want {
				t.Errorf("%s of %v is %s, want %s", matcher, resource.Unbound(c.found), got, want)
			}
		}
	}
}

func TestMoreWords(t *testing.T) {
	for _, test := range []struct {
		kind                     *resource.Kind
		matcher, text, says, not string
	}{
		{list, `every(starts_with("a"))`, `every(starts_with("a"))`, `has elements, each of which starts with "a"`, `has an element that does not start with "a"`},
		{set, `subset_of("a", "b")`, `subset_of("a", "b")`, `has no elements other than "a" and "b"`, `has elements other than "a" and "b"`},
		{list, `unique()`, `unique()`, `has no element more than once`, `has an element more than once`},
		{resource.Text, `in_order("a", matches("b"))`, `in_order("a", matches("b"))`, `has, in this order, "a" and matches("b")`, `does not have, in this order, "a" and matches("b")`},
		{resource.Text, `between_lines("a\n", matches("b"), empty())`, `between_lines("a", matches("b"), empty())`, `between the line "a" and a line that matches "b" is empty`, `between the line "a" and a line that matches "b" is not empty`},
		{resource.Text, `ignore_case("Yes")`, `ignore_case("Yes")`, `is "Yes" in upper or lower case`, `is not "Yes" in upper or lower case`},
		{resource.Text, `trimmed("ok")`, `trimmed("ok")`, `without white space at its ends is ok`, `without white space at its ends is not ok`},
		{resource.Text, `semver(">=1.2,<2")`, `semver(">= 1.2, < 2")`, `is a semantic version that satisfies >= 1.2, < 2`, `is a semantic version that does not satisfy >= 1.2, < 2`},
		{resource.Text, `semver("v1.2.3")`, `semver("= 1.2.3")`, `is a semantic version that satisfies = 1.2.3`, `is a semantic version that does not satisfy = 1.2.3`},
		{resource.String, `cidr("10.0.0.0/8")`, `cidr("10.0.0.0/8")`, `is in 10.0.0.0/8`, `is not in 10.0.0.0/8`},
		{table, `{ a = absent() }`, `{ a = absent() }`, `include { a = absent() }`, `do not include { a = absent() }`},
		{resource.Time, `newer_than("30d")`, `newer_than("30d")`, `is newer than 30d`, `is not newer than 30d`},
		{resource.Time, `older_than("36h")`, `older_than("36h")`, `is older than 36h`, `is not older than 36h`},
		{resource.Text, `jq(".a", 5)`, `jq(".a", 5)`, `at .a is 5`, `at .a is not 5`},
		{resource.Text, `jq(".a", any_of("80", "true", "x", 80))`, `jq(".a", any_of("80", "true", "x", 80))`, `at .a is "80", "true", x or 80`, `at .a is neither "80" nor "true" nor x nor 80`},
		{resource.Text, `jq(".a | .b", { c = true })`, `jq(".a | .b", { c = true })`, `at ".a | .b" includes { c = true }`, `at ".a | .b" does not include { c = true }`},
		{resource.Text, `yaml(".a\n", ["x", 1])`, `yaml(".a", ["x", 1])`, `at .a is ["x", 1]`, `at .a is not ["x", 1]`},
		{resource.Text, `ini(".a", any_of(1, "x"))`, `ini(".a", any_of(1, "x"))`, `at .a is 1 or x`, `at .a is neither 1 nor x`},
		{resource.Text, `xml("//a", contains("x"))`, `xml("//a", contains("x"))`, `at //a contains "x"`, `at //a does not contain "x"`},
		{resource.Text, `csv("[.[].a]", contains(true))`, `csv("[.[].a]", contains(true))`, `at [.[].a] contains true`, `at [.[].a] does not contain true`},
		{resource.Text, `toml(".a", not(true))`, `toml(".a", not(true))`, `at .a is not true`, `at .a is true`},
	} {
		e := expectationOf(t, test.kind, test.matcher)
		if e.Text != test.text || e.Phrase != test.says || e.negated != test.not {
			t.Errorf("%s:\ntext %s\nsays %s\nnot  %s", test.matcher, e.Text, e.Phrase, e.negated)
		}
		if again := expectationOf(t, test.kind, e.Text); again.Text != e.Text {
			t.Errorf("%s, read again, is %s", e.Text, again.Text)
		}
		if negated := expectationOf(t, test.kind, "not("+test.matcher+")"); negated.Phrase != test.not || negated.Literal != nil {
			t.Errorf("not(%s): %s", test.matcher, negated.Phrase)
		}
	}
}

func TestMoreReferences(t *testing.T) {
	for matcher, want := range map[string][]string{
		`every("a")`: s3("a"), `subset_of("b", starts_with("a"))`: s3("a", "b"), `unique()`: nil, `in_order("b", "a")`: s3("a", "b"),
	} {
		if got := expectationOf(t, list, matcher).References; !slices.Equal(got, want) {
			t.Errorf("%s: %q", matcher, got)
		}
	}
	if got := expectationOf(t, table, `{ a = absent(), b = "1" }`).References; !slices.Equal(got, s3("a", "b")) {
		t.Errorf("%q", got)
	}
}

func TestMoreNotes(t *testing.T) {
	for _, test := range []struct {
		kind    *resource.Kind
		matcher string
		found   any
		want    Result
	}{
		{list, `every("a")`, s("a", "b"), Result{Note: `not so: "b"`, Parts: "element 2 of 2 is not so"}},
		{list, `every("a")`, s("c", "b"), Result{Note: `not so: "c" and "b"`, Parts: "elements 1 and 2 of 2 are not so"}},
		{list, `every("a")`, s("1", "2", "3", "4", "5"), Result{Note: `not so: "1", "2", "3" and 2 more`, Parts: "elements 1, 2, 3 and 2 more of 5 are not so"}},
		{list, `every("a")`, s(), Result{Note: "it has no elements", neither: true}},
		{list, `subset_of("a")`, s("a", "b"), Result{Note: `not so: "b"`, Parts: "element 2 of 2 is not so"}},
		{list, `unique()`, s("a", "a"), Result{Note: `it has "a" more than once`}},
		{resource.Text, `in_order("a", "b", "c")`, "a\nc\nb\n", Result{Note: "part 3 of 3 is not there after part 2", Parts: "part 3 of 3 is not there after part 2"}},
		{resource.Text, `in_order("a", "b")`, "", Result{Note: "part 1 of 2 is not there", Parts: "part 1 of 2 is not there"}},
		{resource.Text, `between_lines("a", "b", "c")`, "a", Result{Note: "after the first line, the last one was not found", neither: true}},
		{resource.Text, `between_lines("a", "b", "c")`, "b", Result{Note: "the first line was not found", neither: true}},
		{resource.Text, `between_lines("a", "b", "c\n")`, "a\nc\nb\na\nd\nb", Result{Note: "1 of the 2 texts between such lines are not so", neither: true}},
		{table, `{ a = absent() }`, m("a", "1"), Result{Note: "the map has the key"}},
		{table, `{ a = not(absent()) }`, m("b", "1"), Result{Note: `it has no key "a"`}},
		{resource.Text, `jq(".a", 5)`, `{"a": 6}`, Result{Note: "at .a is 6"}},
		{resource.Text, `jq(".a", 5)`, `{"b": 6}`, Result{Note: "nothing is at .a", neither: true}},
		{resource.Text, `jq(".a", not(6))`, `{"a": 6}`, Result{Note: "at .a is 6"}},
		{resource.Text, `not(jq(".a", 5))`, `{"a": 6}`, Result{Kept: true}},
		{resource.Text, `jq(".a", "80")`, `{"a": 80}`, Result{Note: `"80" is a string, and a number was found; at .a is 80`, neither: true, doubt: `"80" is a string, and a number was found`}},
		{resource.Text, `jq(".a", 5)`, `{"a": {"password": "x"}}`, Result{Note: "5 is a number, and a map was found"}},
		{resource.Text, `jq(".a", 5)`, `{"a": [{"password": "x"}]}`, Result{Note: "5 is a number, and a list was found"}},
		{resource.Text, `jq(".a", "x")`, `{"a": "` + string(make60('y')) + `"}`, Result{Note: "at .a is a string of 62 bytes"}},
		{resource.Text, `jq(".a", 5)`, `{`, Result{Note: "the text is not JSON, from line 1 on", neither: true, doubt: "the text is not JSON, from line 1 on"}},
		{resource.Text, `all_of(jq(".a", 5), jq(".b", 6))`, `{"a": 5, "b": 7}`, Result{Note: "not so: at .b is 6; at .b is 7", Parts: "part 2 of 2 is not so"}},
		{resource.Text, `any_of(jq(".a", 5), jq(".b", 6))`, `{"a": 4, "b": 7}`, Result{Note: "at .a is 4; at .b is 7"}},
	} {
		if got := expectationOf(t, test.kind, test.matcher).Test(test.found); got != test.want {
			t.Errorf("%s: %+v", test.matcher, got)
		}
	}
}

func make60(b byte) []byte {
	out := make([]byte, 60)
	for i := range out {
		out[i] = b
	}
	return out
}
