package matcher

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/avow-dev/avow/spec/resource"
)

// A pattern that no value of a kind can match is a mistake: its contrary would be kept by everything. A kind declares
// by a grammar which texts its values have, which is a regular expression, too, so that it can be decided whether some
// text is of both: by a walk through the pairs of states that the two automata can be in after the same text.
//
// What patterns require of a place (^, $, \b, in lines as well) depends on the characters beside it. Of those only
// matters whether they are a line break, a letter of a word or another one, so a pair has the class of the last
// character and that of the next, which is guessed: each guess is a pair of its own, and only characters of that class
// lead on.

// maxStates bounds the walk, to some 50 ms. A pattern for which it does not suffice is taken to be possible.
const maxStates = 1 << 17

// states are where a text that both could match has led: a state of each, and what is beside the place.
type states struct {
	grammar, pattern uint32
	before, after    class
}

// class is what a condition can know of a character.
type class uint8

const (
	edge class = iota // none: the begin or the end of the text
	newline
	other
	letter // of a word, in the sense of \b
)

// sampleOf has a character of each class, as syntax.EmptyOpContext takes them.
var sampleOf = [...]rune{edge: -1, newline: '\n', letter: 'a', other: ' '}

// firstOfClasses are the characters with which the ranges of the classes begin.
var firstOfClasses = []rune("\x00\n\v0:A[_`a{")

func classOf(r rune) class {
	switch {
	case r == '\n':
		return newline
	case syntax.IsWordChar(r):
		return letter
	}
	return other
}

// possible reports whether some text is of the grammar, from its begin to its end, and matches the pattern somewhere.
func possible(grammar, pattern string) (bool, error) {
	g, err := automaton("", grammar, "")
	if err != nil {
		return false, err
	}
	p, err := automaton("(?s:.*)", pattern, "(?s:.*)")
	if err != nil {
		return false, err
	}
	return intersect(g, p), nil
}

// automaton spans a whole text.
func automaton(parts ...string) (*syntax.Prog, error) {
	whole := &syntax.Regexp{Op: syntax.OpConcat}
	// The parts are parsed one by one: a pattern that ends in \Qa quotes what follows it.
	for _, part := range parts {
		parsed, err := syntax.Parse(part, syntax.Perl)
		if err != nil {
			return nil, err
		}
		whole.Sub = append(whole.Sub, parsed)
	}
	return syntax.Compile(whole.Simplify())
}

// intersect reports whether two automata accept one text.
func intersect(grammar, pattern *syntax.Prog) bool {
	var next []states
	enter := func(g, p uint32, before class) {
		for after := edge; after <= letter; after++ {
			next = append(next, states{g, p, before, after})
		}
	}
	enter(uint32(grammar.Start), uint32(pattern.Start), edge)
	for seen := map[states]bool{}; len(next) > 0; {
		// The pair that was found last is followed first, so that a text is found soon where there is one.
		at := next[len(next)-1]
		next = next[:len(next)-1]
		if seen[at] {
			continue
		}
		if seen[at] = true; len(seen) > maxStates {
			return true
		}
		g, p := &grammar.Inst[at.grammar], &pattern.Inst[at.pattern]
		if outs, silent := at.silent(g); silent {
			for _, out := range outs {
				next = append(next, states{out, at.pattern, at.before, at.after})
			}
			continue
		}
		if outs, silent := at.silent(p); silent {
			for _, out := range outs {
				next = append(next, states{at.grammar, out, at.before, at.after})
			}
			continue
		}
		ended := g.Op == syntax.InstMatch && p.Op == syntax.InstMatch
		switch {
		case at.after == edge && ended:
			return true
		case at.after != edge && share(g, p, at.after):
			enter(g.Out, p.Out, at.after)
		}
	}
	return false
}

// silent are the states that one leads to without a character; false for one that takes a character, or ends.
func (at states) silent(i *syntax.Inst) (outs []uint32, silent bool) {
	switch i.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return []uint32{i.Out, i.Arg}, true
	case syntax.InstCapture, syntax.InstNop:
		return []uint32{i.Out}, true
	case syntax.InstEmptyWidth:
		holds := syntax.EmptyOpContext(sampleOf[at.before], sampleOf[at.after])
		if syntax.EmptyOp(i.Arg)&^holds != 0 {
			return nil, true
		}
		return []uint32{i.Out}, true
	case syntax.InstFail:
		return nil, true
	}
	return nil, false
}

// share reports whether two states accept the same character of a class.
func share(g, p *syntax.Inst, c class) bool {
	// Of the characters that three sets of ranges share, the first one is the first of a range of one of them.
	for _, first := range slices.Concat(firstOfClasses, g.Rune, p.Rune) {
		// A state of a single character may ignore its case.
		for r := unicode.SimpleFold(first); ; r = unicode.SimpleFold(r) {
			if classOf(r) == c && g.MatchRune(r) && p.MatchRune(r) {
				return true
			}
			if r == first {
				break
			}
		}
	}
	return false
}

// grammarOf returns the grammar of a kind: that of any text, but for the characters that none of its values has.
func grammarOf(k *resource.Kind) string {
	switch {
	case k.Grammar != "":
		return k.Grammar
	case k == line:
		return lineForm
	case k.Never == "":
		return `(?s:.*)`
	}
	var never strings.Builder
	for _, r := range k.Never {
		fmt.Fprintf(&never, `\x{%x}`, r)
	}
	return "[^" + never.String() + "]*"
}

func fitsNothing(k *resource.Kind, text string) error {
	if k.Example != "" {
		return mistake{fmt.Errorf("%s can never match: %s is compared in the form %s", text, kindOf(k), quoted(k.Example))}
	}
	if k.Texts == nil {
		return mistake{fmt.Errorf("%s can never match %s", text, kindOf(k))}
	}
	return mistake{fmt.Errorf("%s can never match: the value is %s", text, k.Name)}
}

func fitsAll(text string) error {
	return mistake{fmt.Errorf("%s matches every possible value, so it promises nothing", text)}
}

const maxBytes = 1 << 12

// lengthsOf returns the least and the greatest number of bytes of the texts of a simplified grammar; maxBytes is for
// any number.
func lengthsOf(re *syntax.Regexp) (least, most int) {
	switch re.Op {
	case syntax.OpLiteral:
		n := len(string(re.Rune))
		return n, n
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1, utf8.UTFMax // a byte that is not UTF-8 counts as a character
	case syntax.OpCharClass:
		if len(re.Rune) > 0 && re.Rune[len(re.Rune)-1] <= unicode.MaxASCII {
			return 1, 1
		}
		return 1, utf8.UTFMax
	case syntax.OpAlternate:
		least = maxBytes
		for _, sub := range re.Sub {
			l, m := lengthsOf(sub)
			least, most = min(least, l), max(most, m)
		}
		return least, most
	}
	for _, sub := range re.Sub { // in a row, or alone: repeated or in parentheses
		l, m := lengthsOf(sub)
		least, most = least+l, min(most+m, maxBytes)
	}
	if re.Op == syntax.OpStar || re.Op == syntax.OpQuest {
		least = 0
	}
	if re.Op == syntax.OpStar || re.Op == syntax.OpPlus {
		most = min(most*maxBytes, maxBytes)
	}
	return least, most
}

// sensibleLength rejects an expectation of a length that no value of a kind has, or that every one has.
func sensibleLength(k *resource.Kind, length, e Expectation) (Expectation, error) {
	if k.Grammar != "" {
		if err := checkLengths(k, length, e.Text); err != nil {
			return e, err
		}
	}
	return tried(k, e)
}

// checkLengths compares an expectation with the lengths that the grammar of a kind allows.
func checkLengths(k *resource.Kind, length Expectation, text string) error {
	grammar, err := syntax.Parse(k.Grammar, syntax.Perl)
	if err != nil {
		return err
	}
	least, most := lengthsOf(grammar.Simplify())
	some, all := false, true
	if most >= maxBytes {
		// Not all lengths can be tried, so only a plain number is compared with the least one.
		all = false
		some = length.Literal == nil || resource.Number.Order(length.Literal, resource.Int(int64(least))) >= 0
	} else {
		for n := least; n <= most; n++ {
			kept := lengthIs(length, n).Kept
			some, all = some || kept, all && kept
		}
	}
	switch {
	case all:
		return fitsAll(text)
	case !some:
		return fitsNothing(k, text)
	}
	return nil
}

// inForm does not judge a text that lacks the form that patterns were checked for, unless it is as expected.
func inForm(k *resource.Kind, test func(any) Result) func(any) Result {
	form := regexp.MustCompile(`\A(?:` + k.Grammar + `)\z`)
	return func(found any) Result {
		r := test(found)
		// The contrary might be kept for the form alone.
		if r.fails() && !form.MatchString(textIn(k, k.Form(found))) {
			return unknown("the actual value does not have the form of %s", kindOf(k))
		}
		return r
	}
}
