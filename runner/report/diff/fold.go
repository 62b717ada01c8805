package diff

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
)

// section is the changes of one kind.
type section struct {
	title string
	folds []*sameChange
}

// sameChange is a change, and the targets that share it.
type sameChange struct {
	record.Change
	targets []string
}

// view is changes as shown to people.
type view struct{ *record.Changes }

// phrases are the words for the kinds of changes: a heading, and the words after a number.
var phrases = map[record.ChangeKind]struct{ title, counted string }{
	record.ChangeBroken:      {"Newly broken", "newly broken"},
	record.ChangeUnknown:     {"Newly unknown", "newly unknown"},
	record.ChangeWent:        {"Promised no more", "promised no more"},
	record.ChangeKept:        {"Newly kept", "newly kept"},
	record.ChangeSkipped:     {"Newly skipped", "newly skipped"},
	record.ChangeExpectation: {"Promised otherwise", "promised otherwise"},
	record.ChangeValue:       {"Changed values", "with another value"},
	record.ChangeCame:        {"Newly promised", "newly promised"},
}

// sections returns the changes by kind, without those that the line of their target covers.
func (c view) sections() []section {
	var out []section
	for _, kind := range record.ChangeKinds {
		s := section{title: phrases[kind].title}
		known := map[string]*sameChange{}
		for _, change := range c.List {
			if change.Kind != kind || change.WithTarget {
				continue
			}
			k := sameness(change)
			if known[k] == nil {
				known[k] = &sameChange{Change: change}
				s.folds = append(s.folds, known[k])
			}
			target := change.Promise().Target
			if c.Old.Target != "" && c.Old.Target != c.New.Target {
				target = c.Old.Target + " and " + c.New.Target // two targets are compared with each other
			}
			known[k].targets = append(known[k].targets, target)
		}
		if len(s.folds) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// sameness returns a key that is equal for changes that can be shown once.
func sameness(c record.Change) string {
	p := c.Promise()
	words := []string{
		string(c.Kind), strings.Join(p.Path, "\x01"), p.Type, p.Name, p.Title,
		p.Attribute, p.Says, p.Expected,
	}
	for _, side := range []*record.Promise{c.Old, c.New} {
		if side != nil {
			words = append(words, side.Status.String(), side.Expected, side.Found, side.Note, side.Reason)
		}
	}
	return strings.Join(words, "\x00")
}

// The limits of a value, in characters.
const (
	maxName    = record.MaxName
	maxValue   = 400
	maxTargets = 8 // targets that are named
)

// on returns the targets of a change: "web1, web2 and 3 more hosts".
func (f *sameChange) on() string {
	if left := len(f.targets) - maxTargets; left > 0 {
		return strings.Join(f.targets[:maxTargets], ", ") + " and " + plain.Count(left, "more host")
	}
	return strings.Join(f.targets, ", ")
}

// thing returns the subject of a promise.
func thing(p *record.Promise) string {
	return cmp.Or(p.Title, strings.TrimSpace(cmp.Or(p.DisplayName, p.Type)+" "+p.Name))
}

// state returns a verdict with its value or reason: `broken, "0644"`, "unknown: permission denied".
func state(p *record.Promise) string {
	if p == nil {
		return "not promised"
	}
	switch {
	case p.Reason != "":
		return p.Status.String() + ": " + p.Reason
	case p.Found != "":
		return p.Status.String() + ", " + p.Found
	}
	return p.Status.String()
}

// hostLine returns a sentence about a host.
func (c view) hostLine(h record.TargetChange) string {
	promises := plain.Count(h.Promises, "promise")
	switch h.Kind {
	case record.TargetCame:
		return fmt.Sprintf("%s came, with %s", h.Target, promises)
	case record.TargetLost:
		if c.Old.Target != c.New.Target {
			return fmt.Sprintf("%s cannot be reached, and %s can: %s", h.Target, c.Old.Target, h.Error)
		}
		return fmt.Sprintf("%s cannot be reached any more, with %s: %s", h.Target, promises, h.Error)
	case record.TargetBack:
		if c.Old.Target != c.New.Target {
			return fmt.Sprintf("%s can be reached, and %s cannot", h.Target, c.Old.Target)
		}
		return fmt.Sprintf("%s can be reached again", h.Target)
	}
	// An incomplete run may only not have got that far.
	if !c.New.Complete() {
		return fmt.Sprintf("%s is not in the new run, which is incomplete: %s unknown", h.Target, promises)
	}
	return fmt.Sprintf("%s went, with %s", h.Target, promises)
}

// summary returns the last line, and whether something got worse.
func (c view) summary() string {
	var parts []string
	for _, kind := range record.ChangeKinds {
		if n := c.Count(kind); n > 0 {
			parts = append(parts, plain.Thousands(n)+" "+phrases[kind].counted)
		}
	}
	if c.Same > 0 || len(parts) == 0 {
		parts = append(parts, plain.Thousands(c.Same)+" as before")
	}
	verdict := "nothing got worse"
	if c.Worse() {
		verdict = "it got worse"
	}
	return verdict + ": " + plain.Count(len(c.List)+c.Same, "promise") + ", " + strings.Join(parts, ", ")
}

// remark describes a side: "old  run.jsonl, 2026-01-31T12:00:00Z (incomplete)".
func remark(s record.Side) string {
	name := s.Name
	if s.Target != "" {
		name += "#" + s.Target
	}
	text := plain.Value(name, maxName) + ", " + plain.Value(s.Start().Time, maxName)
	if !s.Complete() {
		text += ", incomplete"
	}
	// Without the remark, promises that were filtered out would seem to be promised no more.
	if scope := s.Start().Scope; scope != nil {
		text += ", " + plain.Value(scope.String(), maxValue) + "; what it left out is not compared"
	}
	return text
}
