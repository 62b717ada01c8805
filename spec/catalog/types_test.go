package catalog

import (
	"bytes"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/host"
	"github.com/avow-dev/avow/spec/resource"
)

// everyType are the types, and the facts of the host, which are looked at in the same way.
func everyType() []*resource.Type { return append(slices.Clone(All.Types), host.Host) }

func TestEveryTypeIsWhole(t *testing.T) {
	names := map[string]bool{}
	for _, typ := range everyType() {
		if names[typ.Name] && typ != host.Host { // which the type of promises about the host shares its name with
			t.Errorf("two types are called %s", typ.Name)
		}
		names[typ.Name] = true
		if typ.DisplayName == "" || typ.Summary == "" || strings.HasSuffix(typ.Summary, ".") {
			t.Errorf("%s: noun %q, summary %q", typ.Name, typ.DisplayName, typ.Summary)
		}
		if a := typ.Attribute(typ.Label); typ != host.Host && (a == nil || !a.Parameter || typ.Detail == "" || typ.Example == "") {
			t.Errorf("%s: no parameter %q for the label, no detail, or no example", typ.Name, typ.Label)
		}
		for _, a := range typ.Attributes {
			wholeAttribute(t, typ, a)
		}
	}
}

func wholeAttribute(t *testing.T, typ *resource.Type, a resource.Attribute) {
	t.Helper()
	switch {
	case a.Kind == nil || !strings.HasSuffix(a.Doc, "."):
		t.Errorf("%s.%s: no kind, or its documentation is no sentence: %q", typ.Name, a.Name, a.Doc)
	case a.Parameter && a.Probe != nil, !a.Parameter && typ.ProbeOf(a.Name) == nil:
		t.Errorf("%s.%s: a parameter with a probe, or a promise without one", typ.Name, a.Name)
	case a.Kind == resource.Bool && !a.Parameter && a.Predicate(true) == a.Predicate(false):
		t.Errorf("%s.%s: no sentence for true or for false", typ.Name, a.Name)
	}
}

var probeName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func TestEveryProbeIsWhole(t *testing.T) {
	for _, typ := range everyType() {
		names := map[string]bool{}
		for _, p := range typ.Probes() {
			if names[p.Name] || !probeName.MatchString(p.Name) {
				t.Errorf("%s: a second or wrong name %q", typ.Name, p.Name)
			}
			names[p.Name] = true
		}
	}
}

// TestEveryScriptIsPOSIX reads every script with every shell that is there, and with a parser of POSIX shell.
func TestEveryScriptIsPOSIX(t *testing.T) {
	for _, typ := range everyType() {
		for _, p := range typ.Probes() {
			if ways(p) != 1 || p.Files != nil && p.Script == "" {
				t.Errorf("%s %s asks a shell, the network or the image: one of them", typ.Name, p.Name)
			}
			if p.Script == "" {
				continue
			}
			script := "probe() {\n" + p.Script + "\n}\n"
			if _, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(script), typ.Name+" "+p.Name); err != nil {
				t.Error(err)
			}
			for _, word := range []string{"[[ ", "local ", "function ", "<<<", "=="} {
				if strings.Contains(script, word) {
					t.Errorf("%s %s has %q, which is not POSIX", typ.Name, p.Name, word)
				}
			}
			for _, shell := range catalogtest.Installed(t) {
				cmd := exec.Command(shell[0], append(shell[1:len(shell):len(shell)], "-n")...)
				cmd.Stdin = strings.NewReader(script)
				var errs bytes.Buffer
				cmd.Stderr = &errs
				// ksh93 has advice as well: "n=$((n - 2)) is slower than ((n=n - 2))".
				if err := cmd.Run(); err != nil || errs.Len() > 0 && shell[0] != "ksh93" {
					t.Errorf("%s %s: %v -n: %v %s", typ.Name, p.Name, shell, err, errs.String())
				}
			}
		}
	}
}

// ways counts by how many of them a probe looks. Files stand in for a shell, and are none of their own.
func ways(p *resource.Probe) (n int) {
	for _, way := range []bool{p.Dial != nil, p.Metadata != nil, p.Script != "" && p.Parse != nil} {
		if way {
			n++
		}
	}
	return n
}
