package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/avow-dev/avow/runner/record/plain"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/markdown"
	"github.com/avow-dev/avow/runner/report/words"
	"github.com/avow-dev/avow/spec/cilog"
)

// GitHub renders a run as workflow commands, which GitHub Actions shows as annotations on the spec's lines: broken is
// an error, unknown a warning. The answers of several hosts to one promise are one annotation. GitHub shows no more
// than 10 of each kind for a step, so the last one counts the rest, and the log has them as plain lines. With
// Options.Summary it also writes the job's summary.
//
// The runner takes `::` at the beginning of a line for a command, and `##[` anywhere in it. No text of a spec or a
// host begins a line here, and none has `##[` or another system's mark.
var GitHub = &Format{
	Name:    "github",
	Summary: "annotations for GitHub Actions, and a summary of the job",
	New:     newGitHub,
}

const (
	maxAnnotations = 10   // of one kind that GitHub shows for a step
	maxLogged      = 1000 // of one kind that are in the log
)

// annotation is an annotation to write. Without a file it belongs to the job as a whole.
type annotation struct {
	kind, title, text string
	pos               record.Position
}

func newGitHub(w io.Writer, o Options) Report {
	return words.AtEnd(func(run *record.Run) error {
		_, err := io.WriteString(w, commands(run))
		if err == nil && o.Summary != nil {
			_, err = io.WriteString(o.Summary, markdown.JobSummary(run, o.NoTime))
		}
		return err
	})
}

// commands returns the text for the log: broken promises first, the totals last.
func commands(run *record.Run) string {
	var errs, warnings []annotation
	if part := words.Caveat(&run.Start); part != "" {
		warnings = append(warnings, annotation{kind: "warning", title: caveatTitle(&run.Start), text: part})
	}
	if !run.End.Complete {
		warnings = append(warnings, annotation{kind: "warning", title: "Avow", text: words.Remarks(run.End)[0]})
	}
	for _, l := range run.Unreachable(false) {
		names := words.InWords(run, l.Targets)
		warnings = append(warnings, annotation{
			kind: "warning", title: "unknown: " + names, text: names + " " + words.CouldNotBeReached(l),
		})
	}
	for _, g := range run.Groups() {
		for _, r := range g.Promises {
			errs = append(errs, annotationOf(run, "error", words.Reported(r, record.Broken))...)
			warnings = append(warnings, annotationOf(run, "warning", words.Reported(r, record.Unknown))...)
		}
	}
	var b strings.Builder
	if part := words.Caveat(&run.Start); part != "" {
		b.WriteString(unmarked(part) + "\n")
	}
	annotate(&b, errs)
	annotate(&b, warnings)
	for _, remark := range words.Remarks(run.End) {
		b.WriteString(remark + "\n")
	}
	return b.String() + words.Summary(run.End) + "\n"
}

func caveatTitle(start *record.Start) string {
	if start.Scope == nil {
		return "Avow"
	}
	return "Avow: partial run"
}

// annotationOf returns one annotation for the answers to one promise, or none.
func annotationOf(run *record.Run, kind string, answers []words.Answer) []annotation {
	if len(answers) == 0 {
		return nil
	}
	p := &answers[0].Promise
	a := annotation{kind: kind, title: p.Status.String() + ": " + words.Sentence(p), pos: p.Pos}
	lines := []string{words.Sentence(p) + ": " + p.Status.String()}
	for _, one := range answers[:min(len(answers), words.MaxGroups)] {
		lines = append(lines, answered(run, one))
	}
	if len(answers) > words.MaxGroups {
		lines = append(lines, "and otherwise on "+plain.Count(len(words.Together(answers[words.MaxGroups:])), "more host"))
	}
	a.text = strings.Join(lines, "\n")
	return []annotation{a}
}

// answered returns the answer of hosts in one line: "on web1: expected true, found false".
func answered(run *record.Run, a words.Answer) string {
	what := words.ReasonOf(&a.Promise) + words.Printed(&a.Promise)
	if a.Status == record.Broken {
		what = words.Difference(a.Waited())
	}
	return "on " + words.InWords(run, a.Targets) + ": " + what
}

// annotate writes the annotations that GitHub will show, and the rest as lines of the log.
func annotate(b *strings.Builder, list []annotation) {
	shown := list
	if len(list) > maxAnnotations {
		shown = list[:maxAnnotations-1]
	}
	for _, a := range shown {
		b.WriteString(a.command())
	}
	rest := list[len(shown):]
	if len(rest) == 0 {
		return
	}
	more := annotation{kind: list[0].kind, title: "Avow", text: plain.Thousands(len(rest)) + " more in the log"}
	b.WriteString(more.command())
	for _, a := range rest[:min(len(rest), maxLogged)] {
		b.WriteString(a.line())
	}
	if len(rest) > maxLogged {
		b.WriteString("… " + plain.Count(len(rest)-maxLogged, "line") + " left out\n")
	}
}

// command returns the annotation as a workflow command.
func (a annotation) command() string {
	properties := "title=" + property(plain.Value(a.title, words.MaxTitle))
	if a.pos.File != "" {
		properties = fmt.Sprintf("file=%s,line=%d,col=%d,%s",
			property(plain.Value(a.pos.File, words.MaxLine)), a.pos.Line, a.pos.Column, properties)
	}
	return "::" + a.kind + " " + properties + "::" + data(a.text) + "\n"
}

// line returns the annotation as a line of the log.
func (a annotation) line() string {
	text := a.kind + ": " + strings.ReplaceAll(a.text, "\n", "; ")
	if a.pos.File != "" {
		text += " (" + words.Position(a.pos) + ")"
	}
	return unmarked(text) + "\n"
}

var (
	inData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// data escapes a command's text, and property the value of one of its properties, as the runner reads them.
func data(s string) string { return inData.Replace(unmarked(s)) }

func property(s string) string { return inProperty.Replace(unmarked(s)) }

// unmarked returns a text without the marks of the older commands, which the runner finds anywhere in a line.
func unmarked(s string) string { return cilog.Escape(s) }
