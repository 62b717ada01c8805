package spec

import (
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog"
)

// TestGuessesAreAnswered: mistakes name the spelling of Avow for what users of other tools write first.
func TestGuessesAreAnswered(t *testing.T) {
	for text, want := range map[string]string{
		"describe \"d\" {\n file \"/x\" { contain = \"a\" }\n}":        `write content = contains("...").`,
		"describe \"d\" {\n file \"/x\" { present = true }\n}":         "write exists = true.",
		"describe \"d\" {\n user \"x\" { keys = [] }\n}":               "write authorized_keys = contains(",
		"describe \"d\" {\n user \"x\" { present = true }\n}":          "`avow explain user` lists",
		"describe \"d\" {\n command \"x\" { exit_code = 0 }\n}":        "write exit_status = 0.",
		"describe \"d\" {\n package \"x\" { present = true }\n}":       "write installed = true.",
		"describe \"d\" {\n port 80 {\n  listening = true\n }\n}":      `Write a label in quotes: port "80" { ... }.`,
		"describe \"d\" {\n service \"x\" { state = \"running\" }\n}":  "write running = true.",
		"describe \"d\" {\n service \"x\" { status = \"stopped\" }\n}": "write running = false.",
		"describe \"d\" {\n service \"x\" { state = \"enabld\" }\n}":   "bad. Did you mean \"enabled\"? `avow",
		"describe \"d\" {\n service \"x\" { be_running = 1 }\n}":       "write running = true.",
		"describe \"d\" {\n file \"/x\" { be_owned_by = 1 }\n}":        "write owner = ",
		"describe \"d\" {\n file \"/x\" { should = 1 }\n}":             "`avow explain file` lists its arguments.",
		"describe \"d\" {\n link \"/x\" {}\n}":                         "write file \"PATH\" with type",
		"target \"image\" \"c\" { name = \"x\" }":                      "A target \"image\" has no argument \"name\". `avow explain target` lists",
		"target \"ssh\" \"c\" { jump = \"x\" }":                        "Expected a list, such as [\"a\", \"b\"].",
		"target \"docker\" \"c\" {\n build { args = 1 }\n}":            "Expected a map, such as { NAME = \"value\" }.",
		"control \"x\" {}": "write describe \"TITLE\"",
		"describe \"d\" {\n reachable \"http://x\" { reachable = true }\n}": "is a URL; write the address and the port alone",
		"describe \"x\" { file \"/a\" {} }":                                 "A block on one line holds one argument, and no block.",
		"import \"x\" {}":                                                   "There is no block import.",
	} {
		if _, err := load(t, text+"\n", Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v", text, err)
		}
	}
	for typ, all := range guesses {
		for _, names := range all {
			for name := range strings.FieldsSeq(names) {
				if catalog.All.Find(typ).Attribute(name) != nil {
					t.Errorf("%s has %s itself", typ, name)
				}
			}
		}
	}
}

func TestLabelsAreTitlesAndFilters(t *testing.T) {
	const text = `
describe "web" {
  command "health endpoint" {
    line        = "curl -sf http://localhost/"
    exit_status = 0
  }
  file "keys" {
    for_each = ["/a", "/b"]
    path     = each.value
    exists   = true
  }
  file "/c" {
    path   = null
    exists = true
  }
  port "80" {
    title     = "the site"
    listening = true
  }
}
`
	suite := mustLoad(t, text)
	check(t, suite.Paths(), "web/health endpoint/exit_status", "web/file /a/exists", "web/file /b/exists", "web/file /c/exists", "web/the site/listening")
	for glob, want := range map[string]int{
		"web/health endpoint": 1, "*/command health endpoint": 1, "*/command curl*": 1, "*/file keys": 2, "*/file /a": 1,
		"*/the site": 1, "*/port 80": 1, "web": 5,
	} {
		suite, err := load(t, text, Options{Filter: Filter{Only: []*Glob{NewGlob(glob)}}})
		if err != nil {
			t.Errorf("%s: %v", glob, err)
			continue
		}
		if kept, _ := suite.Promised(); kept != want {
			t.Errorf("%s keeps %d", glob, kept)
		}
	}
	_, err := load(t, text, Options{Filter: Filter{Only: []*Glob{NewGlob("*/helth endpoint")}}})
	if err == nil || !strings.Contains(err.Error(), `The nearest: "web/health endpoint/exit_status"`) {
		t.Error(err)
	}
}

// TestValueFromOutsideSaysWhatToWrite: a bare word is a variable to the language, but the reader wrote a value.
func TestValueFromOutsideSaysWhatToWrite(t *testing.T) {
	for typ, want := range map[string]string{
		"number": "has to be a number, such as 443", "list(string)": `has to be a list, such as ["a", "b"]`,
		"bool": "has to be true or false", "map(string)": `has to be a map, such as { a = "b" }`,
	} {
		text := "variable \"v\" {\n type = " + typ + "\n}\ndescribe \"d\" {\n file \"/a\" { exists = true }\n}\n"
		if _, err := load(t, text, Options{Vars: []string{"v=abc"}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", typ, err)
		}
	}
}
