package site

import (
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/plain"
)

// tally counts promises by verdict.
type tally [4]int

// worstFirst is the order in which verdicts are told.
var worstFirst = [...]record.Status{record.Broken, record.Unknown, record.Skipped, record.Kept}

// marks stand before the words, so that no verdict is told by its colour alone.
var marks = [...]string{record.Kept: "✓", record.Skipped: "–", record.Unknown: "?", record.Broken: "✗"}

func (t *tally) add(other tally) {
	for i, n := range other {
		t[i] += n
	}
}

func (t tally) all() int {
	return t[record.Kept] + t[record.Skipped] + t[record.Unknown] + t[record.Broken]
}

// open is how many are not as promised, or nobody knows.
func (t tally) open() int { return t[record.Broken] + t[record.Unknown] }

// worst is the worst verdict that was given.
func (t tally) worst() record.Status {
	for _, s := range worstFirst {
		if t[s] > 0 {
			return s
		}
	}
	return record.Kept
}

// verdict is a status as pages show it: a mark and a word, and perhaps how many have it.
type verdict struct {
	Word, Mark string
	Count      string
}

func verdictOf(s record.Status) *verdict { return &verdict{Word: s.String(), Mark: marks[s]} }

// Verdicts are the verdicts that were given, the worst first.
func (t tally) Verdicts() []verdict {
	var list []verdict
	for _, s := range worstFirst {
		if t[s] > 0 {
			list = append(list, verdict{s.String(), marks[s], plain.Thousands(t[s])})
		}
	}
	return list
}

// String is "11 kept, 1 broken".
func (t tally) String() string {
	var list []string
	for _, s := range worstFirst {
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

// Width is how wide the piece is.
func (s share) Width() int { return s.To - s.From }

// Bar is how the verdicts share a bar. What was given at all can be seen, however seldom it was.
func (t tally) Bar() []share {
	const whole, least = 1000, 8
	var list []share
	room, from, all := whole, 0, t.all()
	for _, n := range t {
		if n > 0 {
			room -= least
		}
	}
	for _, s := range worstFirst {
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
