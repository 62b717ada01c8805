package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/runner/become"
	"github.com/avow-dev/avow/spec/catalog"
	"github.com/avow-dev/avow/spec/resource"
)

// load reads one text as a suite.
func load(t testing.TB, text string, options Options) (*Suite, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.spec.hcl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	options.Backends, options.CheckAccount = backends.All, become.Check
	options.Catalog = catalog.All
	return Load([]string{path}, options)
}

func mustLoad(t testing.TB, text string) *Suite {
	t.Helper()
	suite, err := load(t, text, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return suite
}

// lines are the promises of the suite's first target as `path/type name/attribute phrase`.
func lines(s *Suite, host resource.Facts) []string {
	var out []string
	for _, r := range s.Resources(s.Targets[0], host) {
		for _, p := range r.Promises {
			line := fmt.Sprintf("%s/%s %s/%s %s", strings.Join(r.Path, "/"), r.Type.Name, r.Name, p.Attribute.Name, p.Expectation.Text)
			if r.Skip != "" {
				line += " skip: " + r.Skip
			}
			if r.Pending {
				line += " pending"
			}
			if r.Unknown != "" {
				line += " unknown: " + r.Unknown
			}
			out = append(out, line)
		}
	}
	return out
}

func check(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

var debian = resource.Facts{
	"name": resource.Seen("web1"), "os.id": resource.Seen("debian"), "os.family": resource.Seen("debian"),
	"os.version": resource.Seen("12"), "kernel": resource.Seen("6.1.0"), "init": resource.Unknown("hidden"),
}

func TestNestedDescribesInherit(t *testing.T) {
	suite := mustLoad(t, `
describe "outer" {
  tags = ["a"]
  describe "inner" {
    tags   = ["b"]
    within = "30s"
    file "/x" {
      tags   = ["c"]
      exists = true
    }
    file "/y" {
      skip   = "not now"
      exists = true
    }
  }
}`)
	check(t, lines(suite, nil), "outer/inner/file /x/exists true", "outer/inner/file /y/exists true skip: not now")
	r := suite.Resources(suite.Targets[0], nil)[0]
	if got := strings.Join(r.Tags, " "); got != "a b c" {
		t.Errorf("tags %q", got)
	}
	if r.Within != 30*time.Second {
		t.Errorf("within %s", r.Within)
	}
}

func TestForEach(t *testing.T) {
	suite := mustLoad(t, `
locals {
  sizes = { small = 1, large = 2 }
}
describe "all" {
  for_each = { b = "/b", a = "/a" }
  title    = "all of ${each.key}"
  file "one" {
    path = each.value
    size = 5
  }
  file "two" {
    for_each = local.sizes
    path     = "/${each.key}"
    size     = each.value
  }
}`)
	check(t, lines(suite, nil),
		"all of a/file /a/size 5", "all of a/file /large/size 2", "all of a/file /small/size 1",
		"all of b/file /b/size 5", "all of b/file /large/size 2", "all of b/file /small/size 1")
}

func TestFactsDecideLate(t *testing.T) {
	suite := mustLoad(t, `
locals {
  deb  = host.os.id == "debian"
  late = local.deb ? 1 : 2
}
describe "d" {
  file "/a" {
    only_if = local.deb
    size    = local.late
  }
  file "/b" {
    only_if = !local.deb
    size    = 3
  }
  file "/c" {
    path = "/etc/${host.name}"
    size = 4
  }
  file "/d" {
    only_if = host.init == "systemd"
    size    = 5
  }
  file "/e" { content = matches("${host.os.id}[") }
}`)
	for _, line := range lines(suite, nil) {
		if !strings.HasSuffix(line, " pending") {
			t.Errorf("%q does not wait for facts", line)
		}
	}
	got := lines(suite, debian)
	check(t, got[:4],
		"d/file /a/size 1",
		"d/file /b/size 3 skip: only_if does not hold",
		"d/file /etc/web1/size 4",
		"d/file /d/size 5 unknown: it depends on host.init, which is not known (hidden)")
	bad := suite.Resources(suite.Targets[0], debian)[4].Promises[0].Expectation.Test("x")
	if !strings.Contains(bad.Unknown, "not a regular expression") {
		t.Errorf("a bad pattern made of a fact: %+v", bad)
	}
}

func TestFilter(t *testing.T) {
	const text = `
describe "web" {
  tags = ["w"]
  port "80" { listening = true }
  file "/etc/x" {
    tags   = ["f"]
    size   = 1
    exists = true
  }
}
describe "web two" {
  port "80" { listening = true }
}`
	for _, c := range []struct {
		filter Filter
		want   []string
	}{
		{Filter{Tags: []string{"f"}}, []string{"web/file /etc/x/size 1", "web/file /etc/x/exists true"}},
		{Filter{Only: []*Glob{NewGlob("web")}}, []string{"web/port 80/listening true", "web/file /etc/x/size 1", "web/file /etc/x/exists true"}},
		{Filter{Only: []*Glob{NewGlob("*/file */size")}}, []string{"web/file /etc/x/size 1"}},
		{Filter{Only: []*Glob{NewGlob("web ???/port 80")}}, []string{"web two/port 80/listening true"}},
		{Filter{Only: []*Glob{NewGlob("we")}}, nil},
		{Filter{Tags: []string{"w"}, Only: []*Glob{NewGlob("*/port *")}}, []string{"web/port 80/listening true"}},
	} {
		suite, err := load(t, text, Options{Filter: c.filter, AllowEmpty: true})
		if err != nil {
			t.Fatal(err)
		}
		check(t, lines(suite, nil), c.want...)
	}
}

// TestMistakes holds every kind of mistake to the text with its remedy.
func TestMistakes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"describe \"d\" {\n file \"/x\" { exsts = true }\n}", `Did you mean "exists"?`},
		{"describe \"d\" {\n fil \"/x\" {}\n}", `Did you mean "file"?`},
		{"describe \"d\" {\n file \"/x\" {}\n}", "Promises nothing"},
		{"describe \"d\" {\n file \"/x\" { mode = 644 }\n}", "Quote a mode"},
		{"describe \"d\" {\n file \"/x\" { mode = any_of(\"644\", \"9\") }\n}", `"9" is not a mode`},
		{"describe \"d\" {\n file \"/x\" { exists = var.x }\n}", "There is no var.x."},
		{"describe \"d\" {\n file \"/x\" {\n  exists = false\n  size = 1\n }\n}", "nothing can have"},
		{"describe \"d\" {\n file \"/x\" { exists = nonsense(\"x\") }\n}", "no function named"},
		{"describe \"d\" {\n file \"/x\" { size = gt(\"a\") }\n}", "Wrong value for size"},
		{"describe \"d\" {\n file \"/x\" { exists = host.os.idd == \"x\" }\n}", "idd"},
		{"describe \"d\" {\n file \"/x\" { exists = host.vars.role }\n}", "role"},
		{`file "/x" { exists = true }`, "Promise outside of a describe"},
		{"locals {\n a = local.b\n b = local.c\n c = local.a\n}\ndescribe \"d\" {\n file \"/x\" { size = local.a }\n}", "local.a needs local.b needs local.c needs local.a"},
		{"locals { a = 1 }\nlocals { a = 2 }\ndescribe \"d\" {\n file \"/x\" { size = 1 }\n}", "Duplicate local"},
		{"variable \"v\" {}\ndescribe \"d\" {\n file \"/x\" { size = var.v }\n}", "No value for a variable"},
		{"variable \"v\" { default = 1 }\nvariable \"v\" { default = 1 }\n", "Duplicate variable"},
		{"variable \"v\" {\n type = numbr\n default = 1\n}\n", "type"},
		{"describe \"d\" {\n skip = \"\"\n file \"/x\" { size = 1 }\n}", "skip without a reason"},
		{"describe \"d\" {\n within = 30\n file \"/x\" { size = 1 }\n}", `within = "30s"`},
		{"describe \"d\" {\n within = \"0s\"\n file \"/x\" { size = 1 }\n}", "zero, negative or too long"},
		{"describe \"d\" {\n tags = \"x\"\n file \"/x\" { size = 1 }\n}", "Expected a list of strings"},
		{"describe \"d\" {\n why = host.name\n file \"/x\" { size = 1 }\n}", "Known only after contact"},
		{"describe \"d\" {\n only_if = \"maybe\"\n file \"/x\" { size = 1 }\n}", "Expected true or false"},
		{"describe \"d\" {\n for_each = []\n file \"/x\" { size = 1 }\n}", "for_each over nothing"},
		{"describe \"d\" {\n for_each = 5\n file \"/x\" { size = 1 }\n}", "Wrong for_each"},
		{"variable \"s\" {\n default = [\"a\"]\n sensitive = true\n}\ndescribe \"d\" {\n for_each = var.s\n file \"/x\" { size = 1 }\n}", "for_each over a sensitive value"},
		{"describe \"d\" {\n on = [\"web\"]\n file \"/x\" { size = 1 }\n}", "Expected targets"},
		{"describe \"d\" {\n on = []\n file \"/x\" { size = 1 }\n}", "No targets"},
		{"target \"local\" \"a\" {}\ntarget \"local\" \"a\" {}\ndescribe \"d\" {\n file \"/x\" { size = 1 }\n}", "Duplicate target"},
		{"target \"local\" \"a\" { env = { \"a b\" = \"x\" } }\ndescribe \"d\" {\n file \"/x\" { size = 1 }\n}", "not a valid name of an environment variable"},
		{"describe \"d\" {\n file \"x\" {\n  path = \"/a\\u0000b\"\n  size = 1\n }\n}", "the character NUL"},
		{"describe \"d\" {\n file \"x\" { size = 1 }\n}", "Wrong file"},
		{"describe \"d\" {\n file \"/x\" { size = jsondecode(\"{\") }\n}", "Error in function call"},
		{"describe \"d\" {\n file \"/x\" { content = file(\"/no/such/file\") }\n}", "no such file"},
		{`describe "d" { file "/x" { size = 1 `, "error:"},
		{"describe \"d\" {\n command \"echo ${HOME}\" { exit_status = 0 }\n}", "error:"},
	} {
		_, err := load(t, c.text, Options{})
		if err == nil {
			t.Errorf("%s\nis no mistake", c.text)
			continue
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ntells:\n%s\nwithout %q", c.text, err, c.want)
		}
		if strings.Contains(err.Error(), "goroutine") || !strings.Contains(err.Error(), "a.spec.hcl:") {
			t.Errorf("%s\ntells:\n%s", c.text, err)
		}
	}
}

func TestEveryMistakeIsTold(t *testing.T) {
	_, err := load(t, "describe \"d\" {\n file \"/x\" { a = 1 }\n file \"/y\" { b = 1 }\n}\nlocals { x = nope() }\n", Options{})
	for _, place := range []string{":2,14: error", ":3,14: error", ":5,"} {
		if err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("no mistake at %s in:\n%v", place, err)
		}
	}
}

// TestManyMistakesAreTold: one run gives them all. Only rubbish has more than people read, and its rest is counted.
func TestManyMistakesAreTold(t *testing.T) {
	_, err := load(t, "describe \"d\" {\n"+strings.Repeat("  file \"/x\" { a = 1 }\n", 200)+"}\n", Options{})
	for _, place := range []string{":2,15: error", ":31,15: error", ":32,15: error", ":201,15: error"} {
		if err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("no mistake at %s", place)
		}
	}
	if err == nil || strings.Contains(err.Error(), "more mistakes") {
		t.Error("some are only counted")
	}
}

// TestDeepNesting would end the process, not the test, if nesting were not limited. The stack is made small,
// so that what the limits let through is shown to need little of it.
func TestDeepNesting(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(32 << 20))
	for name, text := range map[string]string{
		"parentheses": "locals {\n x = " + strings.Repeat("(", 100_000),
		"brackets":    "locals {\n x = " + strings.Repeat("[", 100_000),
		"objects":     "locals {\n x = " + strings.Repeat("{a=", 100_000),
		"blocks":      strings.Repeat("describe \"d\" {\n", 100_000),
		"templates":   "locals {\n x = " + strings.Repeat(`"${`, 100_000),
		"directives":  "locals {\n x = \"" + strings.Repeat("%{if true}", 100_000) + "\"\n}",
		"negations":   "locals {\n x = " + strings.Repeat("!", 100_000) + "true\n}",
		"minuses":     "locals {\n x = " + strings.Repeat("-", 100_000) + "1\n}",
		"sums":        "locals {\n x = 1" + strings.Repeat("+1", 100_000) + "\n}",
		"sums, lines": "locals {\n x = (1" + strings.Repeat("\n+1", 100_000) + ")\n}",
		"conditions":  "locals {\n x = true" + strings.Repeat("?1:true", 100_000) + "?1:1\n}",
		"indexes":     "locals {\n x = local.y" + strings.Repeat("[local.y]", 100_000) + "\n}",
		"splats":      "locals {\n x = local.y" + strings.Repeat(".*", 100_000) + "\n}",
		"calls":       "locals {\n x = " + strings.Repeat("not(", 100_000) + "\n}",
		"heredocs":    "locals {\n x = <<A\n" + strings.Repeat("%{if true}\n", 100_000) + "A\n}",
	} {
		if _, err := load(t, text, Options{}); err == nil {
			t.Errorf("%s: no mistake", name)
		} else if len(err.Error()) > 100_000 {
			t.Errorf("%s: %d bytes of text", name, len(err.Error()))
		}
	}
}

// TestAllowedNesting reads the deepest and the longest that the limits allow.
func TestAllowedNesting(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(256 << 20))
	deep := "1"
	for range maxNesting - 10 {
		deep = "(" + strings.Repeat("-", maxOperators-10) + deep + strings.Repeat("+1", 5) + ")"
	}
	suite := mustLoad(t, "locals {\n x = "+deep+"\n}\ndescribe \"d\" {\n file \"/x\" { size = local.x }\n}")
	check(t, lines(suite, nil), fmt.Sprintf("d/file /x/size %d", 1+5*(maxNesting-10)))
}

func TestManyPromises(t *testing.T) {
	if testing.Short() {
		t.Skip("loads 10,000 promises")
	}
	text := manyPromises(2500)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	suite := mustLoad(t, text)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if n := len(lines(suite, nil)); n != 10_000 {
		t.Errorf("%d promises", n)
	}
	if kept := after.HeapAlloc - before.HeapAlloc; kept > 200<<20 {
		t.Errorf("they take %d MiB", kept>>20)
	}
}

func manyPromises(files int) string {
	var b strings.Builder
	b.WriteString("describe \"many\" {\n")
	for i := range files {
		fmt.Fprintf(&b, "  file \"/srv/%d\" {\n    type = \"file\"\n    mode = \"0644\"\n    owner = \"root\"\n    content = contains(\"line %d\")\n  }\n", i, i)
	}
	b.WriteString("}\n")
	return b.String()
}

// BenchmarkLoad reads 10,000 promises.
func BenchmarkLoad(b *testing.B) {
	path := filepath.Join(b.TempDir(), "a.spec.hcl")
	if err := os.WriteFile(path, []byte(manyPromises(2500)), 0o600); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load([]string{path}, Options{Catalog: catalog.All, Backends: backends.All}); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzLoad holds the loader to its law: any bytes give a suite or mistakes, and never a panic.
func FuzzLoad(f *testing.F) {
	f.Add("describe \"d\" {\n file \"/x\" { mode = not(\"644\") }\n}")
	f.Add("variable \"v\" {\n type = list(string)\n default = [1]\n}\nlocals { a = [for x in var.v: upper(x)] }")
	f.Add("describe \"d\" {\n for_each = { a = 1 }\n command \"echo $${HOME}\" {\n only_if = host.os.id == \"x\"\n stdout = all_of(contains(each.key), has_length(3))\n }\n}")
	f.Add("target \"local\" \"a\" {\n vars = { a = 1 }\n}\ndescribe \"d\" {\n on = [target.local.a, tag(\"x\")]\n user \"x\" { groups = consists_of(\"a\", matches(\"b\")) }\n}")
	f.Add("variable \"t\" {\n type = list(string)\n default = null\n}\ntarget \"local\" \"a\" {\n env = null\n tags = var.t\n}\ndescribe \"d\" {\n file \"/x\" {\n tags = var.t\n size = null\n exists = true\n }\n}")
	f.Add("variable \"s\" {\n default = \"x\"\n sensitive = true\n}\ndescribe \"d\" {\n on = tag(upper(var.s))\n for_each = toset([var.s])\n port \"x\" {\n number = var.s\n skip = var.s\n only_if = var.s\n listening = true\n }\n}")
	f.Add("locals {\n a = host.os.id\n b = [local.a, not(\"x\")]\n}\ndescribe \"d\" {\n user \"${local.a}\" { groups = true ? local.b : [for k, v in host : k] }\n}")
	f.Add("\xef\xbb\xbfdescribe \"\xff\" { \x00 }")
	f.Add("describe \"d\" {\n file \"/x\" { size = \"${[for i in range(1e9): i]}\" }\n}")
	f.Fuzz(func(t *testing.T, text string) {
		suite, err := load(t, text, Options{AllowEmpty: true})
		if err != nil {
			if strings.Contains(err.Error(), "goroutine") {
				t.Errorf("a stack trace:\n%s", err)
			}
			return
		}
		for _, target := range suite.Targets {
			suite.Resources(target, debian)
		}
	})
}

// TestSensitiveNamesDiffer: two commands whose lines are sensitive are two things in every report.
func TestSensitiveNamesDiffer(t *testing.T) {
	s := mustLoad(t, secret+`describe "d" {
  command "one" {
    line        = "echo ${var.s}"
    exit_status = 0
  }
  command "two" {
    for_each    = ["a", "b"]
    line        = "echo ${var.s} ${each.value}"
    exit_status = 0
  }
  file "one" {
    path   = "/${var.s}"
    exists = false
  }
}`)
	var names []string
	for _, r := range s.Resources(s.Targets[0], nil) {
		names = append(names, r.Type.Name+" "+r.Name)
	}
	want := "command (sensitive) one, command (sensitive) two, command (sensitive) two 2, file (sensitive) one"
	if got := strings.Join(names, ", "); got != want {
		t.Errorf("%s", got)
	}
}

// TestFactsThatDecide: an unknown promise names the facts that the host did not report, also where locals lead to them.
func TestFactsThatDecide(t *testing.T) {
	suite := mustLoad(t, `
locals {
  unit = "${host.os.id}-${host.init}"
  two  = upper(local.unit)
  bad  = tonumber(host.os.id)
}
describe "d" {
  file "/a" { content = contains(local.two) }
  file "/b" { size = local.bad }
  file "/c" {
    path = "/${host.name}/${host.init}"
    size = 4
  }
  file "/d" { content = contains(jsonencode([for k, v in host : k])) }
}`)
	facts := resource.Facts{"os.id": resource.Seen("debian"), "init": resource.Unknown("permission denied")}
	of := func(i int) string {
		r := suite.Resources(suite.Targets[0], facts)[i]
		if r.Unknown != "" {
			return r.Unknown
		}
		return r.Promises[0].Expectation.Test("x").Unknown
	}
	for i, want := range []string{
		"it depends on host.init, which is not known (permission denied)",
		"it depends on local.bad (Invalid function argument",
		"it depends on host.init, which is not known (permission denied); it depends on host.name, which is not known",
		"",
	} {
		if got := of(i); !strings.HasPrefix(got, want) || strings.Contains(got, "os.id, ") {
			t.Errorf("%d: %s", i, got)
		}
	}
	if facts := suite.Resources(suite.Targets[0], nil)[0].Promises[0].Facts; !slices.Equal(facts, []string{"init", "os.id"}) {
		t.Errorf("before contact: %q", facts)
	}
}
