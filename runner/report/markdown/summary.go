package markdown

import (
	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

// MaxSummary is how many bytes of a job's summary GitHub accepts from one step; it drops a longer one.
const MaxSummary = 1 << 20

// JobSummary returns Markdown: the totals, the groups that are not kept with their hosts, and the promises that are not
// kept.
func JobSummary(run *record.Run, noTime bool) string {
	const note = "\n**Cut here: GitHub takes no longer summary. The log and other formats have the rest.**\n"
	p := newPages(run, noTime)
	p.limit = MaxSummary - len(note)
	p.heading(2, "Avow: "+inShort(run.End))
	p.sums()
	p.unreachable()
	describes := run.Groups()
	p.trouble(describes)
	for _, g := range describes {
		p.notKept(g)
	}
	if p.full {
		return p.String() + note
	}
	return p.String()
}

// inShort returns the verdict on the run in a few words.
func inShort(end *record.End) string {
	switch {
	case end.Broken > 0:
		return plain.Count(end.Broken, "promise") + " broken"
	case end.Unknown > 0:
		return plain.Count(end.Unknown, "promise") + " unknown"
	case end.Kept > 0:
		return "all kept"
	}
	return "nothing was checked"
}

const maxTroubles = 200 // rows of the table

// trouble writes a table of the groups that are not kept, with their hosts. Hosts with the same counts share a row.
func (p *page) trouble(describes []*record.Group) {
	all := grid{titles: []string{"Group", "Hosts", "Broken", "Unknown"}, marks: 2}
	for len(describes) > 0 {
		n := 1
		for n < len(describes) && describes[n].Top() == describes[0].Top() {
			n++
		}
		all.rows = append(all.rows, p.troubled(describes[:n])...)
		describes = describes[n:]
	}
	if left := len(all.rows) - maxTroubles; left > 0 {
		all.rows = append(all.rows[:maxTroubles], []string{"… " + plain.Count(left, "more line"), "", "", ""})
	}
	if len(all.rows) > 0 {
		p.grid(all)
	}
}

// harm counts promises that are not kept.
type harm struct{ broken, unknown int }

// troubled returns the rows of one top-level describe.
func (p *page) troubled(describes []*record.Group) [][]string {
	of := harms(describes)
	same := map[harm][]*record.TargetResult{}
	var order []harm
	for _, h := range p.run.Targets {
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
		names := Escaped(words.InWords(p.run, same[o]), words.MaxLine)
		lines = append(lines, []string{
			Escaped(describes[0].Top().Title(), words.MaxTitle), names, plain.Thousands(o.broken), plain.Thousands(o.unknown),
		})
	}
	return lines
}

// harms counts the promises of groups that each target does not keep.
func harms(groups []*record.Group) map[*record.TargetResult]harm {
	of := map[*record.TargetResult]harm{}
	for _, g := range groups {
		for _, p := range g.Promises {
			for _, t := range words.TargetsWith(p, record.Broken) {
				of[t] = harm{of[t].broken + 1, of[t].unknown}
			}
			for _, t := range words.TargetsWith(p, record.Unknown) {
				of[t] = harm{of[t].broken, of[t].unknown + 1}
			}
		}
	}
	return of
}

// notKept writes the promises of a describe that are not kept, under its headings.
func (p *page) notKept(g *record.Group) {
	rows := g.Promises
	items := p.items(rows, record.Broken, record.Unknown)
	if len(items) > 0 {
		p.describe(rows[0])
	}
	for _, item := range items {
		p.block(item...)
	}
}
