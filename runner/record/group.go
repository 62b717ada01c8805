package record

import (
	"cmp"
	"slices"
)

// Group is a describe in the tree of all targets' describes.
type Group struct {
	Path     []string         // the titles, outermost first; none for promises outside of any describe
	Why      string           // of the innermost
	Promises []*PromiseResult // its own, not those of nested describes; in the order of the suite
	Nested   []*Group         // in the order of the suite

	parent  *Group
	first   place // the earliest place of its promises
	byTitle map[string]*Group

	// The position of the current target.
	target int
	count  int // of its promises
	begun  int // count at the first promise of the thing
	thing  Thing
	at     place // of the thing's first promise
	slots  int   // of all targets
}

// Title returns the innermost title.
func (g *Group) Title() string {
	if len(g.Path) == 0 {
		return ""
	}
	return g.Path[len(g.Path)-1]
}

// Top returns the outermost group around this one.
func (g *Group) Top() *Group {
	for len(g.Path) > 1 {
		g = g.parent
	}
	return g
}

// Whys returns the why of each title of the path, "" for none.
func (g *Group) Whys() []string {
	whys := make([]string, len(g.Path))
	for i := len(whys) - 1; i >= 0; i-- {
		whys[i], g = g.Why, g.parent
	}
	return whys
}

// Thing identifies promises that are shown under one heading.
type Thing struct{ Type, Name, Title string }

// Thing returns what the promise is about.
func (p *Promise) Thing() Thing { return Thing{p.Type, p.Name, p.Title} }

// place is the position of a promise in the suite.
type place struct{ file, line, column int }

func (a place) compare(b place) int {
	return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
}

func (r *Run) place(pos Position) place {
	if _, known := r.files[pos.File]; !known {
		r.files[pos.File] = len(r.files)
	}
	return place{r.files[pos.File], pos.Line, pos.Column}
}

// Groups returns the groups that have promises of their own, each before its nested ones, in the order of the suite. No
// single target may have them all, so positions in the spec decide.
func (r *Run) Groups() []*Group { return r.root.inOrder(nil) }

func (g *Group) inOrder(list []*Group) []*Group {
	if len(g.Promises) > 0 {
		slices.SortStableFunc(g.Promises, func(a, b *PromiseResult) int { return a.slot.Compare(b.slot) })
		list = append(list, g)
	}
	slices.SortStableFunc(g.Nested, func(a, b *Group) int { return a.first.compare(b.first) })
	for _, n := range g.Nested {
		list = n.inOrder(list)
	}
	return list
}

// group returns the group of a promise, and adds it if it is new.
func (r *Run) group(p *Promise) *Group {
	at := r.place(p.Pos)
	g := r.at // most promises follow one of the same group
	if g == nil || !slices.Equal(g.Path, p.Path) {
		g = r.root
		for i := range p.Path {
			g = g.nested(p.Path[:i+1], at)
		}
		r.at = g
	}
	for i, up := len(p.Path)-1, g; i >= 0; i, up = i-1, up.parent {
		if at.compare(up.first) < 0 {
			up.first = at
		}
		if up.Why == "" && i < len(p.PathWhys) {
			up.Why = p.PathWhys[i]
		}
	}
	return g
}

func (g *Group) nested(path []string, at place) *Group {
	if g.byTitle == nil {
		g.byTitle = map[string]*Group{}
	}
	title := path[len(path)-1]
	n := g.byTitle[title]
	if n == nil {
		n = &Group{Path: slices.Clone(path), parent: g, first: at, target: -1}
		g.Nested, g.byTitle[title] = append(g.Nested, n), n
	}
	return n
}

// Slot identifies one promise of a group, whatever its words and its result.
type Slot struct {
	at           place // of the thing's first promise
	thing, index int   // of the thing and the promise, in the list of the first target that has it
	seen         int
}

// slotKey identifies the same promise on different targets.
type slotKey struct {
	group                       *Group
	pos                         Position
	typ, name, attribute, title string
}

// slots are the slots of one key: a target may have a promise several times.
type slots struct {
	list   []*Slot
	target int // the current one
	count  int // of its promises
}

// slot returns the slot of a promise, and adds it if it is new. Things are ordered as in the spec; several things from
// one place keep the order of their target.
func (r *Run) slot(p *Promise, target int) *Slot {
	g := r.group(p)
	if g.target != target {
		g.target, g.count = target, 0
	}
	if thing := p.Thing(); g.count == 0 || thing != g.thing {
		g.thing, g.at, g.begun = thing, r.place(p.Pos), g.count
	}
	key := slotKey{g, p.Pos, p.Type, p.Name, p.Attribute, p.Title}
	same := r.slots[key]
	if same == nil {
		same = &slots{target: -1}
		r.slots[key] = same
	}
	if same.target != target {
		same.target, same.count = target, 0
	}
	if same.count == len(same.list) { // no target before had the promise as often
		same.list = append(same.list, &Slot{at: g.at, thing: g.begun, index: g.count, seen: g.slots - (g.count - g.begun)})
		g.slots++
	}
	s := same.list[same.count]
	same.count, g.count = same.count+1, g.count+1
	return s
}

// Compare compares slots by their order in the suite.
func (s *Slot) Compare(o *Slot) int {
	return cmp.Or(
		s.at.compare(o.at), cmp.Compare(s.thing, o.thing), cmp.Compare(s.seen, o.seen), cmp.Compare(s.index, o.index),
	)
}

// Slot returns the slot of the promise.
func (p *PromiseResult) Slot() *Slot { return p.slot }
