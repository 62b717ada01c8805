package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var hclBlock = regexp.MustCompile("(?s)```hcl\n(.*?)```")

// TestDocumentsLoad loads every spec that a document shows.
func TestDocumentsLoad(t *testing.T) {
	t.Setenv("SUDO_PASSWORD", "as a document reads it")
	for _, path := range []string{"../../README.md", "../../docs/language.md", "../../docs/docker.md", "../../docs/ci.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		blocks := hclBlock.FindAllStringSubmatch(string(text), -1)
		if len(blocks) == 0 {
			t.Errorf("%s shows no spec", path)
		}
		for i, block := range blocks {
			loads(t, fmt.Sprint(filepath.Base(path), i), whole(block[1]))
		}
	}
}

// whole makes a suite of a part that a document shows.
func whole(text string) string {
	switch word, _, _ := strings.Cut(text, " "); word {
	case "describe":
		return text
	case "variable", "target", "locals":
		return text + "\ndescribe \"d\" {\n  file \"/x\" { exists = true }\n}\n"
	}
	return "describe \"d\" {\n" + text + "}\n"
}

// TestDocumentsShowExamples holds the specs of documents to the examples that people copy.
func TestDocumentsShowExamples(t *testing.T) {
	for document, example := range map[string]string{
		"README.md": "examples/remote-access/ssh.spec.hcl", "docs/go-tests.md": "examples/go-test/web.spec.hcl",
	} {
		text, err := os.ReadFile("../../" + document)
		if err != nil {
			t.Fatal(err)
		}
		spec, err := os.ReadFile("../../" + example)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), string(spec)) {
			t.Errorf("%s does not show %s", document, example)
		}
	}
}

// TestLinks holds the links between documents to files that are there.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	documents, _ := filepath.Glob("../../docs/*.md")
	for _, path := range append(documents, "../../README.md", "../../CONTRIBUTING.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", path, m[1], err)
			}
		}
	}
}

// TestRunKeepsTheSchema holds what a real run writes to docs/json.schema.json.
func TestRunKeepsTheSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/json.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	suite := filepath.Join(t.TempDir(), "a.spec.hcl")
	if err := os.WriteFile(suite, []byte(everyVerdict), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"check", "-f", "json", suite}, nil, &out, &errs); code != exitBroken {
		t.Fatalf("exit code %d\n%s", code, errs.String())
	}
	for line := range strings.Lines(out.String()) {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		if err == nil {
			err = schema.Validate(value)
		}
		if err != nil {
			t.Errorf("%s\n%v", line, err)
		}
	}
	for _, verdict := range []string{"kept", "broken", "unknown", "skipped"} {
		if !strings.Contains(out.String(), `"status":"`+verdict+`"`) {
			t.Errorf("nothing is %s", verdict)
		}
	}
}

const everyVerdict = `
describe "every verdict" {
  why  = "So that each is seen once."
  tags = ["all"]
  file "/etc/passwd" { exists = true }
  file "/no/such" {
    why   = "It is not there."
    title = "a title"
    mode  = "0644"
  }
  command "printf 'a\nb\n'" { stdout = "a\nc\n" }
  command "true" {
    dir         = "/no/such"
    exit_status = 0
  }
  command "false" {
    within      = "500ms"
    exit_status = 0
  }
  port "1" {
    skip      = "not now"
    listening = true
  }
}
`

// TestContributingBuilds follows the steps for a new type in a copy of the repository.
func TestContributingBuilds(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a copy of the repository")
	}
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile("(?s)```go\n(.*?)```").FindStringSubmatch(string(text))
	recording := regexp.MustCompile("(?s)```\n(-- subjects --.*?)```").FindStringSubmatch(string(text))
	if code == nil || recording == nil {
		t.Fatal("no worked example")
	}
	top := copyOf(t, "../..")
	put(t, top, "spec/catalog/cpu/vulnerability.go", code[1])
	put(t, top, "spec/catalog/testdata/cpu_vulnerability/debian.txt", recording[1])
	list, err := os.ReadFile(filepath.Join(top, "spec/catalog/catalog.go"))
	if err != nil {
		t.Fatal(err)
	}
	with := strings.Replace(string(list), "\tcommand.Command,\n", "\tcommand.Command,\n\tcpu.Vulnerability,\n", 1)
	with = strings.Replace(with, "import (\n", "import (\n\t\"github.com/avow-dev/avow/spec/catalog/cpu\"\n", 1)
	put(t, top, "spec/catalog/catalog.go", with)
	goes(t, top, "test", "./spec/catalog", "-count=1", "-run", "Recordings/cpu_vulnerability")
	goes(t, top, "test", "./cmd/avow", "-count=1", "-run", "Pages")
	goes(t, top, "test", "./spec/catalog", "./cmd/avow", "-count=1", "-run", "Recordings|Every|Pages|Examples")
}

// TestContributingBackend follows the steps for a new backend in a copy of the repository, and checks something with it.
func TestContributingBackend(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a copy of the repository")
	}
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile("(?s)```go\n(package backends\n.*?)```").FindStringSubmatch(string(text))
	if code == nil {
		t.Fatal("no worked example")
	}
	top := copyOf(t, "../..")
	put(t, top, "backends/podman.go", code[1])
	list, err := os.ReadFile(filepath.Join(top, "backends/list.go"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, top, "backends/list.go", strings.Replace(string(list), "\texecBackend,\n", "\texecBackend,\n\tpodmanBackend,\n", 1))
	goes(t, top, "test", "./cmd/avow", "-count=1", "-run", "Pages")
	goes(t, top, "build", "-o", "avow", "./cmd/avow")
	put(t, top, "bin/podman", "#!/bin/sh\n[ \"$*\" = 'exec -i web /bin/sh' ] && exec /bin/sh -s\n")
	put(t, top, "a.spec.hcl", "target \"podman\" \"web\" {}\ndescribe \"d\" {\n  file \"/etc/passwd\" { exists = true }\n}\n")
	if err := os.Chmod(filepath.Join(top, "bin/podman"), 0o755); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"check a.spec.hcl":                      "1 kept",
		"check -t podman://web a.spec.hcl":      "1 kept",
		"explain target.podman":                 "podman://CONTAINER",
		"check --help":                          "image://REFERENCE, podman://CONTAINER;",
		"__complete explain target.p":           "target.podman",
		"check -t podman a.spec.hcl":            "write podman://CONTAINER",
		"check --no-local-functions a.spec.hcl": "A target on this machine",
	} {
		cmd := exec.Command("./avow", strings.Fields(args)...)
		cmd.Dir, cmd.Env = top, append(os.Environ(), "PATH="+filepath.Join(top, "bin")+":"+os.Getenv("PATH"))
		if out, _ := cmd.CombinedOutput(); !strings.Contains(string(out), want) {
			t.Errorf("avow %s:\n%s", args, out)
		}
	}
	if page, _ := os.ReadFile(filepath.Join(top, "docs/targets.md")); !strings.Contains(string(page), "\n## podman\n") {
		t.Error("docs/targets.md does not have it")
	}
}

// goes runs go with AVOW_UPDATE for what is written anew.
func goes(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	if strings.HasPrefix(args[len(args)-1], "Recordings/") || args[len(args)-1] == "Pages" {
		cmd.Env = append(cmd.Environ(), "AVOW_UPDATE=1")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %v: %v\n%s", args, err, out)
	}
}

// copyOf copies the files of the repository, without what is not its own.
func copyOf(t *testing.T, top string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "README.md", "CONTRIBUTING.md"} {
		text, err := os.ReadFile(filepath.Join(top, name))
		if err != nil {
			t.Fatal(err)
		}
		put(t, dir, name, string(text))
	}
	for _, name := range []string{"backends", "cmd", "docs", "examples", "runner", "spec"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(top, name))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
