package runner

import (
	"context"
	"slices"

	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/matcher"
	"github.com/avow-dev/avow/spec/resource"
)

// A number of the user database can have several names, and a probe finds the first of them. Where a verdict depends on
// whether another name has the same number, the name is looked up: every name service returns the number of a name, and
// few return all names of a number. The lookups of all promises are one query for each database. They run
//
//  - with all other queries, for a promise that nothing else can keep, such as owner = not("toor"),
//  - after all other queries, for the others: owner = "root" depends on nothing as long as root is found.

// namesKnown are the names that were looked up, by account.
type namesKnown struct {
	by    map[spec.Account]*resource.Aliases
	begun map[nameWanted]bool
}

func newNamesKnown() *namesKnown {
	return &namesKnown{by: map[spec.Account]*resource.Aliases{}, begun: map[nameWanted]bool{}}
}

func (n *namesKnown) of(a spec.Account) *resource.Aliases {
	if n == nil {
		return resource.NewAliases()
	}
	if n.by[a] == nil {
		n.by[a] = resource.NewAliases()
	}
	return n.by[a]
}

// nameWanted is a name or number that a verdict depends on.
type nameWanted struct {
	account spec.Account
	holder  resource.Holder
}

// named tests a value with the known names, and records which others the result depends on.
func (j judge) named(it *resourceState, p spec.Promise, value any) matcher.Result {
	if !p.Attribute.Kind.HasHolders() {
		return j.test(it, p, value)
	}
	known := j.names.of(it.Become)
	result := j.test(it, p, resource.Bind(value, known))
	wanted := known.Wanted()
	if result.Unknown == "" {
		return result
	}
	for _, h := range wanted {
		it.wants = append(it.wants, nameWanted{it.Become, h})
	}
	return result
}

// lookUpNames looks up the names that verdicts depend on, and decides. A lookup can need another: the number of a name,
// and then the names of the number.
func (c *check) lookUpNames(ctx context.Context) {
	for len(c.unnamed) > 0 {
		undecided := c.unnamed
		c.unnamed = nil
		var wanted []nameWanted
		for _, it := range undecided {
			wanted = append(wanted, it.wants...)
		}
		lookups := c.lookups(wanted)
		for _, it := range lookups {
			it.begin()
		}
		c.ask(ctx, queries(lookups))
		for _, it := range undecided {
			it.named = len(lookups) == 0
			c.decide(ctx, it)
		}
	}
}

// lookups returns the resources that look up what is wanted, each name once.
func (c *check) lookups(wanted []nameWanted) []*resourceState {
	var items []*resourceState
	names := c.judge.names
	for _, w := range wanted {
		if names.begun[w] {
			continue
		}
		names.begun[w] = true
		typ, params, attribute := w.holder.Lookup(c.run.suite.Catalog.Databases)
		items = append(items, &resourceState{
			Resource: spec.Resource{
				Type: typ, Params: params, Become: w.account,
				Promises: []spec.Promise{{Attribute: typ.Attribute(attribute)}},
			},
			names: func(f resource.Facts) { names.of(w.account).Add(w.holder, f[attribute]) },
		})
	}
	return items
}

// foreseen returns lookups, to run with all other queries, of the names without which promises cannot be kept.
func (c *check) foreseen(items []*resourceState) []*resourceState {
	var wanted []nameWanted
	for _, it := range items {
		for _, p := range it.Promises {
			for _, h := range foreseenIn(p) {
				wanted = append(wanted, nameWanted{it.Become, h})
			}
		}
	}
	return c.lookups(wanted)
}

// foreseenIn returns the names that a promise needs if those it mentions are not found: none if it can be kept without.
func foreseenIn(p spec.Promise) []resource.Holder {
	k := p.Attribute.Kind
	if x := p.Expectation; x.Test == nil || x.Literal != nil || !k.HasHolders() {
		return nil
	}
	known := resource.NewAliases()
	kept := func(names ...string) bool { return p.Expectation.Test(resource.Bind(k.Sample(names), known)).Kept }
	for _, name := range p.Expectation.References {
		if kept(name) {
			return nil
		}
	}
	_ = known.Wanted()
	if kept(nobody) || kept(p.Expectation.References...) {
		return nil
	}
	return slices.DeleteFunc(known.Wanted(), func(h resource.Holder) bool { return h.Name == "" })
}

// nobody is a name that nothing has.
const nobody = "\x00"
