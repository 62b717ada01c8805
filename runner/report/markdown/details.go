package markdown

import (
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

// items returns list items, as lines, for the promises with these verdicts, in the order of the spec: one for each
// distinct answer, within a limit.
func (p *page) items(promises []*record.PromiseResult, verdicts ...record.Status) [][]string {
	var list [][]string
	for _, promise := range promises {
		for _, s := range verdicts {
			first, otherwise := words.Limited(words.Reported(promise, s))
			for _, a := range first {
				list = append(list, p.item(a))
			}
			if otherwise != "" {
				list = append(list, []string{"- … and " + otherwise})
			}
		}
	}
	return list
}

// item returns an item that begins with the verdict and the targets: "- ✗ broken on web1: **Port 443** is listening
// (web.spec.hcl:12,5)".
func (p *page) item(a words.Answer) []string {
	// Blanks beside the asterisks would leave them as they are.
	line := "- " + mark(a.Promise.Status) + " on " + p.names(a.Targets, words.MaxLine) + ": **" +
		strings.TrimSpace(Escaped(words.Subject(&a.Promise), words.MaxLine)) + "** " + Escaped(a.Promise.Says, words.MaxTitle)
	if a.Promise.Status == record.Broken {
		return append([]string{line + " (" + Escaped(words.Position(a.Promise.Pos), words.MaxLine) + ")"}, p.evidence(a)...)
	}
	lines := []string{line + " — " + Escaped(words.BareReason(&a.Promise), words.MaxLine)}
	return append(lines, Fenced("text", strings.TrimSuffix(labelledStreams(&a.Promise), "\n"))...)
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
	note := a.Promise.Note
	// For how long it was tried changes from run to run.
	if !p.noTime {
		note = a.Waited().FullNote()
	}
	noted := words.Labelled("note", plain.Value(note, words.MaxValue))
	text := words.Labelled("expected", strings.Join(words.Shown(a.Promise.Expected, words.MaxValue), "\n"))
	switch {
	case words.YesOrNo(&a.Promise):
		text = noted
	case words.IsText(a.Promise.Found):
		text += words.Labelled("found", strings.Join(words.NeutralLines(a.Promise.Found), "\n")) + noted
	default:
		text += words.Labelled("found", words.Beside(a.Promise.Found, note, words.MaxValue))
	}
	return append(Fenced("text", strings.TrimSuffix(text+labelledStreams(&a.Promise), "\n")),
		Fenced("diff", strings.Join(words.NeutralLines(a.Promise.Diff), "\n"))...)
}
