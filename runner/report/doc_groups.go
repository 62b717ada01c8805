package report

import (
	"cmp"
	"slices"

	"github.com/avow-dev/avow/runner"
)

// group is a describe in the tree of all targets' describes: its own promises by target, and what it nests.
type group struct {
	first  place // the earliest place of its promises, which orders the describes as the suite does
	own    []*answers
	nested []*group
	byName map[string]*group // the nested ones
}

// place is where a promise stands in the suite.
type place struct{ file, line, column int }

func (a place) compare(b place) int {
	return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
}

// groupsOf puts the answers of all targets together by describe, in the order of the suite. No target need
// have them all, so no one target's order is enough: the places in the spec decide.
func groupsOf(targets []*answers, files map[string]int) [][]*answers {
	root := &group{}
	for _, a := range targets {
		for _, promise := range a.promises {
			root.add(a.target, promise, promise.Path, placeOf(promise.Pos, files))
		}
	}
	return root.inOrder(nil)
}

func placeOf(pos runner.Position, files map[string]int) place {
	if _, known := files[pos.File]; !known {
		files[pos.File] = len(files)
	}
	return place{files[pos.File], pos.Line, pos.Column}
}

func (g *group) add(target *runner.Target, promise *runner.Promise, path []string, at place) {
	if len(path) > 0 {
		g.child(path[0], at).add(target, promise, path[1:], at)
		return
	}
	if n := len(g.own); n == 0 || g.own[n-1].target != target {
		g.own = append(g.own, &answers{target: target})
	}
	last := g.own[len(g.own)-1]
	last.promises = append(last.promises, promise)
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

// inOrder lists the groups' own answers, each before those that it nests.
func (g *group) inOrder(list [][]*answers) [][]*answers {
	if len(g.own) > 0 {
		list = append(list, g.own)
	}
	slices.SortStableFunc(g.nested, func(a, b *group) int { return a.first.compare(b.first) })
	for _, n := range g.nested {
		list = n.inOrder(list)
	}
	return list
}
