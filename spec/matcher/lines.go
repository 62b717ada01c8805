package matcher

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/resource"
)

// hasLines reports whether values of a kind are texts of any form, which can have lines.
func hasLines(k *resource.Kind) bool {
	return k == resource.Text || k == resource.String || k == trimmedText
}

func expectInOrder(k *resource.Kind, args []*Matcher) (Expectation, error) {
	read := func(m *Matcher) (Expectation, error) { return m.expect(line) }
	switch {
	case isList(k) && k.Unordered:
		return Expectation{}, errors.New("the order of these elements means nothing; write all_of(contains(...), ...)")
	case isList(k):
		read = func(m *Matcher) (Expectation, error) { return expectElement(k.Elem, m) }
	case !hasLines(k):
		return Expectation{}, fmt.Errorf("%s has neither lines nor elements", kindOf(k))
	}
	parts := make([]Expectation, len(args))
	for i, m := range args {
		var err error
		if parts[i], err = read(m); err != nil {
			return parts[i], err
		}
	}
	words := row(each(parts, textOf), "and")
	return Expectation{
		Test:       func(found any) Result { return inSequence(parts, sequenceOf(k, found)) },
		Text:       call("in_order", each(parts, textOf)),
		Phrase:     "has, in this order, " + words,
		References: referencesOf(parts),
		negated:    "does not have, in this order, " + words,
	}, nil
}

// sequenceOf returns the elements of a list, or the lines of a text.
func sequenceOf(k *resource.Kind, found any) []any {
	if list, ok := found.([]any); ok {
		return list
	}
	var lines []any
	for l := range strings.Lines(textIn(k, found)) {
		lines = append(lines, withoutBreak(l))
	}
	return lines
}

// inSequence is kept if the parts follow each other, with any elements between them. Each part takes the first element
// that it can: that leaves the most to the others.
func inSequence(parts []Expectation, list []any) Result {
	surely, possibly := 0, 0
	var doubts []Result
	begun := time.Now()
	for _, element := range list {
		if surely == len(parts) {
			break
		}
		if time.Since(begun) > searchLimit {
			return unknown("gave up after comparing the parts of the actual value for %v", searchLimit)
		}
		r := parts[surely].Test(element)
		at := surely
		if r.Kept {
			surely++
		}
		if possibly == len(parts) {
			continue
		}
		if possibly != at {
			r = parts[possibly].Test(element)
		}
		if !r.fails() {
			possibly++
		}
		if !r.Kept && !r.fails() && len(doubts) < maxNamed {
			doubts = append(doubts, r)
		}
	}
	switch {
	case surely == len(parts):
		return yes(true)
	case possibly == len(parts):
		return some(doubts)
	}
	note := fmt.Sprintf("part %d of %d is not there", possibly+1, len(parts))
	if possibly > 0 {
		note += fmt.Sprintf(" after part %d", possibly)
	}
	return Result{Note: note, Parts: note}
}

// expectBetweenLines expects something of the lines between two others.
func expectBetweenLines(k *resource.Kind, args []*Matcher) (Expectation, error) {
	if !hasLines(k) {
		return Expectation{}, fmt.Errorf("%s has no lines", kindOf(k))
	}
	from, err := args[0].expect(line)
	if err != nil {
		return from, err
	}
	to, err := args[1].expect(line)
	if err != nil {
		return to, err
	}
	inside, err := args[2].expect(resource.Text)
	if err != nil {
		return inside, err
	}
	b := between{from: from, to: to, inside: inside}
	where := "between " + lineWords(from) + " and " + lineWords(to) + " "
	return Expectation{
		Test:       func(found any) Result { return b.test(textIn(k, found)) },
		Text:       call("between_lines", []string{from.Text, to.Text, inside.Text}),
		Phrase:     where + inside.Phrase,
		References: referencesOf([]Expectation{from, to, inside}),
		negated:    where + inside.negated,
	}, nil
}

// lineWords names a line in a phrase.
func lineWords(e Expectation) string {
	if s, ok := e.Literal.(string); ok {
		return "the line " + quoted(s)
	}
	return "a line that " + e.Phrase
}

// between is the text between two lines.
type between struct{ from, to, inside Expectation }

// test judges each text between the two lines. Where there are several, all of them have to be as expected, and for
// the contrary all have to be otherwise: a promise is about the text that its author has in mind, and that may be any
// of them.
func (b between) test(text string) Result {
	blocks, r := b.blocks(text)
	if r.broken() || r.Unknown != "" {
		return r
	}
	results := make([]Result, len(blocks))
	kept := 0
	for i, block := range blocks {
		if results[i] = b.inside.Test(block); results[i].Kept {
			kept++
		}
	}
	if r = every(results); len(blocks) > 1 && r.broken() {
		r.neither = r.neither || kept > 0
		wrong := fmt.Sprintf("%d of the %d texts between such lines are not so", len(blocks)-kept, len(blocks))
		r.Note = notes([]string{wrong, r.Note})
	}
	return r
}

// blocks returns the texts between the two lines; or, not kept, why there is none. Then nothing could be as expected or
// otherwise.
func (b between) blocks(text string) ([]string, Result) {
	var blocks []string
	var block strings.Builder
	begun, inside := time.Now(), false
	for l := range strings.Lines(text) {
		if time.Since(begun) > searchLimit {
			return nil, unknown("gave up after comparing lines for %v", searchLimit)
		}
		if inside {
			end := b.to.Test(withoutBreak(l))
			switch {
			case end.Unknown != "" || end.doubt != "":
				return nil, unknown("cannot compare the lines with the last one: %s", end.why())
			case !end.Kept:
				block.WriteString(l)
				continue
			}
			blocks, inside = append(blocks, block.String()), false
			block.Reset()
			// The line that ends a block may begin the next one, unless both are written alike, as fences are.
			if b.from.Text == b.to.Text {
				continue
			}
		}
		begin := b.from.Test(withoutBreak(l))
		if begin.Unknown != "" || begin.doubt != "" {
			return nil, unknown("cannot compare the lines with the first one: %s", begin.why())
		}
		inside = begin.Kept
	}
	switch {
	case inside:
		return nil, Result{Note: "after the first line, the last one was not found", neither: true}
	case len(blocks) == 0:
		return nil, Result{Note: "the first line was not found", neither: true}
	}
	return blocks, yes(true)
}

// why returns why a result is not sure.
func (r Result) why() string { return notes([]string{r.Unknown, r.doubt}) }
