package shell

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// scheduler is one Run in progress: it knows where each query is, and handles events. It runs in the goroutine that
// called Run, and waits only for the event queue, the clock and the context.
//
// A query is in exactly one place: in urgent or waiting (not sent), in the queue of a shell (sent), or reported.
type scheduler struct {
	*Conversation
	report  func(int, Result, error)
	left    int        // queries not reported yet
	urgent  []*job     // quick queries, and killTree
	waiting []*job     // slow queries
	killing []*process // given up, and killed after killTree has run
	killAt  time.Time  // when to kill them without it

	mayOpen      bool // a shell may be opened when there are queries to send
	attemptsLeft int  // how many more shells may be opened if that one does not start
	notUntil     time.Time
	lastError    error // how the last shell was lost
}

// run returns after all queries were reported, or with the reason why it was interrupted.
func (d *scheduler) run(ctx context.Context) error {
	for _, j := range slices.Concat(d.urgent, d.waiting) {
		j.id, d.ids = d.ids, d.ids+1
	}
	d.lastError = EndedError{}
	d.handleEvents()
	if d.mayOpen = d.leastLoaded((*process).accepts) == nil; d.givenUp != nil {
		d.lastError = d.givenUp
	}
	for {
		now := time.Now()
		d.dispatch(ctx, now)
		if d.left == 0 && len(d.killing) == 0 {
			return nil
		}
		if err := d.wait(ctx, d.nextDeadline()); err != nil {
			return err
		}
		d.handleEvents()
		d.handleTimeouts(ctx, time.Now())
	}
}

// wait sleeps until an event arrives, or until the deadline.
func (d *scheduler) wait(ctx context.Context, until time.Time) error {
	select {
	case <-d.events.notify:
	case <-time.After(time.Until(until)):
	case <-d.life.Done():
		return ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// handleEvents handles all events, including those that arrive meanwhile: report may take its time, and what arrived
// during the call arrived in time.
func (d *scheduler) handleEvents() {
	for events := d.events.take(); len(events) > 0; events = d.events.take() {
		for _, e := range events {
			d.handle(e)
		}
	}
}

func (d *scheduler) handle(e event) {
	s := e.from
	known := slices.Contains(d.shells, s)
	switch {
	case e.kind == eventEnded && !known:
		d.abandoned = without(d.abandoned, s)
		d.killing = without(d.killing, s)
	case !known:
		// From a shell that was given up.
	case e.kind == eventUp:
		s.up, s.since = true, e.at
		if first, _ := s.stdin.reads(); d.startTime == 0 {
			d.startTime = e.at.Sub(first)
		}
	case e.kind == eventBegan:
		for _, j := range s.queue {
			if j.id == e.id {
				j.began = e.at
			}
		}
	case e.kind == eventResult:
		d.handleResult(e)
	case e.kind == eventTooLong:
		if d.failBefore(s, e.id) {
			d.giveUp(s, OutputError{Limit: max(d.options.OutputLimit, s.queue[0].Output)})
		}
	case e.kind == eventEnded:
		d.handleEnd(s, e.err)
	}
}

func without(shells []*process, s *process) []*process {
	return slices.DeleteFunc(shells, func(other *process) bool { return other == s })
}

// handleResult reports a result, and adapts how many slow queries are sent ahead.
func (d *scheduler) handleResult(e event) {
	s := e.from
	if !d.failBefore(s, e.id) {
		return
	}
	j := s.queue[0]
	s.queue, s.since = s.queue[1:], e.at
	if j.Slow {
		s.ahead = d.aheadOf(s, e.result.Elapsed)
	}
	if s.sendBeforeReady {
		d.attemptsLeft = 0
	}
	d.answered = true
	d.finish(j, e.result, e.err)
}

// aheadOf returns how many slow queries a shell is sent ahead: one, where other shells could run those that would
// wait behind a long one.
func (d *scheduler) aheadOf(s *process, elapsed time.Duration) int {
	switch {
	case elapsed < quickWithin:
		return min(2*s.ahead, maxAhead)
	case elapsed >= slowAfter && len(d.shells) > 1:
		return 1
	}
	return minAhead
}

// failBefore fails the queries before the one with this ID, whose result arrived: their ends were lost. It reports
// whether there is such a query.
func (d *scheduler) failBefore(s *process, id int) bool {
	at := slices.IndexFunc(s.queue, func(j *job) bool { return j.id == id })
	if at < 0 {
		return false
	}
	d.fail(s.queue[:at], EndedError{Err: errors.New("the end of the result got lost")})
	s.queue = s.queue[at:]
	return true
}

// finish reports a query, or handles the end of killTree.
func (d *scheduler) finish(j *job, a Result, err error) {
	if j.target != nil {
		d.handleKilled(j.target, a, err)
		return
	}
	d.left--
	d.report(j.index, a, err)
}

func (d *scheduler) fail(jobs []*job, why error) {
	for _, j := range jobs {
		d.finish(j, Result{}, why)
	}
}

func (d *scheduler) kill(s *process) {
	d.killing = without(d.killing, s)
	s.cancel()
}

// handleKilled kills a shell that was given up, after killTree. If its query was still running, the query hung, not
// the connection; if not, its result was lost on the way.
func (d *scheduler) handleKilled(s *process, a Result, err error) {
	pending := s.silent && slices.Contains(d.killing, s)
	d.kill(s)
	switch _, cannot := errors.AsType[CannotError](err); {
	case !pending || err != nil && !cannot:
	case err == nil && string(a.Stdout) == hung:
		d.silent = 0
	default:
		d.fellSilent(1, LimitError{Limit: s.limit})
	}
}

// fellSilent counts shells that fell silent in a row, and gives up the target at maxSilent.
func (d *scheduler) fellSilent(n int, why error) {
	if d.silent += n; d.silent < maxSilent || d.givenUp != nil {
		return
	}
	d.givenUp = SilentError{Err: why}
	d.options.Log(d.givenUp.Error())
	d.lastError, d.mayOpen, d.attemptsLeft = d.givenUp, false, 0
}

// handleTimeout gives up a shell that is up but sent nothing for too long. If it has started a query, only killTree
// can find out whether the query hangs or the connection.
func (d *scheduler) handleTimeout(s *process, now time.Time) {
	j := s.queue[0]
	if s.since.Sub(s.opened) > healthyAfter {
		d.silent = 0
	}
	if !j.began.IsZero() {
		s.silent, s.limit = j.target == nil, j.Limit
		d.giveUp(s, LimitError{Limit: j.Limit})
		return
	}
	why := SilentError{For: now.Sub(d.quietSince(s)).Round(time.Second / 10)}
	d.giveUp(s, why)
	d.fellSilent(1, why)
}

// giveUp fails the query that the shell hangs on, and moves the others to other shells. The shell is killed only
// after killTree, in a new shell, had a chance to kill the processes that hang.
func (d *scheduler) giveUp(s *process, err error) {
	d.options.Log(fmt.Sprintf("giving up a shell: %v", err))
	d.shells, d.abandoned = without(d.shells, s), append(d.abandoned, s)
	s.mute()
	stuck, rest := s.queue[0], s.queue[1:]
	d.finish(stuck, Result{}, err)
	d.requeue(rest)
	d.mayOpen, d.attemptsLeft, d.lastError = d.givenUp == nil, reopenAttempts, err
	s.mu.Lock()
	pid, start := s.pid, s.start
	s.mu.Unlock()
	// Without a readable /proc/PID/stat (hidepid) there is no start time, and by the process ID alone killTree could
	// kill another process.
	if start == 0 || stuck.target != nil {
		d.kill(s)
		return
	}
	j := &job{Query: Query{Function: killTree, Limit: killTreeLimit}, index: -1, target: s}
	j.Args = []string{fmt.Sprint(pid), fmt.Sprint(start)}
	j.id, d.ids = d.ids, d.ids+1
	d.urgent = append([]*job{j}, d.urgent...)
	d.killing = append(d.killing, s)
	d.killAt = time.Now().Add(killTreeLimit + d.options.Grace)
}

// handleEnd handles a shell that ended by itself, or never started.
func (d *scheduler) handleEnd(s *process, why error) {
	d.options.Log(fmt.Sprintf("a shell ended: %v", why))
	d.shells, d.lastError = without(d.shells, s), why
	if s.sendBeforeReady && !s.up && timedOut(why) {
		d.didNotComeUp(why)
	}
	// A session may be refused for a moment only: sshd counts one that just ended for its MaxSessions, and drops
	// connections at random beyond MaxStartups.
	if s.sendBeforeReady && len(s.queue) > 0 && !final(why) && d.canReopen(s) {
		d.requeue(d.failBegun(s.queue, why))
		return
	}
	d.fail(s.queue, cmp.Or(d.givenUp, why))
}

// didNotComeUp counts a shell that should have replaced a silent one. Whether a query hung there cannot be found out
// any more.
func (d *scheduler) didNotComeUp(why error) {
	n := 1
	if slices.ContainsFunc(d.killing, func(s *process) bool { return s.silent }) {
		n++
	}
	d.fellSilent(n, why)
}

func timedOut(err error) bool {
	var e interface{ Timeout() bool }
	return errors.As(err, &e) && e.Timeout()
}

// final reports whether a retry would fail alike: a host that cannot be reached already had all the time it may take.
func final(err error) bool {
	var knows interface{ Final() bool }
	return errors.As(err, &knows) && knows.Final()
}

// canReopen reports whether another shell may be opened for the queries of a lost one.
func (d *scheduler) canReopen(s *process) bool {
	switch {
	case d.givenUp != nil:
		return false
	case !s.up && d.attemptsLeft > 0:
		d.notUntil = time.Now().Add(reopenPause << (reopenAttempts - d.attemptsLeft))
		d.attemptsLeft--
	case !d.answered && !d.retried:
		d.retried = true
		d.notUntil = time.Now().Add(reopenPause)
	default:
		return false
	}
	// The target may allow one session only (sshd's MaxSessions 1).
	for _, old := range d.abandoned {
		d.kill(old)
	}
	d.mayOpen = true
	return true
}

// failBegun fails slow queries that had started: a command of the spec must not run twice.
func (d *scheduler) failBegun(jobs []*job, why error) (rest []*job) {
	for _, j := range jobs {
		if j.Slow && !j.began.IsZero() {
			d.finish(j, Result{}, why)
			continue
		}
		rest = append(rest, j)
	}
	return rest
}

// requeue puts queries back in front of those that were never sent, for another shell.
func (d *scheduler) requeue(jobs []*job) {
	var first, slow []*job
	for _, j := range jobs {
		switch {
		case j.target != nil:
			d.kill(j.target)
		case j.Slow:
			slow = append(slow, j)
		default:
			first = append(first, j)
		}
	}
	d.urgent = append(first, d.urgent...)
	d.waiting = append(slow, d.waiting...)
}

// interrupt reports all remaining queries as interrupted.
func (d *scheduler) interrupt(cause error) {
	var remaining []*job
	for _, s := range d.shells {
		remaining = append(remaining, s.queue...)
	}
	remaining = slices.Concat(remaining, d.urgent, d.waiting)
	for _, j := range remaining {
		if j.target == nil {
			d.finish(j, Result{}, InterruptedError{Cause: cause})
		}
	}
}
