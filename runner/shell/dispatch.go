package shell

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// dispatch opens a shell where one is needed, and sends queries to the shells that have room.
func (d *scheduler) dispatch(ctx context.Context, now time.Time) {
	if d.givenUp != nil {
		d.mayOpen = false
	}
	if d.mayOpen && len(d.urgent)+len(d.waiting) > 0 && !now.Before(d.notUntil) {
		d.mayOpen = false
		d.open(ctx, true)
	}
	if s := d.leastLoaded((*process).accepts); s != nil && len(d.urgent) > 0 && !d.mayOpen {
		s.send(d.urgent...)
		d.urgent = nil
	}
	for len(d.waiting) > 0 {
		s := d.leastLoaded((*process).acceptsSlow)
		if s == nil {
			break
		}
		s.send(d.waiting[0])
		d.waiting = d.waiting[1:]
	}
	for _, s := range d.shells {
		s.flush()
	}
	// There is no shell left, and there will be none.
	if len(d.shells) == 0 && !d.mayOpen {
		jobs := slices.Concat(d.urgent, d.waiting)
		d.urgent, d.waiting = nil, nil
		d.fail(jobs, d.lastError)
	}
}

// leastLoaded returns the shell with the shortest queue among those that accept queries, or nil.
func (d *scheduler) leastLoaded(accepts func(*process) bool) *process {
	var best *process
	for _, s := range d.shells {
		if accepts(s) && (best == nil || len(s.queue) < len(best.queue)) {
			best = s
		}
	}
	return best
}

// nextDeadline returns when to act even if no event arrives.
func (d *scheduler) nextDeadline() time.Time {
	times := []time.Time{time.Now().Add(time.Hour)}
	if d.mayOpen && len(d.urgent)+len(d.waiting) > 0 {
		times = append(times, d.notUntil)
	}
	if len(d.killing) > 0 {
		times = append(times, d.killAt)
	}
	for _, s := range d.shells {
		if at, ok := d.deadline(s); ok {
			times = append(times, at)
		}
		if d.blocksOthers(s) {
			times = append(times, s.queue[0].began.Add(slowAfter))
		}
	}
	return slices.MinFunc(times, time.Time.Compare)
}

// deadline returns when a shell is given up unless it sends something.
func (d *scheduler) deadline(s *process) (at time.Time, ok bool) {
	switch {
	case !s.up:
		// Stdin is first read when there is a shell, or sudo or ssh that becomes one. The backend limits all before that.
		asked, _ := s.stdin.reads()
		limit := d.startLimit()
		return asked.Add(limit + d.options.Slack(limit)), !asked.IsZero()
	case len(s.queue) == 0:
		return time.Time{}, false
	}
	if j := s.queue[0]; !j.began.IsZero() {
		return j.began.Add(j.Limit + d.options.Grace), true
	}
	limit := d.options.BeginLimit
	return d.quietSince(s).Add(limit + d.options.Slack(limit) + d.options.Grace), true
}

// quietSince returns since when the shell should have started its next query.
func (d *scheduler) quietSince(s *process) time.Time {
	// A script of some 100 KiB takes a while over a slow link: the shell cannot start a query that it has not read.
	if _, read := s.stdin.reads(); read.After(s.since) {
		return read
	}
	return s.since
}

// startLimit returns a shorter limit once a shell has started: the others start as quickly.
func (d *scheduler) startLimit() time.Duration {
	if d.startTime == 0 {
		return d.options.StartLimit
	}
	return min(d.options.StartLimit, restartLimit+restartFactor*d.startTime)
}

// blocksOthers reports whether a slow query blocks others that extra shells could run.
func (d *scheduler) blocksOthers(s *process) bool {
	return !d.spread && len(d.waiting) > 0 && len(s.queue) > 0 && s.queue[0].Slow && !s.queue[0].began.IsZero()
}

// handleTimeouts gives up shells past their deadline, and opens extra ones where a slow query blocks others.
func (d *scheduler) handleTimeouts(ctx context.Context, now time.Time) {
	for _, s := range slices.Clone(d.shells) {
		at, ok := d.deadline(s)
		switch {
		case ok && !now.Before(at) && s.up:
			d.handleTimeout(s, now)
		case ok && !now.Before(at):
			d.abandon(s)
		case d.blocksOthers(s) && !now.Before(s.queue[0].began.Add(slowAfter)):
			d.openExtra(ctx)
		}
	}
	if len(d.killing) > 0 && !now.Before(d.killAt) {
		for _, s := range slices.Clone(d.killing) {
			d.kill(s)
		}
	}
}

// abandon gives up a shell that did not start. There is no retry: it would take as long.
func (d *scheduler) abandon(s *process) {
	why := StartError{Limit: d.startLimit(), Printed: s.ended(nil).Printed}
	d.options.Log(why.Error())
	d.shells, d.abandoned, d.lastError = without(d.shells, s), append(d.abandoned, s), why
	s.mute()
	s.cancel()
	if s.sendBeforeReady && d.startTime > 0 {
		d.didNotComeUp(why)
	}
	d.fail(s.queue, cmp.Or(d.givenUp, error(why)))
}

// openExtra opens shells for the slow queries that wait. It does not matter if the target refuses some.
func (d *scheduler) openExtra(ctx context.Context) {
	if d.spread = true; d.givenUp != nil {
		return
	}
	// sshd refuses sessions beyond MaxSessions (10, where it is not set). Their queries stay with the other shells.
	for range min(extraShells, len(d.waiting)) {
		s := d.open(ctx, false)
		s.ahead = 1
		s.flush()
	}
}
