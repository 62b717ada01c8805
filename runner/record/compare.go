package record

import (
	"fmt"
	"slices"
)

// Compare returns the changes from before to now. Hosts are matched by name; single targets of two runs are compared
// whatever their names.
func Compare(before, now Side) *Changes {
	c := &comparison{
		Changes: &Changes{Old: before, New: now},
		old:     newIndex(before), new: newIndex(now),
		partial: !now.end().Complete, scoped: now.Start().Scope != nil,
	}
	c.targets()
	for _, k := range c.new.keys {
		c.now(c.old.promises[k], c.new.promises[k])
	}
	for _, k := range c.old.keys {
		if c.new.promises[k] == nil {
			c.gone(c.old.promises[k])
		}
	}
	for i := range c.List {
		c.List[i].WithTarget = c.withTarget(c.List[i])
	}
	return c.Changes
}

// withTarget reports whether the change only follows from that of its target.
func (c *comparison) withTarget(change Change) bool {
	on := change.Promise().Target
	switch change.Kind {
	case ChangeCame:
		return c.Changes.change(on, TargetCame) != nil
	case ChangeWent:
		return c.Changes.change(on, TargetWent) != nil
	case ChangeUnknown:
		h := c.Changes.change(on, TargetLost)
		return h != nil && change.New.Cause == CauseTarget || c.Changes.change(on, TargetWent) != nil
	}
	return false
}

// Start returns the start of the side's run.
func (s Side) Start() *Start { return s.Events[0].Start }

func (s Side) end() *End { return s.Events[len(s.Events)-1].End }

// Complete reports whether the side's run is complete.
func (s Side) Complete() bool { return s.end().Complete }

// index looks up the promises and targets of one side.
type index struct {
	keys     []Key
	promises map[Key]*Promise
	known    Keys
	names    []string // of the targets
	targets  map[string]*Target
	counts   map[string]int // promises of each
}

// theOne is the name of both targets when two single ones are compared.
const theOne = ""

func newIndex(s Side) *index {
	x := &index{promises: map[Key]*Promise{}, known: Keys{}, targets: map[string]*Target{}, counts: map[string]int{}}
	for _, e := range s.Events {
		switch {
		case e.Target != nil && s.has(e.Target.Name):
			x.names = append(x.names, s.called(e.Target.Name))
			x.targets[s.called(e.Target.Name)] = e.Target
		case e.Promise != nil && s.has(e.Promise.Target):
			x.add(s.called(e.Promise.Target), e.Promise)
		}
	}
	return x
}

func (s Side) has(target string) bool { return s.Target == "" || s.Target == target }

func (s Side) called(target string) string {
	if s.Target != "" {
		return theOne
	}
	return target
}

func (x *index) add(target string, p *Promise) {
	k := x.known.Next(target, p)
	x.keys, x.promises[k] = append(x.keys, k), p
	x.counts[target]++
}

// comparison is the state of a comparison.
type comparison struct {
	*Changes
	old, new *index
	partial  bool // promises that the new run does not have may only be missing
	scoped   bool // the new run left out a part of its suite on purpose
}

func (c *comparison) targets() {
	for _, name := range c.new.names {
		was, is := c.old.targets[name], c.new.targets[name]
		switch {
		case was == nil:
			c.target(is, TargetCame, c.new.counts[name])
		case was.Error == "" && is.Error != "":
			c.target(is, TargetLost, c.new.counts[name])
		case was.Error != "" && is.Error == "":
			c.target(is, TargetBack, c.new.counts[name])
		}
	}
	for _, name := range c.old.names {
		if c.new.targets[name] == nil {
			c.target(c.old.targets[name], TargetWent, c.old.counts[name])
		}
	}
}

func (c *comparison) target(t *Target, kind TargetChangeKind, promises int) {
	h := TargetChange{Target: t.Name, Kind: kind, Promises: promises}
	if kind == TargetLost {
		h.Error = t.Error
	}
	c.Targets = append(c.Targets, h)
}

// now compares a promise that the new run has.
func (c *comparison) now(was, is *Promise) {
	kind := kindOf(was, is)
	if kind == "" {
		c.Same++
		return
	}
	c.List = append(c.List, Change{Kind: kind, Worse: worse(was, is), Old: was, New: is})
}

func kindOf(was, is *Promise) ChangeKind {
	switch {
	case was == nil && is.Status != Broken && is.Status != Unknown:
		return ChangeCame
	case was == nil || was.Status != is.Status:
		return byStatus[is.Status]
	case was.Expected != is.Expected:
		return ChangeExpectation
	case was.Found != is.Found && !is.Measured:
		return ChangeValue
	}
	return ""
}

var byStatus = map[Status]ChangeKind{
	Kept: ChangeKept, Skipped: ChangeSkipped, Unknown: ChangeUnknown, Broken: ChangeBroken,
}

// worse reports whether the status got worse. Skipped is not worse than kept.
func worse(was, is *Promise) bool {
	return is.Status >= Unknown && (was == nil || is.Status > was.Status)
}

// gone compares a promise that the new run does not have.
func (c *comparison) gone(was *Promise) {
	if c.scoped {
		return
	}
	if !c.partial {
		c.List = append(c.List, Change{Kind: ChangeWent, Old: was})
		return
	}
	is := *was
	is.Status, is.Reason = Unknown, fmt.Sprintf("the run %s is incomplete, and does not have it", c.New.Name)
	is.Found, is.Note, is.Diff, is.Elapsed = "", "", "", 0
	if was.Status == Unknown {
		c.Same++
		return
	}
	c.now(was, &is)
}

// Targets returns the names of a run's targets.
func (s Side) Targets() []string {
	var names []string
	for _, e := range s.Events {
		if e.Target != nil && !slices.Contains(names, e.Target.Name) {
			names = append(names, e.Target.Name)
		}
	}
	return names
}
