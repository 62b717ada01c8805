package record

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// Run is the model of a run, as far as its events have arrived. It is built once, and every report gets it with each
// event.
//
// Its memory grows with what differs, not with every event: the words of a promise, an answer to it, and a list of
// answers are stored once, however many targets share them, and no more of an answer than reports show.
type Run struct {
	Event   Event // the last one, with its texts unchanged
	Start   Start
	End     *End             // nil before the end
	Targets []*TargetResult  // in the order of the run
	Words   []*PromiseResult // the promises in the words of the spec, in the order of their first events
	Lists   []*AnswerList    // the distinct lists of answers, in the order of their first events; complete at the end

	files   map[string]int
	root    *Group
	at      *Group // of the last promise
	slots   map[slotKey]*slots
	words   map[wordsKey]*PromiseResult
	answers map[answerKey]*Answer
	lists   map[string]*AnswerList
	given   []*Answer // of the current target
}

// TargetResult is a target with its results.
type TargetResult struct {
	Target   Target
	Index    int // in the order of the run
	Timing   Timing
	Counts   Counts
	Answered bool // at least one of its promises is kept or broken
	Lost     int  // promises that are unknown because it was not reached, or was lost
	Answers  []*Answer
	Waits    map[*PromiseResult]Wait // only of promises that took time
}

// Wait is how long a promise took on one target.
type Wait struct {
	Elapsed, Took float64
	Attempts      int
}

// PromiseResult is a promise in the words of the spec, for all targets, with all answers to it.
type PromiseResult struct {
	Promise Promise // without the fields that differ by target
	Group   *Group
	Answers []*Answer

	slot *Slot
}

// Answer is one distinct answer to a promise.
type Answer struct {
	Promise Promise // without the fields that differ between targets
	Of      *PromiseResult
	Lost    bool // unknown because the target was not reached, or was lost; the target's error has the reason

	ID    uint64 // of the answer in its run
	lists []*AnswerList
}

// AnswerList is a list of answers, and the targets that share it.
type AnswerList struct {
	Answers []*Answer
	Targets []*TargetResult
}

// Targets returns the targets that gave the answer, in the order of the run.
func (a *Answer) Targets() []*TargetResult {
	var all []*TargetResult
	for _, l := range a.lists {
		all = append(all, l.Targets...)
	}
	return InOrder(all)
}

// InOrder sorts targets in the order of the run, each once.
func InOrder(targets []*TargetResult) []*TargetResult {
	slices.SortFunc(targets, func(a, b *TargetResult) int { return cmp.Compare(a.Index, b.Index) })
	return slices.Compact(targets)
}

// NewRun returns an empty run.
func NewRun() *Run {
	return &Run{
		files: map[string]int{}, root: &Group{target: -1}, slots: map[slotKey]*slots{}, words: map[wordsKey]*PromiseResult{},
		answers: map[answerKey]*Answer{}, lists: map[string]*AnswerList{},
	}
}

// RunOf returns the run of events.
func RunOf(events []Event) *Run {
	r := NewRun()
	for _, e := range events {
		r.Add(e)
	}
	r.endTarget()
	return r
}

// Add adds the next event, and returns it with texts that are safe to show, as all texts of a run are.
func (r *Run) Add(e Event) Event {
	r.Event = e
	if e = e.Safe(); e != r.Event {
		r.Event = r.Event.Text() // what is safe is UTF-8, too
	}
	switch {
	case e.Start != nil:
		r.Start = *e.Start
		// The order of the suite is that of its files, which no promise says.
		for _, f := range e.Start.Files {
			r.files[f.Path] = len(r.files)
		}
	case e.Target != nil:
		r.addTarget(e.Target)
	case e.Promise != nil:
		r.addPromise(e.Promise)
	case e.End != nil:
		r.endTarget()
		r.End = e.End
		r.addTimings(e.End.Timings)
	}
	return e
}

func (r *Run) addTarget(t *Target) {
	r.endTarget()
	r.Targets = append(r.Targets, &TargetResult{
		Target: *t, Index: len(r.Targets), Timing: Timing{Target: t.Name, Begun: t.Begun},
	})
}

func (r *Run) addTimings(timings []Timing) {
	named := map[string]Timing{}
	for _, t := range timings {
		named[t.Target] = t
	}
	for _, t := range r.Targets {
		timing := named[t.Target.Name]
		timing.Target, timing.Begun = t.Target.Name, cmp.Or(timing.Begun, t.Target.Begun)
		t.Timing = timing
	}
}

// Current returns the target of the last event, or nil.
func (r *Run) Current() *TargetResult {
	if len(r.Targets) == 0 {
		return nil
	}
	return r.Targets[len(r.Targets)-1]
}

// Complete reports whether the run has ended, with every target that it started with.
func (r *Run) Complete() bool {
	return r.End != nil && r.End.Complete && len(r.Targets) >= r.Start.Targets
}

// addPromise adds a promise of the current target.
func (r *Run) addPromise(p *Promise) {
	t := r.Current()
	if t == nil || t.Target.Name != p.Target {
		// A run that was made by hand: Read gives each promise its target.
		r.addTarget(&Target{Name: p.Target})
		t = r.Current()
	}
	a := r.answer(p, t)
	t.Counts[p.Status]++
	t.Answered = t.Answered || p.Status == Kept || p.Status == Broken
	if a.Lost {
		t.Lost++
	}
	if p.Elapsed > 0 || p.Took > 0 {
		if t.Waits == nil {
			t.Waits = map[*PromiseResult]Wait{}
		}
		t.Waits[a.Of] = Wait{p.Elapsed, p.Took, p.Attempts}
	}
	r.given = append(r.given, a)
}

// wordsKey identifies the wording of a promise.
type wordsKey struct {
	slot                      *Slot
	says, why, expected, tags string
}

// promise returns the result of a promise, and adds a new one for new words.
func (r *Run) promise(p *Promise, target int) *PromiseResult {
	s := r.slot(p, target)
	key := wordsKey{slot: s, says: p.Says, why: p.Why, expected: p.Expected, tags: strings.Join(p.Tags, "\x00")}
	if known := r.words[key]; known != nil {
		return known
	}
	fresh := &PromiseResult{Group: r.at, slot: s, Promise: Promise{
		Path: r.at.Path, // the group's copy, which all its promises share
		Type: p.Type, DisplayName: p.DisplayName, Name: p.Name, Attribute: p.Attribute, Title: p.Title, Says: p.Says,
		PathWhys: p.PathWhys, Why: p.Why, Tags: p.Tags, Expected: held(p.Expected), Pos: p.Pos, Measured: p.Measured,
	}}
	r.words[key] = fresh
	r.Words = append(r.Words, fresh)
	r.at.Promises = append(r.at.Promises, fresh)
	return fresh
}

// answerKey identifies an answer.
type answerKey struct {
	of                                        *PromiseResult
	status                                    Status
	found, note, diff, reason, stdout, stderr string
	lost                                      bool
}

// answer returns an answer that is known, or adds a new one.
func (r *Run) answer(p *Promise, t *TargetResult) *Answer {
	of := r.promise(p, t.Index)
	key := answerKey{of: of, status: p.Status, lost: p.Cause == CauseTarget && t.Target.Error != ""}
	if !key.lost { // the reason of a lost target is its own, and may differ from host to host
		key.found, key.note, key.diff, key.reason = held(p.Found), held(p.Note), held(p.Diff), held(p.Reason)
		key.stdout, key.stderr = heldEnd(p.Stdout), heldEnd(p.Stderr)
	}
	if known := r.answers[key]; known != nil {
		return known
	}
	a := &Answer{Promise: of.Promise, Of: of, Lost: key.lost, ID: uint64(len(r.answers))}
	a.Promise.Status, a.Promise.Found, a.Promise.Note = key.status, key.found, key.note
	a.Promise.Diff, a.Promise.Reason = key.diff, key.reason
	a.Promise.Stdout, a.Promise.Stderr = key.stdout, key.stderr
	r.answers[key], of.Answers = a, append(of.Answers, a)
	return a
}

// endTarget adds the current target to the list of those with the same answers.
func (r *Run) endTarget() {
	t := r.Current()
	if t == nil || t.Answers != nil {
		return
	}
	key := []byte(t.State())
	for _, a := range r.given {
		key = binary.AppendUvarint(key, a.ID)
	}
	same := r.lists[string(key)]
	if same == nil {
		same = &AnswerList{Answers: append([]*Answer{}, r.given...)}
		r.lists[string(key)], r.Lists = same, append(r.Lists, same)
		for _, a := range same.Answers {
			a.lists = append(a.lists, same)
		}
	}
	same.Targets, t.Answers, r.given = append(same.Targets, t), same.Answers, r.given[:0]
}

// State returns a text that differs for targets whose equal answers are shown differently.
func (t *TargetResult) State() string {
	switch {
	case t.Target.Error == "":
		return "reached "
	case t.Target.Reached():
		return "lost "
	case t.Answered:
		return "seen from elsewhere "
	}
	return "unreached "
}

// Waited returns the answer as a promise, with the longest wait of these targets.
func (a *Answer) Waited(targets []*TargetResult) *Promise {
	p := a.Promise
	for _, t := range targets {
		wait := t.Waits[a.Of]
		p.Elapsed, p.Attempts = max(p.Elapsed, wait.Elapsed), max(p.Attempts, wait.Attempts)
	}
	return &p
}
