package changes

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/runner/report/plain"
)

// section is the changes of one kind, as people are told them.
type section struct {
	kind  Kind
	title string
	folds []*fold
}

// fold is a change, and the hosts on which it is the same.
type fold struct {
	Change
	hosts []string
}

var titles = map[Kind]string{
	Broken: "Newly broken", Unknown: "Newly unknown", Went: "Promised no more", Kept: "Newly kept", Skipped: "Newly skipped",
	Expectation: "Promised otherwise", Value: "Changed values", Came: "Newly promised",
}

// sections are the changes by kind, without those that a line on their host tells already.
func (c *Changes) sections() []section {
	var out []section
	for _, kind := range Kinds {
		s := section{kind: kind, title: titles[kind]}
		known := map[string]*fold{}
		for _, change := range c.List {
			if change.Kind != kind || c.withHost(change) {
				continue
			}
			k := sameness(change)
			if known[k] == nil {
				known[k] = &fold{Change: change}
				s.folds = append(s.folds, known[k])
			}
			known[k].hosts = append(known[k].hosts, c.where(change))
		}
		if len(s.folds) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// withHost says whether the change is only that of its host.
func (c *Changes) withHost(change Change) bool {
	on := change.Promise().On
	switch change.Kind {
	case Came:
		return c.host(on, HostCame) != nil
	case Went:
		return c.host(on, HostWent) != nil
	case Unknown:
		h := c.host(on, HostLost)
		return h != nil && change.New.Reason == h.Error || c.host(on, HostWent) != nil
	}
	return false
}

// sameness is equal for changes that can be told once.
func sameness(c Change) string {
	p := c.Promise()
	words := []string{string(c.Kind), strings.Join(p.Path, "\x01"), p.Type, p.Name, p.Title, p.Attribute, p.Says, p.Expected}
	for _, side := range []*runner.Promise{c.Old, c.New} {
		if side != nil {
			words = append(words, side.Status.String(), side.Expected, side.Found, side.Note, side.Reason)
		}
	}
	return strings.Join(words, "\x00")
}

// where is the host of a change; both, where two are compared.
func (c *Changes) where(change Change) string {
	if c.Old.Target != "" && c.Old.Target != c.New.Target {
		return c.Old.Target + " and " + c.New.Target
	}
	return change.Promise().On
}

// What a value may take, in characters.
const (
	maxName  = 200
	maxValue = 400
	maxHosts = 8 // that are named
)

// on is where a change is the same: "web1, web2 and 3 more hosts".
func (f *fold) on() string {
	if len(f.hosts) <= maxHosts {
		return strings.Join(f.hosts, ", ")
	}
	return fmt.Sprintf("%s and %s", strings.Join(f.hosts[:maxHosts], ", "), plain.Count(len(f.hosts)-maxHosts, "more host"))
}

// thing is what is promised something about.
func thing(p *runner.Promise) string {
	return cmp.Or(p.Title, strings.TrimSpace(cmp.Or(p.Noun, p.Type)+" "+p.Name))
}

// state is a verdict and what belongs to it: `broken, "0644"`, "unknown: permission denied".
func state(p *runner.Promise) string {
	if p == nil {
		return "not promised"
	}
	switch text := cmp.Or(p.Reason, p.Found); {
	case text == "":
		return p.Status.String()
	case p.Reason != "":
		return p.Status.String() + ": " + text
	default:
		return p.Status.String() + ", " + text
	}
}

// hostLine is a sentence about a host.
func (c *Changes) hostLine(h Host) string {
	promises := plain.Count(h.Promises, "promise")
	switch h.Kind {
	case HostCame:
		return fmt.Sprintf("%s came, with %s", h.Target, promises)
	case HostLost:
		if c.Old.Target != c.New.Target {
			return fmt.Sprintf("%s cannot be reached, and %s can: %s", h.Target, c.Old.Target, h.Error)
		}
		return fmt.Sprintf("%s cannot be reached any more, with %s: %s", h.Target, promises, h.Error)
	case HostBack:
		if c.Old.Target != c.New.Target {
			return fmt.Sprintf("%s can be reached, and %s cannot", h.Target, c.Old.Target)
		}
		return fmt.Sprintf("%s can be reached again", h.Target)
	}
	if !c.New.Complete() {
		return fmt.Sprintf("%s is not told in the new run, which is incomplete: %s unknown", h.Target, promises)
	}
	return fmt.Sprintf("%s went, with %s", h.Target, promises)
}

// summary is the last line, and whether it is bad news.
func (c *Changes) summary() string {
	words := map[Kind]string{
		Broken: "newly broken", Unknown: "newly unknown", Went: "promised no more", Kept: "newly kept", Skipped: "newly skipped",
		Expectation: "promised otherwise", Value: "with another value", Came: "newly promised",
	}
	var parts []string
	for _, kind := range Kinds {
		if n := c.Count(kind); n > 0 {
			parts = append(parts, plain.Thousands(n)+" "+words[kind])
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

// remark is what is to be known of a side: "old  run.jsonl, 2026-01-31T12:00:00Z (incomplete)".
func (s Side) remark() string {
	name := s.Name
	if s.Target != "" {
		name += "#" + s.Target
	}
	text := plain.Value(name, maxName) + ", " + plain.Value(s.Start().Time, maxName)
	if !s.Complete() {
		text += ", incomplete"
	}
	if scope := s.Start().Scope; scope != nil {
		text += ", " + plain.Value(scope.String(), maxValue) + "; what it left out is not compared"
	}
	return text
}
