package site

import (
	"cmp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
)

// site is a run in the order of its suite, with all that its pages have in common.
type site struct {
	*model
	Options
	groups []*group
	tags   []string
	tally  tally
	past   *chronicle
}

// group is a top-level describe.
type group struct {
	at       int
	title    string
	why      string
	sections []*section
	hosts    []*host
	tallies  map[*host]*tally
	tally    tally
	page     string // below the folder
}

// section is a describe with promises of its own.
type section struct {
	group    *group
	path     []string
	whys     []string // of the path, "" for those that an earlier section told
	promises []*promise
}

// place is where something stands in the suite.
type place struct{ file, line, column int }

func (a place) compare(b place) int {
	return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
}

func (m *model) place(pos record.Position) place {
	return place{m.files[pos.File], pos.Line, pos.Column}
}

// site puts what was heard in order.
func (m *model) site(o Options) *site {
	s := &site{model: m, Options: o}
	s.arrange()
	s.count()
	s.name()
	s.collectTags()
	if m.end != nil {
		s.lookedAt(m.end.Timings)
	}
	if !o.NoTime && !m.start.Planned {
		s.past = s.recall(o.History)
	}
	return s
}

// arrange finds the sections and groups, and puts them and their promises in the order of the suite. No host need
// have them all, so no one host's order is enough: the places in the spec decide.
func (s *site) arrange() {
	tree := &branch{}
	for _, p := range s.promises {
		b := tree.grow(p.Path, s.place(p.Pos))
		b.promises = append(b.promises, p)
	}
	for _, b := range tree.inOrder() {
		g := &group{at: len(s.groups), tallies: map[*host]*tally{}, title: b.title}
		b.gather(g, nil, s)
		s.groups = append(s.groups, g)
	}
	s.number()
}

// number gives promises the numbers that their anchors have.
func (s *site) number() {
	n := 0
	for _, g := range s.groups {
		for _, sec := range g.sections {
			for _, p := range sec.promises {
				p.id, n = n, n+1
			}
		}
	}
}

// branch is a describe in the tree of all hosts' describes.
type branch struct {
	title    string
	first    place // the earliest place of its promises
	promises []*promise
	nested   []*branch
	byTitle  map[string]*branch
}

func (b *branch) grow(path []string, at place) *branch {
	if len(path) == 0 {
		return b
	}
	if b.byTitle == nil {
		b.byTitle = map[string]*branch{}
	}
	child := b.byTitle[path[0]]
	if child == nil {
		child = &branch{title: path[0], first: at}
		b.byTitle[path[0]], b.nested = child, append(b.nested, child)
	}
	if at.compare(child.first) < 0 {
		child.first = at
	}
	return child.grow(path[1:], at)
}

// inOrder are the nested branches. Promises outside of any describe are a group without a title.
func (b *branch) inOrder() []*branch {
	list := b.nested
	if len(b.promises) > 0 {
		list = append(list, &branch{promises: b.promises})
	}
	slices.SortStableFunc(list, func(a, b *branch) int { return a.first.compare(b.first) })
	return list
}

// gather adds the branch's sections to a group, each before those that it nests.
func (b *branch) gather(g *group, untold []string, s *site) {
	if why := b.why(len(untold)); len(untold) == 0 {
		g.why, untold = why, append(untold, "")
	} else {
		untold = append(slices.Clone(untold), why)
	}
	if len(b.promises) > 0 {
		sec := &section{group: g, path: b.promises[0].Path, whys: untold, promises: b.promises}
		s.sort(sec)
		g.sections = append(g.sections, sec)
		untold = make([]string, len(untold))
	}
	slices.SortStableFunc(b.nested, func(a, b *branch) int { return a.first.compare(b.first) })
	for _, n := range b.nested {
		n.gather(g, untold, s)
		untold = make([]string, len(untold))
	}
}

// why is the first why that any promise below gives the branch, which stands at this depth.
func (b *branch) why(depth int) string {
	for _, p := range b.promises {
		if depth < len(p.PathWhys) && p.PathWhys[depth] != "" {
			return p.PathWhys[depth]
		}
	}
	for _, n := range b.nested {
		if why := n.why(depth); why != "" {
			return why
		}
	}
	return ""
}

// sort puts the promises of a section in the order of the spec, those of one thing together.
func (s *site) sort(sec *section) {
	type key struct {
		at   place
		seen int
	}
	things := map[thing]key{}
	for _, p := range sec.promises {
		p.section = sec
		k, there := things[p.thing()]
		if at := s.place(p.Pos); !there || at.compare(k.at) < 0 {
			if !there {
				k.seen = len(things)
			}
			things[p.thing()] = key{at, k.seen}
		}
	}
	slices.SortStableFunc(sec.promises, func(a, b *promise) int {
		at, bt := things[a.thing()], things[b.thing()]
		return cmp.Or(at.at.compare(bt.at), cmp.Compare(at.seen, bt.seen), s.place(a.Pos).compare(s.place(b.Pos)))
	})
}

// thing is what consecutive promises have in common that are told under one heading.
type thing struct{ kind, name, title, why string }

func (p *promise) thing() thing { return thing{p.Type, p.Name, p.Title, p.Why} }

// count finds what every host and group has, and puts every host's answers in the order of the suite.
func (s *site) count() {
	for _, h := range s.hosts {
		s.tally.add(h.tally)
		slices.SortStableFunc(h.answers, func(a, b given) int { return cmp.Compare(a.id, b.id) })
		for _, a := range h.answers {
			g := a.section.group
			if g.tallies[h] == nil {
				g.tallies[h] = &tally{}
				g.hosts = append(g.hosts, h)
			}
			g.tallies[h][a.status]++
			g.tally[a.status]++
		}
	}
}

func (s *site) collectTags() {
	for _, p := range s.promises {
		s.tags = append(s.tags, p.Tags...)
	}
	slices.SortFunc(s.tags, strings.Compare)
	s.tags = slices.Compact(s.tags)
	s.tags = s.tags[:min(len(s.tags), maxTags)]
}

func (s *site) lookedAt(list []record.Timing) {
	byName := map[string]record.Timing{}
	for _, l := range list {
		byName[l.Target] = l
	}
	for _, h := range s.hosts {
		h.looked = byName[h.Name]
		h.looked.Begun = cmp.Or(h.looked.Begun, h.Begun)
	}
}
