package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"github.com/avow-dev/avow/runner/report"
)

var (
	shellBlock = regexp.MustCompile("(?s)```(?:sh)?\n(.*?)```")
	yamlRun    = regexp.MustCompile(`(?m)^\s*(?:- |sh ')?(avow [a-z].*?)'?$`)
)

// TestDocumentedCommands parses every call of avow that a document shows, as the command line would.
func TestDocumentedCommands(t *testing.T) {
	documents, _ := filepath.Glob("../../docs/*.md")
	calls := 0
	for _, path := range append(documents, "../../README.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range documentedCalls(string(text)) {
			calls++
			parses(t, path, call)
		}
	}
	if calls < 20 {
		t.Errorf("only %d calls were found", calls)
	}
}

// documentedCalls are the arguments of each call, in shell blocks and in the lines of other ones.
func documentedCalls(text string) [][]string {
	var calls [][]string
	for _, block := range shellBlock.FindAllStringSubmatch(text, -1) {
		calls = append(calls, callsIn(block[1])...)
	}
	for _, line := range yamlRun.FindAllStringSubmatch(text, -1) {
		calls = append(calls, callsIn(line[1])...)
	}
	return calls
}

// callsIn finds calls of avow in shell text. What is no shell has none.
func callsIn(script string) (calls [][]string) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(script), "")
	if err != nil {
		return nil
	}
	syntax.Walk(file, func(node syntax.Node) bool {
		if call, ok := node.(*syntax.CallExpr); ok && len(call.Args) > 1 && call.Args[0].Lit() == "avow" {
			var args []string
			for _, word := range call.Args[1:] {
				args = append(args, plain(word))
			}
			calls = append(calls, args)
		}
		return true
	})
	return calls
}

// plain is a word without its quotes; what the shell would put there is an x.
func plain(word *syntax.Word) string {
	var b strings.Builder
	syntax.Walk(word, func(node syntax.Node) bool {
		switch node := node.(type) {
		case *syntax.Lit:
			b.WriteString(node.Value)
		case *syntax.SglQuoted:
			b.WriteString(node.Value)
		case *syntax.CmdSubst, *syntax.ParamExp:
			b.WriteString("x")
			return false
		}
		return true
	})
	return b.String()
}

func parses(t *testing.T, path string, args []string) {
	t.Helper()
	cmd, rest, err := newRoot().Find(args)
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err != nil || cmd.Parent() == nil {
		t.Errorf("%s: avow %s: %v", path, strings.Join(args, " "), err)
		return
	}
	formats, _ := cmd.Flags().GetStringArray("format")
	for _, f := range formats {
		if name, _, _ := strings.Cut(f, "="); report.Find(name) == nil && name != "FORMAT" {
			t.Errorf("%s: avow %s: no format %q", path, strings.Join(args, " "), name)
		}
	}
}

// TestEveryFormatIsDocumented holds docs/reports.md to the list of formats.
func TestEveryFormatIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/reports.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Formats {
		if !strings.Contains(string(text), "\n## "+f.Name+"\n") || !strings.Contains(string(text), "| [`"+f.Name+"`](#"+f.Name+") |") {
			t.Errorf("docs/reports.md does not tell of %s", f.Name)
		}
	}
}
