package runner

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
)

// The check of a plural takes two rounds in the same shell: its list, then what the list does not say of the elements
// and the promises need. Each element is a resource of its own, which is judged as all others are and whose verdicts
// are not reported: the verdicts of the plural are made of them.

// listElements makes resources of what the list of a plural found. It reports whether the elements have to be observed
// before there is a verdict.
func (c *check) listElements(it *resourceState) bool {
	found, ok := it.facts[resource.PluralEvery].Value.(resource.Elements)
	if !ok || len(it.Query.Where)+len(it.Query.Every) == 0 {
		return false
	}
	it.elements = make([]*resourceState, len(found.List))
	for i, e := range found.List {
		it.elements[i] = c.element(it, e)
	}
	c.listed = append(c.listed, it)
	return true
}

func (c *check) element(it *resourceState, e resource.Element) *resourceState {
	each := it.Type.Each
	params := resource.Params{}
	for _, a := range each.Attributes {
		if a.Parameter && a.Default != nil {
			params[a.Name] = a.Default
		}
	}
	maps.Copy(params, it.Query.Params)
	maps.Copy(params, e.Params)
	element := &resourceState{
		Resource: spec.Resource{
			Type: each, Name: e.Name, Params: params, Promises: slices.Concat(it.Query.Where, it.Query.Every),
			Sensitive: it.Sensitive, Public: it.Public, Become: it.Become,
		},
		of: it, listed: resource.Facts{},
	}
	maps.Copy(element.listed, e.Facts)
	if value := e.Params[each.Label]; value != nil {
		element.listed[each.Label] = resource.Seen(value)
	}
	if each.Prepare != nil {
		if err := each.Prepare(params); err != nil {
			element.Unknown = err.Error()
		}
	}
	return element
}

// observeElements observes the elements of plurals, and decides about the plurals.
func (c *check) observeElements(ctx context.Context) {
	for len(c.listed) > 0 {
		plurals := c.listed
		c.listed = nil
		var open []*resourceState
		for _, it := range plurals {
			for _, e := range it.elements {
				if c.isOpen(e) {
					open = append(open, e)
				}
			}
		}
		c.round(ctx, open)
		for _, it := range plurals {
			c.decide(ctx, it)
		}
	}
}

// isOpen reports whether an element has to be observed. Most have not: what the list knows of them decides that they
// are not meant, or is all that is promised.
func (c *check) isOpen(e *resourceState) bool {
	e.begin()
	switch {
	case e.Unknown != "":
		e.verdicts = c.judge.skipped(e)
		return false
	case len(e.probes()) == 0 || c.surelyNotMeant(e):
		e.wants = nil
		e.verdicts = c.judge.all(e)
		return len(e.wants) > 0 // names that have to be looked up
	}
	return true
}

// surelyNotMeant reports whether what the list knows of an element excludes it.
func (c *check) surelyNotMeant(e *resourceState) bool {
	for _, p := range e.of.Query.Where {
		if _, listed := e.facts[p.Attribute.Name]; !listed {
			continue
		}
		verdict := c.judge.promise(e, p)
		if c.judge.verdict(verdict, e, p); verdict.Status == record.Broken {
			return true
		}
	}
	return false
}

// meaning is whether a plural means an element.
type meaning int

const (
	meant meaning = iota
	notMeant
	unclear // it could not be checked
)

// meant returns whether the plural means an element, and why that is unclear.
func (it *resourceState) meant(e *resourceState) (meaning, string) {
	result, why := meant, ""
	for _, v := range e.verdicts[:len(it.Query.Where)] {
		switch v.Status {
		case record.Kept:
		case record.Broken:
			return notMeant, ""
		default:
			result, why = unclear, cmp.Or(why, v.Reason)
		}
	}
	return result, why
}

// selection is what `where` makes of a list.
type selection struct {
	meant   []*resourceState
	unclear []*resourceState
	reasons []string // why each of these is unclear
	hidden  string   // why there may be more
}

func (it *resourceState) selection() selection {
	found := it.facts[resource.PluralEvery].Value.(resource.Elements)
	s := selection{hidden: found.Hidden}
	for _, e := range it.elements {
		switch m, why := it.meant(e); m {
		case meant:
			s.meant = append(s.meant, e)
		case unclear:
			s.unclear, s.reasons = append(s.unclear, e), append(s.reasons, why)
		}
	}
	return s
}

// doubt returns why the selection is not certain; "" if it is.
func (s selection) doubt() string {
	list := make([]string, len(s.unclear))
	for i, e := range s.unclear {
		list[i] = e.Name + ": " + s.reasons[i]
	}
	return joined(fewOf(list), s.hidden)
}

// maxListed is how many elements a reason or a found value lists.
const maxListed = 5

func fewOf(list []string) string {
	text := strings.Join(list[:min(len(list), maxListed)], "; ")
	if more := len(list) - maxListed; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// judgeElements replaces the facts of a plural's list by those of its selection.
func (it *resourceState) judgeElements() {
	s := it.selection()
	names := make([]string, len(s.meant))
	for i, e := range s.meant {
		names[i] = e.Name
	}
	it.chosen = &s
	it.facts[resource.PluralNames] = resource.Seen(resource.Strings(resource.SortedSet(names)))
	it.facts[resource.PluralCount] = resource.Seen(resource.Int(int64(len(names))))
}

// maxWorlds bounds how many combinations of unclear elements are tried.
const maxWorlds = 6

// unsure decides a promise about names or their number where some elements are unclear: it is kept, or broken, only if
// it is so whichever of them are meant.
func (j judge) unsure(verdict *record.Promise, p spec.Promise, fact resource.Fact, s selection) {
	results := map[record.Status]bool{}
	for value := range s.worlds(p.Attribute.Name, fact.Value) {
		r := p.Expectation.Test(value)
		switch {
		case r.Unknown != "":
			results[record.Unknown] = true
		case r.Kept:
			results[record.Kept] = true
		default:
			results[record.Broken] = true
		}
		if len(results) > 1 {
			break
		}
	}
	switch {
	case len(results) == 1 && results[record.Kept]:
		verdict.Status = record.Kept
	case len(results) == 1 && results[record.Broken]:
		verdict.Status, verdict.Found = record.Broken, j.found(p, fact.Value)
	default:
		verdict.Status, verdict.Reason = record.Unknown, s.doubt()
		return
	}
	verdict.Note = "not checked: " + s.doubt()
}

// worlds yields the values that an attribute can have. It yields nothing if there are too many to try.
func (s selection) worlds(attribute string, certain any) func(func(any) bool) {
	return func(yield func(any) bool) {
		least, most := len(s.meant), len(s.meant)+len(s.unclear)
		switch {
		case attribute == resource.PluralCount:
			if s.hidden != "" {
				most = resource.MaxElements
			}
			for n := least; n <= most && yield(resource.Int(int64(n))); n++ {
			}
		case s.hidden == "" && len(s.unclear) <= maxWorlds:
			for world := range 1 << len(s.unclear) {
				names := slices.Clone(certain.([]any))
				for i, e := range s.unclear {
					if world>>i&1 == 1 {
						names = append(names, e.Name)
					}
				}
				if !yield(names) {
					return
				}
			}
		}
	}
}

// every judges what has to hold for each element that is meant.
func (j judge) every(verdict *record.Promise, it *resourceState, p spec.Promise) {
	s := *it.chosen
	same := func(e spec.Promise) bool { return e.Attribute == p.Each }
	at := len(it.Query.Where) + slices.IndexFunc(it.Query.Every, same)
	var broken, doubts []string
	for _, e := range s.meant {
		switch v := e.verdicts[at]; v.Status {
		case record.Kept:
		case record.Broken:
			broken = append(broken, e.Name+": "+joined(v.Found, v.Note))
		default:
			doubts = append(doubts, e.Name+": "+v.Reason)
		}
	}
	for i, e := range s.unclear {
		if e.verdicts[at].Status != record.Kept {
			doubts = append(doubts, e.Name+": "+s.reasons[i])
		}
	}
	doubt := joined(fewOf(doubts), s.hidden)
	switch {
	case len(broken) > 0:
		verdict.Status, verdict.Found = record.Broken, fewOf(broken)
	case len(s.meant) == 0 && doubt == "" && len(s.unclear) == 0:
		verdict.Status, verdict.Found = record.Broken, "none is there"
	case doubt != "" || len(s.meant) == 0:
		verdict.Status, verdict.Reason = record.Unknown, cmp.Or(doubt, s.doubt())
	default:
		verdict.Status, verdict.Note = record.Kept, fmt.Sprintf("%d of them", len(s.meant))
	}
}
