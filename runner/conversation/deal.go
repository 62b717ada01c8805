package conversation

import (
	"context"
	"time"
)

// deal sends what can be sent.
func (d *dispatch) deal(ctx context.Context, now time.Time) {
	if d.over != nil {
		d.reopen = false
	}
	if d.reopen && len(d.first)+len(d.waiting) > 0 && !now.Before(d.notUntil) {
		d.reopen = false
		d.open(ctx, true)
	}
	if s := d.home(); s != nil && len(d.first) > 0 && !d.reopen {
		s.send(d.first...)
		d.first = nil
	}
	for len(d.waiting) > 0 {
		s := d.roomiest()
		if s == nil {
			break
		}
		s.send(d.waiting[0])
		d.waiting = d.waiting[1:]
	}
	for _, s := range d.shells {
		s.flush()
	}
	if len(d.shells) == 0 && !d.reopen {
		d.strand()
	}
}

// strand tells what nobody is left to be asked.
func (d *dispatch) strand() {
	jobs := append(d.first, d.waiting...)
	d.first, d.waiting = nil, nil
	for _, j := range jobs {
		d.finish(j, Answer{}, d.loss)
	}
}

// home is the shell with the least to do.
func (d *dispatch) home() *shell {
	var best *shell
	for _, s := range d.shells {
		if s.takes() && (best == nil || len(s.queue) < len(best.queue)) {
			best = s
		}
	}
	return best
}

// roomiest is the shell that should get the next slow question, or nil.
func (d *dispatch) roomiest() *shell {
	var best *shell
	for _, s := range d.shells {
		if s.takes() && s.slow() < s.window && (best == nil || len(s.queue) < len(best.queue)) {
			best = s
		}
	}
	return best
}

// takes says whether questions can be sent. Only the first shell gets some before it is up: the others may
// be refused.
func (s *shell) takes() bool { return s.up || s.eager }

// next is when something has to be done though nothing happened.
func (d *dispatch) next() time.Time {
	next := time.Now().Add(time.Hour)
	sooner := func(t time.Time) {
		if t.Before(next) {
			next = t
		}
	}
	if d.reopen && len(d.first)+len(d.waiting) > 0 {
		sooner(d.notUntil)
	}
	if len(d.sweeps) > 0 {
		sooner(d.patient)
	}
	for _, s := range d.shells {
		if at, ok := d.deadline(s); ok {
			sooner(at)
		}
		if d.keepsWaiting(s) {
			sooner(s.queue[0].began.Add(busy))
		}
	}
	return next
}

// deadline is when a shell is given up if nothing is heard of it.
func (d *dispatch) deadline(s *shell) (at time.Time, ok bool) {
	switch {
	case !s.up:
		asked := s.feed.firstAsked()
		limit := d.startLimit()
		return asked.Add(limit + d.options.Slack(limit)), !asked.IsZero()
	case len(s.queue) == 0:
		return time.Time{}, false
	}
	if j := s.queue[0]; !j.began.IsZero() {
		return j.began.Add(j.Limit + d.options.Grace), true
	}
	patience := d.options.Patience
	return d.quietSince(s).Add(patience + d.options.Slack(patience) + d.options.Grace), true
}

// quietSince is since when a shell should have begun with its next question.
func (d *dispatch) quietSince(s *shell) time.Time {
	if read := s.feed.lastRead(); read.After(s.since) {
		return read
	}
	return s.since
}

// startLimit is shorter where it is known how quickly shells come up.
func (d *dispatch) startLimit() time.Duration {
	if d.took == 0 {
		return d.options.StartLimit
	}
	return min(d.options.StartLimit, againLimit+againFactor*d.took)
}

// keepsWaiting says whether a slow question keeps others waiting that more shells could take.
func (d *dispatch) keepsWaiting(s *shell) bool {
	return !d.spread && len(d.waiting) > 0 && len(s.queue) > 0 && s.queue[0].Slow && !s.queue[0].began.IsZero()
}

// expire does what is due.
func (d *dispatch) expire(ctx context.Context, now time.Time) {
	for _, s := range append([]*shell(nil), d.shells...) {
		at, ok := d.deadline(s)
		switch {
		case ok && !now.Before(at) && s.up:
			d.outOfTime(s, now)
		case ok && !now.Before(at):
			d.abandon(s)
		case d.keepsWaiting(s) && !now.Before(s.queue[0].began.Add(busy)):
			d.openMore(ctx)
		}
	}
	if len(d.sweeps) > 0 && !now.Before(d.patient) {
		for _, s := range append([]*shell(nil), d.sweeps...) {
			d.kill(s)
		}
	}
}

// abandon gives up a shell that does not come up. It is not tried again: that would take as long.
func (d *dispatch) abandon(s *shell) {
	var why error = StartError{Limit: d.startLimit(), Said: s.ended(nil).Said}
	d.log(why.Error())
	d.shells, d.leaving, d.loss = without(d.shells, s), append(d.leaving, s), why
	s.ignore()
	s.cancel()
	jobs := s.queue
	s.queue = nil
	if s.eager && d.took > 0 {
		d.didNotComeUp(why)
	}
	if d.over != nil {
		why = d.over
	}
	for _, j := range jobs {
		d.finish(j, Answer{}, why)
	}
}

// openMore opens shells for the slow questions that wait. Those that are refused will not be missed.
func (d *dispatch) openMore(ctx context.Context) {
	if d.spread = true; d.over != nil {
		return
	}
	for range min(more, len(d.waiting)) {
		s := d.open(ctx, false)
		s.window = 1
		s.flush()
	}
}
