package site

import (
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

// verdict is a status as pages show it: a mark and a word, so that none is shown by its colour alone, and a number if
// there are several.
type verdict struct{ Word, Mark, Count string }

func verdictOf(s record.Status) *verdict { return &verdict{Word: s.String(), Mark: words.Marks[s]} }

// tally is counts as pages show them.
type tally record.Counts

// tally returns the tally of counts; an empty one for a run that checked nothing.
func (s *site) tally(c record.Counts) tally {
	if s.run.Start.Planned {
		return tally{}
	}
	return tally(c)
}

// Verdicts returns the verdicts that occur, the worst first.
func (t tally) Verdicts() []verdict {
	var list []verdict
	for _, s := range record.WorstFirst {
		if t[s] > 0 {
			list = append(list, verdict{s.String(), words.Marks[s], plain.Thousands(t[s])})
		}
	}
	return list
}

// Words returns "1 broken, 11 kept".
func (t tally) Words() string {
	var list []string
	for _, v := range t.Verdicts() {
		list = append(list, v.Count+" "+v.Word)
	}
	return strings.Join(list, ", ")
}

// Shares returns the pieces of a bar, in parts of 1000.
func (t tally) Shares() []share { return split(record.Counts(t), 1000, 8) }

// share is the piece of a verdict in a bar or in a column.
type share struct {
	Word     string
	From, To int
}

// Size returns the width or the height of the piece.
func (s share) Size() int { return s.To - s.From }

// split divides a length among the verdicts that occur, the worst first. Each gets the least, so that one broken
// promise of a thousand is seen.
func split(t record.Counts, whole, least int) []share {
	var list []share
	room, from := whole, 0
	for _, n := range t {
		if n > 0 {
			room -= least
		}
	}
	for _, s := range record.WorstFirst {
		if t[s] > 0 {
			to := from + least + room*t[s]/t.All()
			list = append(list, share{s.String(), from, to})
			from = to
		}
	}
	if len(list) > 0 {
		list[len(list)-1].To = whole // what the divisions left over
	}
	return list
}
