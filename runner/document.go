package runner

import (
	"time"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec"
)

// Document emits a suite as a run whose promises are all skipped, in the order of the suite, without contacting any
// target. version is that of Avow. An error of emit ends it and is returned.
func Document(suite *spec.Suite, version string, emit func(record.Event) error) error {
	r := &run{suite: suite, options: Options{Version: version}, begun: time.Now(), masker: spec.NewMasker(suite.Secrets)}
	r.names = r.shownNames(suite.Targets)
	start := r.start()
	start.Planned = true
	events := []record.Event{start}
	for _, t := range suite.Targets {
		events = append(events, plannedOn(suite, t)...)
	}
	for _, e := range events {
		r.end.Count(e)
	}
	r.end.Complete, r.end.Time = true, start.Start.Time
	for _, e := range append(events, record.Event{Action: record.ActionEnd, End: &r.end}) {
		if err := emit(r.masked(e)); err != nil {
			return err
		}
	}
	return nil
}

// plannedOn returns the events of a target and its promises: none without promises, as in a check.
func plannedOn(suite *spec.Suite, t spec.Target) []record.Event {
	events := []record.Event{{Action: record.ActionTarget, Target: &record.Target{
		Name: t.Name, Address: t.Address, Backend: t.Backend, Host: map[string]string{},
	}}}
	j := judge{target: t.Name}
	for _, r := range suite.Resources(t, nil) {
		if r.Skip == "" {
			r.Skip = record.NotChecked
			if r.Pending {
				r.Skip += "; facts of the host decide about it"
			}
		}
		for _, p := range j.skipped(&resourceState{Resource: r}) {
			events = append(events, record.Event{Action: record.ActionPromise, Promise: p})
		}
	}
	if len(events) == 1 {
		return nil
	}
	return events
}
