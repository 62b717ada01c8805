package spec

import (
	"regexp"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/cilog"
)

// obeyed is what the runners of CI systems take for a command in a line of a log, as their own parsers do: GitHub's
// ActionCommand, Azure's and TeamCity's marks anywhere, GitLab's sections, Buildkite's headers.
var obeyed = regexp.MustCompile(`^\s*::.*::|##[A-Za-z]*\[|section_(start|end):|^(---|\+\+\+|~~~|\^\^\^)\s`)

// TestPrintableIsNoCommand: texts of specs and hosts appear in the logs of CI systems, which obey commands.
func TestPrintableIsNoCommand(t *testing.T) {
	for _, c := range []struct{ evil, harmless string }{
		{"##vso[task.setvariable variable=PATH]/evil", `##vso\[task.setvariable variable=PATH]/evil`},
		{"a ##[set-output name=a;]b", `a ##\[set-output name=a;]b`},
		{"##teamcity[buildStatus text='x']", `##teamcity\[buildStatus text='x']`},
		{"##VSO[x]##vso[y]", `##VSO\[x]##vso\[y]`},
		{"  ::set-output name=result::pass", `  \::set-output name=result::pass`},
		{"\u3000::error::x", `\u3000::error::x`},
		{"section_start:1560896352:name\r\x1b[0K", `section_start\:1560896352:name\x0d\x1b[0K`},
		{"::error::a ##vso[x] b::c", `\::error::a ##vso\[x] b::c`},
		{"--- :docker: Build", `\--- :docker: Build`},
		{"+++ x", `\+++ x`},
		{"^^^ +++", `\^^^ +++`},
		{"~~~ x", `\~~~ x`},
	} {
		got := strings.TrimSuffix(PrintableLines(c.evil), "\n")
		if got != c.harmless || obeyed.MatchString(got) || cilog.EscapeLine(got) != got {
			t.Errorf("%q became %q, not %q", c.evil, got, c.harmless)
		}
	}
	for _, fine := range []string{"::1", "fe80::1", "# a [b]", "a::b::c", "-- x", "## Title"} {
		if got := Printable(fine); got != fine {
			t.Errorf("%q became %q", fine, got)
		}
	}
}

// TestMistakesAreNoCommands: a mistake quotes the line of the spec, which may come from a stranger's merge request.
func TestMistakesAreNoCommands(t *testing.T) {
	for _, text := range []string{"  ::set-output name=result::pass", "  ##vso[task.setvariable variable=PATH]/evil", "describe \"##[error]x\" {\n  nothing = 1\n}"} {
		_, err := load(t, text, Options{})
		if err == nil {
			t.Fatal("no mistake")
		}
		for line := range strings.Lines(err.Error()) {
			if obeyed.MatchString(line) {
				t.Errorf("a command: %s", line)
			}
		}
	}
}

// TestMistakesMaskBeforeTheyCut: of a long line only a part is shown, and half of a secret would not be recognized.
func TestMistakesMaskBeforeTheyCut(t *testing.T) {
	const token = "q8Zt5vWnXr2Lk9PbYd7Mh4Gc6Jf3Sa1E"
	for _, before := range []int{60, 80, 90, 95, 100, 110} {
		_, err := load(t, "variable \"s\" {\n  sensitive = true\n  default = \""+token+"\"\n}\n"+
			"locals { x = \""+strings.Repeat("a", before)+token+strings.Repeat("b", 150)+"${nothing}\" }\n", Options{})
		if err == nil {
			t.Fatal("no mistake")
		}
		for i := range len(token) - 8 {
			if strings.Contains(err.Error(), token[i:i+8]) {
				t.Fatalf("%d: a part of the secret in\n%s", before, err)
			}
		}
	}
}
