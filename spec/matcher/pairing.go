package matcher

import (
	"cmp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// pairing gives each expected element one that was found, and no found one to two.
type pairing struct {
	parts   []Expectation
	list    []any
	results [][]Result // by expected and found element
}

// pair returns a result that is kept if expected and found elements can be paired off. It is unknown if that depends on
// unknown judgements.
func pair(elem *resource.Kind, parts []Expectation, list []any) Result {
	p := pairing{parts, list, make([][]Result, len(parts))}
	var reasons []string
	for i, part := range parts {
		for _, element := range list {
			r := part.Test(element)
			p.results[i], reasons = append(p.results[i], r), append(reasons, r.Unknown)
		}
	}
	lacking, left := p.alone(func(r Result) bool { return r.Kept })
	if len(lacking)+len(left) == 0 {
		return yes(true)
	}
	r := Result{Note: unpaired(elem, parts, list, lacking, left)}
	if l, f := p.alone(func(r Result) bool { return !r.fails() }); len(l)+len(f) == 0 {
		if reason := notes(reasons); reason != "" {
			return Result{Unknown: reason}
		}
		r.neither = true
	}
	return r
}

// alone finds as many pairs as possible, and returns the elements that remain alone.
func (p pairing) alone(allowed func(Result) bool) (lacking, left []int) {
	of := slices.Repeat([]int{-1}, len(p.list)) // the expected element that a found one belongs to
	// place finds an element for the expected one i, and moves others on where they can go elsewhere.
	var place func(i int, tried []bool) bool
	place = func(i int, tried []bool) bool {
		for j, r := range p.results[i] {
			if tried[j] || !allowed(r) {
				continue
			}
			tried[j] = true
			if of[j] < 0 || place(of[j], tried) {
				of[j] = i
				return true
			}
		}
		return false
	}
	for _, i := range p.order() {
		if !place(i, make([]bool, len(p.list))) && !p.isShared(i, allowed) {
			lacking = append(lacking, i)
		}
	}
	slices.Sort(lacking)
	for j, i := range of {
		if i < 0 {
			left = append(left, j)
		}
	}
	return lacking, left
}

// order returns the expected elements in the order in which they are placed.
func (p pairing) order() []int {
	order := make([]int, len(p.parts))
	for i := range order {
		order[i] = i
	}
	if slices.ContainsFunc(p.list, isCalled) {
		// Names come last: other matchers take an element of their own, and a name can share one.
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p.rank(a), p.rank(b)) })
	}
	return order
}

// isShared reports whether an expected element is a name of one that was found: several names can mean one user.
func (p pairing) isShared(i int, allowed func(Result) bool) bool {
	for j, found := range p.list {
		if p.rank(i) == 1 && isCalled(found) && allowed(p.results[i][j]) {
			return true
		}
	}
	return false
}

// rank returns 1 for a name, and 0 for any other matcher, which takes an element of its own.
func (p pairing) rank(i int) int {
	if p.parts[i].Literal != nil {
		return 1
	}
	return 0
}

func unpaired(elem *resource.Kind, parts []Expectation, list []any, lacking, left []int) string {
	lacks := each(lacking, func(i int) string { return shorten(parts[i].Text) })
	beside := each(left, func(j int) string { return shorten(elem.Quote(list[j])) })
	var out []string
	if len(lacks) > 0 {
		out = append(out, "it lacks "+shorten(strings.Join(lacks, ", ")))
	}
	if len(beside) > 0 {
		out = append(out, "it also has "+shorten(strings.Join(beside, ", ")))
	}
	return strings.Join(out, "; ")
}
