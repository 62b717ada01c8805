package matcher

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/resource"
)

func expectAll(k *resource.Kind, args []*Matcher) ([]Expectation, error) {
	out := make([]Expectation, len(args))
	for i, m := range args {
		e, err := m.expect(k)
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

func expectNot(k *resource.Kind, args []*Matcher) (Expectation, error) {
	e, err := args[0].expect(k)
	if err != nil {
		return e, err
	}
	inner := e.Test
	e.Test = func(found any) Result { return inner(found).opposite() }
	e.Text = call("not", []string{e.Text})
	e.Phrase, e.negated = e.negated, e.Phrase
	if absent := e.ifAbsent; absent != nil {
		e.ifAbsent = func() Result { return absent().opposite() }
	}
	e.Sentence, e.contrary = e.contrary, e.Sentence
	// not(true) is false, and callers have better words for booleans.
	if b, ok := e.Literal.(bool); ok && !isAnything(k) {
		e.Literal = !b
	} else {
		e.Literal = nil
	}
	return e, nil
}

func expectAllOf(k *resource.Kind, args []*Matcher) (Expectation, error) {
	parts, err := expectAll(k, args)
	if err != nil {
		return Expectation{}, err
	}
	e := joined("all_of", parts, "and", "or")
	e.ifAbsent = absentIn(parts, every)
	e.Test = func(found any) Result { return allOf(parts, found) }
	e.Measured = slices.ContainsFunc(parts, func(part Expectation) bool { return part.Measured })
	return e, nil
}

// joined returns what all_of and any_of have in common: word joins the phrases of the parts, opposite their contraries.
func joined(name string, parts []Expectation, word, opposite string) Expectation {
	return Expectation{
		Text:       call(name, each(parts, textOf)),
		Phrase:     join(parts, word, func(e Expectation) string { return e.Phrase }),
		Sentence:   join(parts, word, func(e Expectation) string { return e.Sentence }),
		References: referencesOf(parts),
		negated:    join(parts, opposite, func(e Expectation) string { return e.negated }),
		contrary:   join(parts, opposite, func(e Expectation) string { return e.contrary }),
		compound:   len(parts) > 1 || parts[0].compound,
	}
}

func allOf(parts []Expectation, found any) Result {
	results := make([]Result, len(parts))
	var failed []string
	for i, part := range parts {
		results[i] = part.Test(found)
		if results[i].broken() && len(parts) > 1 {
			failed = append(failed, "not so: "+part.Phrase)
		}
	}
	r := every(results)
	if r.broken() {
		r.Note, r.Parts = notes(append(failed, r.Note)), partsOf(results)
	}
	return r
}

// partsOf names the parts that do not match: "part 2 of 3 is not so", and of a part that has parts itself those in it.
func partsOf(results []Result) string {
	// all_of of one matcher has the parts of that matcher.
	if len(results) == 1 {
		return results[0].Parts
	}
	var numbers, within []string
	for i, r := range results {
		if !r.broken() {
			continue
		}
		numbers = append(numbers, strconv.Itoa(i+1))
		if r.Parts != "" {
			within = append(within, fmt.Sprintf("in part %d, %s", i+1, r.Parts))
		}
	}
	text := fmt.Sprintf("part %s of %d is not so", row(numbers, "and"), len(results))
	if len(numbers) > 1 {
		text = fmt.Sprintf("parts %s of %d are not so", row(numbers, "and"), len(results))
	}
	return notes(append([]string{text}, within...))
}

// every is kept if all results are; one that surely fails outweighs the unknown ones.
func every(results []Result) Result {
	var failed, found, noted, reasons, doubts []string
	broken, neither, sure := false, false, false
	for _, r := range results {
		noted = append(noted, r.Note)
		reasons = append(reasons, r.Unknown)
		neither = neither || r.neither && r.doubt == ""
		if r.broken() {
			broken, failed, doubts = true, append(failed, r.Note), append(doubts, r.doubt)
			found = append(found, r.found)
			sure = sure || r.fails()
		}
	}
	if doubt := notes(doubts); broken && !sure && doubt != "" {
		return Result{Note: notes(failed), neither: true, doubt: doubt, found: notes(found)}
	}
	if broken {
		return Result{Note: notes(failed), neither: neither, found: notes(found)}
	}
	reason := notes(reasons)
	return Result{Kept: reason == "", Note: notes(noted), Unknown: reason}
}

func expectAnyOf(k *resource.Kind, args []*Matcher) (Expectation, error) {
	parts, err := expectAll(k, args)
	if err != nil {
		return Expectation{}, err
	}
	e := joined("any_of", parts, "or", "and")
	e.ifAbsent = absentIn(parts, some)
	e.Test = func(found any) Result {
		return some(each(parts, func(part Expectation) Result { return part.Test(found) }))
	}
	e.Measured = !slices.ContainsFunc(parts, func(part Expectation) bool { return !part.Measured })
	if words, ok := literalWords(parts); ok && len(parts) > 1 {
		e.Phrase = "is " + row(words, "or")
		e.negated = "is neither " + strings.Join(words, " nor ")
	}
	return e, nil
}

func literalWords(parts []Expectation) ([]string, bool) {
	words := make([]string, len(parts))
	for i, part := range parts {
		word, ok := strings.CutPrefix(part.Phrase, "is ")
		if !ok || part.Literal == nil {
			return nil, false
		}
		words[i] = word
	}
	return words, true
}

// some is kept if one result surely is; an unknown one outweighs those that fail.
func some(results []Result) Result {
	var noted, found, reasons, doubts []string
	neither := false
	for _, r := range results {
		if r.Kept {
			return r
		}
		noted, found = append(noted, r.Note), append(found, r.found)
		reasons = append(reasons, r.Unknown)
		doubts = append(doubts, r.doubt)
		neither = neither || r.neither && r.doubt == ""
	}
	r := Result{Note: notes(noted), Unknown: notes(reasons), neither: neither, found: notes(found)}
	if doubt := notes(doubts); r.Unknown == "" && !neither && doubt != "" {
		r.neither, r.doubt = true, doubt
	}
	return r
}

// someOf tests one part after the other until one is as expected.
func someOf[T any](parts iter.Seq[T], test func(T) Result) Result {
	// Of those in doubt the first are enough: a text of a million lines would make a million reasons.
	var doubts []Result
	unclear, neither := false, false
	begun := time.Now()
	for part := range parts {
		switch r := test(part); {
		case r.Kept:
			return r
		case time.Since(begun) > searchLimit:
			return unknown("gave up after comparing the parts of the actual value for %v", searchLimit)
		case r.Unknown != "" && !unclear:
			unclear, doubts = true, append(doubts, r)
		case r.neither && !neither:
			neither, doubts = true, append(doubts, r)
		}
	}
	return some(doubts)
}

// join puts phrases in a row; those that are rows themselves get parentheses. Where one is missing, there is no row.
func join(parts []Expectation, word string, phrase func(Expectation) string) string {
	phrases := make([]string, len(parts))
	for i, part := range parts {
		if phrases[i] = phrase(part); phrases[i] == "" {
			return ""
		}
		if part.compound && len(parts) > 1 {
			phrases[i] = "(" + phrases[i] + ")"
		}
	}
	return row(phrases, word)
}

// row joins a list as English writes it: "a and b", "a, b and c".
func row(list []string, word string) string {
	last := len(list) - 1
	if last < 1 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:last], ", ") + " " + word + " " + list[last]
}
