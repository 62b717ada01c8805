package matcher

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/resource"
)

// maxNamed is how many elements a note names.
const maxNamed = 3

// judged are the elements of a list that are not surely as expected. Of a million, the results are alike: only those
// are collected that say something new.
type judged struct {
	results []Result
	wrong   []int // the numbers of those that are not as expected, from 0
}

func (j *judged) add(i int, r Result) {
	if r.Kept {
		return
	}
	if r.broken() {
		j.wrong = append(j.wrong, i)
	}
	alike := func(other Result) bool {
		return (other.Unknown == "") == (r.Unknown == "") && other.neither == r.neither &&
			(other.doubt == "") == (r.doubt == "")
	}
	if !slices.ContainsFunc(j.results, alike) {
		j.results = append(j.results, r)
	}
}

// judgeEach judges the elements of a list one by one, and gives up when that takes long.
func judgeEach(list []any, test func(any) Result) *judged {
	j := &judged{}
	begun := time.Now()
	for i, element := range list {
		if time.Since(begun) > searchLimit {
			j.add(i, unknown("gave up after comparing elements for %v", searchLimit))
			return j
		}
		j.add(i, test(element))
	}
	return j
}

func expectEvery(k *resource.Kind, args []*Matcher) (Expectation, error) {
	if !isList(k) {
		return Expectation{}, fmt.Errorf("%s has no elements", kindOf(k))
	}
	inside, err := args[0].expect(k.Elem)
	if err != nil {
		return inside, err
	}
	return Expectation{
		Test: func(found any) Result {
			list := found.([]any)
			if len(list) == 0 {
				// Nothing is there that could be as expected or otherwise.
				return Result{Note: "it has no elements", neither: true}
			}
			return everyElement(k.Elem, list, inside.Test)
		},
		Text:       call("every", []string{inside.Text}),
		Phrase:     "has elements, each of which " + inside.Phrase,
		References: inside.References,
		negated:    "has an element that " + inside.negated,
	}, nil
}

// everyElement is kept if all elements are as expected.
func everyElement(elem *resource.Kind, list []any, test func(any) Result) Result {
	j := judgeEach(list, test)
	if len(j.results) == 0 {
		return yes(true)
	}
	r := every(j.results)
	if r.found = ""; !r.broken() {
		return r
	}
	var shown, numbers []string
	for _, i := range j.wrong[:min(maxNamed, len(j.wrong))] {
		shown = append(shown, shorten(elem.Quote(resource.Unbound(list[i]))))
		numbers = append(numbers, strconv.Itoa(i+1))
	}
	r.Note = "not so: " + firsts(shown, len(j.wrong))
	r.Parts = fmt.Sprintf("elements %s of %d are not so", firsts(numbers, len(j.wrong)), len(list))
	if len(j.wrong) == 1 {
		r.Parts = fmt.Sprintf("element %s of %d is not so", numbers[0], len(list))
	}
	return r
}

// firsts names the first of all, and how many others there are.
func firsts(list []string, all int) string {
	if all > len(list) {
		return fmt.Sprintf("%s and %d more", strings.Join(list, ", "), all-len(list))
	}
	return row(list, "and")
}

func expectSubset(k *resource.Kind, args []*Matcher) (Expectation, error) {
	if !isList(k) {
		return Expectation{}, fmt.Errorf("%s has no elements; for one of several values, write any_of(...)", kindOf(k))
	}
	isNested := isList(k.Elem) || isAnything(k.Elem)
	if first := args[0]; len(args) == 1 && first.definition == nil && !isNested && first.isList() {
		return Expectation{}, errors.New("write the elements themselves, or subset_of(LIST...)")
	}
	parts, err := expectEachElement(k.Elem, args)
	if err != nil {
		return Expectation{}, err
	}
	words := row(each(parts, textOf), "and")
	return Expectation{
		Test: func(found any) Result {
			return everyElement(k.Elem, found.([]any), func(element any) Result {
				return some(each(parts, func(part Expectation) Result { return part.Test(element) }))
			})
		},
		Text:       call("subset_of", each(parts, textOf)),
		Phrase:     "has no elements other than " + words,
		References: referencesOf(parts),
		negated:    "has elements other than " + words,
	}, nil
}

func expectUnique(k *resource.Kind, _ []*Matcher) (Expectation, error) {
	if !isList(k) {
		return Expectation{}, fmt.Errorf("%s has no elements", kindOf(k))
	}
	return Expectation{
		Test:    func(found any) Result { return withoutDoubles(k.Elem, found.([]any)) },
		Text:    "unique()",
		Phrase:  "has no element more than once",
		negated: "has an element more than once",
	}, nil
}

// mostPairs bounds the comparisons of elements that cannot always be distinguished.
const mostPairs = 1 << 20

// withoutDoubles is kept if no two elements are the same.
func withoutDoubles(elem *resource.Kind, list []any) Result {
	forms, seen := make([]any, len(list)), map[string]bool{}
	for i, element := range list {
		forms[i] = resource.Unbound(elem.Form(element))
		word := elem.Quote(forms[i])
		if seen[word] {
			return Result{Note: "it has " + shorten(word) + " more than once"}
		}
		seen[word] = true
	}
	if !elem.Doubtful() {
		return yes(true)
	}
	if len(list)*len(list) > mostPairs {
		return unknown("%d elements are too many to compare each with each", len(list))
	}
	// Two names may be those of one user.
	var doubts []Result
	for i, element := range list {
		for _, other := range forms[:i] {
			switch likeness, why := elem.Compare(element, other); likeness {
			case resource.Alike:
				return Result{Note: why}
			case resource.Unlike, resource.Unclear:
				doubts = append(doubts[:min(len(doubts), maxNamed)], unknown("%s", why))
			}
		}
	}
	return every(doubts)
}
