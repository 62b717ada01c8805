package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Filter chooses promises. The zero value keeps all.
type Filter struct {
	Tags []string // a promise has one of these, of its own or of a describe around it
	Only []*Glob  // and fits one of these
}

// Glob is a pattern over `title/title/type name/attribute`: * stands for any text, ? for one character. It
// fits a whole path or what a path begins with, up to a slash: "web server" fits all in that describe.
type Glob struct {
	text    string
	pattern *regexp.Regexp
}

// NewGlob reads a pattern; every text is one.
func NewGlob(text string) *Glob {
	quoted := regexp.QuoteMeta(text)
	quoted = strings.ReplaceAll(quoted, `\*`, `.*`)
	quoted = strings.ReplaceAll(quoted, `\?`, `.`)
	return &Glob{text: text, pattern: regexp.MustCompile(`(?s)^(?:` + quoted + `)(?:/|$)`)}
}

// String is the pattern as it was given.
func (g *Glob) String() string { return g.text }

// String says the filter as the command line had it.
func (f Filter) String() string {
	var parts []string
	for _, tag := range f.Tags {
		parts = append(parts, fmt.Sprintf("--tag %q", tag))
	}
	for _, g := range f.Only {
		parts = append(parts, fmt.Sprintf("--only %q", g.text))
	}
	return strings.Join(parts, " ")
}

// single are the parts of a filter: each of them has to fit something.
func (f Filter) single() []Filter {
	var out []Filter
	for _, tag := range f.Tags {
		out = append(out, Filter{Tags: []string{tag}})
	}
	for _, g := range f.Only {
		out = append(out, Filter{Only: []*Glob{g}})
	}
	return append(out, f)
}

// keep are the promises of a resource that the filter keeps. Its name is the one before contact, so that
// facts of the host do not decide what is looked at.
func (f Filter) keep(r Resource, name string) []Promise {
	if len(f.Tags) > 0 && !slices.ContainsFunc(f.Tags, func(tag string) bool { return slices.Contains(r.Tags, tag) }) {
		return nil
	}
	if len(f.Only) == 0 {
		return r.Promises
	}
	prefix := strings.Join(append(slices.Clone(r.Path), r.Type.Name+" "+name), "/")
	var kept []Promise
	for _, p := range r.Promises {
		path := prefix + "/" + p.Attribute.Name
		if slices.ContainsFunc(f.Only, func(g *Glob) bool { return g.pattern.MatchString(path) }) {
			kept = append(kept, p)
		}
	}
	return kept
}
