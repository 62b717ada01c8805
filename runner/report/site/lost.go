package site

import (
	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

// unreachable returns the hosts that were not reached, or were lost, once for each reason.
func (s *site) unreachable() []entry {
	var entries []entry
	for _, u := range s.run.Unreachable(false) {
		entries = append(entries, s.unreachableEntry(u))
	}
	return entries
}

func (s *site) unreachableEntry(u *record.Unreachable) entry {
	var lost []*host
	for _, t := range u.Targets {
		lost = append(lost, s.hosts[t.Index])
	}
	what := " could not be reached"
	if u.Reached {
		what = " lost on the way"
	}
	e := entry{Verdict: verdictOf(record.Unknown), Thing: plain.Count(len(lost), "host"), Says: what[1:], Loud: true}
	if len(lost) == 1 {
		e.Thing, e.Href = title(lost[0].Name), lost[0].page
	} else {
		e.Facts = []fact{{Label: "hosts", Hosts: hostsOf(lost, len(s.hosts), 8, "", "#hosts")}}
	}
	var hosts, groups []int
	for _, h := range lost {
		hosts = append(hosts, h.Index)
		for _, g := range s.groups {
			if g.each[h] != nil {
				groups = append(groups, g.at)
			}
		}
	}
	e.By = marksOf{Unknown: ranges(hosts), Group: ranges(groups)}
	e.Facts = append(e.Facts, text("not checked", u.Reason), text("unknown", plain.Count(u.Unknown, "promise")))
	return e
}
