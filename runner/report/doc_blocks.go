package report

import (
	"cmp"
	"maps"
	"slices"

	"github.com/avow-dev/avow/runner/record"
)

// block is hosts that are told under one heading, because they answer most promises of a describe alike.
type block struct {
	hosts  []*machine
	lots   []*lot
	leader map[*spot]record.Status // how most of them answer
}

// spot is one promise of a describe, whoever makes it and whatever comes of it.
type spot struct {
	at           place // of the thing's first promise
	thing, index int   // of the thing and the promise, in the list of who made it first
	seen         int
}

// identity is what makes two hosts' promises the same promise.
type identity struct {
	pos                    record.Position
	kind, name, attr, text string
	nth                    int // where one host has several
}

// table finds the spots of one describe.
type table struct {
	spots map[identity]*spot
	of    map[*lot][]*spot // beside its answers
	place func(record.Position) place
}

// lay finds the spots of a lot's answers. Things stand as in the spec; where one place made several things,
// they stand as the host told them.
func (t *table) lay(l *lot) {
	times := map[identity]int{}
	var at place
	start := 0
	for i, a := range l.answers {
		if i == 0 || thingOf(&a.Promise) != thingOf(&l.answers[i-1].Promise) {
			at, start = t.place(a.Pos), i
		}
		id := identity{pos: a.Pos, kind: a.Type, name: a.Name, attr: a.Attribute, text: a.Title}
		times[id]++
		id.nth = times[id]
		if t.spots[id] == nil {
			t.spots[id] = &spot{at: at, thing: start, index: i, seen: len(t.spots) - (i - start)}
		}
		t.of[l] = append(t.of[l], t.spots[id])
	}
}

func (a *spot) compare(b *spot) int {
	return cmp.Or(a.at.compare(b.at), cmp.Compare(a.thing, b.thing), cmp.Compare(a.seen, b.seen), cmp.Compare(a.index, b.index))
}

// blocks puts lots together, the largest first, unless they differ in most of their promises.
func (t *table) blocks(lots []*lot, apart bool) []*block {
	if !apart {
		slices.SortStableFunc(lots, func(a, b *lot) int { return cmp.Compare(len(b.hosts), len(a.hosts)) })
	}
	var list []*block
	for _, l := range lots {
		i := slices.IndexFunc(list, func(b *block) bool { return !apart && t.near(b, l) })
		if i < 0 {
			i, list = len(list), append(list, t.newBlock(l))
		}
		list[i].lots = append(list[i].lots, l)
		list[i].hosts = append(list[i].hosts, l.hosts...)
	}
	for _, b := range list {
		b.hosts = inOrder(b.hosts)
	}
	return list
}

func (t *table) newBlock(l *lot) *block {
	b := &block{leader: map[*spot]record.Status{}}
	for i, s := range t.of[l] {
		b.leader[s] = l.answers[i].Status
	}
	return b
}

// near says whether a lot reads best with the block: they have at least half of the promises in common, and of
// those no more than half have another verdict, or only one has. What a lost host did not come to is no
// difference; one that was never reached has no place among the others.
func (t *table) near(b *block, l *lot) bool {
	first := b.lots[0]
	if l.unreached() != first.unreached() {
		return false
	}
	both, differ := 0, 0
	for i, s := range t.of[l] {
		status, there := b.leader[s]
		if there {
			both++
		}
		if there && status != l.answers[i].Status {
			differ++
		}
	}
	alike := 2*both >= max(len(b.leader), len(l.answers)) || both > 0 && (first.lost() || l.lost())
	return alike && (differ < 2 || 2*differ <= both)
}

// said is an answer and the hosts of a block that gave it.
type said struct {
	*told
	hosts []*machine
}

// promises are what a block says to each spot, in the order of the spec.
func (t *table) promises(b *block) [][]said {
	answers := map[*spot][]said{}
	for _, l := range b.lots {
		for i, s := range t.of[l] {
			answers[s] = join(answers[s], l.answers[i], l.hosts)
		}
	}
	var list [][]said
	for _, s := range slices.SortedFunc(maps.Keys(answers), (*spot).compare) {
		list = append(list, answers[s])
	}
	return list
}

// join adds hosts to those that gave the same answer.
func join(list []said, t *told, hosts []*machine) []said {
	for i := range list {
		if list[i].told == t {
			list[i].hosts = append(list[i].hosts, hosts...)
			return list
		}
	}
	return append(list, said{t, slices.Clone(hosts)})
}
