// Package runner checks a suite and emits the results as one stream of events.
//
// A target costs one session: every query of its promises runs in one script in one shell (package shell). Then facts
// are compared with promises (judge.go). Targets are checked in parallel; their events are emitted in the order of the
// suite, from one goroutine.
package runner

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/target"
)

// Options are the options of a run.
type Options struct {
	Version  string                // of Avow, for the start event
	Parallel int                   // targets at once; 0 for 64
	FailFast bool                  // stop after the first broken promise
	Timeout  time.Duration         // of the whole run; 0 for none
	Target   time.Duration         // limit for one target; 0 for the sum of its own limits
	Log      func(string)          // receives every query; may be nil
	Progress func(record.Progress) // receives the progress, from one goroutine at a time; may be nil
	// Become returns the shell of another account around a target's own.
	Become func(shell.Shell, target.Account) shell.Shell
}

// The causes for which a run stops.
var (
	errFailFast = errors.New("an earlier promise was broken")
	errTimeout  = errors.New("interrupted: the run's --timeout is over")
)

// Run checks the promises of a suite on its targets, whose connections open returns, and emits every event in order.
// When ctx is done, promises that were not checked are unknown. An error of emit ends the run and is returned; the last
// event is then not emitted, but End has its counts.
func Run(ctx context.Context, suite *spec.Suite, open func(target.Target) target.Connection, options Options,
	emit func(record.Event) error,
) (record.End, error) {
	r := &run{suite: suite, options: options, begun: time.Now(), masker: spec.NewMasker(suite.Secrets)}
	r.names = r.shownNames(suite.Targets)
	r.emit = func(e record.Event) error { return emit(r.masked(e)) }
	ctx, r.stop = context.WithCancelCause(ctx)
	defer r.stop(nil)
	if options.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, options.Timeout, errTimeout)
		defer cancel()
	}
	err := r.all(ctx, open)
	r.end.Elapsed = time.Since(r.begun).Seconds()
	r.end.Time = utc(time.Now())
	r.end.Stopped = context.Cause(ctx) == errFailFast
	// What --fail-fast stopped is complete: every promise has a verdict, which says so.
	r.end.Complete = err == nil && (ctx.Err() == nil || r.end.Stopped)
	if err == nil {
		err = r.emit(record.Event{Action: record.ActionEnd, End: &r.end})
	}
	return r.end, err
}

// run is the state of one run.
type run struct {
	suite   *spec.Suite
	options Options
	emit    func(record.Event) error
	stop    context.CancelCauseFunc
	begun   time.Time
	end     record.End
	masker  *spec.Masker
	names   record.Renaming // of targets whose names contain a secret

	mu       sync.Mutex
	progress record.Progress
}

// advance counts, and reports the progress.
func (r *run) advance(done, running, unreachable int) {
	if r.options.Progress == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress.Done += done
	r.progress.Running += running
	r.progress.Unreachable += unreachable
	r.options.Progress(r.progress)
}

func (r *run) all(ctx context.Context, open func(target.Target) target.Connection) error {
	if err := r.emit(r.start()); err != nil {
		return err
	}
	r.progress.Targets = len(r.suite.Targets)
	all := newPlaces(cmp.Or(r.options.Parallel, 64))
	var streams []*stream
	for _, t := range r.suite.Targets {
		streams = append(streams, r.begin(ctx, t, open(t), all))
	}
	var failed error
	for _, s := range streams {
		// After an error of emit, the targets still end by themselves, and their results count.
		for e := range s.events {
			r.end.Count(e)
			if failed == nil {
				if failed = r.emit(e); failed != nil {
					r.stop(failed)
				}
			}
		}
		if s.timing != (record.Timing{}) {
			r.end.Timings = append(r.end.Timings, s.timing)
		}
	}
	return failed
}

// stream is the events of one target. timing is set before they end.
type stream struct {
	events chan record.Event
	timing record.Timing
}

func (r *run) start() record.Event {
	files, reads := []record.File{}, []record.File(nil) // in JSON, files are never null
	for _, f := range r.suite.Files {
		files = append(files, record.File{Path: f.Path, SHA256: f.SHA256})
	}
	for _, f := range r.suite.Reads {
		reads = append(reads, record.File{Path: f.Path, SHA256: f.SHA256})
	}
	return record.Event{Action: record.ActionStart, Start: &record.Start{
		Version: r.options.Version, Time: utc(r.begun), Files: files, Targets: len(r.suite.Targets),
		Scope: scopeOf(r.suite), Variables: r.suite.Variables, Reads: reads, Moved: r.suite.Moved,
	}}
}

// begin checks one target as soon as it has a place. Its channel has room for all its events, so a slow target before
// it delays its output, but never its work.
func (r *run) begin(ctx context.Context, t spec.Target, way target.Connection, all *places) *stream {
	promises := 0
	for _, res := range r.suite.Resources(t, nil) {
		promises += len(res.Promises)
	}
	s := &stream{events: make(chan record.Event, 1+promises)}
	// A target that nothing is promised for is not contacted.
	if promises == 0 {
		close(s.events)
		return s
	}
	p := all.place()
	go func() {
		defer close(s.events)
		defer p.end()
		_ = p.begin(ctx) // an error means that ctx is done, which is the reason of every promise
		r.advance(0, 1, 0)
		defer r.advance(1, -1, 0)
		resources := r.suite.Resources(t, nil)
		p.clock = newClock(ctx, r.timeOf(way, resources))
		defer p.clock.stop()
		if way.Contact != nil {
			way.Contact(p.contact())
		}
		c := newCheck(r, t, way, s.events, p)
		c.all(p.clock, resources)
		s.timing = record.Timing{Target: t.Name, Begun: utc(c.begun), Ended: utc(time.Now())}
	}()
	return s
}

// utc formats a time as events have it.
func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// scopeOf returns the scope of a run of the suite; nil for a whole one.
func scopeOf(suite *spec.Suite) *record.Scope {
	filter := suite.Filter()
	s := &record.Scope{Tags: slices.Clone(filter.Tags), Replaced: slices.Clone(suite.Replaced)}
	for _, glob := range filter.Only {
		s.Only = append(s.Only, glob.String())
	}
	if len(s.Only)+len(s.Tags)+len(s.Replaced) == 0 {
		return nil
	}
	s.Promises, s.AllPromises = suite.Promised()
	s.Groups, s.AllGroups = suite.Groups()
	return s
}
