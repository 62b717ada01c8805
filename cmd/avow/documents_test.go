package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var hclBlock = regexp.MustCompile("(?s)```hcl\n(.*?)```")

// TestDocumentsLoad loads every spec that a document shows.
func TestDocumentsLoad(t *testing.T) {
	for _, path := range []string{"../../README.md", "../../docs/language.md"} {
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

// TestReadmeShowsTheExample holds the README's spec to the example that people copy.
func TestReadmeShowsTheExample(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("../../examples/remote-access/ssh.spec.hcl")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), string(example)) {
		t.Error("the README does not show examples/remote-access/ssh.spec.hcl")
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
