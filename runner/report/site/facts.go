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

// values are what was expected and what was found, told as one where they are the same.
func (a *answer) values() []fact {
	if a.yesOrNo() {
		return nil
	}
	if a.Expected != "" && a.found == a.Expected {
		return []fact{{Label: "expected and found", Value: whole(a.Expected)}}
	}
	var list []fact
	if a.Expected != "" {
		list = append(list, fact{Label: "expected", Value: whole(a.Expected)})
	}
	if a.found != "" {
		list = append(list, fact{Label: "found", Value: whole(a.found)})
	}
	return list
}

// yesOrNo reports whether the sentence of the promise, with its verdict, has both what was expected and what was found.
func (a *answer) yesOrNo() bool {
	isBool := func(s string) bool { return s == "true" || s == "false" }
	return isBool(a.Expected) && isBool(a.found)
}

func whole(s string) *value {
	v := valueOf(s)
	return &v
}

// remarks are the reason, the note, and what the command printed.
func (a *answer) remarks() []fact {
	var list []fact
	switch a.status {
	case record.Unknown:
		list = append(list, text("could not look", orNone(a.reason)))
	case record.Skipped:
		list = append(list, text("not looked at", orNone(a.reason)))
	}
	if a.note != "" {
		list = append(list, text("note", a.note))
	}
	return append(list, a.printed()...)
}

// printed is what the command of a promise that is not kept printed. The stream that the promise is about was found.
func (a *answer) printed() []fact {
	var list []fact
	for _, s := range []struct{ name, text string }{{"stderr", a.stderr}, {"stdout", a.stdout}} {
		if s.text != "" && (a.Attribute != s.name || a.found == "") {
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

// source is where the spec says so, and its tags.
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

// position is where the spec says so, and leads there where the spec can be read. A path that leaves the folder of the
// run is nowhere to be found from outside.
func (s *site) position(p *promise) fact {
	at := text("spec", fmt.Sprintf("%s:%d", title(p.Pos.File), p.Pos.Line))
	if file := path.Clean(p.Pos.File); s.SpecURL != "" && filepath.IsLocal(file) {
		escaped := (&url.URL{Path: file}).EscapedPath()
		at.Href = strings.NewReplacer("{file}", escaped, "{line}", strconv.Itoa(p.Pos.Line)).Replace(s.SpecURL)
	}
	return at
}

// timing is how long the promise was waited for, and since when its verdict stands.
func (s *site) timing(g given) []fact {
	var list []fact
	if g.elapsed > 0 && !s.NoTime {
		list = append(list, text("waited", fmt.Sprintf("%.1f s", g.elapsed)))
	}
	if g.took >= 0.05 && !s.NoTime {
		list = append(list, text("took", fmt.Sprintf("%.1f s", g.took)))
	}
	if s.past != nil && (g.status == record.Broken || g.status == record.Unknown) {
		list = append(list, text("since", g.past.sentence(g.status)))
	}
	return list
}

// onHost is a promise on the page of one host.
func (s *site) onHost(g given, h *host) entry {
	e := entry{ID: g.anchor(), Says: title(g.Says), Verdict: s.verdict(g.status)}
	e.By = s.by(g.promise, &answer{promise: g.promise, status: g.status, hosts: []*host{h}})
	if s.start.Planned {
		e.Facts = append([]fact{{Label: "expected", Value: whole(g.Expected)}}, s.source(g.promise)...)
		return e
	}
	if g.status != record.Broken && !g.lost { // why the host was lost stands above all promises
		e.Facts = g.remarks()
	}
	e.Facts = append(e.Facts, g.values()...)
	if g.status == record.Broken {
		e.Facts = append(e.Facts, g.remarks()...)
	}
	e.Facts = append(append(e.Facts, s.timing(g)...), s.source(g.promise)...)
	e.Diff = diffOf(g.diff, maxLines)
	e.Loud = g.status == record.Broken || g.status == record.Unknown
	return e
}
