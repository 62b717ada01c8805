package record

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/avow-dev/avow/runner/record/plain"
)

// Text is the event with its texts as UTF-8: each byte that is none is written as \xff. JSON could not hold it
// otherwise, and a saved run is rendered as the live one was. An event that is UTF-8 already is returned as it is.
func (e Event) Text() Event { return e.changed(escaped, escaped) }

// Safe returns the event for people: no text of it can command a terminal or a CI system, or hides or reorders other
// text. The names of targets, types, attributes and backends, and the sentences of promises, are one line of at most
// [MaxName] characters. Elsewhere line ends and tabs stay, since they are layout; formats escape what their own syntax
// reads, and cut. An event that is safe already is returned as it is.
func (e Event) Safe() Event {
	if e.Promise != nil {
		if e.Promise.isPlain() {
			return e
		}
		e.Promise = e.Promise.laidOut()
	}
	return e.changed(func(name string) string { return plain.Value(name, MaxName) }, plain.Text)
}

// MaxName is the number of characters that reports show of a name, a title or a sentence.
const MaxName = 200

// Masked returns the event without secrets. Texts that come from neither the spec's values nor the target (types,
// attributes, positions) stay.
func (e Event) Masked(mask func(string) string) Event {
	out := e.changed(mask, mask)
	switch {
	case out == e:
	case e.Start != nil:
		out.Start.Files, out.Start.Version = e.Start.Files, e.Start.Version
	case e.Target != nil:
		out.Target.Backend = e.Target.Backend
	case e.Promise != nil:
		p := e.Promise
		out.Promise.Type, out.Promise.DisplayName = p.Type, p.DisplayName
		out.Promise.Attribute, out.Promise.Pos = p.Attribute, p.Pos
	}
	return out
}

// changed is a copy with every name and every other text changed, or the event itself where that changes nothing.
func (e Event) changed(name, text func(string) string) Event {
	fine := true
	noted := func(change func(string) string) func(string) string {
		return func(s string) string {
			after := change(s)
			fine = fine && after == s
			return after
		}
	}
	name, text = noted(name), noted(text)
	out := e
	switch {
	case e.Start != nil:
		out.Start = e.Start.changed(name, text)
	case e.Target != nil:
		out.Target = e.Target.changed(name, text)
	case e.Promise != nil:
		out.Promise = e.Promise.changed(name, text)
	case e.End != nil:
		out.End = e.End.changed(name, text)
	}
	if fine {
		return e
	}
	return out
}

// isPlain reports, without a copy, whether all texts are safe, as most are.
func (p *Promise) isPlain() bool {
	unsafe := func(s string) bool { return !plain.IsPlain(s) }
	for _, s := range p.names() {
		if len(*s) > MaxName || unsafe(*s) {
			return false
		}
	}
	for _, list := range p.lists() {
		if slices.ContainsFunc(*list, unsafe) {
			return false
		}
	}
	return p.Stdout == "" && p.Stderr == "" &&
		!slices.ContainsFunc(p.texts(), func(s *string) bool { return unsafe(*s) })
}

// laidOut returns the promise with normalized blanks in each why, and streams that end with their last line; p itself
// if that changes nothing.
func (p *Promise) laidOut() *Promise {
	out := *p
	out.Why, out.PathWhys = blank.Replace(p.Why), changedList(p.PathWhys, blank.Replace)
	for _, s := range []*string{&out.Stdout, &out.Stderr} {
		*s = strings.ReplaceAll(strings.TrimRight(*s, "\n\r\t "), "\r\n", "\n")
	}
	if out.Why == p.Why && slices.Equal(out.PathWhys, p.PathWhys) && out.Stdout == p.Stdout && out.Stderr == p.Stderr {
		return p // a copy would not compare equal in Event.changed
	}
	return &out
}

// blank makes what an editor or a Windows file leaves between words a blank.
var blank = strings.NewReplacer(
	"\r", " ", "\v", " ", "\f", " ", "\u0085", " ", "\u2028", " ", "\u2029", " ", "\u00a0", " ",
)

// escaped is a text in which bytes that are no UTF-8 are written as \xff.
func escaped(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for rest := s; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, rest[0])
		} else {
			b.WriteString(rest[:size])
		}
		rest = rest[size:]
	}
	return b.String()
}

// changed returns a copy with every text changed; so do the others of that name.
func (s Start) changed(name, change func(string) string) *Start {
	s.Version = name(s.Version)
	s.Files, s.Reads = slices.Clone(s.Files), slices.Clone(s.Reads)
	for _, files := range [][]File{s.Files, s.Reads} {
		for i := range files {
			files[i].Path = change(files[i].Path)
		}
	}
	s.Variables, s.Moved = changedList(s.Variables, change), changedList(s.Moved, change)
	if s.Scope != nil {
		scope := *s.Scope
		for _, list := range []*[]string{&scope.Only, &scope.Tags, &scope.Replaced} {
			*list = changedList(*list, change)
		}
		s.Scope = &scope
	}
	return &s
}

func (t Target) changed(name, change func(string) string) *Target {
	t.Name, t.Backend = name(t.Name), name(t.Backend)
	t.Address, t.Error = change(t.Address), change(t.Error)
	t.Host, t.Identity = changedMap(t.Host, change), changedMap(t.Identity, change)
	return &t
}

func (p *Promise) names() []*string {
	return []*string{&p.Target, &p.Type, &p.DisplayName, &p.Attribute, &p.Says}
}

func (p *Promise) texts() []*string {
	return []*string{
		&p.Name, &p.Title, &p.Why, &p.Expected, &p.Found, &p.Note, &p.Diff, &p.Reason, &p.Pos.File, &p.Stdout, &p.Stderr,
	}
}

func (p *Promise) lists() []*[]string { return []*[]string{&p.Path, &p.PathWhys, &p.Tags} }

func (p Promise) changed(name, change func(string) string) *Promise {
	for _, s := range p.names() {
		*s = name(*s)
	}
	for _, s := range p.texts() {
		*s = change(*s)
	}
	for _, list := range p.lists() {
		*list = changedList(*list, change)
	}
	return &p
}

func (e End) changed(name, _ func(string) string) *End {
	e.Timings = slices.Clone(e.Timings)
	for i := range e.Timings {
		e.Timings[i].Target = name(e.Timings[i].Target)
	}
	return &e
}

func changedList(list []string, change func(string) string) []string {
	out := slices.Clone(list)
	for i := range out {
		out[i] = change(out[i])
	}
	return out
}

func changedMap(m map[string]string, change func(string) string) map[string]string {
	if m == nil {
		return nil
	}
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[change(k)] = change(v)
	}
	return out
}
