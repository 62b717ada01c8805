package site

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

// hostPage is the page of one host: its promises, with their results.
type hostPage struct {
	frame
	Name     string
	About    string // "Debian 12 · ssh"
	Error    string
	Tally    []verdict
	Bar      barOf
	Open     []link // what is broken or unknown, on this page
	OpenAll  string
	Identity []fact
	Facts    []fact
	Groups   []part
}

// part is the promises of a group on a host.
type part struct {
	ID          string
	Title, Href string
	Why         string
	Tally       []verdict
	Count       string
	Blocks      []block
}

func (s *site) hostPage(h *host) hostPage {
	name := title(h.Name)
	p := hostPage{
		frame: s.frame(name+" · Promises", "../", "Hosts", name),
		Name:  name, About: about(h), Error: plainText(h.Error),
		Tally: verdicts(h.Counts), Bar: s.bar(h.Counts), Identity: s.identity(h), Facts: hostFacts(h),
	}
	p.Filter = &filter{Noun: "promise", Statuses: s.statuses(h.Counts), Tags: titles(s.tags)}
	p.Groups = s.parts(h)
	for _, part := range p.Groups {
		p.Filter.Groups = append(p.Filter.Groups, part.Title)
	}
	p.open(s, h)
	return p
}

// open lists the promises that need attention here, unless they all have the same error.
func (p *hostPage) open(s *site, h *host) {
	if s.run.Start.Planned {
		return
	}
	const most = 20
	for _, st := range []record.Status{record.Broken, record.Unknown} {
		for _, a := range h.answers {
			if a.Status == st && !a.Lost && len(p.Open) < most {
				text := marks[st] + " " + st.String() + ": " + a.of.thingTitle() + " " + title(a.Says)
				p.Open = append(p.Open, link{text, "#" + a.of.anchor()})
			}
		}
	}
	if n := h.Counts.Open(); n > len(p.Open) && len(p.Open) == most {
		p.OpenAll = plain.Thousands(n-most) + " more below"
	}
}

// parts returns the host's answers by group. The group numbers on a host's page count its own groups.
func (s *site) parts(h *host) []part {
	var list []part
	for rest := h.answers; len(rest) > 0; {
		g := rest[0].of.section.group
		n := slices.IndexFunc(rest, func(a *answer) bool { return a.of.section.group != g })
		if n < 0 {
			n = len(rest)
		}
		list, rest = append(list, s.part(g, h, rest[:n], len(list))), rest[n:]
	}
	return list
}

func (s *site) part(g *group, h *host, answers []*answer, nth int) part {
	p := part{ID: g.anchor(), Title: g.heading(), Href: "../" + g.page, Why: prose(g.why)}
	p.Count = plain.Count(len(answers), "promise")
	if !s.run.Start.Planned {
		p.Tally = verdicts(*g.each[h])
	}
	promises := make([]*promise, len(answers))
	for i, a := range answers {
		promises[i] = a.of
	}
	next := 0
	p.Blocks = blocks(promises, func(*promise) entry {
		e := s.onHost(answers[next], h)
		e.By.Group = ranges([]int{nth})
		next++
		return e
	})
	return p
}

// about describes the host in a line.
func about(h *host) string {
	words := []string{h.System(), h.Host["arch"], h.Backend}
	words = slices.DeleteFunc(words, func(s string) bool { return s == "" })
	return title(strings.Join(words, " · "))
}

// identity returns where and when the host was checked, and what distinguishes it from another one at its address.
func (s *site) identity(h *host) []fact {
	var list []fact
	add := func(label, s string) {
		if s != "" {
			list = append(list, fact{Label: label, Value: whole(s)})
		}
	}
	add("address", h.Address)
	add("backend", h.Backend)
	for _, key := range slices.Sorted(maps.Keys(h.Identity)) {
		add(strings.ReplaceAll(title(key), "_", " "), h.Identity[key])
	}
	if !s.NoTime {
		for _, t := range []struct{ label, time string }{{"checked from", h.Timing.Begun}, {"until", h.Timing.Ended}} {
			if m := momentOf(t.time, fullTime); m != nil {
				list = append(list, text(t.label, m.Text))
			}
		}
	}
	return list
}

func hostFacts(h *host) []fact {
	var list []fact
	for _, key := range slices.Sorted(maps.Keys(h.Host)) {
		if h.Host[key] != "" {
			list = append(list, fact{Label: title(key), Value: whole(h.Host[key])})
		}
	}
	return list
}

func (s *site) statuses(t record.Counts) []verdict {
	if s.run.Start.Planned {
		return nil
	}
	return verdicts(t)
}

func titles(list []string) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = cmp.Or(title(t), "(empty)")
	}
	return out
}
