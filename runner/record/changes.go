// What got worse between two runs: a promise that is broken now and was not, one that is unknown now and was kept or
// skipped, and a new promise that begins as one of these. A promise or a target that went is reported, but is not
// worse by itself: somebody took it out. Where the new run is incomplete, it may only not have come to it: then it is
// unknown. A promise that was broken and is unknown now is no better, but no worse.

package record

import (
	"slices"
)

// ChangeKind is the kind of a change.
type ChangeKind string

// The kinds, in the order in which they are reported.
const (
	ChangeBroken      ChangeKind = "broken"      // newly
	ChangeUnknown     ChangeKind = "unknown"     // newly
	ChangeWent        ChangeKind = "went"        // is promised no more
	ChangeKept        ChangeKind = "kept"        // newly
	ChangeSkipped     ChangeKind = "skipped"     // newly
	ChangeExpectation ChangeKind = "expectation" // the same verdict on another expectation
	ChangeValue       ChangeKind = "value"       // the same verdict on another value
	ChangeCame        ChangeKind = "came"        // is promised for the first time, and kept or skipped
)

// ChangeKinds are all kinds.
var ChangeKinds = []ChangeKind{
	ChangeBroken, ChangeUnknown, ChangeWent, ChangeKept, ChangeSkipped, ChangeExpectation, ChangeValue, ChangeCame,
}

// Side is one of the two things that are compared: a run, or one target of it.
type Side struct {
	Name   string  // of the file
	Target string  // "" for all
	Events []Event // the whole run's
}

// Change is one promise that is not as it was.
type Change struct {
	Kind  ChangeKind
	Worse bool
	// Old and New are the promise before and now; one of them is nil where it came or went. Where it is new and
	// broken or unknown, Old is nil too.
	Old, New *Promise

	// WithTarget is true where the change of the whole target says as much.
	WithTarget bool
}

// Promise is the newer one that there is.
func (c Change) Promise() *Promise {
	if c.New != nil {
		return c.New
	}
	return c.Old
}

// TargetChange is a host that came, went, was lost or is back.
type TargetChange struct {
	Target   string
	Kind     TargetChangeKind
	Error    string // why it cannot be reached, where it is lost
	Promises int
}

// TargetChangeKind is the kind of change of a host.
type TargetChangeKind string

// The kinds of changes of hosts.
const (
	TargetCame TargetChangeKind = "came"
	TargetWent TargetChangeKind = "went" // or is missing in a run that is incomplete
	TargetLost TargetChangeKind = "lost" // could be reached, and cannot any more
	TargetBack TargetChangeKind = "back" // could not be reached, and can again
)

// Changes is what changed.
type Changes struct {
	Old, New Side
	Targets  []TargetChange
	List     []Change // in the order of the new run; what went comes last
	Same     int      // promises that did not change
}

// Worse says whether something got worse.
func (c *Changes) Worse() bool {
	return slices.ContainsFunc(c.List, func(change Change) bool { return change.Worse })
}

// Count is how many changes there are of a kind.
func (c *Changes) Count(kind ChangeKind) int {
	n := 0
	for _, change := range c.List {
		if change.Kind == kind {
			n++
		}
	}
	return n
}

// change is the change of a target, if there is one.
func (c *Changes) change(target string, kind TargetChangeKind) *TargetChange {
	for i := range c.Targets {
		if h := &c.Targets[i]; h.Target == target && h.Kind == kind {
			return h
		}
	}
	return nil
}
