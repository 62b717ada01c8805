// Package security has the types of what users and programs may do: sudo, limits, PAM, SELinux, AppArmor, audit.
package security

import (
	"bytes"
	"errors"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// written returns a kind of strings that have one form: literals and what was found are brought to it.
func written(name, grammar, example string, form func(string) (string, error)) *resource.Kind {
	return &resource.Kind{
		Name: name, Of: resource.String, Text: resource.String.Text, Order: resource.String.Order,
		Grammar: grammar, Example: example,
		Canonical: func(v any) any {
			if text, err := form(v.(string)); err == nil {
				return text
			}
			return v
		},
		Read: func(v cty.Value) (any, error) {
			s, err := resource.String.Read(v)
			if err != nil {
				return nil, err
			}
			return form(s.(string))
		},
	}
}

// fold brings all blanks between words to one.
func fold(s string) string { return strings.Join(strings.Fields(s), " ") }

// bundleOf parses configuration files. Recordings end with a newline after them. An answer without any is none: absent
// files are in it, too.
func bundleOf(out []byte) (lookup.Bundle, error) {
	bundle, err := lookup.ParseBundle(bytes.TrimSuffix(out, []byte("\n")))
	if err == nil && len(bundle) == 0 {
		err = errors.New("the answer has no files")
	}
	return bundle, err
}
