// Package value has the type of promises about expressions.
package value

import (
	"context"

	"github.com/avow-dev/avow/spec/resource"
)

// Value is the type of values that a spec has itself.
var Value = &resource.Type{
	Name:        "value",
	Label:       "name",
	DisplayName: "Value",
	Summary:     "Any value that an expression has: of a variable, a file of the spec, a fact of the host",
	Detail: `The value of ` + "`of`" + ` is judged by all matchers, without any probe of the target: use it for
variables that a run gets, for data that the spec reads (` + "`jsondecode(file(\"fleet.json\"))`" + `), or for
facts of the host in other words than ` + "`only_if`" + `. It may have any type; text and numbers are different,
as in JSON. A null is a mistake. A value that depends on facts of a host that could not be read is unknown.

If the expression is sensitive, reports do not show the value.`,
	Example: `variable "release" { default = "2026.1" }

describe "input" {
  value "the release" {
    of = var.release
    is = matches("^20[0-9]{2}\\.[0-9]+$")
  }

  value "the system" {
    of = host.os.id
    is = any_of("debian", "ubuntu")
  }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "The name of the value in reports."},
		{Name: "of", Kind: resource.JSON, Parameter: true, Doc: "The expression whose value is judged."},
		{Name: "is", Kind: resource.JSON, Phrase: "value", Doc: "The expected value, or a matcher."},
	},
	Probe: &resource.Probe{Name: "value", Offline: true, Dial: observe},
}

// observe returns the parameter itself.
func observe(_ context.Context, _ resource.Dialer, p resource.Params) resource.Facts {
	value, written := p["of"]
	if !written {
		return resource.Every(resource.Unknown("the block has no expression; write of = ..."))
	}
	fact := resource.Seen(value)
	fact.Private = p.Bool(resource.Derived)
	return resource.Facts{"is": fact}
}
