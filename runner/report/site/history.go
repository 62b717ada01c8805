package site

import (
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/plain"
)

const maxRuns = 60 // that a plot shows

// past is since when an answer's verdict is what it is.
type past struct {
	runs  int    // in a row that found it so, this one not counted
	since string // the time of the first of them
	from  string // the time of the last run that found something else; "" for none
	was   record.Status
	known bool // an earlier run looked at it
}

// chronicle is what earlier runs tell about this one.
type chronicle struct {
	runs []told // the oldest first, this one the last
}

// told is one run in numbers.
type told struct {
	time     string
	complete bool
	tally    tally
	groups   map[string]*tally
}

// spot is a promise on a host, whatever is expected of it.
type spot struct {
	on, path, kind, name, attribute, title string
	nth                                    int
}

func spotOf(p *record.Promise, on string) spot {
	return spot{on: on, path: strings.Join(p.Path, "\x00"), kind: p.Type, name: p.Name, attribute: p.Attribute, title: p.Title}
}

// recall finds since when promises are broken or unknown, and what became of groups. Runs that looked at nothing
// tell nothing.
func (s *site) recall(history [][]record.Event) *chronicle {
	open := s.openSpots()
	c := &chronicle{}
	for _, run := range history {
		if t, verdicts := retell(run, open); t != nil {
			c.runs = append(c.runs, *t)
			remember(open, verdicts, t.time)
		}
	}
	if len(c.runs) == 0 {
		return nil
	}
	c.runs = append(c.runs, s.now())
	return c
}

// openSpots are the places of what is broken or unknown in this run.
func (s *site) openSpots() map[spot]*given {
	open := map[spot]*given{}
	for _, h := range s.hosts {
		times := map[spot]int{}
		for i := range h.answers {
			at := spotOf(&h.answers[i].Promise, h.Name)
			times[at]++
			at.nth = times[at]
			if st := h.answers[i].status; st == record.Broken || st == record.Unknown {
				open[at] = &h.answers[i]
			}
		}
	}
	return open
}

// retell is an earlier run in numbers, and its verdicts on what is open now. A run that was only planned is nil.
func retell(run []record.Event, open map[spot]*given) (*told, map[spot]record.Status) {
	t := &told{groups: map[string]*tally{}}
	verdicts, times := map[spot]record.Status{}, map[spot]int{}
	for _, e := range run {
		switch {
		case e.Start != nil && e.Start.Planned:
			return nil, nil
		case e.Start != nil:
			t.time = e.Start.Time
		case e.End != nil:
			t.complete = e.End.Complete
		case e.Promise != nil:
			t.count(e.Promise)
			at := spotOf(e.Promise, e.Promise.Target)
			times[at]++
			at.nth = times[at]
			if open[at] != nil {
				verdicts[at] = e.Promise.Status
			}
		}
	}
	return t, verdicts
}

func (t *told) count(p *record.Promise) {
	t.tally[p.Status]++
	name := ""
	if len(p.Path) > 0 {
		name = p.Path[0]
	}
	if t.groups[name] == nil {
		t.groups[name] = &tally{}
	}
	t.groups[name][p.Status]++
}

// remember goes on with one more run. A run that did not look at a promise says nothing of it.
func remember(open map[spot]*given, verdicts map[spot]record.Status, at string) {
	for where, status := range verdicts {
		p := &open[where].past
		p.known = true
		switch {
		case status != open[where].status:
			p.runs, p.since, p.from, p.was = 0, "", at, status
		case p.runs == 0:
			p.runs, p.since = 1, at
		default:
			p.runs++
		}
	}
}

func (s *site) now() told {
	t := told{time: s.start.Time, complete: s.complete(), tally: s.tally, groups: map[string]*tally{}}
	for _, g := range s.groups {
		t.groups[g.title] = &g.tally
	}
	return t
}

// complete says whether the run came to its end, and told every host that it meant to.
func (m *model) complete() bool {
	return m.end != nil && m.end.Complete && len(m.hosts) >= m.start.Targets
}

// sentence tells since when: "broken since 2026-01-28, 3 runs; kept on 2026-01-27".
func (p past) sentence(status record.Status) string {
	if !p.known {
		return "first looked at in this run"
	}
	if p.runs == 0 {
		return "new: " + p.was.String() + " on " + day(p.from)
	}
	s := status.String() + " since " + day(p.since) + ", " + plain.Count(p.runs+1, "run")
	if p.from == "" {
		return s + ", or longer"
	}
	return s + "; " + p.was.String() + " on " + day(p.from)
}

func day(s string) string {
	if m := momentOf(s, dayTime); m != nil {
		return m.Text
	}
	return "an unknown day"
}
