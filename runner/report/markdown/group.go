package markdown

import (
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record/plain"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// group writes a describe: its headings, the table of its promises, and details of them.
func (p *page) group(g *record.Group) {
	rows, hosts := g.Promises, targetsOfGroup(g)
	p.describe(rows[0])
	switch {
	case p.run.Start.Planned:
		p.planned(rows, hosts)
		return
	case len(hosts) <= fewColumns:
		p.few(rows, hosts)
	default:
		p.many(rows, hosts)
	}
	p.details(rows)
}

// describe writes the titles that differ from the current ones, each with its why.
func (p *page) describe(of *record.PromiseResult) {
	if len(of.Path) == 0 {
		p.heading(2, "Promises outside of any group")
	}
	same := 0
	for same < len(of.Path)-1 && same < len(p.path) && of.Path[same] == p.path[same] {
		same++
	}
	for i := same; i < len(of.Path); i++ {
		p.title(i+2, of.Path[:i+1], of.PathWhys)
	}
	p.path = of.Path
}

// title writes one heading. Its why is written the first time only.
func (p *page) title(level int, path, whys []string) {
	title := path[len(path)-1]
	if strings.TrimSpace(title) == "" {
		title = "(no title)"
	}
	p.heading(level, Escaped(title, words.MaxTitle))
	key := strings.Join(path, "\x00")
	if !p.whys[key] && len(whys) >= len(path) {
		p.prose(whys[len(path)-1])
	}
	p.whys[key] = true
}

// few writes a column of marks for each host.
func (p *page) few(rows []*record.PromiseResult, hosts []*record.TargetResult) {
	var titles []string
	for _, h := range hosts {
		titles = append(titles, Escaped(h.Name, words.MaxTitle))
	}
	p.promises(rows, titles, len(hosts), func(r *record.PromiseResult) []string {
		answers := words.AnswersTo(r, words.AllVerdicts...)
		var line []string
		for _, h := range hosts {
			line = append(line, p.cell(answers, h))
		}
		return line
	})
}

// cell is a host's verdict on a promise, or nothing if the host does not make it.
func (p *page) cell(answers []words.Answer, h *record.TargetResult) string {
	for _, a := range answers {
		if slices.Contains(a.Targets, h) {
			return mark(a.Status) + p.extra(a.Answer, h)
		}
	}
	return ""
}

var marks = [...]string{record.Kept: "✓", record.Broken: "✗", record.Unknown: "?", record.Skipped: "–"}

// mark returns a verdict as a mark and a word, for screen readers too.
func mark(s record.Status) string { return marks[s] + " " + s.String() }

// extra returns the actual value, if it adds information, and how long it took. Both change from run to run.
func (p *page) extra(a *record.Answer, h *record.TargetResult) string {
	if p.noTime {
		return ""
	}
	text := ""
	if value := words.News(&a.Promise); value != "" {
		text = ": " + Escaped(value, words.MaxMargin)
	}
	if waited := h.Waits[a.Of].Elapsed; waited > 0 {
		text += fmt.Sprintf(" after %.1f s", waited)
	}
	return text
}

// many writes how many hosts keep a promise, and the names of those that do not.
func (p *page) many(rows []*record.PromiseResult, hosts []*record.TargetResult) {
	p.block(Escaped(fmt.Sprintf("On %s: %s.", words.InWords(p.run, hosts), plain.Count(len(hosts), "host")),
		words.MaxLine))
	p.promises(rows, []string{"Kept on", "Not kept on"}, 0, func(r *record.PromiseResult) []string {
		kept := plain.Thousands(len(words.TargetsWith(r, record.Kept))) + " of " +
			plain.Thousands(len(words.TargetsWith(r, words.AllVerdicts...)))
		var not []string
		for _, s := range []record.Status{record.Broken, record.Unknown, record.Skipped} {
			if which := words.TargetsWith(r, s); len(which) > 0 {
				not = append(not, mark(s)+": "+Escaped(words.InWords(p.run, which), words.MaxLine))
			}
		}
		return []string{kept, strings.Join(not, "; ")}
	})
}

// planned writes promises without verdicts, with their hosts if not all of the describe's hosts have them.
func (p *page) planned(rows []*record.PromiseResult, hosts []*record.TargetResult) {
	p.block("On " + Escaped(words.InWords(p.run, hosts), words.MaxLine) + ".")
	remark := func(r *record.PromiseResult) string {
		var parts []string
		if which := words.TargetsWith(r, words.AllVerdicts...); len(which) < len(hosts) {
			parts = append(parts, "only on "+words.InWords(p.run, which))
		}
		if r.Answers[0].Reason != record.NotChecked && r.Answers[0].Reason != "" {
			parts = append(parts, r.Answers[0].Reason)
		}
		return Escaped(strings.Join(parts, "; "), words.MaxLine)
	}
	if !slices.ContainsFunc(rows, func(r *record.PromiseResult) bool { return remark(r) != "" }) {
		p.promises(rows, nil, 0, func(*record.PromiseResult) []string { return nil })
		return
	}
	p.promises(rows, []string{"Remark"}, 0, func(r *record.PromiseResult) []string { return []string{remark(r)} })
}

// promises writes the table: things, their promises, the whys if there are any, and further columns.
func (p *page) promises(
	rows []*record.PromiseResult, titles []string, marks int, more func(*record.PromiseResult) []string,
) {
	reasoned := slices.ContainsFunc(rows, func(r *record.PromiseResult) bool { return r.Why != "" })
	g := grid{titles: []string{"Thing", "Promise"}, marks: marks}
	if reasoned {
		g.titles = append(g.titles, "Why")
	}
	g.titles = append(g.titles, titles...)
	var before *record.PromiseResult
	for _, r := range rows {
		line := promiseCells(r, before)
		if !reasoned {
			line = line[:2]
		}
		g.rows = append(g.rows, append(line, more(r)...))
		before = r
	}
	p.grid(g)
}

// promiseCells returns a promise's thing, sentence and why, without what the row above has already.
func promiseCells(a, before *record.PromiseResult) []string {
	line := []string{
		Escaped(words.Subject(&a.Promise), words.MaxLine), Escaped(a.Says, words.MaxTitle),
		Escaped(words.Prose(a.Why), words.MaxLine),
	}
	if before != nil && a.Thing() == before.Thing() {
		line[0] = ""
		if a.Why == before.Why {
			line[2] = ""
		}
	}
	return line
}

// targetsOfGroup returns the targets with promises in the group itself.
func targetsOfGroup(g *record.Group) []*record.TargetResult {
	var all []words.Answer
	for _, p := range g.Promises {
		all = append(all, words.AnswersTo(p, words.AllVerdicts...)...)
	}
	return words.Together(all)
}
