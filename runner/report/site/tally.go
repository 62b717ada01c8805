package site

import (
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

// marks precede the words, so that no verdict is shown by its colour alone.
var marks = [...]string{record.Kept: "✓", record.Skipped: "–", record.Unknown: "?", record.Broken: "✗"}

// verdict is a status as pages show it: a mark and a word, and a number if there are several.
type verdict struct {
	Word, Mark string
	Count      string
}

func verdictOf(s record.Status) *verdict { return &verdict{Word: s.String(), Mark: marks[s]} }

// verdicts returns the verdicts that occur, the worst first.
func verdicts(t record.Counts) []verdict {
	var list []verdict
	for _, s := range record.WorstFirst {
		if t[s] > 0 {
			list = append(list, verdict{s.String(), marks[s], plain.Thousands(t[s])})
		}
	}
	return list
}

// inWords returns "11 kept, 1 broken".
func inWords(t record.Counts) string {
	var list []string
	for _, s := range record.WorstFirst {
		if t[s] > 0 {
			list = append(list, plain.Thousands(t[s])+" "+s.String())
		}
	}
	return strings.Join(list, ", ")
}

// share is a piece of a bar, in parts of 1000.
type share struct {
	Word     string
	From, To int
}

// Width returns the width of the piece.
func (s share) Width() int { return s.To - s.From }

// shares returns the shares of verdicts in a bar. Each verdict that occurs is visible, however rare it is.
func shares(t record.Counts) []share {
	const whole, least = 1000, 8
	var list []share
	room, from, all := whole, 0, t.All()
	for _, n := range t {
		if n > 0 {
			room -= least
		}
	}
	for _, s := range record.WorstFirst {
		if t[s] == 0 {
			continue
		}
		to := from + least + room*t[s]/all
		list = append(list, share{s.String(), from, to})
		from = to
	}
	if len(list) > 0 {
		list[len(list)-1].To = whole
	}
	return list
}
