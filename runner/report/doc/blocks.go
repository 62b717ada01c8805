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
	sets    []*answerSet
	leader  map[*record.Slot]record.Status // the answer of most of them
}

// blocksOf groups sets, the largest first, unless they differ in most of their promises.
func blocksOf(sets []*answerSet, apart bool) []*block {
	if !apart {
		slices.SortStableFunc(sets, func(a, b *answerSet) int { return cmp.Compare(len(b.targets), len(a.targets)) })
	}
	var list []*block
	for _, s := range sets {
		i := slices.IndexFunc(list, func(b *block) bool { return !apart && b.near(s) })
		if i < 0 {
			i, list = len(list), append(list, newBlock(s))
		}
		list[i].sets = append(list[i].sets, s)
		list[i].targets = append(list[i].targets, s.targets...)
	}
	for _, b := range list {
		b.targets = record.InOrder(b.targets)
	}
	return list
}

func newBlock(s *answerSet) *block {
	b := &block{leader: map[*record.Slot]record.Status{}}
	for _, a := range s.answers {
		b.leader[a.Of.Slot()] = a.Status
	}
	return b
}

// near reports whether a set belongs in the block: they share at least half of the promises, and at most half of those,
// or one, differ in their verdict. Answers that a lost target did not give do not count as a difference; a target that
// was never reached does not belong to others.
func (b *block) near(s *answerSet) bool {
	first := b.sets[0]
	if s.unreached() != first.unreached() {
		return false
	}
	both, differ := 0, 0
	for _, a := range s.answers {
		status, there := b.leader[a.Of.Slot()]
		if there {
			both++
		}
		if there && status != a.Status {
			differ++
		}
	}
	alike := 2*both >= max(len(b.leader), len(s.answers)) || both > 0 && (first.incomplete() || s.incomplete())
	return alike && (differ < 2 || 2*differ <= both)
}

// promises returns the block's answers to each promise, in the order of the suite.
func (b *block) promises() [][]words.Answer {
	answers := map[*record.Slot][]words.Answer{}
	for _, s := range b.sets {
		for _, a := range s.answers {
			answers[a.Of.Slot()] = join(answers[a.Of.Slot()], a, s.targets)
		}
	}
	var list [][]words.Answer
	for _, s := range slices.SortedFunc(maps.Keys(answers), (*record.Slot).Compare) {
		list = append(list, answers[s])
	}
	return list
}

// join adds targets to the same answer in a list.
func join(list []words.Answer, a *record.Answer, targets []*record.TargetResult) []words.Answer {
	for i := range list {
		if list[i].Answer == a {
			list[i].Targets = append(list[i].Targets, targets...)
			return list
		}
	}
	return append(list, words.Answer{Answer: a, Targets: slices.Clone(targets)})
}
