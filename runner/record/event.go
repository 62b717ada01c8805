// Package record models a run: its events, which are also its JSON lines, and everything derived from them.
//
// [Event] is one line. [Run] is built from the events of one run, and every report gets it with each event. [Key]
// identifies a promise across runs. [Read] reads saved runs, [Merge] joins several, [Compare] compares two.
package record

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/avow-dev/avow/runner/record/plain"
)

// Status is the verdict on one promise. Statuses are ordered: the worst of several is the largest.
type Status int

// The four verdicts. "Could not check" is never "not there".
const (
	Kept    Status = iota // checked, and as promised
	Skipped               // not checked on purpose, with the reason
	Unknown               // could not be checked, with the reason
	Broken                // checked, and not as promised
)

var statusNames = [...]string{Kept: "kept", Skipped: "skipped", Unknown: "unknown", Broken: "broken"}

// String returns the word that users and JSON see.
func (s Status) String() string { return statusNames[s] }

// MarshalText writes the word.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word.
func (s *Status) UnmarshalText(text []byte) error {
	i := slices.Index(statusNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("unknown status %q", text)
	}
	*s = Status(i)
	return nil
}

// NotChecked is the reason of every promise of a [Start.Planned] run that has no other.
const NotChecked = "not checked"

// Action is the kind of an event.
type Action string

// The actions, in the order of a run: one start, then for each target a target and its
// promises, at last one end.
const (
	ActionStart   Action = "start"
	ActionTarget  Action = "target"
	ActionPromise Action = "promise"
	ActionEnd     Action = "end"
)

// Event is one event of a run. It is flat, and it is also the JSON line: docs/json.md describes it. The Action decides
// which fields are set; exactly one of the embedded structs is.
type Event struct {
	Action Action
	*Start
	*Target
	*Promise
	*End
}

// Start opens the stream.
type Start struct {
	Version string `json:"version"` // of Avow
	Time    string `json:"time"`    // RFC 3339, UTC
	Targets int    `json:"targets"` // number of targets that follow
	Files   []File `json:"files"`   // of the spec

	// Planned is true where nothing was checked: the promises are as in the spec, all skipped.
	Planned bool `json:"planned,omitempty"`

	// Scope is the part of the suite that was checked; nil for all of it.
	Scope *Scope `json:"scope,omitempty"`
	// Variables are the names of the variables that the command line set.
	Variables []string `json:"variables,omitempty"`
	// Reads are the files that the spec read beside its own. A secret one has no sum.
	Reads []File `json:"reads,omitempty"`
	// Moved are the targets of the spec that were checked at another address.
	Moved []string `json:"moved,omitempty"`
}

// File is one file of the spec.
type File struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256,omitempty"` // in hexadecimal
}

// Target is one target of a check. With Error it was not reached, or was lost, and all its promises without an answer
// are unknown.
type Target struct {
	Name    string            `json:"target"`
	Address string            `json:"address"`
	Backend string            `json:"backend"`
	Host    map[string]string `json:"host"` // the facts: "name", "os.name", "os.id", ...
	Error   string            `json:"error,omitempty"`

	Begun string `json:"begun,omitempty"` // time of the first contact: RFC 3339, UTC
	// Identity distinguishes it from another target at its address: "host_key", "container", "image".
	Identity map[string]string `json:"identity,omitempty"`
}

// Promise is the verdict on one promise.
type Promise struct {
	Target      string   `json:"target"`
	Path        []string `json:"path"`      // the titles of the describes, outermost first
	PathWhys    []string `json:"path_whys"` // why of each, "" for none
	Type        string   `json:"type"`
	DisplayName string   `json:"display_name,omitempty"` // what people call the type: "File"
	Name        string   `json:"name"`
	Attribute   string   `json:"attribute"`
	Title       string   `json:"title,omitempty"` // of the block, instead of type and name
	Status      Status   `json:"status"`
	Says        string   `json:"says"` // "mode is 0600"
	Why         string   `json:"why,omitempty"`
	Tags        []string `json:"tags"`
	Expected    string   `json:"expected"` // as in a spec
	Found       string   `json:"found,omitempty"`
	Note        string   `json:"note,omitempty"`   // more about what was found
	Diff        string   `json:"diff,omitempty"`   // unified, of a text
	Reason      string   `json:"reason,omitempty"` // of unknown and skipped
	Cause       Cause    `json:"cause,omitempty"`  // of unknown, if it is not that of the promise itself
	Pos         Position `json:"pos"`
	Elapsed     float64  `json:"elapsed,omitempty"`  // seconds, if it waited
	Attempts    int      `json:"attempts,omitempty"` // number of checks, if it may wait
	Took        float64  `json:"took,omitempty"`     // seconds that the command ran; at its first promise
	Measured    bool     `json:"measured,omitempty"` // found is a measurement, such as a duration
	Stdout      string   `json:"stdout,omitempty"`   // the end of the command's output, if broken or unknown
	Stderr      string   `json:"stderr,omitempty"`   // the same of stderr
}

// Cause is the cause of an unknown promise, if it is not that of the promise itself.
type Cause string

// CauseTarget means that the target was not reached, or was lost.
const CauseTarget Cause = "target"

// Position is a position in a spec; lines and columns count from 1.
type Position struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// End closes the stream.
type End struct {
	Kept     int     `json:"kept"`
	Broken   int     `json:"broken"`
	Unknown  int     `json:"unknown"`
	Skipped  int     `json:"skipped"`
	Targets  int     `json:"targets"`
	Elapsed  float64 `json:"elapsed"`           // seconds
	Complete bool    `json:"complete"`          // false after an interrupt
	Stopped  bool    `json:"stopped,omitempty"` // by --fail-fast; promises that were not checked are skipped

	Time    string   `json:"time,omitempty"`   // when the run ended: RFC 3339, UTC
	Timings []Timing `json:"looked,omitempty"` // when each target was checked, in the order of the suite
}

// Counts returns the counts by verdict.
func (e *End) Counts() Counts {
	return Counts{Kept: e.Kept, Broken: e.Broken, Unknown: e.Unknown, Skipped: e.Skipped}
}

func (e *End) setCounts(c Counts) {
	e.Kept, e.Broken, e.Unknown, e.Skipped = c[Kept], c[Broken], c[Unknown], c[Skipped]
}

// Count adds an event of the run to the counts.
func (e *End) Count(event Event) {
	switch {
	case event.Target != nil:
		e.Targets++
	case event.Promise != nil:
		counts := e.Counts()
		counts[event.Promise.Status]++
		e.setCounts(counts)
	}
}

// Timing is the time of a target's check: from the first contact to the last verdict.
type Timing struct {
	Target string `json:"target"`
	Begun  string `json:"begun"` // RFC 3339, UTC
	Ended  string `json:"ended"`
}

// Reached reports whether the target reported any facts. A target with an Error and without facts was never reached,
// even if a promise that Avow checks from outside (`reachable` from the runner) has an answer.
func (t *Target) Reached() bool { return t.Error == "" || len(t.Host) > 0 }

// System returns the common name of the target's operating system: "Debian 12" for "Debian GNU/Linux 12 (bookworm)"; ""
// if unknown.
func (t *Target) System() string {
	// Debian's PRETTY_NAME has the code name in parentheses.
	name, _, _ := strings.Cut(cmp.Or(t.Host["os"], t.Host["os.name"]), " (")
	name = strings.Replace(name, " GNU/Linux", "", 1)
	return cmp.Or(name, strings.TrimSpace(t.Host["os.id"]+" "+t.Host["os.version"]))
}

// FullNote returns the note and, for a broken promise that waited, for how long it was checked.
func (p *Promise) FullNote() string {
	// Older versions noted no time for a single attempt.
	if p.Status != Broken || p.Attempts == 0 || p.Attempts == 1 && p.Elapsed == 0 {
		return p.Note
	}
	waited := time.Duration(p.Elapsed * float64(time.Second)).Round(time.Millisecond)
	note := fmt.Sprintf("still failing after %s (%s)", waited, plain.Count(p.Attempts, "attempt"))
	if p.Note != "" {
		note = p.Note + "; " + note
	}
	return note
}

// MarshalJSON writes the action and the fields of the one struct that is set, flat. Lists are never null.
func (e Event) MarshalJSON() ([]byte, error) {
	var fields any
	switch {
	case e.Start != nil:
		s := *e.Start
		s.Files = notNull(s.Files)
		fields = s
	case e.Target != nil:
		t := *e.Target
		if t.Host == nil {
			t.Host = map[string]string{}
		}
		fields = t
	case e.Promise != nil:
		p := *e.Promise
		p.Path, p.PathWhys, p.Tags = notNull(p.Path), notNull(p.PathWhys), notNull(p.Tags)
		fields = p
	case e.End != nil:
		fields = e.End
	default:
		return nil, fmt.Errorf("the event %q is empty", e.Action)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // an outer encoder that escapes < > & still does
	if err := enc.Encode(fields); err != nil {
		return nil, err
	}
	// One struct for all would lose fields: encoding/json leaves out names that two embedded structs have, such as the
	// targets and the time of Start and End.
	head := fmt.Appendf(nil, `{"action":%q,`, e.Action)
	return append(head, bytes.TrimSuffix(b.Bytes()[1:], []byte("\n"))...), nil
}

func notNull[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// UnmarshalJSON reads the output of MarshalJSON. It ignores unknown fields, since fields are only ever added. A promise
// without a status is an error: the zero status is "kept", which would be false.
func (e *Event) UnmarshalJSON(data []byte) error {
	var head struct {
		Action Action `json:"action"`
	}
	err := json.Unmarshal(data, &head)
	if err != nil {
		return err
	}
	read := Event{Action: head.Action}
	switch head.Action {
	case ActionStart:
		err = json.Unmarshal(data, &read.Start)
	case ActionTarget:
		err = json.Unmarshal(data, &read.Target)
	case ActionPromise:
		read.Promise, err = readPromise(data)
	case ActionEnd:
		err = json.Unmarshal(data, &read.End)
	default:
		err = actionError(head.Action)
	}
	if err == nil {
		*e = read
	}
	return err
}

// actionError is an action that this version does not know.
type actionError Action

func (e actionError) Error() string { return fmt.Sprintf("unknown action %q", string(e)) }

func readPromise(data []byte) (*Promise, error) {
	read := struct {
		*Promise
		Status *Status `json:"status"` // hides that of Promise: only a pointer shows that there was none
	}{Promise: &Promise{}}
	if err := json.Unmarshal(data, &read); err != nil {
		return nil, err
	}
	if read.Status == nil {
		return nil, errors.New("a promise without a status")
	}
	read.Promise.Status = *read.Status
	return read.Promise, nil
}
