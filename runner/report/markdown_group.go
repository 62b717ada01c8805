package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/runner/record"
)

// group writes a describe: its headings, the table of its promises, and what is to be said of them.
func (p *pages) group(g *group) {
	rows, hosts := p.rows(g), g.hosts()
	p.describe(rows[0].told)
	switch {
	case p.start.Planned:
		p.planned(rows, hosts)
		return
	case len(hosts) <= fewColumns:
		p.few(rows, hosts)
	default:
		p.many(rows, hosts)
	}
	p.details(rows)
}

// describe writes the titles that differ from those that stand, each with its why.
func (p *pages) describe(of *told) {
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

// title writes one heading. Its why is told the first time, even where the heading comes again.
func (p *pages) title(level int, path, whys []string) {
	title := path[len(path)-1]
	if strings.TrimSpace(title) == "" {
		title = "(no title)"
	}
	p.heading(level, escaped(title, maxTitle))
	key := keyOf(path)
	if !p.told[key] && len(whys) >= len(path) {
		p.prose(whys[len(path)-1])
	}
	p.told[key] = true
}

// few writes a column of marks for each host.
func (p *pages) few(rows []*row, hosts []*machine) {
	var titles []string
	for _, h := range hosts {
		titles = append(titles, escaped(h.name, maxTitle))
	}
	p.promises(rows, titles, len(hosts), func(r *row) []string {
		var line []string
		for _, h := range hosts {
			line = append(line, p.cell(r, h))
		}
		return line
	})
}

// cell is a host's verdict on a promise, or nothing if the host does not make it.
func (p *pages) cell(r *row, h *machine) string {
	for _, a := range r.answers {
		if slices.Contains(a.hosts, h) {
			return mark(a.Status) + p.extra(a.told, h)
		}
	}
	return ""
}

var marks = [...]string{record.Kept: "✓", record.Broken: "✗", record.Unknown: "?", record.Skipped: "–"}

// mark is a verdict for those who see it and for those who hear it.
func mark(s record.Status) string { return marks[s] + " " + s.String() }

// extra is the value that was found, where it is news, and how long it took. Both change from run to run.
func (p *pages) extra(a *told, h *machine) string {
	if p.noTime {
		return ""
	}
	text := ""
	if a.Status == record.Kept && a.Found != "" {
		text = ": " + escaped(a.Found, maxMargin)
	}
	if waited := h.waits[a]; waited > 0 {
		text += fmt.Sprintf(" after %.1f s", waited)
	}
	return text
}

// many counts the hosts that keep a promise, and names those that do not.
func (p *pages) many(rows []*row, hosts []*machine) {
	p.block(escaped(fmt.Sprintf("On %s: %s.", strings.Join(p.names(hosts), ", "), count(len(hosts), "host")), maxLine))
	p.promises(rows, []string{"Kept on", "Not kept on"}, 0, func(r *row) []string {
		kept := thousands(len(r.hosts(record.Kept))) + " of " + thousands(len(together(r.answers)))
		var not []string
		for _, s := range []record.Status{record.Broken, record.Unknown, record.Skipped} {
			if which := r.hosts(s); len(which) > 0 {
				not = append(not, mark(s)+": "+escaped(strings.Join(p.names(which), ", "), maxLine))
			}
		}
		return []string{kept, strings.Join(not, "; ")}
	})
}

// planned tells what is promised, without verdicts, and names hosts where not all of the describe's promise it.
func (p *pages) planned(rows []*row, hosts []*machine) {
	p.block("On " + escaped(strings.Join(p.names(hosts), ", "), maxLine) + ".")
	remark := func(r *row) string {
		var parts []string
		if which := together(r.answers); len(which) < len(hosts) {
			parts = append(parts, "only on "+strings.Join(p.names(which), ", "))
		}
		if r.Reason != runner.NotLookedAt && r.Reason != "" {
			parts = append(parts, r.Reason)
		}
		return escaped(strings.Join(parts, "; "), maxLine)
	}
	if !slices.ContainsFunc(rows, func(r *row) bool { return remark(r) != "" }) {
		p.promises(rows, nil, 0, func(*row) []string { return nil })
		return
	}
	p.promises(rows, []string{"Remark"}, 0, func(r *row) []string { return []string{remark(r)} })
}

// promises writes the table: things, what is promised of them, why if any says so, and further columns.
func (p *pages) promises(rows []*row, titles []string, marks int, more func(*row) []string) {
	reasoned := slices.ContainsFunc(rows, func(r *row) bool { return r.Why != "" })
	g := grid{titles: []string{"Thing", "Promise"}, marks: marks}
	if reasoned {
		g.titles = append(g.titles, "Why")
	}
	g.titles = append(g.titles, titles...)
	var before *told
	for _, r := range rows {
		line := words(r.told, before)
		if !reasoned {
			line = line[:2]
		}
		g.rows = append(g.rows, append(line, more(r)...))
		before = r.told
	}
	p.grid(g)
}

// words are a promise's thing, sentence and why. What the line above says already is left out.
func words(a, before *told) []string {
	line := []string{escaped(subject(&a.Promise), maxLine), escaped(a.Says, maxTitle), escaped(prose(a.Why), maxLine)}
	if before != nil && thingOf(&a.Promise) == thingOf(&before.Promise) {
		line[0] = ""
		if a.Why == before.Why {
			line[2] = ""
		}
	}
	return line
}
