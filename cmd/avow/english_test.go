package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A wording is a word or a phrase that users of Avow should not have to read, and what to write instead. They come from
// the tables of a review: text that reads as a translation, with programs that tell, look and heed.
type wording struct {
	out     string // a regular expression; upper and lower case are the same
	instead string
	except  []exception
}

// An exception is a legitimate use of a word.
type exception struct{ phrase, reason string }

var wordings = []wording{
	{out: `\b(tells?|told|telling)\b`, instead: "report, show, print"},
	{out: `\b(looks?|looked|looking)\b`, instead: "check, read, search; of a promise: not checked", except: []exception{
		{`\b(look|looks|looked|looking) (users |groups )?up\b`, "a name is looked up in a database"},
		{`\blooks like\b`, "an appearance"},
		{`\blook alike\b`, "an appearance"},
		{"[`\"]looked[`\"]", "a field of the JSON of runs"},
	}},
	{out: `\bheed(s|ed|ing)?\b`, instead: "honour, or is ignored"},
	{out: `\b(nobody|somebody|anybody|whoever|whom)\b`, instead: "the program, the user or the host", except: []exception{
		{`"nobody"|//nobody@`, "the account nobody"},
	}},
	{out: `\b(the call is wrong|a wrong call)\b`, instead: "invalid spec or command line"},
	{out: `\b(is|are) no\b`, instead: "is not a, has no", except: []exception{
		{`\bthere (is|are) no\b`, "existence"},
		{`\b(is|are) no longer\b`, "time"},
	}},
	{out: `\b(makes?|made) no sense\b`, instead: "is malformed, is invalid"},
	{out: `\bno use\b`, instead: "has no effect"},
	{out: `\bin one go\b`, instead: "together"},
	{out: `\b(these|this|the) very\b`, instead: "exactly this"},
	{out: `\bstands? (here|in|at|on|behind|before|beside|between)\b`, instead: "is written, is allowed, is"},
	{out: `\b(speaks? (of|to)|spoken to)\b`, instead: "covers, connects to"},
	{out: `\basked of\b`, instead: "checked on"},
	{out: `\b(that|who) (is|was) become\b`, instead: "the user you become"},
	{out: `\banew\b`, instead: "again, new"},
	{out: `\bgiven up\b`, instead: "Avow gives up on"},
	{out: `\b(can|could) be had\b`, instead: "is available"},
	// A clause as the subject of a sentence. Headings and questions may begin so.
	{out: `(^|[.!] |^[-*|] )(?-i:What) [a-z][^?]*$`, instead: "a concrete subject", except: []exception{
		{`^#+ What .*`, "a heading"},
	}},
}

// TestEnglish reads what users read: the Markdown, the specs that people copy, the texts of the code, golden reports.
func TestEnglish(t *testing.T) {
	t.Parallel()
	top := filepath.Join("..", "..")
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(top, path)
		name = filepath.ToSlash(name)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && name != ".":
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		return readEnglish(t, path, name)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func readEnglish(t *testing.T, path, name string) error {
	golden := strings.Contains(name, "/testdata/")
	switch ext := filepath.Ext(name); {
	case ext == ".go" && !golden && !strings.HasSuffix(name, "_test.go") && !strings.Contains(name, "backendtest/"):
		return englishOfCode(t, path, name)
	case ext == ".md" && !golden, ext == ".hcl" && !golden, strings.Contains(name, "/templates/"),
		golden && strings.HasPrefix(name, "runner/"):
		text, err := os.ReadFile(path)
		if name == "CHANGELOG.md" { // what is released is history
			released := regexp.MustCompile(`(?m)^## [^U]`).FindIndex(text)
			if released != nil {
				text = text[:released[0]]
			}
		}
		checkEnglish(t, name, 1, string(text))
		return err
	}
	return nil
}

// englishOfCode reads the string literals of a Go file: struct tags, imports and regular expressions are not for
// people, and of shell scripts only the reasons are.
func englishOfCode(t *testing.T, path, name string) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			n.Tag = nil
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "MustCompile" {
				return false
			}
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				text, _ := strconv.Unquote(n.Value)
				checkEnglish(t, name, files.Position(n.Pos()).Line, reasonsOf(text))
			}
		}
		return true
	})
	return nil
}

var (
	shellScript = regexp.MustCompile(`(?m)^\s*(if|for|while|case|done|fi|esac|printf|echo|set|shift|\[)( |$).*|;;|"\$`)
	shellReason = regexp.MustCompile(`\b(cannot|echo|printf) ["']([^"'\n]*)["']`)
)

// reasonsOf blanks all of a shell script but the texts that become reasons; the lines stay.
func reasonsOf(text string) string {
	if !strings.Contains(text, "\n") || !shellScript.MatchString(text) {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = ""
		for _, found := range shellReason.FindAllStringSubmatch(line, -1) {
			lines[i] += found[2] + " | "
		}
	}
	return strings.Join(lines, "\n")
}

// checkEnglish finds the wordings in a text that begins at a line of a file.
func checkEnglish(t *testing.T, name string, first int, text string) {
	for i, line := range strings.Split(text, "\n") {
		for _, w := range wordings {
			for _, word := range w.in(line) {
				t.Errorf("%s:%d: %q: write %s", name, first+i, word, w.instead)
			}
		}
	}
}

// in returns the uses of a wording in a line that are no exceptions.
func (w wording) in(line string) []string {
	var found []string
	for _, at := range regexp.MustCompile("(?i)"+w.out).FindAllStringIndex(line, -1) {
		excepted := slices.ContainsFunc(w.except, func(e exception) bool {
			return slices.ContainsFunc(regexp.MustCompile("(?i)"+e.phrase).FindAllStringIndex(line, -1), func(in []int) bool {
				return in[0] <= at[0] && at[1] <= in[1]
			})
		})
		if !excepted {
			found = append(found, strings.TrimSpace(line[at[0]:at[1]]))
		}
	}
	return found
}

// TestWordingsAreFound: a list that finds nothing would hold nothing.
func TestWordingsAreFound(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]int{
		"What Avow does there is read.":                       1,
		"- What is not kept is told.":                         2,
		"## What Avow trusts":                                 0,
		"What changed?":                                       0,
		"could not look: permission denied on /etc/shadow":    1,
		"StrictHostKeyChecking no is not heeded":              1,
		"the number of alice was not looked up":               0,
		"There is no file, and this is no file":               1,
		"not checked: permission denied on /etc/shadow":       0,
		"These very specs, in one go, whoever has made them.": 3,
	} {
		found := 0
		for _, w := range wordings {
			found += len(w.in(line))
		}
		if found != want {
			t.Errorf("%q: %d found, want %d", line, found, want)
		}
	}
	script := "\nif [ -e \"$1\" ]; then look \"$1\"; fi\n[ -r \"$1\" ] || cannot \"nobody can look\"\n"
	if got := reasonsOf(script); strings.TrimSpace(got) != "nobody can look |" {
		t.Errorf("the reasons of a script: %q", got)
	}
	for _, w := range wordings {
		for _, e := range w.except {
			if e.reason == "" {
				t.Errorf("%s: an exception without a reason", e.phrase)
			}
		}
	}
}
