package spec

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog"
	"github.com/avow-dev/avow/spec/resource"
)

// somePromise is an attribute of a type with a value that fits it, a negative one where there is one.
func somePromise(t *resource.Type) string {
	if t.Name == "limit" { // needs this parameter in every block
		return "item = \"nofile\"\n    exists = false"
	}
	for _, a := range t.Attributes {
		switch {
		case a.Parameter:
		case a.Kind == resource.Bool:
			return a.Name + " = false"
		case a.Kind == resource.Number || a.Kind.Of == resource.Number:
			return a.Name + " = 0"
		case a.Kind == resource.String || a.Kind == resource.Text || a.Kind == resource.JSON:
			return a.Name + ` = not("zzz")`
		}
	}
	return ""
}

// someLabel is a main parameter that its type takes: the same for most, else that of its example.
func someLabel(t *resource.Type) string {
	label := map[string]string{
		"path": "/x", "number": "22", "address": "h.example.com:22", "line": "true", "name": "x", "label": "x",
	}[t.Label]
	if label == "" || t.Prepare != nil && t.Prepare(resource.Params{t.Label: label}) != nil {
		label = regexp.MustCompile(`\n  ` + t.Name + ` "([^"]+)"`).FindStringSubmatch(t.Example)[1]
	}
	return label
}

const mains = `
variable "nothing" { default = null }
variable "blank" { default = "" }
target "local" "here" { vars = { blank = "", nothing = null } }
describe "d" {
  %s %q {
    %s
    %s
  }
}
`

// TestNothingIsAskedWithoutItsMainParameter: with an empty path, what is promised not to be there would be kept.
func TestNothingIsAskedWithoutItsMainParameter(t *testing.T) {
	for _, typ := range catalog.All.Types {
		for written, want := range map[string]string{
			`null`:                                  "label",
			`var.nothing`:                           "label",
			`try({}.name, null)`:                    "label",
			`host.os.id == "debian" ? null : "zzz"`: "label",
			`host.vars.nothing`:                     "label",
			`""`:                                    "mistake",
			`" "`:                                   "mistake",
			`var.blank`:                             "mistake",
			`host.vars.blank`:                       "unknown",
			`host.os.id == "debian" ? " " : "/x"`:   "unknown",
			`host.init`:                             "unknown",
			`"${host.init}"`:                        "unknown",
			`try(tonumber(host.os.id), host.init)`:  "unknown",
			`host.os.id == "debian" ? host.init : "x"`: "unknown",
		} {
			text := fmt.Sprintf(mains, typ.Name, someLabel(typ), typ.Label+" = "+written, somePromise(typ))
			got := subjectOf(t, text, typ)
			if got != want {
				t.Errorf("%s %s = %s: %s, not %s", typ.Name, typ.Label, written, got, want)
			}
		}
	}
}

func TestLabelIsNotEmpty(t *testing.T) {
	for _, typ := range catalog.All.Types {
		for _, label := range []string{"", " "} {
			text := fmt.Sprintf(mains, typ.Name, label, "", somePromise(typ))
			if got := subjectOf(t, text, typ); got != "mistake" {
				t.Errorf("%s %q: %s", typ.Name, label, got)
			}
		}
	}
}

// subjectOf returns the main parameter with which the last resource of a suite is checked, or why it is not.
func subjectOf(t *testing.T, text string, typ *resource.Type) string {
	suite, err := load(t, text, Options{})
	if err != nil {
		return "mistake"
	}
	for _, r := range suite.Resources(suite.Targets[0], nil) {
		if !r.Pending && !r.Placed() {
			t.Errorf("before contact, it is asked:\n%s", text)
		}
	}
	resources := suite.Resources(suite.Targets[0], debian)
	r := resources[len(resources)-1]
	switch {
	case r.Unknown != "":
		return "unknown"
	case !r.Placed() || r.Params.Text(typ.Label) == "":
		return "asked without"
	case r.Params.Text(typ.Label) == someLabel(typ):
		return "label"
	}
	return "asked with " + r.Params.Text(typ.Label)
}

// TestNullOfAnElementIsAMistake: the label is there once for all elements, and would replace the one that is missing.
func TestNullOfAnElementIsAMistake(t *testing.T) {
	for _, value := range []string{`try(each.value.package, null)`, `each.value.name == "b" ? null : "vim"`} {
		_, err := load(t, `
describe "d" {
  package "forbidden" {
    for_each  = { a = { name = "a", package = "nano" }, b = { name = "b" } }
    name      = `+value+`
    installed = false
  }
}
`, Options{})
		if err == nil || !strings.Contains(err.Error(), `name is null where each.key is "b"`) {
			t.Errorf("%s: %v", value, err)
		}
	}
}

// TestOtherParametersHaveTheirDefaults: null is as if they were not written, and empty is a mistake.
func TestOtherParametersHaveTheirDefaults(t *testing.T) {
	for _, typ := range catalog.All.Types {
		for _, a := range typ.Attributes {
			if !a.Parameter || a.Name == typ.Label || strings.Contains(somePromise(typ), a.Name+" = ") {
				continue
			}
			text := fmt.Sprintf(mains, typ.Name, someLabel(typ), a.Name+" = null", somePromise(typ))
			with, without := mustLoad(t, text), mustLoad(t, strings.ReplaceAll(text, a.Name+" = null", ""))
			got, want := with.Resources(with.Targets[0], nil)[0].Params, without.Resources(without.Targets[0], nil)[0].Params
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s.%s: %v, not %v", typ.Name, a.Name, got, want)
			}
			if a.Kind != resource.String {
				continue
			}
			if _, err := load(t, strings.ReplaceAll(text, "= null", `= ""`), Options{}); err == nil {
				t.Errorf("%s.%s can be empty", typ.Name, a.Name)
			}
		}
	}
}
