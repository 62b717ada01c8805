package record

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/avow-dev/avow/runner/record/plain"
)

// Text returns the event with texts in UTF-8: each invalid byte is written as \xff. JSON could not represent it
// otherwise, and a saved run renders as the live one did. An event that is UTF-8 already is returned as it is.
func (e Event) Text() Event {
	switch {
	case e.Start != nil:
		e.Start = inText(e.Start, e.Start.texts)
	case e.Target != nil:
		e.Target = inText(e.Target, e.Target.texts)
	case e.Promise != nil:
		e.Promise = inText(e.Promise, e.Promise.texts)
	case e.End != nil:
		e.End = inText(e.End, e.End.texts)
	}
	return e
}

// Masked returns the event without secrets. Texts that come from neither the spec's values nor the target (types,
// attributes, positions) stay.
func (e Event) Masked(mask func(string) string) Event {
	switch {
	case e.Start != nil:
		files, version := e.Start.Files, e.Start.Version
		e.Start = e.Start.texts(mask)
		e.Start.Files, e.Start.Version = files, version
	case e.Target != nil:
		backend := e.Target.Backend
		e.Target = e.Target.texts(mask)
		e.Target.Backend = backend
	case e.Promise != nil:
		p := e.Promise
		e.Promise = p.texts(mask)
		e.Promise.Type, e.Promise.DisplayName, e.Promise.Attribute, e.Promise.Pos = p.Type, p.DisplayName, p.Attribute, p.Pos
	case e.End != nil:
		e.End = e.End.texts(mask)
	}
	return e
}

// Safe returns the event with texts that are safe to show: none can command a terminal or a CI system, or hide or
// reorder other text. Line ends and tabs stay, since they are layout; formats escape for their own syntax, and cut. An
// event that is safe already is returned as it is.
func (e Event) Safe() Event {
	switch {
	case e.Start != nil:
		e.Start = changed(e.Start, e.Start.texts)
	case e.Target != nil:
		e.Target = changed(e.Target, e.Target.texts)
	case e.Promise != nil:
		if !e.Promise.isPlain() {
			p := e.Promise.laidOut()
			e.Promise = changed(p, p.texts)
		}
	case e.End != nil:
		e.End = changed(e.End, e.End.texts)
	}
	return e
}

// changed returns v with safe texts, or v itself if they are safe.
func changed[T any](v *T, texts func(change func(string) string) *T) *T {
	fine := true
	safe := texts(func(s string) string {
		safe := plain.Text(s)
		fine = fine && safe == s
		return safe
	})
	if fine {
		return v
	}
	return safe
}

// isPlain reports, without a copy, whether all texts are safe, as most are.
func (p *Promise) isPlain() bool {
	for _, s := range [...]string{
		p.Target, p.Type, p.DisplayName, p.Name, p.Attribute, p.Title, p.Says, p.Why,
		p.Expected, p.Found, p.Note, p.Diff, p.Reason, p.Pos.File, p.Stdout, p.Stderr,
	} {
		if s != "" && !plain.IsPlain(s) {
			return false
		}
	}
	for _, list := range [...][]string{p.Path, p.PathWhys, p.Tags} {
		for _, s := range list {
			if !plain.IsPlain(s) {
				return false
			}
		}
	}
	return p.Stdout == "" && p.Stderr == ""
}

// laidOut returns the promise with normalized blanks in each why, and streams that end with their last line; p itself
// if that changes nothing.
func (p *Promise) laidOut() *Promise {
	out := *p
	out.Why, out.PathWhys = blank.Replace(p.Why), changedList(p.PathWhys, blank.Replace)
	out.Stdout, out.Stderr = strings.TrimRight(p.Stdout, "\n\r\t "), strings.TrimRight(p.Stderr, "\n\r\t ")
	if out.Why == p.Why && slices.Equal(out.PathWhys, p.PathWhys) && out.Stdout == p.Stdout && out.Stderr == p.Stderr {
		return p
	}
	return &out
}

// blank replaces characters that an editor or a Windows file leaves between words.
var blank = strings.NewReplacer(
	"\r", " ", "\v", " ", "\f", " ", "\u0085", " ", "\u2028", " ", "\u2029", " ", "\u00a0", " ",
)

// inText returns v if texts has nothing to change, else the changed copy.
func inText[T any](v *T, texts func(change func(string) string) *T) *T {
	fine := true
	changed := texts(func(s string) string {
		fine = fine && utf8.ValidString(s)
		return escaped(s)
	})
	if fine {
		return v
	}
	return changed
}

// escaped returns a text in which invalid UTF-8 is written as \xff.
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

// texts returns a copy with every text changed; so do the others of that name.
func (s Start) texts(change func(string) string) *Start {
	s.Version = change(s.Version)
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

func (t Target) texts(change func(string) string) *Target {
	for _, s := range []*string{&t.Name, &t.Address, &t.Backend, &t.Error} {
		*s = change(*s)
	}
	t.Host, t.Identity = changedMap(t.Host, change), changedMap(t.Identity, change)
	return &t
}

func (p Promise) texts(change func(string) string) *Promise {
	for _, s := range []*string{
		&p.Target, &p.Type, &p.DisplayName, &p.Name, &p.Attribute, &p.Title, &p.Says, &p.Why,
		&p.Expected, &p.Found, &p.Note, &p.Diff, &p.Reason, &p.Pos.File, &p.Stdout, &p.Stderr,
	} {
		*s = change(*s)
	}
	p.Path, p.PathWhys, p.Tags = changedList(p.Path, change), changedList(p.PathWhys, change), changedList(p.Tags, change)
	return &p
}

func (e End) texts(change func(string) string) *End {
	e.Timings = slices.Clone(e.Timings)
	for i := range e.Timings {
		e.Timings[i].Target = change(e.Timings[i].Target)
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
