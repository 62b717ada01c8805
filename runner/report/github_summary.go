package report

import (
	"strings"

	"github.com/avow-dev/avow/runner/record"
)

// maxSummary is how many bytes of a job's summary GitHub takes from one step; more, and it takes none.
const maxSummary = 1 << 20

// jobSummary is Markdown: the totals, which groups are not kept where, and what is not kept there.
func jobSummary(run *whole, o Options) string {
	const note = "\n**Cut here: GitHub takes no longer summary. The log and other formats have the rest.**\n"
	p := newPages(run, o)
	p.limit = maxSummary - len(note)
	p.heading(2, "Avow: "+worst(run.end))
	p.sums()
	p.losses()
	describes := run.describes()
	p.trouble(describes)
	for _, g := range describes {
		p.story(g)
	}
	if p.full {
		return p.String() + note
	}
	return p.String()
}

// worst is the verdict on the run in a few words.
func worst(end *record.End) string {
	switch {
	case end.Broken > 0:
		return count(end.Broken, "promise") + " broken"
	case end.Unknown > 0:
		return count(end.Unknown, "promise") + " unknown"
	case end.Kept > 0:
		return "all kept"
	}
	return "nothing was checked"
}

const maxTroubles = 200 // lines of the table

// trouble writes a table of the groups that are not kept, and on which hosts. Hosts with the same counts share a line.
func (p *pages) trouble(describes []*group) {
	all := grid{titles: []string{"Group", "Hosts", "Broken", "Unknown"}, marks: 2}
	for len(describes) > 0 {
		n := 1
		for n < len(describes) && describes[n].top() == describes[0].top() {
			n++
		}
		all.rows = append(all.rows, p.troubled(describes[:n])...)
		describes = describes[n:]
	}
	if left := len(all.rows) - maxTroubles; left > 0 {
		all.rows = append(all.rows[:maxTroubles], []string{"… " + count(left, "more line"), "", "", ""})
	}
	if len(all.rows) > 0 {
		p.grid(all)
	}
}

// top is the title of the top-level describe.
func (g *group) top() string {
	if path := g.own[0].answers[0].Path; len(path) > 0 {
		return path[0]
	}
	return ""
}

// harm is how many promises are not kept.
type harm struct{ broken, unknown int }

// troubled are the lines of one top-level describe.
func (p *pages) troubled(describes []*group) [][]string {
	of := p.harm(describes)
	same := map[harm][]*machine{}
	var order []harm
	for _, h := range p.hosts {
		if of[h] == (harm{}) {
			continue
		}
		if same[of[h]] == nil {
			order = append(order, of[h])
		}
		same[of[h]] = append(same[of[h]], h)
	}
	var lines [][]string
	for _, o := range order {
		names := escaped(strings.Join(p.names(same[o]), ", "), maxLine)
		lines = append(lines, []string{escaped(describes[0].top(), maxTitle), names, thousands(o.broken), thousands(o.unknown)})
	}
	return lines
}

// harm counts what each host does not keep of some describes.
func (m *memory) harm(describes []*group) map[*machine]harm {
	of := map[*machine]harm{}
	for _, g := range describes {
		for _, l := range g.own {
			var o harm
			for _, a := range l.answers {
				switch a.Status {
				case record.Broken:
					o.broken++
				case record.Unknown:
					o.unknown++
				}
			}
			for _, h := range l.hosts {
				of[h] = harm{of[h].broken + o.broken, of[h].unknown + o.unknown}
			}
		}
	}
	return of
}

// story tells what is not kept in a describe, under its headings.
func (p *pages) story(g *group) {
	rows := p.rows(g)
	items := p.items(rows, record.Broken, record.Unknown)
	if len(items) > 0 {
		p.describe(rows[0].told)
	}
	for _, item := range items {
		p.block(item...)
	}
}
