package site

import (
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

const (
	maxAlarms = 60  // that the front page shows in full
	maxListed = 600 // promises that the front page lists; beyond, it lists the groups
)

// frontPage is the whole run.
type frontPage struct {
	frame
	Headline, Lede string
	Took           string
	Totals         []verdict
	Bar            barOf
	Alarms         []entry
	MoreAlarms     string
	Matrix         matrix
	Groups         []chapter
	Plot           *plot
	Files          []file
	Span           []fact
}

// chapter is a group on the front page.
type chapter struct {
	ID               string
	Title, Href, Why string
	About            string
	Tally            []verdict
	Plot             *plot
	Blocks           []block
}

type file struct{ Path, SHA256 string }

func (s *site) frontPage() frontPage {
	p := frontPage{
		frame: s.frame("", ""), Headline: s.headline(), Lede: s.lede(),
		Totals: s.statuses(s.counts), Bar: s.bar(s.counts), Matrix: s.matrix(),
		Plot: s.plot("health", "all promises", func(t record.PastRun) *record.Counts { return &t.Counts }),
	}
	p.Title = p.Headline
	p.Filter = &filter{Noun: "promise", Hosts: names(s.hosts), Tags: titles(s.tags), Statuses: p.Totals}
	p.alarm(s)
	for _, g := range s.groups {
		p.Groups = append(p.Groups, s.chapter(g))
		p.Filter.Groups = append(p.Filter.Groups, g.heading())
	}
	for _, f := range s.run.Start.Files {
		p.Files = append(p.Files, file{title(f.Path), title(f.SHA256)})
	}
	if !s.NoTime {
		p.took(s)
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
	broken, unknown := distinct[record.Broken], distinct[record.Unknown]
	switch {
	case s.run.Start.Planned:
		return "The promises of the spec"
	case broken > 0 && unknown > 0:
		return are(broken) + " broken, " + plain.Thousands(unknown) + " unknown"
	case broken > 0:
		return are(broken) + " broken"
	case unknown > 0:
		return "None is known to be broken, " + plain.Thousands(unknown) + " unknown"
	case s.counts[record.Kept] == 0:
		return "Nothing was checked"
	case !s.run.Complete():
		return "All promises that were checked are kept, the rest is unknown"
	case s.counts[record.Skipped] > 0:
		return "All promises that were checked are kept"
	}
	return "All promises are kept"
}

func are(n int) string {
	if n == 1 {
		return "1 promise is"
	}
	return plain.Thousands(n) + " promises are"
}

func (s *site) lede() string {
	return fmt.Sprintf("%s on %s, in %s", promisesAndChecks(len(s.promises), s.counts.All()),
		plain.Count(len(s.hosts), "host"), plain.Count(len(s.groups), "group"))
}

// promisesAndChecks returns the number of promises and, if hosts share them, of checks: the verdicts beside it count
// checks.
func promisesAndChecks(promises, checks int) string {
	if promises == checks {
		return plain.Count(promises, "promise")
	}
	return plain.Count(promises, "promise") + " (" + plain.Count(checks, "check") + ")"
}

func (p *frontPage) took(s *site) {
	if m := momentOf(s.run.Start.Time, fullTime); m != nil {
		p.Span = append(p.Span, text("begun", m.Text))
	}
	if s.run.End == nil {
		return
	}
	if m := momentOf(s.run.End.Time, fullTime); m != nil {
		p.Span = append(p.Span, text("ended", m.Text))
	}
	if !s.run.Start.Planned {
		p.Took = fmt.Sprintf("%.1f s", max(s.run.End.Elapsed, 0.1))
	}
}

func (s *site) chapter(g *group) chapter {
	c := chapter{ID: g.anchor(), Title: g.heading(), Href: g.page, Why: prose(g.why)}
	n := 0
	var promises []*promise
	for _, sec := range g.sections {
		n += len(sec.promises)
		promises = append(promises, sec.promises...)
	}
	c.About = promisesAndChecks(n, g.counts.All()) + " on " + plain.Count(len(g.hosts), "host")
	if !s.run.Start.Planned {
		c.Tally = verdicts(g.counts)
	}
	c.Plot = s.plot(g.anchor(), g.heading(), func(t record.PastRun) *record.Counts { return t.Groups[g.title] })
	if len(s.promises) <= maxListed {
		c.Blocks = blocks(promises, func(pr *promise) entry { return s.listed(pr, g) })
	}
	return c
}

// listed returns a promise for the list of the front page.
func (s *site) listed(p *promise, g *group) entry {
	t, _ := p.counts()
	return entry{
		Says: title(p.Says), Href: g.page + "#" + p.anchor(), Verdict: s.verdict(t.Worst()),
		By: s.by(p, p.answers...), Of: p.of(len(g.hosts)),
	}
}

// alarm lists broken and unknown promises, each once for all hosts, and each unreachable host once.
func (p *frontPage) alarm(s *site) {
	if s.run.Start.Planned {
		return
	}
	broken, unknown := s.alarms(record.Broken), s.alarms(record.Unknown)
	list := append(append(broken, s.unreachable()...), unknown...)
	p.Alarms = list
	if len(list) > maxAlarms+1 {
		p.Alarms, p.MoreAlarms = list[:maxAlarms], plain.Count(len(list)-maxAlarms, "more entry")
		p.MoreAlarms = strings.Replace(p.MoreAlarms, "entrys", "entries", 1)
	}
}

func (s *site) alarms(st record.Status) []entry {
	var list []entry
	for _, g := range s.groups {
		for _, sec := range g.sections {
			for _, p := range sec.promises {
				if answers := p.answersOf(st); len(answers) > 0 {
					list = append(list, s.alarmOf(p, st, answers))
				}
			}
		}
	}
	return list
}

// answersOf returns the answers with a verdict, without those of hosts that were not reached.
func (p *promise) answersOf(st record.Status) []*answer {
	var list []*answer
	for _, a := range p.answers {
		if a.Status == st && !a.Lost {
			list = append(list, a)
		}
	}
	return list
}

func (s *site) alarmOf(p *promise, st record.Status, answers []*answer) entry {
	g := p.section.group
	e := entry{
		Verdict: verdictOf(st), By: s.by(p, answers...), Thing: p.thingTitle(), Says: title(p.Says),
		Where: where(p.Path), Href: g.page + "#" + p.anchor(), Loud: true,
	}
	on := func(hosts []*host) fact { return fact{Label: "on", Hosts: hostsOf(hosts, len(s.hosts), 8, "", e.Href)} }
	switch {
	case len(answers) > 1:
		e.Facts = evidence(st, answers, on)
	case answers[0].Diff != "":
		e.Facts = append([]fact{on(answers[0].hosts)}, answers[0].remarks()...)
		e.Diff = diffOf(answers[0].Diff, 12)
	default:
		e.Facts = append([]fact{on(answers[0].hosts)}, evidence(st, answers, nil)...)
	}
	if p.Why != "" {
		e.Facts = append(e.Facts, fact{Label: "why", Text: prose(p.Why)})
	}
	if since := s.since(answers...); since != "" {
		e.Facts = append(e.Facts, text("since", since))
	}
	e.Facts = append(e.Facts, s.position(p))
	return e
}

// evidence returns the expected and the actual value, for many answers the first few. The group's page has all of them.
// With on, each answer has its hosts: of two actual values, a reader has to know which host has which.
func evidence(st record.Status, answers []*answer, on func([]*host) fact) []fact {
	const few = 3
	var list []fact
	first := answers[0]
	if st == record.Broken && first.Expected != "" && !first.yesOrNo() {
		v := teaser(first.Expected)
		list = append(list, fact{Label: "expected", Value: &v})
	}
	answers = slices.Clone(answers)
	slices.SortStableFunc(answers, func(a, b *answer) int { return len(b.hosts) - len(a.hosts) })
	for _, a := range answers[:min(few, len(answers))] {
		if on != nil {
			list = append(list, on(a.hosts))
		}
		if a.Found != "" && !a.yesOrNo() {
			v := teaser(a.Found)
			list = append(list, fact{Label: "found", Value: &v})
		}
		list = append(list, a.remarks()...)
	}
	if len(answers) <= few {
		return list
	}
	hosts := 0
	for _, a := range answers[few:] {
		hosts += len(a.hosts)
	}
	return append(list, text("and", plain.Count(len(answers)-few, "other answer")+" on "+plain.Count(hosts, "host")))
}
