// Package spec is the language: spec files go in, a [Suite] comes out, or [Mistakes].
//
// A suite is variables, locals, targets, and describes, which group resource blocks. It is read in two steps. [Load]
// evaluates everything as far as it can be without contact: facts of hosts (`host.*`) are typed unknowns then, so that
// a misspelt fact is found. [Suite.Resources] evaluates again, for one target, what depends on its facts.
package spec

import (
	"time"

	"github.com/avow-dev/avow/spec/matcher"
	"github.com/avow-dev/avow/spec/resource"
)

// Suite is everything that some spec files promise.
type Suite struct {
	Catalog *resource.Catalog
	Files   []*File
	Targets []Target
	// Reads are the files that file() and password_file read before contact, in the order of their paths. Secret ones
	// have no sum.
	Reads []*File
	// Variables are the names of those that were given a value from outside, sorted.
	Variables []string
	// Replaced are the names of the spec's own targets in whose place others were given, sorted; Moved are those that were
	// given another address, sorted.
	Replaced, Moved []string
	// Secrets are the strings of sensitive values, and what expressions made of them, the longest first; no report may
	// show them.
	Secrets []string

	blocks []*block
	scope  *scope
	filter Filter
}

// Resource is one thing that a target promises something about.
type Resource struct {
	Type      *resource.Type
	Name      string // the value of the block's main parameter
	Title     string // instead of type and name; may be empty
	Why       string
	Path      []string // the titles of the describes, outermost first
	PathWhys  []string // a list as long; "" for none
	Tags      []string
	Within    time.Duration // check again until kept, or until this is over; 0 for once
	Sensitive bool          // neither what is expected nor what is found may be shown
	Public    bool          // `sensitive = false` is set: [resource.Fact.Private] facts may be shown, too
	Skip      string        // why it is not checked; "" if it is
	Become    Account       // the user that checks it; the zero value is the target's own
	Pending   bool          // it depends on facts of the host that are not known yet
	Unknown   string        // why it could not be evaluated for this host; "" when it could

	Params   resource.Params
	Promises []Promise
	Query    Query // of a plural

	label string // of its block
	// Secrets are those that expressions made for this host; no report may show them, either.
	Secrets []string
}

// Placed reports whether the resource has a subject. Without one it is never checked: an empty path would be checked,
// and not be found.
func (r Resource) Placed() bool {
	main := r.Type.Attribute(r.Type.Label)
	value := r.Params[r.Type.Label]
	return main == nil || value != nil && !isEmpty(main, value)
}

// Promise is one attribute of a resource and what is expected of it.
type Promise struct {
	Attribute   *resource.Attribute
	Key         string              // the key that it is about, of an attribute that is a map; "" for the whole attribute
	Each        *resource.Attribute // of `every` of a plural, the attribute that Key names
	Expectation matcher.Expectation
	Position    Position
	Sensitive   bool
	Facts       []string // of the host, on which the expectation depends; before contact
}

// Name returns the name of what is promised, in reports and filters: mode, properties[Restart].
func (p Promise) Name() string {
	if p.Key == "" {
		return p.Attribute.Name
	}
	return p.Attribute.Name + "[" + p.Key + "]"
}

// Position is a place in a spec; lines and columns count from 1.
type Position struct {
	File         string
	Line, Column int
}

// Resources returns the resources of a target, in the order of the suite. Without facts of the host (nil), what depends
// on them is Pending.
func (s *Suite) Resources(target Target, host resource.Facts) []Resource {
	scope := s.scope.on(target, host)
	var out []Resource
	for _, b := range s.blocks {
		if !b.on(target) {
			continue
		}
		r := b.resource(scope)
		r.Promises = s.filter.keep(r, b.early.Name)
		if len(r.Promises) > 0 {
			out = append(out, r)
		}
	}
	return out
}

// Filter returns the filter of the suite.
func (s *Suite) Filter() Filter { return s.filter }

// Promised returns how many promises the suite makes about all its targets: those that the filter keeps, and all.
func (s *Suite) Promised() (kept, all int) {
	count := s.counter()
	for _, b := range s.blocks {
		on := count(b)
		kept += on * len(s.filter.keep(b.early, b.early.Name))
		all += on * len(b.early.Promises)
	}
	return kept, all
}

// Groups returns how many describes at the top of files have such promises: with the filter, and without. Those of the
// same title are one.
func (s *Suite) Groups() (kept, all int) {
	some, every := map[string]bool{}, map[string]bool{}
	count := s.counter()
	for _, b := range s.blocks {
		if count(b) == 0 || len(b.early.Promises) == 0 {
			continue
		}
		every[b.path[0]] = true
		if len(s.filter.keep(b.early, b.early.Name)) > 0 {
			some[b.path[0]] = true
		}
	}
	return len(some), len(every)
}

// counter counts the targets of a block. All blocks in a describe have the same ones.
func (s *Suite) counter() func(*block) int {
	known := map[*selector]int{}
	return func(b *block) int {
		if len(b.selectors) == 0 {
			return len(s.Targets)
		}
		n, ok := known[&b.selectors[0]]
		if !ok {
			for _, t := range s.Targets {
				if b.on(t) {
					n++
				}
			}
			known[&b.selectors[0]] = n
		}
		return n
	}
}
