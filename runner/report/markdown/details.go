package markdown

import (
	"strings"

	"github.com/avow-dev/avow/runner/record/plain"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// details writes the expected and actual values of each promise that is not kept, or why it was not checked.
func (p *page) details(rows []*record.PromiseResult) {
	for _, item := range p.items(rows, record.Broken, record.Unknown, record.Skipped) {
		p.block(item...)
	}
}

// items returns list items, as lines, for the promises with these verdicts, in the order of the spec.
func (p *page) items(rows []*record.PromiseResult, verdicts ...record.Status) [][]string {
	var list [][]string
	for _, r := range rows {
		for _, s := range verdicts {
			list = append(list, p.answers(words.Reported(r, s))...)
		}
	}
	return list
}

// answers returns an item for each distinct answer, but no more than words.MaxGroups.
func (p *page) answers(answers []words.Answer) [][]string {
	var list [][]string
	for _, a := range answers[:min(len(answers), words.MaxGroups)] {
		list = append(list, p.item(a))
	}
	if len(answers) > words.MaxGroups {
		list = append(list, []string{
			"- … and otherwise on " + plain.Count(len(words.Together(answers[words.MaxGroups:])), "more host"),
		})
	}
	return list
}

// item returns an item that begins with the verdict and the hosts: "- ✗ broken on web1: **Port 443** is listening
// (web.spec.hcl:12,5)".
func (p *page) item(a words.Answer) []string {
	line := "- " + mark(a.Status) + " on " + Escaped(words.InWords(p.run, a.Targets), words.MaxLine) + ": **" +
		strings.TrimSpace(Escaped(words.Subject(&a.Promise), words.MaxLine)) + "** " + Escaped(a.Says, words.MaxTitle)
	if a.Status == record.Broken {
		return append([]string{line + " (" + Escaped(words.Position(a.Pos), words.MaxLine) + ")"}, p.evidence(a)...)
	}
	lines := []string{line + " — " + Escaped(words.BareReason(&a.Promise), words.MaxLine)}
	if text := labelledStreams(&a.Promise); text != "" {
		lines = append(lines, Fenced("text", strings.TrimSuffix(text, "\n"))...)
	}
	return lines
}

// labelledStreams returns the output of the promise's command.
func labelledStreams(p *record.Promise) string {
	text := ""
	for _, s := range words.Streams(p) {
		text += words.Labelled(s.Name, strings.Join(words.NeutralLines(s.Text), "\n"))
	}
	return text
}

// evidence returns the expected and actual values, and the diff of texts.
func (p *page) evidence(a words.Answer) []string {
	note := a.Note
	if !p.noTime {
		note = a.Waited().FullNote()
	}
	text := words.Labelled("expected", strings.Join(words.Shown(a.Expected, words.MaxValue), "\n"))
	if words.YesOrNo(&a.Promise) {
		text = words.Labelled("note", plain.Value(note, words.MaxValue))
	} else if words.IsText(a.Found) {
		text += words.Labelled("found", strings.Join(words.Shown(a.Found, words.MaxValue), "\n")) +
			words.Labelled("note", plain.Value(note, words.MaxValue))
	} else {
		text += words.Labelled("found", words.Beside(a.Found, note, words.MaxValue))
	}
	text += labelledStreams(&a.Promise)
	var lines []string
	if text != "" {
		lines = Fenced("text", strings.TrimSuffix(text, "\n"))
	}
	if a.Diff != "" {
		lines = append(lines, Fenced("diff", strings.Join(words.NeutralLines(a.Diff), "\n"))...)
	}
	return lines
}
