package site

import (
	"cmp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

const (
	maxReplies = 12 // distinct answers to a promise that are shown
	maxNames   = 24 // hosts that are named beside an answer
	maxDiffer  = 12 // links to promises on which hosts differ
)

// groupPage is the page of a group: its promises, and a comparison of its hosts.
type groupPage struct {
	frame
	Group     chapter
	Differ    []link // promises on which hosts differ
	DifferAll string
	Rows      []row
}

func (s *site) groupPage(g *group) groupPage {
	p := groupPage{
		frame: s.frame(g.heading()+" · Promises", "../", g.counts, "Groups", g.heading()),
		Group: s.chapter(g, "health"),
	}
	p.Hosts = g.hosts
	p.Group.Blocks = blocks(len(g.promises), func(i int) (*promise, entry) {
		e := s.inGroup(g.promises[i])
		if e.Differ {
			p.Differ = append(p.Differ, link{words.Subject(&g.promises[i].Promise) + " " + e.Says, "#" + e.ID})
		}
		return g.promises[i], e
	})
	if n := len(p.Differ) - maxDiffer; n > 1 {
		p.Differ, p.DifferAll = p.Differ[:maxDiffer], plain.Thousands(n)+" more below"
	}
	for i, h := range g.hosts {
		r := row{
			At: i, Host: link{title(h.Target.Name), "../" + h.page + "#" + g.anchor()}, Note: about(h),
			Count: plain.Thousands(g.each[h].All()), Tally: s.tally(g.each[h]),
		}
		if h.Target.Error != "" {
			r.Note = strings.TrimPrefix(r.Note+" · "+lostWord(h)+": "+plain.Value(h.Target.Error, maxReason), " · ")
		}
		p.Rows = append(p.Rows, r)
	}
	return p
}

// number returns the number of a host on the group's page. The page lists its own hosts only: with all of them, 2,000
// groups of 2,000 hosts would make a hundred megabytes.
func (g *group) number(h *host) int {
	i, _ := slices.BinarySearchFunc(g.hosts, h, func(a, b *host) int { return cmp.Compare(a.Index, b.Index) })
	return i
}

// differs reports whether hosts that were reached have different answers. Of measurements, such as durations, only the
// verdicts are compared.
func (p *promise) differs() bool {
	var first *answer
	for _, a := range p.answers {
		switch {
		case a.Lost: // it may be like the others
		case first == nil:
			first = a
		case !p.Promise.Measured || a.Promise.Status != first.Promise.Status:
			return true
		}
	}
	return false
}

// counts counts the hosts by their verdicts on a promise. Hosts that were not reached are unknown; lost is their
// number.
func (p *promise) counts() (t record.Counts, lost int) {
	for _, a := range p.answers {
		t[a.Promise.Status] += len(a.hosts)
		if a.Lost {
			lost += len(a.hosts)
		}
	}
	return t, lost
}

// of returns how many hosts have the worst verdict, unless all hosts of the group have it.
func (p *promise) of() string {
	t, lost := p.counts()
	made, worst := t.All(), t[t.Worst()]
	var of []string
	switch {
	case worst < made:
		of = append(of, "on "+plain.Thousands(worst)+" of "+plain.Count(made, "host"))
	case made < len(p.group.hosts):
		of = append(of, "on "+plain.Count(made, "host"))
	}
	switch {
	case lost == 0 || lost == made:
	case t.Worst() == record.Unknown && worst == lost:
		of = append(of, "not reached")
	default:
		of = append(of, plain.Thousands(lost)+" not reached")
	}
	return strings.Join(of, ", ")
}

// inGroup returns a promise for the page of its group.
func (s *site) inGroup(p *promise) entry {
	t, lost := p.counts()
	e := entry{
		ID: p.anchor(), Says: title(p.Promise.Says), Verdict: s.verdict(t.Worst()), By: s.by(p, p.group.number, p.answers...),
		Facts: append(facts{{Label: "expected", Value: valueOf(p.Promise.Expected)}}, s.source(p)...),
	}
	if s.run.Start.Planned {
		e.Facts = append(e.Facts, fact{Label: "on", Hosts: p.group.names(p.answers[0].hosts)})
		return e
	}
	e.Differ, e.Loud, e.Of = p.differs(), t.Open() > lost, p.of()
	e.Answers = s.replies(p)
	return e
}

// names names hosts on the group's page.
func (g *group) names(hosts []*host) *hostList {
	return hostsOf(hosts, len(g.hosts), maxNames, "../", "#hosts")
}

// replies returns the answers to a promise, the worst first, of equally bad ones the most frequent. Hosts that were not
// reached come last; they have one answer, whatever the reason of each.
func (s *site) replies(p *promise) []entry {
	answers := slices.Clone(p.answers)
	slices.SortStableFunc(answers, func(a, b *answer) int {
		switch {
		case a.Lost != b.Lost && a.Lost:
			return 1
		case a.Lost != b.Lost:
			return -1
		}
		return cmp.Or(cmp.Compare(b.Promise.Status, a.Promise.Status), cmp.Compare(len(b.hosts), len(a.hosts)))
	})
	var list []entry
	rest := map[record.Status][]*host{}
	for i, a := range answers {
		if i < maxReplies {
			list = append(list, s.reply(a))
		} else {
			rest[a.Promise.Status] = append(rest[a.Promise.Status], a.hosts...)
		}
	}
	for _, st := range record.WorstFirst {
		if len(rest[st]) > 0 {
			list = append(list, entry{
				Verdict: verdictOf(st), Hosts: p.group.names(rest[st]),
				Facts: facts{}.text("found", "other values: see the hosts' own pages"),
			})
		}
	}
	return list
}

func (s *site) reply(a *answer) entry {
	e := entry{Verdict: verdictOf(a.Promise.Status), Hosts: a.of.group.names(a.hosts)}
	if (a.Promise.Status == record.Kept || a.Promise.Status == record.Skipped) && len(e.Hosts.Links) == maxNames {
		e.Hosts = &hostList{All: plain.Thousands(len(a.hosts)) + " of " + plain.Count(len(a.of.group.hosts), "host")}
	}
	if a.Lost {
		// The page of the host, and the front page, have the reason: here it would be repeated below every promise.
		e.Facts = e.Facts.text("not checked", lostWords(a.hosts))
		return e
	}
	if a.Promise.Found != a.Promise.Expected && !a.yesOrNo() {
		e.Facts = e.Facts.value("found", a.Promise.Found, valueOf)
	}
	e.Facts = append(e.Facts, a.remarks()...).text("since", s.since(a))
	e.Diff = diffOf(a.Promise.Diff, 40)
	return e
}

// lostWords describes lost hosts, of which some may never have been reached.
func lostWords(hosts []*host) string {
	reached := 0
	for _, h := range hosts {
		if h.Target.Reached() {
			reached++
		}
	}
	switch reached {
	case 0:
		return "could not be reached"
	case len(hosts):
		return "lost on the way"
	}
	return "could not be reached, or lost on the way"
}
