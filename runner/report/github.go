package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
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
	New: func(w io.Writer, o Options) Report {
		return words.AtEnd(func(run *record.Run) error {
			_, err := io.WriteString(w, commands(run))
			if err == nil && o.Summary != nil {
				_, err = io.WriteString(o.Summary, markdown.JobSummary(run, o.NoTime))
			}
			return err
		})
	},
}

const (
	maxAnnotations = 10   // of one kind that GitHub shows for a step
	maxLogged      = 1000 // of one kind that are in the log
)

// annotation is an annotation to write. Without a title it is one on Avow itself, without a file one on the whole job.
type annotation struct {
	kind, title, text string
	pos               record.Position
}

// commands returns the text for the log: broken promises first, the totals last.
func commands(run *record.Run) string {
	var errs, warnings []annotation
	warn := func(title, text string) {
		warnings = append(warnings, annotation{kind: "warning", title: title, text: text})
	}
	var b strings.Builder
	if part := words.Caveat(&run.Start); part != "" {
		title := ""
		if run.Start.Scope != nil {
			title = "Avow: partial run"
		}
		warn(title, part)
		b.WriteString(cilog.Escape(part) + "\n")
	}
	if !run.End.Complete {
		warn("", words.Remarks(run.End)[0])
	}
	for _, u := range run.Unreachable(false) {
		names := words.InWords(run, u.Targets)
		warn("unknown: "+names, names+" "+words.CouldNotBeReached(u))
	}
	for _, g := range run.Groups() {
		for _, p := range g.Promises {
			errs = append(errs, annotationOf(run, "error", words.Reported(p, record.Broken))...)
			warnings = append(warnings, annotationOf(run, "warning", words.Reported(p, record.Unknown))...)
		}
	}
	annotate(&b, errs)
	annotate(&b, warnings)
	for _, remark := range words.Remarks(run.End) {
		b.WriteString(remark + "\n")
	}
	return b.String() + words.Summary(run.End) + "\n"
}

// annotationOf returns one annotation for the answers to one promise, or none.
func annotationOf(run *record.Run, kind string, answers []words.Answer) []annotation {
	if len(answers) == 0 {
		return nil
	}
	p := &answers[0].Promise
	lines := []string{words.Sentence(p) + ": " + p.Status.String()}
	first, otherwise := words.Limited(answers)
	for _, a := range first {
		lines = append(lines, answered(run, a))
	}
	if otherwise != "" {
		lines = append(lines, "and "+otherwise)
	}
	title := p.Status.String() + ": " + words.Sentence(p)
	return []annotation{{kind: kind, title: title, text: strings.Join(lines, "\n"), pos: p.Pos}}
}

// answered returns the answer of targets in one line: "on web1: expected true, found false". A lost target's promises
// do not repeat its error.
func answered(run *record.Run, a words.Answer) string {
	var what string
	switch {
	case a.Lost:
		what = "not checked: " + plain.Value(a.Targets[0].Target.Error, words.MaxValue)
	case a.Promise.Status == record.Broken:
		what = words.Difference(a.Waited())
	default:
		what = words.ReasonOf(&a.Promise) + words.Printed(&a.Promise)
	}
	return "on " + words.InWords(run, a.Targets) + ": " + what
}

// annotate writes the annotations that GitHub will show, and the rest as lines of the log.
func annotate(b *strings.Builder, list []annotation) {
	shown := list
	if len(list) > maxAnnotations {
		shown = list[:maxAnnotations-1] // the last one that GitHub shows counts the rest
	}
	for _, a := range shown {
		b.WriteString(a.command())
	}
	rest := list[len(shown):]
	if len(rest) == 0 {
		return
	}
	more := annotation{kind: list[0].kind, text: plain.Thousands(len(rest)) + " more in the log"}
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
	properties := "title=" + inProperty.Replace(plain.Value(cmp.Or(a.title, "Avow"), words.MaxTitle))
	if a.pos.File != "" {
		properties = fmt.Sprintf("file=%s,line=%d,col=%d,%s",
			inProperty.Replace(plain.Value(a.pos.File, words.MaxLine)), a.pos.Line, a.pos.Column, properties)
	}
	// Texts that are safe apart may be a command together: "##" and "[".
	return "::" + a.kind + " " + properties + "::" + inData.Replace(cilog.Escape(a.text)) + "\n"
}

// line returns the annotation as a line of the log.
func (a annotation) line() string {
	text := a.kind + ": " + strings.ReplaceAll(a.text, "\n", "; ")
	if a.pos.File != "" {
		text += " (" + words.Position(a.pos) + ")"
	}
	return cilog.Escape(text) + "\n"
}

// A command's text, and the values of its properties, are escaped as the runner reads them.
var (
	inData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
