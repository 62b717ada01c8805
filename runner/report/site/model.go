package site

import (
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
)

// site is a run, with everything that its pages share.
type site struct {
	Options
	run      *record.Run
	hosts    []*host
	groups   []*group
	promises []*promise
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
	section *section
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
	sections []*section
	hosts    []*host
	each     map[*host]*record.Counts
	counts   record.Counts
	page     string // relative to the folder
}

// section is a describe with promises of its own.
type section struct {
	group    *group
	path     []string
	whys     []string // of the path, "" for those of an earlier section
	promises []*promise
}

func newSite(run *record.Run, o Options) *site {
	s := &site{Options: o, run: run}
	for _, t := range run.Targets {
		s.hosts = append(s.hosts, &host{TargetResult: t})
	}
	s.arrange()
	s.count()
	s.name()
	s.collectTags()
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
				at: len(s.groups), each: map[*host]*record.Counts{}, title: top.Title(), why: top.Why,
			})
			shown, last = nil, top
		}
		g := s.groups[len(s.groups)-1]
		sec := &section{group: g, path: from.Path, whys: from.Whys()}
		for i := range sec.whys {
			if i == 0 || i < len(shown) && slices.Equal(shown[:i+1], from.Path[:i+1]) {
				sec.whys[i] = ""
			}
		}
		shown = from.Path
		g.sections = append(g.sections, sec)
		for _, p := range from.Promises {
			s.add(sec, p)
		}
	}
}

func (s *site) add(sec *section, of *record.PromiseResult) {
	p := &promise{PromiseResult: of, id: len(s.promises), section: sec}
	sec.promises, s.promises = append(sec.promises, p), append(s.promises, p)
	for _, from := range of.Answers {
		a := &answer{Answer: from, of: p, timed: !s.NoTime}
		for _, t := range from.Targets() {
			h := s.hosts[t.Index]
			a.hosts, h.answers = append(a.hosts, h), append(h.answers, a)
		}
		p.answers = append(p.answers, a)
	}
}

// count counts the verdicts of every host and group.
func (s *site) count() {
	for _, h := range s.hosts {
		s.counts.Add(h.Counts)
		for _, a := range h.answers {
			g := a.of.section.group
			if g.each[h] == nil {
				g.each[h] = &record.Counts{}
				g.hosts = append(g.hosts, h)
			}
			g.each[h][a.Status]++
			g.counts[a.Status]++
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

// thing identifies consecutive promises that are shown under one heading.
type thing struct {
	record.Thing
	why string
}

func (p *promise) thing() thing { return thing{p.Thing(), p.Why} }
