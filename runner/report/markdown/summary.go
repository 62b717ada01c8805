package markdown

import (
	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

// MaxSummary is how many bytes of a job's summary GitHub accepts from one step; it drops a longer one.
const MaxSummary = 1 << 20

// JobSummary returns Markdown: the totals, the groups that are not kept with their targets, and the promises that are
// not kept.
func JobSummary(run *record.Run, noTime bool) string {
	const note = "\n**Cut here: GitHub takes no longer summary. The log and other formats have the rest.**\n"
	p := &page{run: run, noTime: noTime}
	p.text.limit = MaxSummary - len(note)
	p.text.heading(2, "Avow: "+inShort(run.End))
	p.sums()
	p.unreachable()
	groups := run.Groups()
	p.trouble(groups)
	for _, g := range groups {
		items := p.items(g.Promises, record.Broken, record.Unknown)
		if len(items) > 0 { // no headings over nothing
			p.describe(g)
		}
		for _, item := range items {
			p.text.block(item...)
		}
	}
	// A summary that is too long is dropped as a whole: better a part of it, which says so.
	if p.text.full {
		return p.text.String() + note
	}
	return p.text.String()
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

// trouble writes a table of the top-level groups that are not kept, with their targets. Targets with the same counts
// share a row.
func (p *page) trouble(groups []*record.Group) {
	all := grid{titles: []string{"Group", "Hosts", "Broken", "Unknown"}, marks: 2}
	for len(groups) > 0 {
		top := groups[0].Top()
		counts := map[*record.TargetResult]*record.Counts{}
		for len(groups) > 0 && groups[0].Top() == top {
			count(groups[0], counts)
			groups = groups[1:]
		}
		same := map[record.Counts][]*record.TargetResult{}
		var order []record.Counts
		for _, t := range p.run.Targets {
			if c := counts[t]; c != nil {
				if same[*c] == nil {
					order = append(order, *c)
				}
				same[*c] = append(same[*c], t)
			}
		}
		for _, c := range order {
			all.rows = append(all.rows, []string{
				Escaped(top.Title(), words.MaxTitle), p.names(same[c], words.MaxLine),
				plain.Thousands(c[record.Broken]), plain.Thousands(c[record.Unknown]),
			})
		}
	}
	if left := len(all.rows) - maxTroubles; left > 0 {
		all.rows = append(all.rows[:maxTroubles], []string{"… " + plain.Count(left, "more line"), "", "", ""})
	}
	p.text.grid(all)
}

// count adds the promises of a group that each target does not keep.
func count(g *record.Group, counts map[*record.TargetResult]*record.Counts) {
	for _, promise := range g.Promises {
		for _, a := range words.AnswersTo(promise, record.Broken, record.Unknown) {
			for _, t := range a.Targets {
				if counts[t] == nil {
					counts[t] = &record.Counts{}
				}
				counts[t][a.Promise.Status]++
			}
		}
	}
}
