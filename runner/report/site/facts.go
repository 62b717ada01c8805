package site

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

// fact is a labelled text, value or list of hosts.
type fact struct {
	Label string
	Text  string
	Href  string // of the text; "" for none
	Value *value
	Hosts *hostList
}

// facts are what a page says beside a sentence. Its methods leave out what is empty.
type facts []fact

func (f facts) text(label, s string) facts {
	if s == "" {
		return f
	}
	return append(f, fact{Label: label, Text: plain.Value(s, maxReason)})
}

func (f facts) value(label, s string, show func(string) *value) facts {
	if s == "" {
		return f
	}
	return append(f, fact{Label: label, Value: show(s)})
}

func (f facts) moment(label, s string) facts {
	if m := momentOf(s, fullTime); m != nil {
		return f.text(label, m.Text)
	}
	return f
}

// values returns the expected and the actual value, as one if they are equal.
func (a *answer) values() facts {
	switch {
	case a.yesOrNo():
		return nil
	case a.Promise.Found == a.Promise.Expected:
		return facts{}.value("expected and found", a.Promise.Found, valueOf)
	}
	return facts{}.value("expected", a.Promise.Expected, valueOf).value("found", a.Promise.Found, valueOf)
}

// yesOrNo reports whether the sentence of the promise, with its verdict, implies both values.
func (a *answer) yesOrNo() bool {
	isBool := func(s string) bool { return s == "true" || s == "false" }
	return isBool(a.Promise.Expected) && isBool(a.Promise.Found)
}

// remarks returns the reason, the note, and the output of the command of a promise that is not kept, without the stream
// that is the actual value.
func (a *answer) remarks() facts {
	var list facts
	if a.Promise.Status == record.Unknown || a.Promise.Status == record.Skipped {
		list = list.text(words.NotChecked(a.Promise.Status), cmp.Or(a.Promise.Reason, "no reason given"))
	}
	note := a.Promise.Note
	if a.timed {
		var targets []*record.TargetResult
		for _, h := range a.hosts {
			targets = append(targets, h.TargetResult)
		}
		note = a.Waited(targets).FullNote()
	}
	list = list.text("note", note)
	for _, s := range []words.Stream{{Name: "stderr", Text: a.Promise.Stderr}, {Name: "stdout", Text: a.Promise.Stdout}} {
		if a.Promise.Attribute != s.Name || a.Promise.Found == "" {
			list = list.value(s.Name, s.Text, streamValue)
		}
	}
	return list
}

// source returns the position in the spec, and the tags.
func (s *site) source(p *promise) facts {
	var list facts
	if len(p.Promise.Tags) > 0 {
		list = append(list, fact{Label: "tags", Text: plain.Value(strings.Join(p.Promise.Tags, ", "), maxReason)})
	}
	if p.Promise.Pos.File != "" {
		list = append(list, s.position(p))
	}
	return list
}

// position returns the position in the spec, with a link if the spec has a URL.
func (s *site) position(p *promise) fact {
	at := fact{Label: "spec", Text: fmt.Sprintf("%s:%d", title(p.Promise.Pos.File), p.Promise.Pos.Line)}
	// The URL is that of the run's folder: a path that leads out of it would be a link to nothing, or to another project.
	if file := path.Clean(p.Promise.Pos.File); s.SpecURL != "" && filepath.IsLocal(file) {
		escaped := (&url.URL{Path: file}).EscapedPath()
		at.Href = strings.NewReplacer("{file}", escaped, "{line}", strconv.Itoa(p.Promise.Pos.Line)).Replace(s.SpecURL)
	}
	return at
}
