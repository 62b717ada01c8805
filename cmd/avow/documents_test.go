package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
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
