package record

import (
	"fmt"
	"slices"
)

// savedRun is a run while its lines are read.
type savedRun struct {
	place   string // of the current line: "FILE:LINE"
	start   *Start
	targets []*savedTarget
	named   map[string]*savedTarget
	end     *End

	warnings   []string
	unreported int // warnings beyond those that are reported
}

// savedTarget is a target and its promises, in the order of the lines.
type savedTarget struct {
	target   *Target
	reported bool // it has a line of its own
	promises []*Promise
}

func newSavedRun(place string) *savedRun {
	return &savedRun{place: place, named: map[string]*savedTarget{}}
}

// maxSavedWarnings limits the warnings of one run.
const maxSavedWarnings = 20

func (r *savedRun) warn(format string, args ...any) {
	if len(r.warnings) == maxSavedWarnings {
		r.unreported++
		return
	}
	r.warnings = append(r.warnings, r.place+": "+fmt.Sprintf(format, args...))
}

// take adds an event, or returns why it cannot be used.
func (r *savedRun) take(e Event) error {
	switch {
	case r.end != nil:
		return fmt.Errorf("%q after the end of the run", e.Action)
	case e.Target != nil:
		return r.addTarget(e.Target)
	case e.Promise != nil:
		if err := checkShape(e.Promise); err != nil {
			return err
		}
		r.addPromise(e.Promise)
	case e.End != nil:
		r.end = e.End
	}
	return nil
}

func (r *savedRun) addTarget(t *Target) error {
	known := r.named[t.Name]
	switch {
	case known == nil:
		r.add(t).reported = true
	case known.reported:
		return fmt.Errorf("the target %q for the second time", t.Name)
	default:
		known.target, known.reported = t, true
	}
	return nil
}

func (r *savedRun) add(t *Target) *savedTarget {
	s := &savedTarget{target: t}
	r.targets, r.named[t.Name] = append(r.targets, s), s
	return s
}

// maxDepth limits the nesting of a promise, and maxTitles the bytes of the titles around it: reports repeat both, so
// that a small file could make a report of any size. A spec nests no deeper.
const (
	maxDepth  = 100
	maxTitles = 16 << 10
)

func checkShape(p *Promise) error {
	bytes := 0
	for _, title := range p.Path {
		bytes += len(title)
	}
	switch {
	case len(p.Path) > maxDepth:
		return fmt.Errorf("the promise is nested %d deep, and no spec more than %d", len(p.Path), maxDepth)
	case bytes > maxTitles:
		return fmt.Errorf("the titles around the promise have %d bytes", bytes)
	}
	return nil
}

// addPromise adds a promise. It repairs the shape of a foreign one, once for all reports.
func (r *savedRun) addPromise(p *Promise) {
	t := r.named[p.Target]
	if t == nil {
		r.warn("a promise of %q before its target, whose address and facts are not known", p.Target)
		t = r.add(&Target{Name: p.Target, Host: map[string]string{}})
	}
	if n := len(p.Path); len(p.PathWhys) != n {
		p.PathWhys = slices.Concat(p.PathWhys, make([]string, n))[:n]
	}
	// Reports leave out what was found where the target was lost, which only an unknown promise can be.
	if p.Status != Unknown {
		p.Cause = ""
	}
	t.promises = append(t.promises, p)
}

// whole returns the run, with a correct end.
func (r *savedRun) whole(name string) Saved {
	s := Saved{Name: name, Events: []Event{{Action: ActionStart, Start: r.start}}}
	var counted End
	for _, t := range r.targets {
		s.Events = append(s.Events, Event{Action: ActionTarget, Target: t.target})
		for _, p := range t.promises {
			s.Events = append(s.Events, Event{Action: ActionPromise, Promise: p})
		}
	}
	for _, e := range s.Events {
		counted.Count(e)
	}
	end := counted
	if r.end == nil {
		r.warn("the run has no end: it was cut short, and is reported as incomplete")
	} else {
		end = *r.end
		end.setCounts(counted.Counts())
		end.Targets = counted.Targets
		if totals(end) != totals(*r.end) {
			end.Complete = false
			r.warn("the end says %s, but the lines have %s: these count, and the run is reported as incomplete",
				totals(*r.end), totals(end))
		}
	}
	s.Events = append(s.Events, Event{Action: ActionEnd, End: &end})
	s.Warnings = r.warnings
	if r.unreported > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%s: %d more such warnings on the lines before", r.place, r.unreported))
	}
	return s
}

func totals(e End) string {
	return fmt.Sprintf("%d kept, %d broken, %d unknown, %d skipped; targets: %d",
		e.Kept, e.Broken, e.Unknown, e.Skipped, e.Targets)
}
