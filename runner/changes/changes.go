// Package changes says what changed between two runs, or between two hosts.
//
// Promises are the same where target, describes, type, name and attribute are; several of that kind are told apart by
// their order. So a promise may move in its file, and be expected otherwise, and still has a before and a now.
//
// What is worse: a promise that is broken now and was not, one that is unknown now and was kept or skipped, and a new
// promise that begins as one of these. A promise or a host that went is told, but is not worse by itself: somebody
// took it out. Where the new run is incomplete nobody can say that it went: then it could not be looked at, and is
// unknown. A promise that was broken and is unknown is lost from sight, which is no better, but no worse.
package changes

import (
	"slices"

	"github.com/avow-dev/avow/runner"
)

// Kind is the kind of a change.
type Kind string

// The kinds, in the order in which they are told.
const (
	Broken      Kind = "broken"      // newly
	Unknown     Kind = "unknown"     // newly
	Went        Kind = "went"        // is promised no more
	Kept        Kind = "kept"        // newly
	Skipped     Kind = "skipped"     // newly
	Expectation Kind = "expectation" // the same verdict on another expectation
	Value       Kind = "value"       // the same verdict on another value
	Came        Kind = "came"        // is promised for the first time, and kept or skipped
)

// Kinds are all kinds.
var Kinds = []Kind{Broken, Unknown, Went, Kept, Skipped, Expectation, Value, Came}

// Side is one of the two things that are compared: a run, or one target of it.
type Side struct {
	Name   string         // of the file
	Target string         // "" for all
	Events []runner.Event // the whole run's
}

// Change is one promise that is not as it was.
type Change struct {
	Kind  Kind
	Worse bool
	// Old and New are the promise before and now; one of them is nil where it came or went. Where it is new and broken or
	// unknown, Old is nil too.
	Old, New *runner.Promise
}

// Promise is the newer one that there is.
func (c Change) Promise() *runner.Promise {
	if c.New != nil {
		return c.New
	}
	return c.Old
}

// Host is a host that came, went, was lost or is back.
type Host struct {
	Target   string
	Kind     HostKind
	Error    string // why it cannot be reached, where it is lost
	Promises int
}

// HostKind is the kind of change of a host.
type HostKind string

// The kinds of changes of hosts.
const (
	HostCame HostKind = "came"
	HostWent HostKind = "went" // or is not told, in a run that is incomplete
	HostLost HostKind = "lost" // could be reached, and cannot any more
	HostBack HostKind = "back" // could not be reached, and can again
)

// Changes is what changed.
type Changes struct {
	Old, New Side
	Hosts    []Host
	List     []Change // in the order of the new run; what went comes last
	Same     int      // promises that did not change
}

// Worse says whether something got worse.
func (c *Changes) Worse() bool {
	return slices.ContainsFunc(c.List, func(change Change) bool { return change.Worse })
}

// Count is how many changes there are of a kind.
func (c *Changes) Count(kind Kind) int {
	n := 0
	for _, change := range c.List {
		if change.Kind == kind {
			n++
		}
	}
	return n
}

// host is the change of a host, if there is one.
func (c *Changes) host(target string, kind HostKind) *Host {
	for i := range c.Hosts {
		if h := &c.Hosts[i]; h.Target == target && h.Kind == kind {
			return h
		}
	}
	return nil
}
