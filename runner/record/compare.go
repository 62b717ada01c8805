package record

import "fmt"

// Compare returns the changes from before to now. Targets are matched by name; single targets of two runs are compared
// whatever their names.
//
// A run is worse than an earlier one if a promise is broken that was not, if one is unknown that was kept or skipped,
// or if a new promise begins as one of these. A promise or a target that is missing is reported, but is not worse by
// itself: it was taken out. Where the new run is incomplete, it may only not have got that far: then it is unknown. A
// promise that was broken and is unknown now is neither better nor worse.
func Compare(before, now Side) *Changes {
	old, fresh := newIndex(before), newIndex(now)
	c := &comparison{&Changes{Old: before, New: now}, map[string]TargetChangeKind{}}
	c.targets(old, fresh)
	for _, k := range fresh.keys {
		c.promise(old.promises[k], fresh.promises[k])
	}
	for _, k := range old.keys {
		if fresh.promises[k] == nil {
			c.missing(old.promises[k])
		}
	}
	return c.Changes
}

// Start returns the start of the side's run.
func (s Side) Start() *Start { return s.Events[0].Start }

// Complete reports whether the side's run is complete.
func (s Side) Complete() bool { return s.Events[len(s.Events)-1].End.Complete }

// Targets returns the names of a run's targets, each once: [Read] leaves out the line of a target that it has already.
func (s Side) Targets() []string {
	var names []string
	for _, e := range s.Events {
		if e.Target != nil {
			names = append(names, e.Target.Name)
		}
	}
	return names
}

// index looks up the promises and targets of one side.
type index struct {
	keys     []Key
	promises map[Key]*Promise
	names    []string // of the targets
	targets  map[string]*Target
	counts   map[string]int // promises of each
}

func newIndex(s Side) *index {
	x := &index{promises: map[Key]*Promise{}, targets: map[string]*Target{}, counts: map[string]int{}}
	keys := Keys{}
	// Two single targets have the same name, so that they are compared whatever their own.
	name := func(target string) string {
		if s.Target != "" {
			return ""
		}
		return target
	}
	for _, e := range s.Events {
		switch {
		case e.Target != nil && (s.Target == "" || s.Target == e.Target.Name):
			x.names = append(x.names, name(e.Target.Name))
			x.targets[name(e.Target.Name)] = e.Target
		case e.Promise != nil && (s.Target == "" || s.Target == e.Promise.Target):
			k := keys.Next(name(e.Promise.Target), e.Promise)
			x.keys, x.promises[k] = append(x.keys, k), e.Promise
			x.counts[k.Target]++
		}
	}
	return x
}

// comparison is the state of a comparison.
type comparison struct {
	*Changes
	kinds map[string]TargetChangeKind // of the targets that changed
}

func (c *comparison) targets(old, fresh *index) {
	for _, name := range fresh.names {
		was, is := old.targets[name], fresh.targets[name]
		switch {
		case was == nil:
			c.target(TargetChange{is.Name, TargetCame, fresh.counts[name], ""})
		case was.Error == "" && is.Error != "":
			c.target(TargetChange{is.Name, TargetLost, fresh.counts[name], is.Error})
		case was.Error != "" && is.Error == "":
			c.target(TargetChange{is.Name, TargetBack, fresh.counts[name], ""})
		}
	}
	for _, name := range old.names {
		if fresh.targets[name] == nil {
			c.target(TargetChange{old.targets[name].Name, TargetWent, old.counts[name], ""})
		}
	}
}

func (c *comparison) target(change TargetChange) {
	c.Targets, c.kinds[change.Target] = append(c.Targets, change), change.Kind
}

// promise compares a promise that the new run has.
func (c *comparison) promise(was, is *Promise) {
	change := Change{Old: was, New: is, Kind: kindOf(was, is)}
	if change.Kind == "" {
		c.Same++
		return
	}
	// Skipped is not worse than kept.
	change.Worse = is.Status >= Unknown && (was == nil || is.Status > was.Status)
	c.add(change)
}

func kindOf(was, is *Promise) ChangeKind {
	switch {
	case was == nil && is.Status != Broken && is.Status != Unknown:
		return ChangeCame
	case was == nil || was.Status != is.Status:
		return ChangeKind(is.Status.String())
	case was.Expected != is.Expected:
		return ChangeExpectation
	case was.Found != is.Found && !is.Measured: // a measurement is never twice the same
		return ChangeValue
	}
	return ""
}

// missing compares a promise that the new run does not have.
func (c *comparison) missing(was *Promise) {
	switch {
	case c.New.Start().Scope != nil: // it left out a part of its suite on purpose
	case c.New.Complete():
		c.add(Change{Kind: ChangeWent, Old: was})
	case was.Status == Unknown: // with another reason, which is no news
		c.Same++
	default:
		is := *was
		is.Status, is.Reason = Unknown, fmt.Sprintf("the run %s is incomplete, and does not have it", c.New.Name)
		is.Found, is.Note, is.Diff, is.Elapsed = "", "", "", 0
		c.promise(was, &is)
	}
}

// add adds a change, and notes whether it only follows from that of its target.
func (c *comparison) add(change Change) {
	switch target := c.kinds[change.Promise().Target]; change.Kind {
	case ChangeCame:
		change.WithTarget = target == TargetCame
	case ChangeWent:
		change.WithTarget = target == TargetWent
	case ChangeUnknown:
		change.WithTarget = target == TargetLost && change.New.Cause == CauseTarget || target == TargetWent
	}
	c.List = append(c.List, change)
}
