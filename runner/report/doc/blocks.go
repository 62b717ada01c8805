package doc

import (
	"cmp"
	"maps"
	"slices"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// block is targets under one heading, because they answer most promises of a group alike.
type block struct {
	targets []*record.TargetResult
	lists   []*record.AnswerList
	leader  map[*record.Slot]record.Status // the answer of most of them
}

// blocksOf groups lists, the largest first, unless they differ in most of their promises.
func blocksOf(lists []*record.AnswerList, apart bool) []*block {
	if !apart {
		slices.SortStableFunc(lists, func(a, b *record.AnswerList) int {
			return cmp.Compare(len(b.Targets), len(a.Targets))
		})
	}
	var blocks []*block
	for _, l := range lists {
		i := slices.IndexFunc(blocks, func(b *block) bool { return !apart && b.near(l) })
		if i < 0 {
			b := &block{leader: map[*record.Slot]record.Status{}}
			for _, a := range l.Answers {
				b.leader[a.Of.Slot()] = a.Promise.Status
			}
			i, blocks = len(blocks), append(blocks, b)
		}
		blocks[i].lists = append(blocks[i].lists, l)
		blocks[i].targets = append(blocks[i].targets, l.Targets...)
	}
	for _, b := range blocks {
		b.targets = record.InOrder(b.targets)
	}
	return blocks
}

// near reports whether a list belongs in the block: they share at least half of the promises, and at most half of
// those, or one, differ in their verdict. Answers that a lost target did not give do not count as a difference; a
// target that was never reached does not belong to others.
func (b *block) near(l *record.AnswerList) bool {
	// The targets of a list are all in the same state.
	first, t := b.lists[0].Targets[0], l.Targets[0]
	if t.Target.Reached() != first.Target.Reached() {
		return false
	}
	both, differ := 0, 0
	for _, a := range l.Answers {
		status, known := b.leader[a.Of.Slot()]
		if known {
			both++
		}
		if known && status != a.Promise.Status {
			differ++
		}
	}
	lost := first.Target.Error != "" || t.Target.Error != ""
	alike := 2*both >= max(len(b.leader), len(l.Answers)) || both > 0 && lost
	return alike && (differ < 2 || 2*differ <= both)
}

// promises returns the block's answers to each promise, in the order of the suite.
func (b *block) promises() [][]words.Answer {
	answers := map[*record.Slot][]words.Answer{}
	for _, l := range b.lists {
		for _, a := range l.Answers {
			slot := a.Of.Slot()
			i := slices.IndexFunc(answers[slot], func(other words.Answer) bool { return other.Answer == a })
			if i < 0 {
				i, answers[slot] = len(answers[slot]), append(answers[slot], words.Answer{Answer: a})
			}
			answers[slot][i].Targets = append(answers[slot][i].Targets, l.Targets...)
		}
	}
	var out [][]words.Answer
	for _, s := range slices.SortedFunc(maps.Keys(answers), (*record.Slot).Compare) {
		out = append(out, answers[s])
	}
	return out
}
