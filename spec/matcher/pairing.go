package matcher

import (
	"cmp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// pairing gives each expected element one that was found, and no found one to two.
type pairing struct {
	results [][]Result // by expected and found element
	of      []int      // the expected element that a found one belongs to, or -1
	allowed func(Result) bool
}

// pair returns a result that is kept if expected and found elements can be paired off. It is unknown if that depends on
// unknown judgements.
func pair(elem *resource.Kind, parts []Expectation, list []any) Result {
	results := make([][]Result, len(parts))
	var all []Result
	for i, part := range parts {
		results[i] = make([]Result, len(list))
		for j, element := range list {
			results[i][j] = part.Test(element)
		}
		all = append(all, results[i]...)
	}
	shared := sharing{parts, list, results}
	lacking, left := shared.paired(func(r Result) bool { return r.Kept })
	if len(lacking)+len(left) == 0 {
		return yes(true)
	}
	r := Result{Note: unpaired(elem, parts, list, lacking, left)}
	if l, f := shared.paired(func(r Result) bool { return !r.fails() }); len(l)+len(f) == 0 {
		if r.Unknown = some(unsure(all)).Unknown; r.Unknown != "" {
			return Result{Unknown: r.Unknown}
		}
		r.neither = true
	}
	return r
}

// sharing are expected elements of which several can mean one that was found: the names of a user.
type sharing struct {
	parts   []Expectation
	list    []any
	results [][]Result
}

// paired pairs names off last, and lets those that remain share an element that another one has.
func (s sharing) paired(allowed func(Result) bool) (lacking, left []int) {
	if !slices.ContainsFunc(s.list, isCalled) {
		return paired(s.results, len(s.list), allowed)
	}
	order := make([]int, len(s.parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.rank(a), s.rank(b)) })
	ordered := make([][]Result, len(order))
	for n, i := range order {
		ordered[n] = s.results[i]
	}
	alone, left := paired(ordered, len(s.list), allowed)
	for _, n := range alone {
		if i := order[n]; s.rank(i) == 0 || !s.isShared(i, allowed) {
			lacking = append(lacking, i)
		}
	}
	slices.Sort(lacking)
	return lacking, left
}

func (s sharing) isShared(i int, allowed func(Result) bool) bool {
	for j, found := range s.list {
		if isCalled(found) && allowed(s.results[i][j]) {
			return true
		}
	}
	return false
}

// rank returns 1 for a name, and 0 for any other matcher, which takes an element of its own.
func (s sharing) rank(i int) int {
	if s.parts[i].Literal != nil {
		return 1
	}
	return 0
}

func unsure(all []Result) []Result {
	var out []Result
	for _, r := range all {
		if r.Unknown != "" {
			out = append(out, r)
		}
	}
	return out
}

// paired finds as many pairs as possible, and returns the elements that remain alone.
func paired(results [][]Result, found int, allowed func(Result) bool) (lacking, left []int) {
	p := pairing{results, make([]int, found), allowed}
	for j := range p.of {
		p.of[j] = -1
	}
	for i := range results {
		if !p.place(i, make([]bool, found)) {
			lacking = append(lacking, i)
		}
	}
	for j, i := range p.of {
		if i < 0 {
			left = append(left, j)
		}
	}
	return lacking, left
}

// place finds an element for the expected one i, and moves others on where they can go elsewhere.
func (p *pairing) place(i int, tried []bool) bool {
	for j, r := range p.results[i] {
		if tried[j] || !p.allowed(r) {
			continue
		}
		tried[j] = true
		if p.of[j] < 0 || p.place(p.of[j], tried) {
			p.of[j] = i
			return true
		}
	}
	return false
}

func unpaired(elem *resource.Kind, parts []Expectation, list []any, lacking, left []int) string {
	var lacks, beside []string
	for _, i := range lacking {
		lacks = append(lacks, shorten(parts[i].Text))
	}
	for _, j := range left {
		beside = append(beside, shorten(elem.Quote(list[j])))
	}
	var out []string
	if len(lacks) > 0 {
		out = append(out, "it lacks "+shorten(strings.Join(lacks, ", ")))
	}
	if len(beside) > 0 {
		out = append(out, "it also has "+shorten(strings.Join(beside, ", ")))
	}
	return strings.Join(out, "; ")
}
