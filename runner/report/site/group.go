package site

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

const maxReplies = 12 // distinct answers to a promise that are shown

// groupPage is the page of a group: its promises, and a comparison of its hosts.
type groupPage struct {
	frame
	Name, Why string
	About     string
	Tally     []verdict
	Bar       barOf
	Plot      *plot
	Differ    []link // promises on which hosts differ
	DifferAll string
	Blocks    []block
	Hosts     []hostRow
}

// hostRow is a host in the table of a group's hosts.
type hostRow struct {
	At    int
	Host  link
	About string
	Tally []verdict
	Count string
}

func (s *site) groupPage(g *group) groupPage {
	p := groupPage{
		frame: s.frame(g.heading()+" · Promises", "../", "Groups", g.heading()),
		Name:  g.heading(), Why: prose(g.why), Tally: verdicts(g.counts), Bar: s.bar(g.counts),
		Plot: s.plot("health", g.heading(), func(t record.PastRun) *record.Counts { return t.Groups[g.title] }),
	}
	var promises []*promise
	for _, sec := range g.sections {
		promises = append(promises, sec.promises...)
	}
	p.About = promisesAndChecks(len(promises), g.counts.All()) + " on " + plain.Count(len(g.hosts), "host")
	p.Filter = &filter{Noun: "promise", Hosts: names(g.hosts), Statuses: s.statuses(g.counts), Tags: titles(s.tags)}
	p.Blocks = blocks(promises, func(pr *promise) entry { return s.inGroup(pr, g) })
	for _, pr := range promises {
		if pr.differs() && !s.run.Start.Planned {
			p.Differ = append(p.Differ, link{pr.thingTitle() + " " + title(pr.Says), "#" + pr.anchor()})
		}
	}
	p.shorten()
	for _, h := range g.hosts {
		p.Hosts = append(p.Hosts, s.hostRow(g, h))
	}
	return p
}

func (p *groupPage) shorten() {
	const most = 12
	if n := len(p.Differ); n > most+1 {
		p.Differ, p.DifferAll = p.Differ[:most], plain.Thousands(n-most)+" more below"
	}
}

func (s *site) hostRow(g *group, h *host) hostRow {
	r := hostRow{At: g.number(h), Host: link{title(h.Name), "../" + h.page + "#" + g.anchor()}, About: about(h)}
	if h.Error != "" {
		r.About = strings.TrimPrefix(r.About+" · "+lostWord(h)+": "+plainText(h.Error), " · ")
	}
	r.Count = plain.Thousands(g.each[h].All())
	if !s.run.Start.Planned {
		r.Tally = verdicts(*g.each[h])
	}
	return r
}

func (g *group) anchor() string { return "g" + strconv.Itoa(g.at) }

// number returns the number of a host on the group's page. The page lists its own hosts only: with all of them, 2,000
// groups of 2,000 hosts would make a hundred megabytes.
func (g *group) number(h *host) int {
	i, _ := slices.BinarySearchFunc(g.hosts, h, func(a, b *host) int { return cmp.Compare(a.Index, b.Index) })
	return i
}

func names(hosts []*host) []string {
	names := make([]string, len(hosts))
	for i, h := range hosts {
		names[i] = title(h.Name)
	}
	return names
}

// differs reports whether hosts that were reached have different answers. Of measurements, such as durations, only the
// verdicts are compared.
func (p *promise) differs() bool {
	var first *answer
	for _, a := range p.answers {
		switch {
		case a.Lost:
		case first == nil:
			first = a
		case !p.Measured || a.Status != first.Status:
			return true
		}
	}
	return false
}

// counts counts the hosts by their verdicts on a promise. Hosts that were not reached are unknown; lost is their
// number.
func (p *promise) counts() (t record.Counts, lost int) {
	for _, a := range p.answers {
		t[a.Status] += len(a.hosts)
		if a.Lost {
			lost += len(a.hosts)
		}
	}
	return t, lost
}

// of returns how many hosts have the worst verdict, unless all hosts of the group have it.
func (p *promise) of(all int) string {
	t, lost := p.counts()
	made, worst := t.All(), t[t.Worst()]
	var of []string
	switch {
	case worst < made:
		of = append(of, "on "+plain.Thousands(worst)+" of "+plain.Count(made, "host"))
	case made < all:
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
func (s *site) inGroup(p *promise, g *group) entry {
	t, lost := p.counts()
	e := entry{ID: p.anchor(), Says: title(p.Says), Verdict: s.verdict(t.Worst()), By: s.byHosts(p, g.number, p.answers)}
	e.Facts = append(e.Facts, fact{Label: "expected", Value: whole(p.Expected)})
	e.Facts = append(e.Facts, s.source(p)...)
	if s.run.Start.Planned {
		e.Facts = append(e.Facts, fact{Label: "on", Hosts: hostsOf(p.answers[0].hosts, len(g.hosts), 24, "../", "#hosts")})
		return e
	}
	e.Differ, e.Loud, e.Of = p.differs(), t.Open() > lost, p.of(len(g.hosts))
	e.Answers = s.replies(p, len(g.hosts))
	return e
}

// replies returns the answers to a promise, the worst first, of equally bad ones the most frequent. Hosts that were not
// reached come last.
func (s *site) replies(p *promise, all int) []reply {
	answers := withLost(p.answers)
	slices.SortStableFunc(answers, func(a, b *answer) int {
		return cmp.Or(cmp.Compare(b.urgency(), a.urgency()), cmp.Compare(len(b.hosts), len(a.hosts)))
	})
	var list []reply
	for _, a := range answers[:min(len(answers), maxReplies)] {
		list = append(list, s.reply(a, all))
	}
	if len(answers) <= maxReplies {
		return list
	}
	rest := map[record.Status][]*host{}
	for _, a := range answers[maxReplies:] {
		rest[a.Status] = append(rest[a.Status], a.hosts...)
	}
	for _, st := range record.WorstFirst {
		if len(rest[st]) > 0 {
			list = append(list, reply{
				Verdict: verdictOf(st), Hosts: hostsOf(rest[st], all, 24, "../", "#hosts"),
				Facts: []fact{text("found", "other values: see the hosts' own pages")},
			})
		}
	}
	return list
}

// urgency orders answers; the largest is shown first.
func (a *answer) urgency() int {
	if a.Lost {
		return -1
	}
	return int(a.Status)
}

func (s *site) reply(a *answer, all int) reply {
	const names = 24
	r := reply{
		Verdict: verdictOf(a.Status), Hosts: hostsOf(a.hosts, all, names, "../", "#hosts"), Diff: diffOf(a.Diff, 40),
	}
	if (a.Status == record.Kept || a.Status == record.Skipped) && len(r.Hosts.Links) == names {
		r.Hosts = &hostList{All: plain.Thousands(len(a.hosts)) + " of " + plain.Count(all, "host")}
	}
	if a.Lost {
		// The page of the host, and the front page, have the reason: here it would be repeated below every promise.
		r.Facts, r.Diff = []fact{text("not checked", lostWords(a.hosts))}, nil
		return r
	}
	r.Facts = a.remarks()
	if a.Found != "" && a.Found != a.Expected && !a.yesOrNo() {
		r.Facts = append([]fact{{Label: "found", Value: whole(a.Found)}}, r.Facts...)
	}
	if since := s.since(a); since != "" {
		r.Facts = append(r.Facts, text("since", since))
	}
	return r
}

// lostWords describes lost hosts, of which some may never have been reached.
func lostWords(hosts []*host) string {
	reached := 0
	for _, h := range hosts {
		if h.Reached() {
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

// withLost joins the hosts that were not reached, whatever the reason of each.
func withLost(answers []*answer) []*answer {
	var list []*answer
	var lost *answer
	for _, a := range answers {
		switch {
		case !a.Lost:
			list = append(list, a)
		case lost == nil:
			copied := *a
			lost = &copied
			list = append(list, lost)
		default:
			lost.hosts = append(slices.Clip(lost.hosts), a.hosts...)
		}
	}
	return list
}

// since returns since when hosts have an answer's verdict, if they all have the same history.
func (s *site) since(answers ...*answer) string {
	said := ""
	for _, a := range answers {
		for _, h := range a.hosts {
			if s.past == nil || a.Status != record.Broken && a.Status != record.Unknown {
				return ""
			}
			now := sentence(s.past.Since(h.TargetResult, a.Answer), a.Status)
			if said != "" && said != now {
				return "different runs on different hosts; see their pages"
			}
			said = now
		}
	}
	return said
}
