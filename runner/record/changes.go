package record

import "slices"

// ChangeKind is the kind of a change.
type ChangeKind string

// The kinds, in the order in which they are reported. A new verdict has its own name.
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

// TargetChange is a target that came, went, was lost or is back.
type TargetChange struct {
	Target   string           `json:"target"`
	Kind     TargetChangeKind `json:"change"`
	Promises int              `json:"promises"`
	Error    string           `json:"error,omitempty"` // why it cannot be reached, if it is lost
}

// TargetChangeKind is the kind of change of a target.
type TargetChangeKind string

// The kinds of changes of targets.
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
