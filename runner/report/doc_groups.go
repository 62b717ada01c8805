package report

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/avow-dev/avow/runner/record"
)

// group is a describe in the tree of all targets' describes: its own promises by lot, and what it nests.
type group struct {
	first  place // the earliest place of its promises, which orders the describes as the suite does
	own    []*lot
	from   *lot // the one whose promises came last
	nested []*group
	byName map[string]*group // the nested ones
}

// place is where a promise stands in the suite.
type place struct{ file, line, column int }

func (a place) compare(b place) int {
	return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
}

// describes puts the answers of all targets together by describe, in the order of the suite. No target need
// have them all, so no one target's order is enough: the places in the spec decide.
func (m *memory) describes() []*group {
	root := &group{}
	for _, l := range m.lots {
		for _, t := range l.answers {
			root.add(l, t, t.Path, m.place(t.Pos))
		}
	}
	return root.inOrder(nil)
}

func (m *memory) place(pos record.Position) place {
	if _, known := m.files[pos.File]; !known {
		m.files[pos.File] = len(m.files)
	}
	return place{m.files[pos.File], pos.Line, pos.Column}
}

func (g *group) add(from *lot, t *told, path []string, at place) {
	if len(path) > 0 {
		g.child(path[0], at).add(from, t, path[1:], at)
		return
	}
	if g.from != from {
		g.from, g.own = from, append(g.own, &lot{hosts: from.hosts})
	}
	last := g.own[len(g.own)-1]
	last.answers = append(last.answers, t)
}

func (g *group) child(title string, at place) *group {
	if g.byName == nil {
		g.byName = map[string]*group{}
	}
	child := g.byName[title]
	if child == nil {
		child = &group{first: at}
		g.nested, g.byName[title] = append(g.nested, child), child
	}
	if at.compare(child.first) < 0 {
		child.first = at
	}
	return child
}

// inOrder lists the groups that have answers of their own, each before those that it nests.
func (g *group) inOrder(list []*group) []*group {
	if len(g.own) > 0 {
		list = append(list, g)
	}
	slices.SortStableFunc(g.nested, func(a, b *group) int { return a.first.compare(b.first) })
	for _, n := range g.nested {
		list = n.inOrder(list)
	}
	return list
}

// hosts are those that promise anything here, in the order of the run.
func (g *group) hosts() []*machine {
	var all []*machine
	for _, l := range g.own {
		all = append(all, l.hosts...)
	}
	return inOrder(all)
}

// merged are the lots that answer the same here, whatever they answer elsewhere. What a lost host left open is
// not among the answers.
func (g *group) merged(apart bool) []*lot {
	var list []*lot
	seen := map[string]*lot{}
	for _, l := range g.own {
		first := l.hosts[0]
		answers := slices.DeleteFunc(slices.Clone(l.answers), first.leaves)
		key := first.kind()
		for _, t := range answers {
			key = binary.AppendUvarint(key, t.id)
		}
		same := seen[string(key)]
		if same == nil || apart {
			same = &lot{answers: answers}
			seen[string(key)], list = same, append(list, same)
		}
		same.hosts = append(same.hosts, l.hosts...)
	}
	return list
}
