package site

import (
	"fmt"
	"slices"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

const (
	maxAlarms = 60  // that the front page shows in full
	maxListed = 600 // promises that the front page lists; beyond, it lists the groups
)

// frontPage is the whole run.
type frontPage struct {
	frame
	Lede, Took string
	Alarms     []entry
	MoreAlarms int
	Matrix     matrix
	Plot       *plot
	Files      []record.File
	Span       facts
}

func (s *site) frontPage() frontPage {
	p := frontPage{
		frame: s.frame(s.headline(), "", s.counts), Matrix: s.matrix(), Files: s.run.Start.Files,
		Plot: s.plot("health", "all promises", func(t record.PastRun) *record.Counts { return &t.Counts }),
	}
	p.Hosts = s.hosts
	p.Lede = fmt.Sprintf("%s on %s, in %s", promisesAndChecks(len(s.promises), s.counts.All()),
		plain.Count(len(s.hosts), "host"), plain.Count(len(s.groups), "group"))
	for _, g := range s.groups {
		c := s.chapter(g, g.anchor())
		if len(s.promises) <= maxListed {
			c.Blocks = blocks(len(g.promises), func(i int) (*promise, entry) { return g.promises[i], s.listed(g.promises[i]) })
		}
		p.Groups = append(p.Groups, c)
	}
	if !s.run.Start.Planned {
		p.Alarms = slices.Concat(s.alarms(record.Broken), s.unreachable(), s.alarms(record.Unknown))
		if n := len(p.Alarms) - maxAlarms; n > 1 {
			p.Alarms, p.MoreAlarms = p.Alarms[:maxAlarms], n
		}
	}
	if end := s.run.End; !s.NoTime {
		p.Span = p.Span.moment("begun", s.run.Start.Time)
		if end != nil {
			p.Span = p.Span.moment("ended", end.Time)
		}
		if end != nil && !s.run.Start.Planned {
			p.Took = fmt.Sprintf("%.1f s", max(end.Elapsed, 0.1))
		}
	}
	return p
}

// headline returns the run in one sentence.
func (s *site) headline() string {
	var distinct record.Counts // promises by their worst verdict on any host
	for _, p := range s.promises {
		t, _ := p.counts()
		distinct[t.Worst()]++
	}
	are := plain.Count(distinct[record.Broken], "promise") + " are broken"
	if distinct[record.Broken] == 1 {
		are = "1 promise is broken"
	}
	unknown := plain.Thousands(distinct[record.Unknown]) + " unknown"
	switch {
	case s.run.Start.Planned:
		return "The promises of the spec"
	case distinct[record.Broken] > 0 && distinct[record.Unknown] > 0:
		return are + ", " + unknown
	case distinct[record.Broken] > 0:
		return are
	case distinct[record.Unknown] > 0:
		return "None is known to be broken, " + unknown
	case s.counts[record.Kept] == 0:
		return "Nothing was checked"
	case !s.run.Complete(): // nothing is known of what is missing
		return "All promises that were checked are kept, the rest is unknown"
	case s.counts[record.Skipped] > 0:
		return "All promises that were checked are kept"
	}
	return "All promises are kept"
}

// promisesAndChecks returns the number of promises and, if hosts share them, of checks: the verdicts beside it count
// checks.
func promisesAndChecks(promises, checks int) string {
	if promises == checks {
		return plain.Count(promises, "promise")
	}
	return plain.Count(promises, "promise") + " (" + plain.Count(checks, "check") + ")"
}

// chapter returns a group without its promises.
func (s *site) chapter(g *group, plotID string) chapter {
	return chapter{
		ID: g.anchor(), Title: g.heading(), Href: g.page, Why: words.Prose(g.why), Tally: s.tally(g.counts),
		About: promisesAndChecks(len(g.promises), g.counts.All()) + " on " + plain.Count(len(g.hosts), "host"),
		Plot:  s.plot(plotID, g.heading(), func(t record.PastRun) *record.Counts { return t.Groups[g.title] }),
	}
}

// listed returns a promise for the list of the front page.
func (s *site) listed(p *promise) entry {
	t, _ := p.counts()
	return entry{
		Says: title(p.Promise.Says), Href: p.group.page + "#" + p.anchor(), Verdict: s.verdict(t.Worst()),
		By: s.by(p, (*host).number, p.answers...), Of: p.of(),
	}
}

// alarms lists promises with a verdict, each once for all hosts, without those of hosts that were not reached.
func (s *site) alarms(st record.Status) []entry {
	var list []entry
	for _, p := range s.promises {
		answers := slices.DeleteFunc(slices.Clone(p.answers), func(a *answer) bool {
			return a.Promise.Status != st || a.Lost
		})
		if len(answers) > 0 {
			list = append(list, s.alarmOf(p, st, answers))
		}
	}
	return list
}

func (s *site) alarmOf(p *promise, st record.Status, answers []*answer) entry {
	e := entry{
		Verdict: verdictOf(st), By: s.by(p, (*host).number, answers...), Thing: words.Subject(&p.Promise),
		Says: title(p.Promise.Says), Where: where(p.Promise.Path), Href: p.group.page + "#" + p.anchor(), Loud: true,
	}
	on := func(hosts []*host) fact { return fact{Label: "on", Hosts: hostsOf(hosts, len(s.hosts), 8, "", e.Href)} }
	switch {
	case len(answers) > 1:
		e.Facts = evidence(st, answers, on)
	case answers[0].Promise.Diff != "":
		e.Facts = append(facts{on(answers[0].hosts)}, answers[0].remarks()...)
		e.Diff = diffOf(answers[0].Promise.Diff, 12)
	default:
		e.Facts = append(facts{on(answers[0].hosts)}, evidence(st, answers, nil)...)
	}
	if p.Promise.Why != "" {
		e.Facts = append(e.Facts, fact{Label: "why", Text: words.Prose(p.Promise.Why)})
	}
	e.Facts = append(e.Facts.text("since", s.since(answers...)), s.position(p))
	return e
}

// evidence returns the expected and the actual value, for many answers the first few. The group's page has all of them.
// With on, each answer has its hosts: of two actual values, a reader has to know which host has which.
func evidence(st record.Status, answers []*answer, on func([]*host) fact) facts {
	const few = 3
	var list facts
	if st == record.Broken && !answers[0].yesOrNo() {
		list = list.value("expected", answers[0].Promise.Expected, teaser)
	}
	answers = slices.Clone(answers)
	slices.SortStableFunc(answers, func(a, b *answer) int { return len(b.hosts) - len(a.hosts) })
	hosts := 0
	for i, a := range answers {
		if i >= few {
			hosts += len(a.hosts)
			continue
		}
		if on != nil {
			list = append(list, on(a.hosts))
		}
		if !a.yesOrNo() {
			list = list.value("found", a.Promise.Found, teaser)
		}
		list = append(list, a.remarks()...)
	}
	if hosts == 0 {
		return list
	}
	return list.text("and", plain.Count(len(answers)-few, "other answer")+" on "+plain.Count(hosts, "host"))
}

// unreachable returns the hosts that were not reached, or were lost, once for each reason.
func (s *site) unreachable() []entry {
	var list []entry
	for _, u := range s.run.Unreachable(false) {
		var lost []*host
		var numbers, groups []int
		for _, t := range u.Targets {
			h := s.hosts[t.Index]
			lost, numbers = append(lost, h), append(numbers, h.Index)
			for _, g := range s.groups {
				if g.each[h].All() > 0 {
					groups = append(groups, g.at)
				}
			}
		}
		e := entry{
			Verdict: verdictOf(record.Unknown), Thing: plain.Count(len(lost), "host"), Says: "could not be reached",
			By: marksOf{Unknown: ranges(numbers), Group: ranges(groups)}, Loud: true,
		}
		if u.Reached {
			e.Says = "lost on the way"
		}
		if len(lost) == 1 {
			e.Thing, e.Href = title(lost[0].Target.Name), lost[0].page
		} else {
			e.Facts = facts{{Label: "hosts", Hosts: hostsOf(lost, len(s.hosts), 8, "", "#hosts")}}
		}
		e.Facts = e.Facts.text("not checked", u.Reason).text("unknown", plain.Count(u.Unknown, "promise"))
		list = append(list, e)
	}
	return list
}
