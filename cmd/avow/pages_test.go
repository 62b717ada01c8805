package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/runner/become"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/catalog"
	"github.com/avow-dev/avow/spec/matcher"
	"github.com/avow-dev/avow/spec/resource"
)

// TestPages holds the pages in docs that are rendered from the code to the code; `make docs` writes them.
func TestPages(t *testing.T) {
	pages := map[string]string{
		"../../docs/matchers.md": page("matchers", nil), "../../docs/host.md": page("host", nil), "../../docs/targets.md": page("target", nil),
		"../../docs/coming-from.md":  comingFromPage(),
		"../../docs/types/README.md": page("types", nil),
	}
	types := 0
	for _, typ := range catalog.All.Types {
		if typ.AliasOf == nil { // an alias is on the page of its type
			pages["../../docs/types/"+typ.Name+".md"] = page("type", typ)
			types++
		}
	}
	for path, want := range pages {
		if update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s is stale (%v); run `make docs`", path, err)
		}
	}
	found, _ := filepath.Glob("../../docs/types/*.md")
	if len(found) != types+1 {
		t.Errorf("%d pages for an index and %d types", len(found), types)
	}
}

// TestExamplesOfTypes loads the example of every type, and holds each to the formatter.
func TestExamplesOfTypes(t *testing.T) {
	for _, typ := range catalog.All.Types {
		loads(t, typ.Name, typ.Example)
		if !strings.Contains(typ.Example, "\n  "+typ.Name+" \"") {
			t.Errorf("the example of %s shows none", typ.Name)
		}
	}
}

// TestExamplesOfMatchers loads the example of every matcher, in a block of each type that has its attribute.
func TestExamplesOfMatchers(t *testing.T) {
	for _, d := range matcher.Definitions {
		name, _, _ := strings.Cut(d.Example, " ")
		used := false
		for _, typ := range catalog.All.Types {
			a := typ.Attribute(name)
			if a == nil || a.Parameter || used {
				continue
			}
			used = true
			loads(t, d.Name, "describe \"example\" {\n  "+typ.Name+" \""+subjectOf(typ)+"\" {\n"+d.Example+"\n  }\n}\n")
		}
		if !used {
			t.Errorf("the example of %s is of no type: %s", d.Name, d.Example)
		}
	}
}

// subjectOf is a label that the type takes.
func subjectOf(typ *resource.Type) string {
	switch typ.Label {
	case "path":
		return "/x"
	case "number":
		return "80"
	}
	if typ.Prepare != nil && typ.Prepare(resource.Params{typ.Label: "x"}) != nil { // the label of its example
		return regexp.MustCompile(`\n  ` + typ.Name + ` "([^"]+)"`).FindStringSubmatch(typ.Example)[1]
	}
	return "x"
}

func loads(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "example"+spec.Suffix)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := spec.Load([]string{path}, spec.Options{Catalog: catalog.All, Backends: backends.All, CheckAccount: become.Check, LookupEnv: os.LookupEnv}); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// TestExamples loads every folder in examples.
func TestExamples(t *testing.T) {
	folders, err := filepath.Glob("../../examples/*")
	if err != nil || len(folders) == 0 {
		t.Fatal("no examples")
	}
	for _, folder := range folders {
		if _, err := spec.Load([]string{folder}, spec.Options{Catalog: catalog.All, Backends: backends.All, CheckAccount: become.Check}); err != nil {
			t.Errorf("%s: %v", folder, err)
		}
	}
}
