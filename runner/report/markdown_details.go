package report

import (
	"strings"

	"github.com/avow-dev/avow/runner/record"
)

// details tells of each promise that was not kept: what was expected and found, or why nobody looked.
func (p *pages) details(rows []*record.PromiseResult) {
	for _, item := range p.items(rows, record.Broken, record.Unknown, record.Skipped) {
		p.block(item...)
	}
}

// items are the list items of what has these verdicts, in the order of the spec. Each is its lines.
func (p *pages) items(rows []*record.PromiseResult, verdicts ...record.Status) [][]string {
	var list [][]string
	for _, r := range rows {
		for _, s := range verdicts {
			list = append(list, p.answers(reported(r, s))...)
		}
	}
	return list
}

// answers are an item for each distinct answer, but no more than maxGroups.
func (p *pages) answers(answers []answer) [][]string {
	var list [][]string
	for _, a := range answers[:min(len(answers), maxGroups)] {
		list = append(list, p.item(a))
	}
	if len(answers) > maxGroups {
		list = append(list, []string{"- … and otherwise on " + count(len(together(answers[maxGroups:])), "more host")})
	}
	return list
}

// item begins with the verdict and the hosts: "- ✗ broken on web1: **Port 443** is listening (web.spec.hcl:12,5)".
func (p *pages) item(a answer) []string {
	line := "- " + mark(a.Status) + " on " + escaped(inWords(p.run, a.targets), maxLine) + ": **" +
		strings.TrimSpace(escaped(subject(&a.Promise), maxLine)) + "** " + escaped(a.Says, maxTitle)
	if a.Status == record.Broken {
		return append([]string{line + " (" + escaped(position(a.Pos), maxLine) + ")"}, p.evidence(a)...)
	}
	_, reason, _ := strings.Cut(reasonOf(&a.Promise), ": ")
	lines := []string{line + " — " + escaped(reason, maxLine)}
	if text := labelledStreams(&a.Promise); text != "" {
		lines = append(lines, fenced("text", strings.TrimSuffix(text, "\n"))...)
	}
	return lines
}

// labelledStreams is what the promise's command printed.
func labelledStreams(p *record.Promise) string {
	text := ""
	for _, s := range streams(p) {
		text += labelled(s.name, strings.Join(neutralLines(s.text), "\n"))
	}
	return text
}

// evidence is what was expected and found, and the diff of texts.
func (p *pages) evidence(a answer) []string {
	note := a.Note
	if !p.noTime {
		note = a.waited().FullNote()
	}
	text := labelled("expected", strings.Join(shown(a.Expected, maxValue), "\n"))
	if yesOrNo(&a.Promise) {
		text = labelled("note", neutral(note, maxValue))
	} else if isText(a.Found) {
		text += labelled("found", strings.Join(shown(a.Found, maxValue), "\n")) + labelled("note", neutral(note, maxValue))
	} else {
		text += labelled("found", beside(a.Found, note, maxValue))
	}
	text += labelledStreams(&a.Promise)
	var lines []string
	if text != "" {
		lines = fenced("text", strings.TrimSuffix(text, "\n"))
	}
	if a.Diff != "" {
		lines = append(lines, fenced("diff", strings.Join(neutralLines(a.Diff), "\n"))...)
	}
	return lines
}
