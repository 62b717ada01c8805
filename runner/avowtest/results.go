package avowtest

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report"
	"github.com/avow-dev/avow/spec"
)

// results collects the results of a run. No other file of the package handles events.
type results struct {
	start     *record.Start
	targets   []*record.Target
	root      group
	last      *group            // of the promise before; nil at a new target
	unreached []*record.Promise // unknown, since their targets could not be reached
}

// group is a describe with its contents, or a resource with its promises.
type group struct {
	name     string
	parent   *group
	children []*group
	promises []*record.Promise
}

func (r *results) add(e record.Event) {
	switch {
	case e.Start != nil:
		r.start = e.Start
	case e.Target != nil:
		r.targets, r.last = append(r.targets, e.Target), nil
	case e.Promise != nil:
		r.promise(e.Promise)
	}
}

func (r *results) promise(p *record.Promise) {
	if p.Status == record.Unknown && !r.targets[len(r.targets)-1].Reached() { // the promises follow their target
		r.unreached = append(r.unreached, p)
		return
	}
	g := &r.root
	for _, title := range p.Path {
		g = g.child(title, r.last)
	}
	g = g.child(cmp.Or(p.Title, p.Type+" "+p.Name), r.last)
	g.promises = append(g.promises, p)
	r.last = g
}

// child returns the child of a name. A new one is inserted after the one that contains last, since no target need have
// them all.
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

// report runs the subtests. Unreachable targets fail the test at the end, since other targets have results.
func (r *results) report(t *testing.T) {
	t.Helper()
	r.subtests(t, &r.root)
	if len(r.unreached) > 0 {
		t.Fatal(r.doc(r.unreached, true))
	}
	for _, target := range r.targets {
		if !target.Reached() {
			t.Fatalf("%s could not be reached: %s", target.Name, target.Error)
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
func (r *results) verdict(t *testing.T, promises []*record.Promise) {
	t.Helper()
	if len(promises) == 0 {
		return
	}
	worst, best := record.Kept, record.Broken
	for _, p := range promises {
		worst, best = max(worst, p.Status), min(best, p.Status)
	}
	switch text := r.doc(promises, !testing.Verbose()); {
	case worst >= record.Unknown:
		t.Error(text)
	case best == record.Skipped:
		t.Skip(reasons(promises))
	case text != "":
		t.Log(text)
	}
}

// reasons returns the distinct reasons for which promises were skipped.
func reasons(promises []*record.Promise) string {
	var list []string
	for _, p := range promises {
		if reason := spec.Printable(p.Reason); !slices.Contains(list, reason) {
			list = append(list, reason)
		}
	}
	return strings.Join(list, "; ")
}

// doc returns what the format `doc` shows for promises, without the totals and the titles of their describes, which are
// in the test's name. quiet leaves out kept promises.
func (r *results) doc(promises []*record.Promise, quiet bool) string {
	var b strings.Builder
	emit := report.All(report.Doc.New(&b, report.Options{Quiet: quiet}))
	start := record.Start{Version: r.start.Version, Time: r.start.Time, Files: r.start.Files}
	var events []record.Event
	for _, t := range r.targets {
		mine := slices.DeleteFunc(slices.Clone(promises), func(p *record.Promise) bool { return p.Target != t.Name })
		if len(mine) == 0 {
			continue
		}
		start.Targets++
		events = append(events, record.Event{Action: record.ActionTarget, Target: t})
		for _, p := range mine {
			titled := *p
			titled.Path, titled.PathWhys = nil, nil
			events = append(events, record.Event{Action: record.ActionPromise, Promise: &titled})
		}
	}
	_ = emit(record.Event{Action: record.ActionStart, Start: &start}) // a strings.Builder returns no error
	for _, e := range events {
		_ = emit(e)
	}
	_ = emit(record.Event{Action: record.ActionEnd, End: &record.End{Complete: true, Kept: len(promises)}})
	text := strings.TrimRight(b.String(), "\n")
	text = text[:max(strings.LastIndexByte(text, '\n'), 0)] // the totals, which are not true, are the last line
	if text = strings.Trim(text, "\n"); text == "" {
		return ""
	}
	return "\n" + text
}
