package spec

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// Filter chooses promises. The zero value keeps all.
type Filter struct {
	Tags []string // a promise has one of these, of its own or of a describe around it
	Only []*Glob  // and matches one of these
}

// Glob is a pattern over `title/title/type name/attribute`: * stands for any text, ? for one character. It matches a
// whole path or the beginning of a path, up to a slash or to the key of a map: "web server" matches everything in that
// describe, and "*/properties" all keys of a map.
type Glob struct {
	text    string
	pattern *regexp.Regexp
}

// NewGlob reads a pattern; every text is one.
func NewGlob(text string) *Glob {
	quoted := regexp.QuoteMeta(text)
	quoted = strings.ReplaceAll(quoted, `\*`, `.*`)
	quoted = strings.ReplaceAll(quoted, `\?`, `.`)
	return &Glob{text: text, pattern: regexp.MustCompile(`(?s)^(?:` + quoted + `)(?:[/\[]|$)`)}
}

// String returns the pattern as it was given.
func (g *Glob) String() string { return g.text }

// String formats the filter as on the command line.
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

// single returns the parts of a filter: each of them has to match something.
func (f Filter) single() []Filter {
	var out []Filter
	for _, tag := range f.Tags {
		out = append(out, Filter{Tags: []string{tag}})
	}
	for _, g := range f.Only {
		out = append(out, Filter{Only: []*Glob{g}})
	}
	return append(out, f) // each part can match something, and no promise all of them
}

// keep returns the promises of a resource that the filter keeps, by the name that it has before contact: facts of the
// host do not decide what is checked.
func (f Filter) keep(r Resource, name string) []Promise {
	if len(f.Tags) > 0 && !slices.ContainsFunc(f.Tags, func(tag string) bool { return slices.Contains(r.Tags, tag) }) {
		return nil
	}
	if len(f.Only) == 0 {
		return r.Promises
	}
	prefixes := r.paths(name)
	var kept []Promise
	for _, p := range r.Promises {
		fits := func(prefix string) bool {
			return slices.ContainsFunc(f.Only,
				func(g *Glob) bool { return g.pattern.MatchString(prefix + "/" + p.Name()) })
		}
		if slices.ContainsFunc(prefixes, fits) {
			kept = append(kept, p)
		}
	}
	return kept
}

// paths returns what a filter can match for a resource: its type and name, its label, and its title.
func (r Resource) paths(name string) []string {
	describes := ""
	if len(r.Path) > 0 {
		describes = strings.Join(r.Path, "/") + "/"
	}
	paths := []string{describes + r.Type.Name + " " + name}
	if r.label != "" && r.label != name {
		paths = append(paths, describes+r.Type.Name+" "+r.label)
	}
	if r.Title != "" {
		paths = append(paths, describes+r.Title)
	}
	return paths
}

// Paths returns the promises of the suite as --only takes them, each once. A block with a title is listed by it.
func (s *Suite) Paths() []string {
	var out []string
	seen := map[string]bool{}
	for _, b := range s.blocks {
		paths := b.early.paths(b.early.Name)
		shown := paths[0]
		if b.early.Title != "" {
			shown = paths[len(paths)-1]
		}
		for _, p := range s.filter.keep(b.early, b.early.Name) {
			if path := shown + "/" + p.Name(); !seen[path] {
				seen[path] = true
				out = append(out, path)
			}
		}
	}
	return out
}

// nearest returns the paths that are most similar to a pattern.
func nearest(pattern string, paths []string) []string {
	pattern = strings.ToLower(strings.Trim(pattern, "*?/"))
	type candidate struct {
		path     string
		distance int
	}
	var all []candidate
	for _, path := range paths[:min(len(paths), maxNames)] {
		lower := strings.ToLower(path)
		c := candidate{path, levenshtein.Distance(pattern, lower, nil)}
		for _, part := range strings.Split(lower, "/") {
			c.distance = min(c.distance, levenshtein.Distance(pattern, part, nil))
		}
		if strings.Contains(lower, pattern) {
			c.distance = 0
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var out []string
	for _, c := range all[:min(len(all), 3)] {
		out = append(out, fmt.Sprintf("%q", c.path))
	}
	return out
}
