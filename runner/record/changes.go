// A run is worse than an earlier one if a promise is broken that was not, if one is unknown that was kept or skipped,
// or if a new promise begins as one of these. A promise or a target that is missing is reported, but is not worse by
// itself: it was taken out. Where the new run is incomplete, it may only not have got that far: then it is unknown. A
// promise that was broken and is unknown now is neither better nor worse.

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
	ChangeWent        ChangeKind = "went"        // is not promised any more
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

// Side is one side of a comparison: a run, or one target of it.
type Side struct {
	Name   string  // of the file
	Target string  // "" for all
	Events []Event // of the whole run
}

// Change is one promise that changed.
type Change struct {
	Kind  ChangeKind
	Worse bool
	// Old and New are the promise before and now; one of them is nil if it came or went. For a new promise that is
	// broken or unknown, Old is nil too.
	Old, New *Promise

	// WithTarget is true if the change of the whole target implies this one.
	WithTarget bool
}

// Promise returns the new promise, or the old one if it went.
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
	Error    string // why it cannot be reached, if it is lost
	Promises int
}

// TargetChangeKind is the kind of change of a host.
type TargetChangeKind string

// The kinds of changes of hosts.
const (
	TargetCame TargetChangeKind = "came"
	TargetWent TargetChangeKind = "went" // or is missing in an incomplete run
	TargetLost TargetChangeKind = "lost" // could be reached, and cannot any more
	TargetBack TargetChangeKind = "back" // could not be reached, and can again
)

// Changes are the differences between two sides.
type Changes struct {
	Old, New Side
	Targets  []TargetChange
	List     []Change // in the order of the new run; those that went come last
	Same     int      // promises that did not change
}

// Worse reports whether something got worse.
func (c *Changes) Worse() bool {
	return slices.ContainsFunc(c.List, func(change Change) bool { return change.Worse })
}

// Count returns the number of changes of a kind.
func (c *Changes) Count(kind ChangeKind) int {
	n := 0
	for _, change := range c.List {
		if change.Kind == kind {
			n++
		}
	}
	return n
}

// change returns the change of a target, or nil.
func (c *Changes) change(target string, kind TargetChangeKind) *TargetChange {
	for i := range c.Targets {
		if h := &c.Targets[i]; h.Target == target && h.Kind == kind {
			return h
		}
	}
	return nil
}
