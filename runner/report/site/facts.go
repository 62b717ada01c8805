package site

import (
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/runner/record"
)

// values returns the expected and the actual value, as one if they are equal.
func (a *answer) values() []fact {
	if a.yesOrNo() {
		return nil
	}
	if a.Expected != "" && a.Found == a.Expected {
		return []fact{{Label: "expected and found", Value: whole(a.Expected)}}
	}
	var list []fact
	if a.Expected != "" {
		list = append(list, fact{Label: "expected", Value: whole(a.Expected)})
	}
	if a.Found != "" {
		list = append(list, fact{Label: "found", Value: whole(a.Found)})
	}
	return list
}

// yesOrNo reports whether the sentence of the promise, with its verdict, implies both values.
func (a *answer) yesOrNo() bool {
	isBool := func(s string) bool { return s == "true" || s == "false" }
	return isBool(a.Expected) && isBool(a.Found)
}

func whole(s string) *value {
	v := valueOf(s)
	return &v
}

// remarks returns the reason, the note, and the command's output.
func (a *answer) remarks() []fact {
	var list []fact
	switch a.Status {
	case record.Unknown:
		list = append(list, text("not checked", orNone(a.Reason)))
	case record.Skipped:
		list = append(list, text("skipped", orNone(a.Reason)))
	}
	if note := a.note(); note != "" {
		list = append(list, text("note", note))
	}
	return append(list, a.printed()...)
}

// note returns the note on the actual value.
func (a *answer) note() string {
	if !a.timed {
		return a.Note
	}
	var targets []*record.TargetResult
	for _, h := range a.hosts {
		targets = append(targets, h.TargetResult)
	}
	return a.Waited(targets).FullNote()
}

// printed returns the output of the command of a promise that is not kept, without the stream that is the actual value.
func (a *answer) printed() []fact {
	var list []fact
	for _, s := range []struct{ name, text string }{{"stderr", a.Stderr}, {"stdout", a.Stdout}} {
		if s.text != "" && (a.Attribute != s.name || a.Found == "") {
			v := streamValue(s.text)
			list = append(list, fact{Label: s.name, Value: &v})
		}
	}
	return list
}

func orNone(reason string) string {
	if reason == "" {
		return "no reason given"
	}
	return reason
}

func text(label, s string) fact { return fact{Label: label, Text: plainText(s)} }

// source returns the position in the spec, and the tags.
func (s *site) source(p *promise) []fact {
	var list []fact
	if len(p.Tags) > 0 {
		list = append(list, text("tags", strings.Join(p.Tags, ", ")))
	}
	if p.Pos.File != "" {
		list = append(list, s.position(p))
	}
	return list
}

// position returns the position in the spec, with a link if the spec has a URL. A path outside of the run's folder has
// no link.
func (s *site) position(p *promise) fact {
	at := text("spec", fmt.Sprintf("%s:%d", title(p.Pos.File), p.Pos.Line))
	if file := path.Clean(p.Pos.File); s.SpecURL != "" && filepath.IsLocal(file) {
		escaped := (&url.URL{Path: file}).EscapedPath()
		at.Href = strings.NewReplacer("{file}", escaped, "{line}", strconv.Itoa(p.Pos.Line)).Replace(s.SpecURL)
	}
	return at
}

// timing returns how long the promise was waited for, and since when it has its verdict.
func (s *site) timing(a *answer, h *host) []fact {
	var list []fact
	wait := h.Waits[a.Of]
	if wait.Elapsed > 0 && !s.NoTime {
		list = append(list, text("waited", fmt.Sprintf("%.1f s", wait.Elapsed)))
	}
	if wait.Took >= 0.05 && !s.NoTime {
		list = append(list, text("took", fmt.Sprintf("%.1f s", wait.Took)))
	}
	if s.past != nil && (a.Status == record.Broken || a.Status == record.Unknown) {
		list = append(list, text("since", sentence(s.past.Since(h.TargetResult, a.Answer), a.Status)))
	}
	return list
}

// onHost returns a promise for the page of one host.
func (s *site) onHost(a *answer, h *host) entry {
	e := entry{ID: a.of.anchor(), Says: title(a.Says), Verdict: s.verdict(a.Status)}
	one := &answer{Answer: a.Answer, of: a.of, hosts: []*host{h}, timed: !s.NoTime}
	e.By = s.by(a.of, one)
	if s.run.Start.Planned {
		e.Facts = append([]fact{{Label: "expected", Value: whole(a.Expected)}}, s.source(a.of)...)
		return e
	}
	if a.Status != record.Broken && !a.Lost { // the page has the reason why the host was lost above all promises
		e.Facts = one.remarks()
	}
	e.Facts = append(e.Facts, a.values()...)
	if a.Status == record.Broken {
		e.Facts = append(e.Facts, one.remarks()...)
	}
	e.Facts = append(append(e.Facts, s.timing(a, h)...), s.source(a.of)...)
	e.Diff = diffOf(a.Diff, maxLines)
	e.Loud = a.Status == record.Broken || a.Status == record.Unknown
	return e
}
