package spec

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/spec/catalog"
)

// inFile is a file block with these lines in a describe.
func inFile(lines string) string {
	return "describe \"d\" {\n  file \"/x\" {\n" + lines + "\n  }\n}\n"
}

const secret = "variable \"s\" {\n  default   = \"hunter22\"\n  sensitive = true\n}\n"

// TestWordings holds mistakes that a new user makes to one text each, in Avow's words.
func TestWordings(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{inFile("exists = yes"), "Write true."},
		{inFile("owner = root"), `in quotes: "root"`},
		{inFile("content = contains"), "call it: contains(...)"},
		{inFile("owner = vars.x"), `Did you mean "var"?`},
		{inFile("path = each.value\nexists = true"), "a block with for_each"},
		{inFile("exists = exst(\"x\")"), "no matcher and no function"},
		{inFile("content = starts-with(\"x\")"), `Did you mean "starts_with"?`},
		{inFile("owner = host[\"nme\"]"), `Did you mean "name"?`},
		{inFile("owner = host.name.x"), "is a string, which has no attributes"},
		{inFile("owner = host"), "several values, not one"},
		{inFile("owner = !contains(\"a\")"), "Combine them with all_of"},
		{inFile("content = matches(\"a\\d\")"), "backslash is written twice"},
		{inFile("content = \"abc"), "does not end"},
		{inFile("size > 5"), "size = gt(5)"},
		{inFile("size = > 5"), "Expected a value here"},
		{inFile("path = not(\"/x\")\nexists = true"), "A matcher is not allowed here"},
		{inFile("exists = true\nonly_if = not(host.os.id == \"debian\")"), "A matcher is not a condition"},
		{inFile("exists = true\nonly_if = host.name"), "Expected true or false"},
		{inFile("exists = true\nskip = true"), "skip without a reason"},
		{inFile("exists = true\nskip = false"), "skip without a reason"},
		{inFile("exists = true\ndescribe \"e\" {}"), "only in a describe"},
		{inFile("exists = true\ntags { }"), "tags is an argument"},
		{"describe \"d\" {\n  exists = true\n}", "A file has one"},
		{"describe \"d\" {\n  file = { exists = true }\n}", "without an equals sign"},
		{"describe \"d\" {\n  locals { a = 1 }\n}", "at the top of a file"},
		{"describe \"d\" {\n  dynamic \"file\" { }\n}", "no dynamic blocks"},
		{"describe \"d\" {\n  file { exists = true }\n}", `This block begins with: file "PATH" { ... }.`},
		{"describe \"d\" {\n  file \"/x\" { exists = true mode = \"0644\" }\n}", "lines of their own"},
		{"describe \"d\" {\n  command \"echo ${HOME}\" { exit_status = 0 }\n}", "write $${"},
		{"describe \"d\" {\n  command \"x\" { timeout = \"3s\" }\n}", "exit_status = VALUE."},
		{"describe \"\" {\n  file \"/x\" { exists = true }\n}", "without a title"},
		{inFile("exists = true") + "describe \"e\" {\n}\n", "This describe has no promise"},
		{"variable \"v\" {\n  type    = int\n  default = 1\n}\n", "Types are string"},
		{"variable \"a\" {\n  default = 1\n}\nvariable \"b\" {\n  default = var.a\n}\n" + inFile("exists = true"), "refers to something"},
		{"variable \"a\" {\n  default     = 1\n  description = nope.x\n}\n" + inFile("exists = true"), "nope is not defined"},
		{"target \"local\" \"a b\" {}\n" + inFile("exists = true"), "A target's name"},
		{"target \"locla\" \"a\" {}\n" + inFile("exists = true"), `Did you mean "local"?`},
		{"target \"local\" \"a\" { tags = [host.name] }\n" + inFile("exists = true"), "Known only after contact"},
		{"target \"local\" \"a\" { env = { A = \"a\\u0000b\" } }\n" + inFile("exists = true"), "not a valid name of an environment variable"},
		{secret + inFile("exists = true\ntags = [var.s]"), "A sensitive tag"},
		{secret + "describe \"d\" {\n  on = tag(var.s)\n  file \"/x\" { exists = true }\n}", "Sensitive targets"},
		{"", "promises nothing"},
		{inFile("size = 1/0"), "divided by zero?"},
		{inFile("owner = [] > 1"), "but have list"},
		{"module \"x\" {}\n", "`avow explain` lists"},
		{"variable \"a\" {\n  default = 1\n  validation {\n    condition     = local.x\n    error_message = \"m\"\n  }\n}\n" + inFile("exists = true"), "local.* cannot be used here"},
		{inFile("owner = \"" + strings.Repeat("x", 400) + "${nope}\""), "^^^^"},
	} {
		_, err := load(t, c.text, Options{})
		switch {
		case err == nil:
			t.Errorf("%s\nis no mistake", c.text)
		case !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "a.spec.hcl:"):
			t.Errorf("%s\ntells:\n%s\nwithout %q", c.text, err, c.want)
		case strings.Count(err.Error(), ": error: ") > 1:
			t.Errorf("%s\ntells more than one mistake:\n%s", c.text, err)
		}
	}
}

// TestSecretsInMistakes looks for what is made of a secret in the texts of mistakes.
func TestSecretsInMistakes(t *testing.T) {
	for _, text := range []string{
		inFile("size = parseint(upper(var.s), 10)"),
		inFile("content = file(upper(var.s))"),
		inFile("content = matches(\"${upper(var.s)}[\")"),
		inFile("exists = true\nwithin = upper(var.s)"),
		inFile("mode = upper(var.s)"),
		"describe \"d\" {\n  port \"x\" {\n    number    = upper(var.s)\n    listening = true\n  }\n}",
		"describe \"d\" {\n  command \"x\" {\n    timeout     = upper(var.s)\n    exit_status = 0\n  }\n}",
		"describe \"d\" {\n  on = tag(upper(var.s))\n  file \"/x\" { exists = true }\n}",
		"variable \"t\" {\n  default   = \"hunter22\"\n  sensitive = true\n  validation {\n    condition     = false\n    error_message = upper(var.t)\n  }\n}",
	} {
		_, err := load(t, secret+text, Options{})
		if err == nil || strings.Contains(strings.ToLower(err.Error()), "hunter22") {
			t.Errorf("%s\ntells:\n%v", text, err)
		}
	}
}

// TestDerivedSecrets holds what is made of a secret and given to a target to be one itself.
func TestDerivedSecrets(t *testing.T) {
	suite := mustLoad(t, secret+"target \"local\" \"a\" { env = { TOKEN = base64encode(var.s) } }\n"+
		"describe \"d\" {\n  command \"x\" {\n    stdin       = upper(var.s)\n    exit_status = 0\n  }\n}\n")
	for _, text := range []string{"aHVudGVyMjI=", "HUNTER22"} {
		if got := Mask(text, suite.Secrets); got != Sensitive {
			t.Errorf("%s is shown as %s", text, got)
		}
	}
}

// TestNullIsNotWritten gives null to every word.
func TestNullIsNotWritten(t *testing.T) {
	suite := mustLoad(t, `
variable "list" {
  type    = list(string)
  default = null
}
target "local" "a" {
  tags = var.list
  vars = null
  env  = null
}
describe "d" {
  on     = null
  within = "3s"
  skip   = "later"
  file "/x" {
    why       = null
    title     = null
    tags      = var.list
    skip      = null
    only_if   = null
    within    = null
    sensitive = null
    size      = null
    exists    = true
  }
}`)
	check(t, lines(suite, debian), "d/file /x/exists true skip: later")
	if r := suite.Resources(suite.Targets[0], nil)[0]; r.Within == 0 {
		t.Error("within = null undoes what the describe says")
	}
}

// TestOneBadPromise holds the other promises of a block to their verdicts when a fact spoils one, and a block
// whose promises are all null for a host to be reported as skipped.
func TestOneBadPromise(t *testing.T) {
	suite := mustLoad(t, inFile("exists = true\ncontent = matches(\"${host.os.id}[\")\nowner = host.init")+
		"describe \"e\" {\n  file \"/y\" { size = host.os.id == \"debian\" ? null : 5 }\n}\n")
	check(t, lines(suite, debian), "d/file /x/exists true", "d/file /x/content ", "d/file /x/owner ",
		"e/file /y/size  skip: it is null on this host, so it promises nothing")
	promises := suite.Resources(suite.Targets[0], debian)[0].Promises
	for i, want := range []string{"", "not a regular expression", "it depends on host.init, which is not known"} {
		if got := promises[i].Expectation.Test("x").Unknown; i > 0 && !strings.Contains(got, want) {
			t.Errorf("%s: unknown since %q", promises[i].Attribute.Name, got)
		}
	}
}

// TestFiltersBeforeContact holds a filter to the name that it was checked with: a fact may not empty it.
func TestFiltersBeforeContact(t *testing.T) {
	text := "describe \"d\" {\n  file \"n\" {\n    path   = \"/etc/${host.os.id}\"\n    exists = true\n  }\n}\n"
	suite, err := load(t, text, Options{Filter: Filter{Only: []*Glob{NewGlob("d/file n")}}})
	if err != nil {
		t.Fatal(err)
	}
	check(t, lines(suite, debian), "d/file /etc/debian/exists true")
	for _, f := range []Filter{{Only: []*Glob{NewGlob("d"), NewGlob("typo")}}, {Tags: []string{"typo"}, Only: []*Glob{NewGlob("d")}}} {
		if _, err := load(t, text, Options{Filter: f}); err == nil || !strings.Contains(err.Error(), `"typo"`) {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// TestMistakesBeforeContact finds a wrong path though facts decide about something else.
func TestMistakesBeforeContact(t *testing.T) {
	for _, line := range []string{"owner = host.name", "only_if = host.os.id == \"debian\"\nexists = true"} {
		_, err := load(t, strings.Replace(inFile(line), "/x", "x", 1), Options{})
		if err == nil || !strings.Contains(err.Error(), "Wrong file") {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestLocalsEverywhere lets targets use locals, and on and sensitive use each.
func TestLocalsEverywhere(t *testing.T) {
	suite := mustLoad(t, `
target "local" "a" {
  tags = local.tags
  vars = { for k, v in local.vars : k => v }
}
locals {
  here = true ? [host.vars.role] : not("x")
  tags = [for t in ["w"] : t]
  vars = { role = "web" }
}
describe "d" {
  for_each = { w = false }
  on       = tag(each.key)
  user "x" {
    sensitive = each.value
    groups    = local.here
  }
}`)
	check(t, lines(suite, debian), `d/user x/groups ["web"]`)
}

func TestFind(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.spec.hcl")
	if err := os.WriteFile(path, []byte(inFile("exists = true")), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "b.spec.hcl")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	files, err := Find([]string{path, folder, folder + "/./a.spec.hcl", link})
	if err != nil || len(files) != 1 {
		t.Errorf("%q, %v", files, err)
	}
	pipe := filepath.Join(folder, "p.spec.hcl")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Find([]string{folder}); err == nil || !strings.Contains(err.Error(), "p.spec.hcl") {
		t.Errorf("a pipe in a folder: %v", err)
	}
	if _, err := Load([]string{pipe}, Options{Catalog: catalog.All, Backends: backends.All}); err == nil {
		t.Error("a pipe that nobody writes to is a suite")
	}
}
