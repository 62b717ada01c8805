package markdown

import (
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

// group writes a describe: its headings, the table of its promises, and details of those that are not kept.
func (p *page) group(g *record.Group) {
	var answers []words.Answer
	for _, promise := range g.Promises {
		answers = append(answers, words.AnswersTo(promise)...)
	}
	targets := words.Together(answers)
	p.describe(g)
	switch {
	case p.run.Start.Planned:
		p.planned(g.Promises, targets)
		return
	case len(targets) <= fewColumns:
		p.few(g.Promises, targets)
	default:
		p.many(g.Promises, targets)
	}
	for _, item := range p.items(g.Promises, record.Broken, record.Unknown, record.Skipped) {
		p.text.block(item...)
	}
}

// few writes a column of marks for each target.
func (p *page) few(promises []*record.PromiseResult, targets []*record.TargetResult) {
	var titles []string
	for _, t := range targets {
		titles = append(titles, Escaped(t.Target.Name, words.MaxTitle))
	}
	p.promises(promises, titles, len(targets), func(promise *record.PromiseResult) []string {
		answers := words.AnswersTo(promise)
		var line []string
		for _, t := range targets {
			line = append(line, p.cell(answers, t))
		}
		return line
	})
}

// cell is a target's verdict on a promise, or nothing if the target does not make it.
func (p *page) cell(answers []words.Answer, t *record.TargetResult) string {
	i := slices.IndexFunc(answers, func(a words.Answer) bool { return slices.Contains(a.Targets, t) })
	if i < 0 {
		return ""
	}
	a := answers[i]
	text := mark(a.Promise.Status)
	if p.noTime { // the actual value and how long it took change from run to run
		return text
	}
	if value := words.News(&a.Promise); value != "" {
		text += ": " + Escaped(value, words.MaxMargin)
	}
	if waited := t.Waits[a.Of].Elapsed; waited > 0 {
		text += fmt.Sprintf(" after %.1f s", waited)
	}
	return text
}

// mark returns a verdict as a mark and a word, for screen readers too.
func mark(s record.Status) string { return words.Marks[s] + " " + s.String() }

// many writes how many targets keep a promise, and the names of those that do not.
func (p *page) many(promises []*record.PromiseResult, targets []*record.TargetResult) {
	p.text.block(Escaped(fmt.Sprintf("On %s: %s.", words.InWords(p.run, targets), plain.Count(len(targets), "host")),
		words.MaxLine))
	p.promises(promises, []string{"Kept on", "Not kept on"}, 0, func(promise *record.PromiseResult) []string {
		kept := plain.Thousands(len(words.TargetsWith(promise, record.Kept))) + " of " +
			plain.Thousands(len(words.TargetsWith(promise)))
		var not []string
		for _, s := range []record.Status{record.Broken, record.Unknown, record.Skipped} {
			if with := words.TargetsWith(promise, s); len(with) > 0 {
				not = append(not, mark(s)+": "+p.names(with, words.MaxLine))
			}
		}
		return []string{kept, strings.Join(not, "; ")}
	})
}

// planned writes promises without verdicts, with their targets if not all of the describe's targets have them.
func (p *page) planned(promises []*record.PromiseResult, targets []*record.TargetResult) {
	p.text.block("On " + p.names(targets, words.MaxLine) + ".")
	remarks := map[*record.PromiseResult]string{}
	for _, promise := range promises {
		var parts []string
		if with := words.TargetsWith(promise); len(with) < len(targets) {
			parts = append(parts, "only on "+words.InWords(p.run, with))
		}
		if reason := promise.Answers[0].Promise.Reason; reason != record.NotChecked && reason != "" {
			parts = append(parts, reason)
		}
		if len(parts) > 0 {
			remarks[promise] = Escaped(strings.Join(parts, "; "), words.MaxLine)
		}
	}
	// An empty column would seem to be missing something.
	if len(remarks) == 0 {
		p.promises(promises, nil, 0, func(*record.PromiseResult) []string { return nil })
		return
	}
	p.promises(promises, []string{"Remark"}, 0, func(promise *record.PromiseResult) []string {
		return []string{remarks[promise]}
	})
}

// promises writes the table: things, their promises, the whys if there are any, and further columns. A thing and a why
// are not repeated.
func (p *page) promises(
	promises []*record.PromiseResult, titles []string, marks int, more func(*record.PromiseResult) []string,
) {
	g := grid{titles: []string{"Thing", "Promise"}, marks: marks}
	reasoned := slices.ContainsFunc(promises, func(r *record.PromiseResult) bool { return r.Promise.Why != "" })
	if reasoned {
		g.titles = append(g.titles, "Why")
	}
	g.titles = append(g.titles, titles...)
	for i, promise := range promises {
		again := i > 0 && promise.Promise.Thing() == promises[i-1].Promise.Thing()
		subject, why := Escaped(words.Subject(&promise.Promise), words.MaxLine), ""
		if again {
			subject = ""
		}
		if !again || promise.Promise.Why != promises[i-1].Promise.Why {
			why = Escaped(words.Prose(promise.Promise.Why), words.MaxLine)
		}
		line := []string{subject, Escaped(promise.Promise.Says, words.MaxTitle)}
		if reasoned {
			line = append(line, why)
		}
		g.rows = append(g.rows, append(line, more(promise)...))
	}
	p.text.grid(g)
}
