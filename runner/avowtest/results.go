package avowtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/runner/report"
	"github.com/avow-dev/avow/spec"
)

// results are what a run found. This file is all that knows the events of a run.
type results struct {
	start     *runner.Start
	targets   []*runner.Target
	root      group
	last      *group            // of the promise before; nil at a new target
	unreached []*runner.Promise // unknown, since their targets could not be reached
}

// group is a describe with what is in it, or a resource with its promises.
type group struct {
	name     string
	parent   *group
	children []*group
	promises []*runner.Promise
}

func newResults() *results { return &results{} }

func (r *results) add(e runner.Event) {
	switch {
	case e.Start != nil:
		r.start = e.Start
	case e.Target != nil:
		r.targets, r.last = append(r.targets, e.Target), nil
	case e.Promise != nil:
		r.promise(e.Promise)
	}
}

func (r *results) promise(p *runner.Promise) {
	if t := r.target(p.On); p.Status == runner.Unknown && t != nil && !t.Reached() {
		r.unreached = append(r.unreached, p)
		return
	}
	g := &r.root
	for _, title := range p.Path {
		g = g.child(title, r.last)
	}
	name := p.Title
	if name == "" {
		name = p.Type + " " + p.Name
	}
	g = g.child(name, r.last)
	g.promises = append(g.promises, p)
	r.last = g
}

func (r *results) target(name string) *runner.Target {
	for _, t := range r.targets {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// child returns the child of a name. A new one goes behind the one that last is in, since no target need have them
// all.
func (g *group) child(name string, last *group) *group {
	for _, c := range g.children {
		if c.name == name {
			return c
		}
	}
	for last != nil && last.parent != g {
		last = last.parent
	}
	at := len(g.children)
	if last != nil {
		at = slices.Index(g.children, last) + 1
	}
	c := &group{name: name, parent: g}
	g.children = slices.Insert(g.children, at, c)
	return c
}

// report runs the subtests. What could not be reached fails the test at the end, since other targets have results.
func (r *results) report(t *testing.T) {
	t.Helper()
	r.subtests(t, &r.root)
	if len(r.unreached) > 0 {
		t.Fatal(r.doc(r.unreached, true))
	}
	for _, target := range r.targets {
		if !target.Reached() {
			t.Fatal(spec.Printable(target.Name + " could not be reached: " + target.Error))
		}
	}
}

func (r *results) subtests(t *testing.T, g *group) {
	t.Helper()
	for _, c := range g.children {
		t.Run(spec.Printable(c.name), func(t *testing.T) {
			t.Helper()
			r.subtests(t, c)
			r.verdict(t, c.promises)
		})
	}
}

// verdict reports the promises of one resource.
func (r *results) verdict(t *testing.T, promises []*runner.Promise) {
	t.Helper()
	if len(promises) == 0 {
		return
	}
	worst, best := runner.Kept, runner.Broken
	for _, p := range promises {
		worst, best = max(worst, p.Status), min(best, p.Status)
	}
	switch text := r.doc(promises, !testing.Verbose()); {
	case worst >= runner.Unknown:
		t.Error(text)
	case best == runner.Skipped:
		t.Skip(reasons(promises))
	case text != "":
		t.Log(text)
	}
}

// reasons are those for which promises were skipped, each once.
func reasons(promises []*runner.Promise) string {
	var list []string
	for _, p := range promises {
		if reason := spec.Printable(p.Reason); !slices.Contains(list, reason) {
			list = append(list, reason)
		}
	}
	return strings.Join(list, "; ")
}

// doc is what the format `doc` shows for promises, without the totals and the titles of their describes, which the
// test's name has. quiet leaves out what was kept.
func (r *results) doc(promises []*runner.Promise, quiet bool) string {
	var b strings.Builder
	emit := report.All(report.Doc.New(&b, report.Options{Quiet: quiet}))
	start := runner.Start{Version: r.start.Version, Time: r.start.Time, Files: r.start.Files}
	var events []runner.Event
	for _, t := range r.targets {
		before := len(events)
		for _, p := range promises {
			if p.On == t.Name {
				titled := *p
				titled.Path, titled.PathWhys = nil, nil
				events = append(events, runner.Event{Action: runner.ActionPromise, Promise: &titled})
			}
		}
		if len(events) > before {
			start.Targets++
			events = slices.Insert(events, before, runner.Event{Action: runner.ActionTarget, Target: t})
		}
	}
	_ = emit(runner.Event{Action: runner.ActionStart, Start: &start}) // a strings.Builder returns no error
	for _, e := range events {
		_ = emit(e)
	}
	_ = emit(runner.Event{Action: runner.ActionEnd, End: &runner.End{Complete: true, Kept: len(promises)}})
	text := strings.TrimRight(b.String(), "\n")
	text = text[:max(strings.LastIndexByte(text, '\n'), 0)] // the totals, which are not true, are the last line
	if text = strings.Trim(text, "\n"); text == "" {
		return ""
	}
	return "\n" + text
}
