package matcher

import (
	"strings"
	"testing"
	"time"

	"github.com/avow-dev/avow/spec/resource"
)

const sample = `{"port": 80, "name": "web", "on": true, "off": null, "big": 9007199254740993, "ratio": 0.1,
"users": [{"name": "root", "shell": "/bin/sh"}, {"name": "bob", "shell": null}], "empty": [], "none": {}, "text": "80"}`

// extracted are judgements of values in a JSON text: those of a document with the key v are in [values].
var extracted = []struct{ matcher, found, want string }{
	{`jq(".port", 80)`, sample, "+"},
	{`jq(".port", gt(79))`, sample, "+"},
	{`jq(".port", "80")`, sample, "!"},
	{`jq(".text", 80)`, sample, "!"},
	{`jq(".text", "80")`, sample, "+"},
	{`jq(".text", gt(79))`, sample, "+"},
	{`jq(".on", true)`, sample, "+"},
	{`jq(".on", "true")`, sample, "!"},
	{`jq(".on", "yes")`, sample, "-"},
	{`jq(".on", any_of("yes", true))`, sample, "+"},
	{`jq(".port", not(true))`, sample, "+"},
	{`jq(".off", true)`, sample, "0"},
	{`jq(".off", not(true))`, sample, "0"},
	{`jq(".gone", not("x"))`, sample, "0"},
	{`jq(".users[] | select(.name == \"eve\")", not("x"))`, sample, "0"},
	{`jq("empty", empty())`, sample, "0"},
	{`jq(".big", 9007199254740993)`, sample, "+"},
	{`jq(".big", 9007199254740992)`, sample, "-"},
	{`jq(".big + 0", 9007199254740993)`, sample, "+"},
	{`jq(".ratio", 0.1)`, sample, "+"},
	{`jq(".ratio * 3", gt(0.3))`, sample, "+"},
	{`jq(".name", starts_with("w"))`, sample, "+"},
	{`jq(".name", contains("e"))`, sample, "+"},
	{`jq(".name", has_length(3))`, sample, "+"},
	{`jq(".name", every("w"))`, sample, "?"},
	{`jq(".port", contains("8"))`, sample, "?"},
	{`jq(".port", starts_with("8"))`, sample, "?"},
	{`jq(".users", gt(5))`, sample, "?"},
	{`jq(".on", gt(0))`, sample, "?"},
	{`jq(".name", gt(0))`, sample, "?"},
	{`jq(".users[].name", ["root", "bob"])`, sample, "+"},
	{`jq(".users[].name", ["bob", "root"])`, sample, "-"},
	{`jq(".users[].name", toset(["bob", "root"]))`, sample, "+"},
	{`jq(".users[].name", consists_of("bob", starts_with("r")))`, sample, "+"},
	{`jq(".users[].name", contains("bob"))`, sample, "+"},
	{`jq(".users[].name", contains("eve"))`, sample, "-"},
	{`jq(".users[].name", matches("^b"))`, sample, "+"},
	{`jq(".users[].name", "root")`, sample, "!"},
	{`jq(".users[].name", "eve")`, sample, "-"},
	{`jq(".users[0].name", ["root"])`, sample, "!"},
	{`jq(".users[0].name", ["eve"])`, sample, "-"},
	{`jq(".users[].name", in_order("root", "bob"))`, sample, "+"},
	{`jq(".users[].name", subset_of("root", "bob", "x"))`, sample, "+"},
	{`jq(".users[].name", unique())`, sample, "+"},
	{`jq(".users[].name", has_length(2))`, sample, "+"},
	{`jq(".users[].shell", every(not("/bin/zsh")))`, sample, "0"},
	{`jq(".users[].shell", contains("/bin/zsh"))`, sample, "-"},
	{`jq(".users[].shell", contains(not("/bin/sh")))`, sample, "-"},
	{`jq(".users[].shell", contains(starts_with("/bin")))`, sample, "+"},
	{`jq(".users[].shell", matches("zsh"))`, sample, "-"},
	{`jq(".users[].shell", ["/bin/sh", "x"])`, sample, "-"},
	{`jq(".users[0]", { name = "root" })`, sample, "+"},
	{`jq(".users[0]", { name = starts_with("r"), age = absent() })`, sample, "+"},
	{`jq(".users[0]", { name = "root", age = 5 })`, sample, "0"},
	{`jq(".users[1]", { shell = not("x") })`, sample, "0"},
	{`jq(".users[1]", { shell = absent() })`, sample, "-"},
	{`jq(".users", contains({ name = "bob" }))`, sample, "+"},
	{`jq(".users", contains({ name = "eve" }))`, sample, "-"},
	{`jq(".users", every({ name = not("eve") }))`, sample, "+"},
	{`jq(".users[0]", contains("name"))`, sample, "+"},
	{`jq(".users[0]", contains("age"))`, sample, "-"},
	{`jq(".users[0]", contains(starts_with("na")))`, sample, "+"},
	{`jq(".users[0]", "root")`, sample, "-"},
	{`jq(".name", { a = 1 })`, sample, "-"},
	{`jq(".empty", empty())`, sample, "+"},
	{`jq(".empty", [])`, sample, "+"},
	{`jq(".empty", every("x"))`, sample, "0"},
	{`jq(".none", empty())`, sample, "+"},
	{`jq(".users", not(empty()))`, sample, "+"},
	{`jq("[.. | numbers]", every(gt(0)))`, sample, "+"},
	{`jq("[.. | scalars]", contains(80))`, sample, "+"},
	{`jq("[.. | scalars]", contains(81))`, sample, "-"},
	{`jq("[.. | scalars]", contains(gt(9007199254740992)))`, sample, "+"},
	{`jq("[.. | scalars]", contains(gt(9007199254740993)))`, sample, "?"},
	{`jq(".", { users = contains({ name = ignore_case("BOB") }) })`, sample, "+"},
	{`jq(".users", jq(".[0].name", "root"))`, sample, "+"},
	{`jq(".users", jq(".[0].age", 5))`, sample, "0"},
	{`all_of(jq(".port", 80), jq(".name", "web"))`, sample, "+"},
	{`jq(".port", all_of(gt(1), lt(100), not(81)))`, sample, "+"},
	{`jq(".name", yaml(".", "web"))`, sample, "+"},
	{`jq(".text", trimmed("80"))`, sample, "+"},
	{`jq(".port", trimmed("80"))`, sample, "?"},
	{`jq(".name", semver("1.2.3"))`, sample, "?"},
	{`jq(".port", semver("1.2.3"))`, sample, "?"},
	{`jq(".users[]", { shell = any_of("/bin/sh", absent()) })`, `{"users": [{"shell": "/bin/sh"}]}`, "+"},

	// Several values, and what is not JSON.
	{`jq(".a", [1, 2])`, "{\"a\": 1}\n{\"a\": 2}\n", "+"},
	{`jq(".a", 1)`, "\ufeff{\"a\": 1}", "+"},
	{`jq(".a", 1)`, "", "0"},
	{`jq(".a", 1)`, "{\"a\": 1", "!"},
	{`jq(".a", 1)`, "{\"a\": 1,}", "!"},
	{`jq(".a", 1)`, "[1 2]", "!"},
	{`jq(".a", 1)`, "a = 1", "!"},
	{`jq(".a", 1)`, `{"a": 1} x`, "!"},
	{`jq(".a.b", 1)`, `{"a": 1}`, "!"},
	{`jq(".a[]", 1)`, `{}`, "!"},
	{`jq("error", 1)`, `{}`, "!"},
	{`jq(".a", 1)`, `{"a": 1, "a": 2}`, "?"},
	{`jq(".a", 1)`, `{"a": 1e99999}`, "?"},
	{`jq(".a", 1)`, strings.Repeat("[", 502) + strings.Repeat("]", 502), "?"},
	{`jq("nan", 1)`, `{}`, "?"},
	{`jq("infinite", 1)`, `{}`, "?"},
	{`jq("range(20000)", 1)`, `{}`, "?"},
	{`jq("reduce range(40) as $i (0; [., .])", 1)`, `{}`, "?"},
	{`jq("[.a, .b * 2, {c: [.a]}.c[0], ([1, 2] | .[1])]", [3, 8, 3, 2])`, `{"a": 3, "b": 4}`, "+"},
	{`jq(".a * 3", "xxx")`, `{"a": "x"}`, "+"},
	{`jq(". * {a: 2}", { a = 2, b = 1 })`, `{"a": 1, "b": 1}`, "+"},
	{`jq(".a * 1e9", 1)`, `{"a": "x"}`, "?"},
	{`jq("def f(x): [x, x]; f(f(f(1))) | flatten | length", 8)`, `{}`, "+"},
	{`jq("[.[] as {a: $x, b: [$y]} | \"\\([$x])-\\($y)\"]", ["[1]-2"])`, `[{"a": 1, "b": [2]}]`, "+"},
	{`jq("try error(\"x\") catch [.]", ["x"])`, `{}`, "+"},
	{`jq("if .a then [1] elif .b then [2] else [3] end", [2])`, `{"b": 1}`, "+"},
	{`jq("label $out | foreach .[] as $x (0; . + $x; if . > 2 then [.], break $out else empty end)", [3])`, `[1, 2, 3]`, "+"},
	{`jq("with_entries(select(.value > 1)) | keys", ["b"])`, `{"a": 1, "b": 2}`, "+"},
	{`jq("-(.a * 2)", -6)`, `{"a": 3}`, "+"},
	{`jq("del(.a) | length", 1)`, `{"a": 3, "b": 4}`, "+"},

	{`yaml(".a.b", "x")`, "a:\n  b: x # y\n", "+"},
	{`yaml(".a", 420)`, "a: 0644", "+"},
	{`yaml(".a", 1.1)`, "a: 1.10", "+"},
	{`yaml(".a", "1.10")`, "a: '1.10'", "+"},
	{`yaml(".a", 9007199254740993)`, "a: 9007199254740993", "+"},
	{`yaml(".a", 0.1)`, "a: .1", "+"},
	{`yaml(".a", 31)`, "a: 0x1f", "+"},
	{`yaml(".a", 1000)`, "a: 1_000", "+"},
	{`yaml(".a", 5)`, "a: .inf", "?"},
	{`yaml(".a", "2026-01-31")`, "a: 2026-01-31", "+"},
	{`yaml(".a", true)`, "a: true", "+"},
	{`yaml(".a", true)`, "a: yes", "?"},
	{`yaml(".a", "yes")`, "a: yes", "?"},
	{`yaml(".a", any_of("yes", true))`, "a: yes", "+"},
	{`yaml(".a", "yes")`, "a: 'yes'", "+"},
	{`yaml(".b", 1)`, "a: off\nb: 1", "+"},
	{`yaml(".a", 1)`, "a:\n", "0"},
	{`yaml(".a", not(1))`, "b: 1\n", "0"},
	{`yaml(".a", [1, 2])`, "a: 1\n---\na: 2\n", "+"},
	{`yaml(".a", 1)`, "a: 1\na: 2\n", "?"},
	{`yaml(".a", 1)`, "a: [", "!"},
	{`yaml(".a", 1)`, "\t- x", "!"},
	{`yaml(".a", 1)`, "just a text", "!"},
	{`yaml(".b", { x = 1, y = 3 })`, "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\n", "+"},
	{`yaml(".b.x", 1)`, "a: &a {x: 1}\nc: &c {x: 2}\nb: {<<: [*a, *c]}\n", "+"},
	{`yaml(".a", 1)`, "a: &a [*a]\n", "?"},
	{`yaml(".a", 1)`, "? [a]\n: 1\n", "?"},
	{`yaml(".\"80\"", "x")`, "80: x\n", "+"},
	{`yaml(".a", 1)`, bomb(30), "?"},

	{`toml(".a.b", 1)`, "[a]\nb = 1\n", "+"},
	{`toml(".a", 0.1)`, "a = 0.1\n", "+"},
	{`toml(".a", 9007199254740993)`, "a = 9007199254740993\n", "+"},
	{`toml(".a", "2026-01-31T12:00:00Z")`, "a = 2026-01-31T12:00:00Z\n", "+"},
	{`toml(".a", "2026-01-31")`, "a = 2026-01-31\n", "+"},
	{`toml(".a[].b", [1, 2])`, "[[a]]\nb = 1\n[[a]]\nb = 2\n", "+"},
	{`toml(".a", true)`, "a = true\n", "+"},
	{`toml(".a", 1)`, "a = 1\na = 2\n", "!"},
	{`toml(".a", 1)`, "a: 1\n", "!"},
	{`toml(".a", 1)`, "a = inf\n", "?"},
	{`toml(".a", 1)`, "x = " + strings.Repeat("[", 20_000), "?"},
	{`toml(".a", 1)`, strings.Repeat("a.", 4_000_000) + "b = 1", "?"},
	{`toml(".a", 1)`, strings.Repeat("a.", 1000) + "b = 1", "?"},

	{`ini(".Service.User", "www-data")`, "[Service]\nUser=www-data\n", "+"},
	{`ini(".a", 80)`, "a = 80", "+"},
	{`ini(".a", 80)`, "a = 080", "+"},
	{`ini(".a", "80")`, "a = 80", "+"},
	{`ini(".a", gt(79))`, "a: 80", "+"},
	{`ini(".a", true)`, "a = true", "+"},
	{`ini(".a", true)`, "a = yes", "-"},
	{`ini(".a.skip", true)`, "[a]\nskip\n", "+"},
	{`ini(".a", "x y")`, "a = \"x y\"", "+"},
	{`ini(".a", "x ; y")`, "a = 'x ; y'", "+"},
	{`ini(".a", "\"x\" and \"y\"")`, "a = \"x\" and \"y\"", "+"},
	{`ini(".a", 80)`, "a = 80 ; the port", "?"},
	{`ini(".a", "80 ; the port")`, "a = 80 ; the port", "?"},
	{`ini(".a", matches("^80"))`, "a = 80 # the port", "+"},
	{`ini(".a", not(81))`, "a = 80 # the port", "+"},
	{`ini(".a", "x;y#z")`, "a = x;y#z", "+"},
	{`ini(".b", 1)`, "a = 80 ; the port\nb = 1", "+"},
	{`ini(".a", "x y")`, "a = \"x y\" ; z", "?"},
	{`ini(".a.b", 1)`, "[a]\nb = 1\n[c]\nb = 2\n[a]\nd = 3", "+"},
	{`ini(".a.d", 3)`, "[a]\nb = 1\n[c]\nb = 2\n[a]\nd = 3", "+"},
	{`ini(".a", ["x", "y"])`, "a = x\na = y", "+"},
	{`ini(".a", "x")`, "a = x\na = y", "!"},
	{`ini(".a", contains("y"))`, "a = x\na = y", "+"},
	{`ini(".a", "x y")`, "a = x \\\n  y\n", "+"},
	{`ini(".a", "x\ny")`, "a =\n  x\n  y\n", "+"},
	{`ini(".a.b", 1)`, "[a]\n\tb = 1\n\tc\n", "+"},
	{`ini(".a.c", true)`, "[a]\n\tb = 1\n\tc\n", "+"},
	{`ini(".[\"remote \\\"origin\\\"\"].url", "git@x:y")`, "[remote \"origin\"]\n\turl = git@x:y\n", "+"},
	{`ini(".Service.ExecStart", "/bin/x -a=b:c")`, "[Service] # x\nExecStart=/bin/x -a=b:c\n", "+"},
	{`ini(".[\"C:\\\\x\"]", "1")`, "C:\\x = 1", "+"},
	{`ini(".a", 1)`, "; a = 1\n#a = 2\n", "0"},
	{`ini(".a", 1)`, "[a\nb = 1", "!"},
	{`ini(".a", 1)`, "= 1", "!"},
	{`ini(".a", 1)`, "a = 1\n[a]\nb = 1", "?"},

	{`csv(".[0].name", "alice")`, "name,age\nalice,30\n", "+"},
	{`csv(".[0].age", 30)`, "name,age\nalice,30\n", "+"},
	{`csv("[.[] | select(.age | tonumber > 18) | .name]", ["alice"])`, "name,age\nalice,30\nbob,7\n", "+"},
	{`csv("length", 0)`, "name,age\n", "+"},
	{`csv(".[0].name", "a,\n\"b")`, "name\n\"a,\n\"\"b\"\n", "+"},
	{`csv(".[0].name", "x")`, "name,age\nalice\n", "!"},
	{`csv(".[0].name", "x")`, "name\na\"b\n", "!"},
	{`csv(".[0].name", "x")`, "", "!"},
	{`csv(".[0].a", "x")`, "a,a\nx,x\n", "?"},

	{`xml("/a/@b", "1")`, `<?xml version="1.0"?><a b="1"/>`, "+"},
	{`xml("/a/@b", 1)`, `<a b="1"/>`, "+"},
	{`xml("//b", ["x", "y"])`, `<a><b>x</b><b>y</b></a>`, "+"},
	{`xml("//b[2]", "y")`, `<a><b>x</b><b>y</b></a>`, "+"},
	{`xml("//b[@c='1']", "y")`, `<a><b>x</b><b c="1">y</b></a>`, "+"},
	{`xml("//b/text()", "<x>")`, `<a><b><![CDATA[<x>]]></b></a>`, "+"},
	{`xml("/a", "1<2")`, `<a>1<!-- x -->&lt;2</a>`, "+"},
	{`xml("count(//b)", 2)`, `<a><b/><b/></a>`, "+"},
	{`xml("boolean(//b)", true)`, `<a><b/></a>`, "+"},
	{`xml("boolean(//c)", false)`, `<a><b/></a>`, "+"},
	{`xml("string(//b)", "x")`, `<a><b>x</b></a>`, "+"},
	{`xml("//x:b", "1")`, `<a xmlns:x="u"><x:b>1</x:b></a>`, "+"},
	{`xml("//*[local-name()='b']", "1")`, `<a xmlns:x="u"><x:b>1</x:b></a>`, "+"},
	{`xml("//b/following-sibling::*[1]", "2")`, `<a><b>1</b><c>2</c><d>3</d></a>`, "+"},
	{`xml("//d/preceding-sibling::*[1]", "2")`, `<a><b>1</b><c>2</c><d>3</d></a>`, "+"},
	{`xml("//b | //c", ["1", "2"])`, `<a><b>1</b><c>2</c></a>`, "+"},
	{`xml("//b/..//c", "2")`, `<a><b>1</b><c>2</c></a>`, "+"},
	{`xml("//c", not("x"))`, `<a/>`, "0"},
	{`xml("//c", "x")`, `<a>`, "!"},
	{`xml("//c", "x")`, `<a></b>`, "!"},
	{`xml("//c", "x")`, `<a/><b/>`, "!"},
	{`xml("//c", "x")`, `text<a/>`, "!"},
	{`xml("//c", "x")`, ``, "!"},
	{`xml("//c", "x")`, `<a b="1" b="2"/>`, "!"},
	{`xml("//c", "x")`, `<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>`, "!"},
	{`xml("/a", "é")`, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe9</a>", "+"},
	{`xml("/a", "x")`, "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>x</a>", "?"},
	{`xml("//a", "x")`, strings.Repeat("<a>", 600) + strings.Repeat("</a>", 600), "?"},
}

// expensive are expressions that are ended.
var expensive = []struct{ matcher, found string }{
	{`jq("reduce range(40) as $i (0; [., .]) | tojson", 1)`, `{}`},
	{`jq("[range(100000)] | map(1000000 * \"x\")", 1)`, `{}`},
	{`jq("reduce range(40) as $i (0; {a: ., b: .}) | . == 1", 1)`, `{}`},
	{`jq("def f: f; f", 1)`, `{}`},
	{`jq("[range(1e9)]", 1)`, `{}`},
	{`jq("reduce range(1e9) as $i (\"x\"; . + .)", 1)`, `{}`},
	{`jq("reduce range(1e9) as $i (0; [.]) | [., .] | unique", 1)`, `{}`},
	{`xml("//a[count(//a[count(//a) > 5]) > 5]", "x")`, "<r>" + strings.Repeat("<a>x</a>", 2000) + "</r>"},
}

func TestExpensiveExpressionsAreEnded(t *testing.T) {
	for _, test := range expensive {
		begun := time.Now()
		if r := expectationOf(t, resource.Text, test.matcher).Test(test.found); r.Unknown == "" {
			t.Errorf("%s: %+v", test.matcher, r)
		}
		if took := time.Since(begun); took > 4*time.Second {
			t.Errorf("%s took %v", test.matcher, took)
		}
	}
}

// bomb has many more values than bytes.
func bomb(levels int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x]\n")
	for i := 1; i < levels; i++ {
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll("aN: &aN [*aM, *aM]\n", "N", itoa(i)), "M", itoa(i-1)))
	}
	return b.String()
}

func itoa(i int) string { return resource.Number.Text(resource.Int(int64(i))) }

func TestExtracted(t *testing.T) {
	for _, test := range extracted {
		checkJudgement(t, resource.Text, test.matcher, test.found, test.want)
	}
}

// TestValuesOfADocument are those of an attribute whose kind is any type.
func TestValuesOfADocument(t *testing.T) {
	for _, test := range []struct {
		kind    *resource.Kind
		matcher string
		found   any
		want    string
	}{
		{resource.JSON, `80`, n(80), "+"},
		{resource.JSON, `80`, "80", "!"},
		{resource.JSON, `"e\u0301"`, "é", "+"},
		{resource.JSON, `"é"`, "e\u0301", "+"},
		{resource.JSON, `true`, true, "+"},
		{resource.JSON, `not("x")`, nil, "0"},
		{resource.JSON, `gt(5)`, n(6), "+"},
		{resource.JSON, `jq(".a", 5)`, map[string]any{"a": n(5)}, "+"},
		{resource.JSON, `jq(".a", 5)`, nil, "0"},
		{resource.JSON, `yaml(".a", 5)`, "a: 5", "+"},
		{resource.JSON, `yaml(".a", 5)`, n(5), "?"},
		{resource.JSON, `cidr("10.0.0.0/8")`, "10.0.0.1", "+"},
		{resource.JSON, `any_of(80, "80")`, "80", "+"},
		{resource.JSON, `{ a = { b = [1, "x"] } }`, map[string]any{"a": map[string]any{"b": []any{n(1), "x"}, "c": nil}}, "+"},
		{resource.JSON, `[[1], { a = "x" }]`, []any{[]any{n(1)}, map[string]any{"a": "x"}}, "+"},
		{resource.JSON, `[[1], { a = "y" }]`, []any{[]any{n(1)}, map[string]any{"a": "x"}}, "-"},
		{resource.Untyped, `80`, "80", "+"},
		{resource.Untyped, `"80"`, n(80), "+"},
		{resource.Untyped, `80`, "80%", "-"},
		{resource.Untyped, `true`, "true", "+"},
		{resource.Untyped, `["80", 80]`, []any{"80", "80"}, "+"},
		{resource.Untyped, `"80"`, []any{"80", "81"}, "!"},
		{resource.ListOf(resource.JSON), `contains(5)`, []any{n(5), nil}, "+"},
		{resource.ListOf(resource.JSON), `not(contains("a"))`, []any{n(5), nil}, "+"},
		{resource.ListOf(resource.JSON), `unique()`, []any{n(5), "5", nil, true, "true"}, "+"},
		{resource.ListOf(resource.JSON), `unique()`, []any{[]any{n(5)}, []any{n(5)}}, "-"},
		{resource.ListOf(resource.JSON), `subset_of(5, "a")`, []any{n(5)}, "+"},
		{resource.ListOf(resource.JSON), `subset_of(5, "a")`, []any{n(5), nil}, "-"},
		{resource.MapOf(resource.JSON), `{ a = gt(5) }`, map[string]any{"a": n(6)}, "+"},
		{resource.MapOf(resource.JSON), `{ a = gt(5) }`, map[string]any{"a": nil}, "0"},
	} {
		checkJudgement(t, test.kind, test.matcher, test.found, test.want)
	}
	if e := expectationOf(t, resource.JSON, `not(true)`); e.Literal != nil || e.Phrase != "is not true" {
		t.Errorf("%+v", e)
	}
	if r := expectationOf(t, resource.JSON, `not(5)`).Test(5); r.Unknown == "" {
		t.Errorf("an int is no value: %+v", r)
	}
}

// TestAge judges times against a clock.
func TestAge(t *testing.T) {
	now := moment("2026-03-02T12:00:00Z")
	for _, test := range []struct {
		kind    *resource.Kind
		matcher string
		found   any
		want    string
	}{
		{resource.Time, `newer_than("30d")`, moment("2026-02-01T12:00:00Z"), "+"},
		{resource.Time, `newer_than("30d")`, moment("2026-01-31T12:00:00Z"), "-"},
		{resource.Time, `older_than("30d")`, moment("2026-01-31T12:00:00Z"), "-"}, // exactly
		{resource.Time, `newer_than("36h")`, moment("2026-03-01T00:00:00Z"), "-"},
		{resource.Time, `older_than("36h")`, moment("2026-03-01T00:00:00Z"), "-"},
		{resource.Time, `newer_than("36h")`, moment("2026-03-01T00:00:01Z"), "+"},
		{resource.Time, `older_than("36h")`, moment("2026-02-28T23:59:59Z"), "+"},
		{resource.Time, `newer_than("36h")`, moment("2027-01-01T00:00:00Z"), "+"},
		{resource.Time, `newer_than("1h")`, moment("2026-03-02T13:30:00+02:00"), "+"},
		{resource.String, `newer_than("1h")`, "2026-03-02T13:30:00+02:00\n", "+"},
		{resource.String, `newer_than("1h")`, "yesterday", "?"},
		{resource.Text, `jq(".at", older_than("1h"))`, `{"at": "2026-03-02T10:30:00Z"}`, "+"},
		{resource.Text, `jq(".at", older_than("1h"))`, `{"at": 5}`, "?"},
		{resource.Text, `jq(".at", older_than("1h"))`, `{}`, "0"},
		{resource.MapOf(resource.Time), `{ a = all_of(newer_than("2h"), older_than("1h")) }`, map[string]any{"a": moment("2026-03-02T10:30:00Z")}, "+"},
		{resource.ListOf(resource.Time), `[newer_than("2h")]`, []any{moment("2026-03-02T10:30:00Z")}, "+"},
		{resource.ListOf(resource.Time), `every(newer_than("1h"))`, []any{moment("2026-03-02T10:30:00Z")}, "-"},
	} {
		e, contrary := expectationOf(t, test.kind, test.matcher), expectationOf(t, test.kind, "not("+test.matcher+")")
		if e.At == nil || contrary.At == nil {
			t.Fatalf("%s needs no clock", test.matcher)
		}
		want := test.want
		if got := fullVerdict(e.At(now).Test(test.found)); got != want {
			t.Errorf("%s of %v is %s (%+v)", test.matcher, test.found, got, e.At(now).Test(test.found))
		}
		if got := fullVerdict(contrary.At(now).Test(test.found)); got != contraries[want] {
			t.Errorf("not(%s) of %v is %s", test.matcher, test.found, got)
		}
		if bound := e.At(now); bound.At != nil || bound.Text != e.Text || bound.Phrase != e.Phrase {
			t.Errorf("%s, bound, is %s", e.Text, bound.Text)
		}
		if want != "0" {
			if r := e.Test(test.found); r.Unknown == "" {
				t.Errorf("%s without a clock: %+v", test.matcher, r)
			}
			if r := contrary.Test(test.found); r.Unknown == "" {
				t.Errorf("not(%s) without a clock: %+v", test.matcher, r)
			}
		}
	}
	e := expectationOf(t, resource.Time, `newer_than("1h")`)
	if r := e.At(now).Test(moment("2026-03-01T00:00:00Z")); r.Note != "the target's clock says 2026-03-02T12:00:00Z" {
		t.Errorf("%+v", r)
	}
	if expectationOf(t, resource.Text, `jq(".a", 5)`).At != nil {
		t.Error("jq needs a clock")
	}
}
