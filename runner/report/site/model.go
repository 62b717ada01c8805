package site

import (
	"slices"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// site is a run, with everything that its pages share.
type site struct {
	words.Options
	run      *record.Run
	hosts    []*host
	groups   []*group
	promises []*promise // in the order of the suite
	tags     []string
	counts   record.Counts
	past     *record.History // nil for none
}

// host is a target, and its page.
type host struct {
	*record.TargetResult
	answers []*answer // in the order of the suite
	page    string    // relative to the folder
}

// promise is a promise in the words of the spec.
type promise struct {
	*record.PromiseResult
	id      int // in the order of the suite
	group   *group
	section *block // without promises: the heading of the innermost describe
	answers []*answer
}

// answer is one distinct answer to a promise, and its hosts, in the order of the run.
type answer struct {
	*record.Answer
	of    *promise
	hosts []*host
	timed bool // pages may say how long it took
}

// group is a top-level describe.
type group struct {
	at       int
	title    string
	why      string
	promises []*promise
	hosts    []*host
	each     map[*host]record.Counts // of hosts that have promises of the group
	counts   record.Counts
	page     string // relative to the folder
}

// maxTags limits the tags of the filter; each page lists them.
const maxTags = 200

func newSite(run *record.Run, o words.Options) *site {
	s := &site{Options: o, run: run}
	// Of two equal names, the later one gets a page whose name says less.
	taken := map[string]bool{}
	for _, t := range run.Targets {
		s.hosts = append(s.hosts, &host{TargetResult: t, page: unique(taken, "hosts/", t.Target.Name)})
		s.counts.Add(t.Counts)
	}
	s.arrange()
	for _, g := range s.groups {
		g.page = unique(taken, "groups/", g.title)
	}
	for _, p := range s.promises {
		s.tags = append(s.tags, p.Promise.Tags...)
	}
	slices.Sort(s.tags)
	s.tags = slices.Compact(s.tags)
	s.tags = s.tags[:min(len(s.tags), maxTags)]
	if !o.NoTime && !run.Start.Planned {
		s.past = record.HistoryOf(run, o.History)
	}
	return s
}

// arrange makes groups of pages from the groups of the run.
func (s *site) arrange() {
	var shown []string // the path whose whys are shown already
	var last *record.Group
	for _, from := range s.run.Groups() {
		top := from.Top()
		if top != last {
			s.groups = append(s.groups, &group{
				at: len(s.groups), each: map[*host]record.Counts{}, title: top.Title(), why: top.Why,
			})
			shown, last = nil, top
		}
		section := &block{}
		if len(from.Path) > 1 {
			section.Title = where(from.Path[1:])
		}
		for i, why := range from.Whys() {
			// The group's page has the outermost why at its top.
			if i > 0 && why != "" && (i >= len(shown) || !slices.Equal(shown[:i+1], from.Path[:i+1])) {
				section.Whys = append(section.Whys, words.Prose(why))
			}
		}
		shown = from.Path
		for _, p := range from.Promises {
			s.add(&promise{
				PromiseResult: p, id: len(s.promises), group: s.groups[len(s.groups)-1], section: section,
			})
		}
	}
	for _, h := range s.hosts {
		for _, a := range h.answers {
			g := a.of.group
			counts, known := g.each[h]
			if !known {
				g.hosts = append(g.hosts, h)
			}
			counts[a.Promise.Status]++
			g.each[h] = counts
			g.counts[a.Promise.Status]++
		}
	}
}

// add adds a promise and its answers to their group and hosts.
func (s *site) add(p *promise) {
	p.group.promises, s.promises = append(p.group.promises, p), append(s.promises, p)
	for _, from := range p.Answers {
		a := &answer{Answer: from, of: p, timed: !s.NoTime}
		for _, t := range from.Targets() {
			h := s.hosts[t.Index]
			a.hosts, h.answers = append(a.hosts, h), append(h.answers, a)
		}
		p.answers = append(p.answers, a)
	}
}
