package site

import (
	"cmp"
	"slices"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

// maxCells limits the matrix, so that a front page loads quickly. Groups beyond it share one column.
const maxCells = 4000

// matrix is hosts by groups.
type matrix struct {
	Columns []link
	Rows    []row
	Tall    bool // scrolls inside of itself
	Rest    string
	Steep   bool // the heads stand upright
}

// cell is the promises of a group on a host.
type cell struct {
	Word  string // the worst verdict; "" without promises
	Href  string // of something broken or unknown
	Parts []verdict
	Count string // of promises without checks
}

// matrix returns the hosts by their worst verdict, then in the order of the run.
func (s *site) matrix() matrix {
	groups, rest := s.columns()
	m := matrix{Tall: len(s.hosts) > 24, Steep: len(groups) > 8}
	for _, g := range groups {
		m.Columns = append(m.Columns, link{g.heading(), g.page})
	}
	if len(rest) > 0 {
		m.Rest = plain.Count(len(rest), "other group")
	}
	hosts := slices.Clone(s.hosts)
	if !s.run.Start.Planned {
		// Kept and skipped are equal here: a host that is all right keeps its place in the run.
		urgency := func(h *host) record.Status { return max(h.Counts.Worst(), record.Skipped) }
		slices.SortStableFunc(hosts, func(a, b *host) int { return cmp.Compare(urgency(b), urgency(a)) })
	}
	for _, h := range hosts {
		r := row{At: h.Index, Host: link{title(h.Target.Name), h.page}}
		if h.Target.Error != "" {
			r.Note = lostWord(h)
		}
		for _, g := range groups {
			r.Cells = append(r.Cells, s.cell(g.each[h], h.page+"#"+g.anchor()))
		}
		if len(rest) > 0 {
			var t record.Counts
			for _, g := range rest {
				t.Add(g.each[h])
			}
			r.Cells = append(r.Cells, s.cell(t, h.page))
		}
		m.Rows = append(m.Rows, r)
	}
	return m
}

// columns returns the groups with a column, in the order of the suite, and those without room.
func (s *site) columns() (own, rest []*group) {
	room := max(maxCells/max(len(s.hosts), 1), 4)
	if len(s.groups) <= room {
		return s.groups, nil
	}
	byNeed := slices.Clone(s.groups)
	slices.SortStableFunc(byNeed, func(a, b *group) int { return cmp.Compare(b.counts.Open(), a.counts.Open()) })
	own, rest = byNeed[:room], byNeed[room:]
	slices.SortFunc(own, func(a, b *group) int { return cmp.Compare(a.at, b.at) })
	return own, rest
}

func (s *site) cell(t record.Counts, href string) cell {
	c := cell{Word: t.Worst().String()}
	switch {
	case t.All() == 0:
		return cell{}
	case s.run.Start.Planned:
		return cell{Word: "planned", Count: plain.Thousands(t.All())}
	case t.Open() > 0:
		// What is kept would only hide it: a cell has little room.
		c.Href, t[record.Kept], t[record.Skipped] = href, 0, 0
	}
	c.Parts = tally(t).Verdicts()
	return c
}

func lostWord(h *host) string {
	if h.Target.Reached() {
		return "was lost"
	}
	return "not reached"
}
