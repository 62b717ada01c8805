package runner

import (
	"context"
	"slices"

	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/matcher"
	"github.com/avow-dev/avow/spec/resource"
)

// A number of the user database can have several names, and a probe finds the first of them. Where a verdict depends on
// whether another name has the same number, the name is looked up: every name service tells the number of a name, and
// few tell all names of a number. The lookups of all promises are one question for each database, and are asked
//
//   - along with everything else, for a promise that nothing else can keep, such as owner = not("toor"),
//   - after everything else, for the others: owner = "root" depends on nothing as long as root is found.

// namesKnown are the names that were looked up, by the account that asked.
type namesKnown struct {
	by    map[spec.Account]*resource.Aliases
	asked map[nameWanted]bool
}

func newNamesKnown() *namesKnown {
	return &namesKnown{by: map[spec.Account]*resource.Aliases{}, asked: map[nameWanted]bool{}}
}

// forget begins anew: what is looked at again may have changed.
func (n *namesKnown) forget() {
	clear(n.by)
	clear(n.asked)
}

// asks reports whether something is to be looked up that was not yet.
func (n *namesKnown) asks(w nameWanted) bool {
	asked := n.asked[w]
	n.asked[w] = true
	return !asked
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

// nameWanted is what a verdict depends on.
type nameWanted struct {
	account spec.Account
	holder  resource.Holder
}

// named tests a value with what is known of names, and notes what else the result depends on.
func (j judge) named(it *resourceState, p spec.Promise, value any) matcher.Result {
	if !p.Attribute.Kind.HasHolders() {
		return j.test(p, value)
	}
	known := j.names.of(it.Become)
	result := j.test(p, resource.Bind(value, known))
	wanted := known.Wanted()
	if result.Unknown == "" {
		return result
	}
	for _, h := range wanted {
		it.wants = append(it.wants, nameWanted{it.Become, h})
	}
	return result
}

// lookUpNames looks up the names that verdicts depend on, and decides. What was looked up can want more: the number of
// a name, and then the names of the number.
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
		retry := c.runQueries(ctx, queries(lookups), false)
		c.runQueries(ctx, retry, true)
		for _, it := range undecided {
			it.named = len(lookups) == 0
			c.decide(ctx, it)
		}
	}
}

// lookups are the items that find out what is wanted, each thing once.
func (c *check) lookups(wanted []nameWanted) []*resourceState {
	var items []*resourceState
	for _, w := range wanted {
		if c.judge.names.asks(w) {
			items = append(items, c.lookup(w))
		}
	}
	return items
}

func (c *check) lookup(w nameWanted) *resourceState {
	typ, params, attribute := w.holder.Lookup(c.run.suite.Catalog.Databases)
	return &resourceState{
		Resource: spec.Resource{
			Type: typ, Params: params, Become: w.account,
			Promises: []spec.Promise{{Attribute: typ.Attribute(attribute)}},
		},
		names: func(f resource.Facts) { c.judge.names.of(w.account).Add(w.holder, f[attribute]) },
	}
}

// foreseen look up, along with everything else, the names without which promises cannot be kept.
func (c *check) foreseen(items []*resourceState) []*resourceState {
	var wanted []nameWanted
	for _, it := range items {
		for _, p := range it.Promises {
			for _, h := range foreseen(p) {
				wanted = append(wanted, nameWanted{it.Become, h})
			}
		}
	}
	return c.lookups(wanted)
}

// foreseen are the names that a promise needs if what it mentions is not found: none if it can be kept without.
func foreseen(p spec.Promise) []resource.Holder {
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
