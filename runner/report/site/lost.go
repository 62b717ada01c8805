package site

import (
	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/plain"
)

// loss is hosts that could not be reached, or were lost on the way, for the same reason.
type loss struct {
	hosts   []*host
	reason  string
	unknown int // promises
	reached bool
}

// losses tell hosts that could not be reached once for each reason, not once for each promise.
func (s *site) losses() []entry {
	type kind struct {
		reached bool
		reason  string
	}
	var list []*loss
	seen := map[kind]*loss{}
	for _, h := range s.hosts {
		if h.Error == "" {
			continue
		}
		key := kind{h.Reached(), plain.Impersonal(h.Error, h.Name, h.Address)}
		l := seen[key]
		if l == nil {
			l = &loss{reached: key.reached, reason: h.Error}
			seen[key], list = l, append(list, l)
		}
		if l.reason != h.Error {
			l.reason = key.reason
		}
		l.hosts, l.unknown = append(l.hosts, h), l.unknown+h.lost()
	}
	var entries []entry
	for _, l := range list {
		entries = append(entries, s.lossOf(l))
	}
	return entries
}

// lost is how many promises are unknown because the host could not be reached.
func (h *host) lost() int {
	n := 0
	for _, a := range h.answers {
		if a.lost {
			n++
		}
	}
	return n
}

func (s *site) lossOf(l *loss) entry {
	what := " could not be reached"
	if l.reached {
		what = " lost on the way"
	}
	e := entry{Verdict: verdictOf(record.Unknown), Thing: plain.Count(len(l.hosts), "host"), Says: what[1:], Loud: true}
	if len(l.hosts) == 1 {
		e.Thing, e.Href = title(l.hosts[0].Name), l.hosts[0].page
	} else {
		e.Facts = []fact{{Label: "hosts", Hosts: hostsOf(l.hosts, len(s.hosts), 8, "", "#hosts")}}
	}
	var hosts, groups []int
	for _, h := range l.hosts {
		hosts = append(hosts, h.at)
		for _, g := range s.groups {
			if g.tallies[h] != nil {
				groups = append(groups, g.at)
			}
		}
	}
	e.By = marksOf{Unknown: ranges(hosts), Group: ranges(groups)}
	e.Facts = append(e.Facts, text("could not look", l.reason), text("unknown", plain.Count(l.unknown, "promise")))
	return e
}
