package site

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

const maxOpen = 20 // links to what is broken or unknown

// hostPage is the page of one host: its promises, with their results.
type hostPage struct {
	frame
	Name     string
	About    string // "Debian 12 · ssh"
	Error    string
	Open     []link // what is broken or unknown, on this page
	OpenAll  string
	Identity facts
	Facts    facts
}

func (s *site) hostPage(h *host) hostPage {
	name := title(h.Target.Name)
	p := hostPage{
		frame: s.frame(name+" · Promises", "../", h.Counts, "Hosts", name),
		Name:  name, About: about(h), Error: plain.Value(h.Target.Error, maxReason), Identity: s.identity(h),
	}
	for _, key := range slices.Sorted(maps.Keys(h.Target.Host)) {
		p.Facts = p.Facts.value(title(key), h.Target.Host[key], valueOf)
	}
	rest := h.answers
	for _, g := range s.groups {
		n := g.each[h].All()
		if n == 0 {
			continue
		}
		answers := rest[:n]
		nth := ranges([]int{len(p.Groups)}) // the page's filter has the groups of this host only
		p.Groups = append(p.Groups, chapter{
			ID: g.anchor(), Title: g.heading(), Href: "../" + g.page, Why: words.Prose(g.why),
			About: plain.Count(n, "promise"), Tally: s.tally(g.each[h]),
			Blocks: blocks(n, func(i int) (*promise, entry) { return answers[i].of, s.onHost(answers[i], h, nth) }),
		})
		rest = rest[n:]
	}
	if !s.run.Start.Planned {
		p.open(h)
	}
	return p
}

// open lists the promises that need attention here, unless they all have the same error.
func (p *hostPage) open(h *host) {
	for _, st := range []record.Status{record.Broken, record.Unknown} {
		for _, a := range h.answers {
			if a.Promise.Status == st && !a.Lost && len(p.Open) < maxOpen {
				text := words.Marks[st] + " " + st.String() + ": " + words.Subject(&a.of.Promise) + " " + title(a.Promise.Says)
				p.Open = append(p.Open, link{text, "#" + a.of.anchor()})
			}
		}
	}
	if n := h.Counts.Open() - maxOpen; n > 0 && len(p.Open) == maxOpen {
		p.OpenAll = plain.Thousands(n) + " more below"
	}
}

// onHost returns a promise for the page of one host.
func (s *site) onHost(a *answer, h *host, group string) entry {
	one := &answer{Answer: a.Answer, of: a.of, hosts: []*host{h}, timed: !s.NoTime}
	e := entry{ID: a.of.anchor(), Says: title(a.Promise.Says), Verdict: s.verdict(a.Promise.Status)}
	e.By = s.by(a.of, (*host).number, one)
	e.By.Group = group
	if s.run.Start.Planned {
		e.Facts = append(facts{{Label: "expected", Value: valueOf(a.Promise.Expected)}}, s.source(a.of)...)
		return e
	}
	switch {
	case a.Promise.Status == record.Broken:
		e.Facts = append(a.values(), one.remarks()...)
	case a.Lost: // the page has the reason why the host was lost above all promises
		e.Facts = a.values()
	default:
		e.Facts = append(one.remarks(), a.values()...)
	}
	if wait := h.Waits[a.Of]; !s.NoTime && wait.Elapsed > 0 {
		e.Facts = e.Facts.text("waited", fmt.Sprintf("%.1f s", wait.Elapsed))
	}
	if wait := h.Waits[a.Of]; !s.NoTime && wait.Took >= 0.05 { // less would be shown as 0.0 s
		e.Facts = e.Facts.text("took", fmt.Sprintf("%.1f s", wait.Took))
	}
	e.Facts = append(e.Facts.text("since", s.since(one)), s.source(a.of)...)
	e.Diff = diffOf(a.Promise.Diff, maxLines)
	e.Loud = a.Promise.Status == record.Broken || a.Promise.Status == record.Unknown
	return e
}

// about describes the host in a line.
func about(h *host) string {
	parts := []string{h.Target.System(), h.Target.Host["arch"], h.Target.Backend}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return title(strings.Join(parts, " · "))
}

// identity returns where and when the host was checked, and what distinguishes it from another one at its address.
func (s *site) identity(h *host) facts {
	list := facts{}.value("address", h.Target.Address, valueOf).value("backend", h.Target.Backend, valueOf)
	for _, key := range slices.Sorted(maps.Keys(h.Target.Identity)) {
		list = list.value(strings.ReplaceAll(title(key), "_", " "), h.Target.Identity[key], valueOf)
	}
	if s.NoTime {
		return list
	}
	return list.moment("checked from", h.Timing.Begun).moment("until", h.Timing.Ended)
}
