package conversation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// dispatch is one Ask under way: which question is where, and what is done when something happens. It runs
// in the goroutine that called Ask, and waits for nothing but the mailbox, the clock and the context.
//
// A question is in exactly one place: in first or waiting, not sent; or in the queue of a shell, sent; or told.
type dispatch struct {
	*Conversation
	tell    func(int, Answer, error)
	left    int       // questions not told
	first   []*job    // quick ones, and sweeps
	waiting []*job    // slow ones
	sweeps  []*shell  // shells that were given up, and are killed when a sweep was there
	patient time.Time // until when a sweep is waited for

	reopen   bool // a shell may be opened when there is something to ask
	attempts int  // how many more, when that one does not come up
	notUntil time.Time
	loss     error // how the last shell was lost
}

// run returns when all was told, or with the reason why it was interrupted.
func (d *dispatch) run(ctx context.Context) error {
	for _, j := range append(d.first[:len(d.first):len(d.first)], d.waiting...) {
		d.number(j)
	}
	d.loss = EndedError{}
	d.hear()
	if d.reopen = d.home() == nil; d.over != nil {
		d.loss = d.over
	}
	for {
		now := time.Now()
		d.deal(ctx, now)
		if d.left == 0 && len(d.sweeps) == 0 {
			return nil
		}
		if err := d.wait(ctx, d.next()); err != nil {
			return err
		}
		d.hear()
		d.expire(ctx, time.Now())
	}
}

func (d *dispatch) number(j *job) {
	j.id = d.ids
	d.ids++
}

// wait sleeps until something happens.
func (d *dispatch) wait(ctx context.Context, until time.Time) error {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-d.mail.bell:
	case <-timer.C:
	case <-d.closing:
		return ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// hear follows all that the shells told, also while it was told on: a tell may take its time, and what came meanwhile
// came in time.
func (d *dispatch) hear() {
	for events := d.mail.take(); len(events) > 0; events = d.mail.take() {
		d.follow(events)
	}
}

func (d *dispatch) follow(events []event) {
	for _, e := range events {
		known := slices.Contains(d.shells, e.shell)
		switch {
		case e.kind == eventEnded && !known:
			d.forget(e.shell)
		case !known:
			// Of a shell that was given up.
		case e.kind == eventUp:
			d.cameUp(e.shell, e.at)
		case e.kind == eventBegan:
			e.shell.begin(e.id, e.at)
		case e.kind == eventAnswered:
			d.take(e)
		case e.kind == eventOver:
			if d.skipTo(e.shell, e.id) {
				d.giveUp(e.shell, OutputError{Limit: max(d.options.OutputLimit, e.shell.queue[0].Output)})
			}
		case e.kind == eventEnded:
			d.lose(e.shell, e.err)
		}
	}
}

func (d *dispatch) cameUp(s *shell, at time.Time) {
	s.up, s.since = true, at
	if d.took == 0 {
		d.took = at.Sub(s.feed.firstAsked())
	}
}

// forget drops a shell that was given up and has ended.
func (d *dispatch) forget(s *shell) {
	d.leaving = without(d.leaving, s)
	d.sweeps = without(d.sweeps, s)
}

func without(shells []*shell, s *shell) []*shell {
	return slices.DeleteFunc(shells, func(other *shell) bool { return other == s })
}

func (s *shell) begin(id int, at time.Time) {
	for _, j := range s.queue {
		if j.id == id {
			j.began = at
		}
	}
}

// take tells an answer, and makes the window fit.
func (d *dispatch) take(e event) {
	s := e.shell
	if !d.skipTo(s, e.id) {
		return
	}
	j := s.queue[0]
	s.queue, s.since = s.queue[1:], e.at
	if j.Slow {
		s.window = d.window(s, e.answer.Elapsed)
	}
	if s.eager {
		d.attempts = 0
	}
	d.answered = true
	d.finish(j, e.answer, e.err)
}

// window is how many slow questions a shell gets ahead. When there are others to take them, one that waits
// behind a long one waits for nothing.
func (d *dispatch) window(s *shell, elapsed time.Duration) int {
	switch {
	case elapsed < quick:
		return min(2*s.window, mostAhead)
	case elapsed >= busy && len(d.shells) > 1:
		return 1
	}
	return leastAhead
}

// skipTo gives up the questions before one whose answer came: theirs had no end. It says whether there is
// such a question.
func (d *dispatch) skipTo(s *shell, id int) bool {
	at := slices.IndexFunc(s.queue, func(j *job) bool { return j.id == id })
	if at < 0 {
		return false
	}
	for _, j := range s.queue[:at] {
		d.finish(j, Answer{}, EndedError{Err: errors.New("the end of the answer got lost")})
	}
	s.queue = s.queue[at:]
	return true
}

// finish tells a question, or follows the end of a sweep.
func (d *dispatch) finish(j *job, a Answer, err error) {
	if j.victim != nil {
		d.swept(j.victim, a, err)
		return
	}
	d.left--
	d.tell(j.index, a, err)
}

// kill ends a shell that was given up.
func (d *dispatch) kill(s *shell) {
	d.sweeps = without(d.sweeps, s)
	s.cancel()
}

// swept kills a shell that was given up. When its question was still at work, that hung and not the link; when it was
// not, the answer got lost on its way.
func (d *dispatch) swept(s *shell, a Answer, err error) {
	pending := s.silent && slices.Contains(d.sweeps, s)
	d.kill(s)
	var cannot CannotError
	switch {
	case !pending || err != nil && !errors.As(err, &cannot):
	case err == nil && string(a.Stdout) == hung:
		d.silent = 0
	default:
		d.fellSilent(1, LimitError{Limit: s.limit})
	}
}

// fellSilent counts the shells in a row, and gives the target up after some.
func (d *dispatch) fellSilent(n int, why error) {
	if d.silent += n; d.silent < mostSilent || d.over != nil {
		return
	}
	d.over = SilentError{Err: why}
	d.log(d.over.Error())
	d.loss, d.reopen, d.attempts = d.over, false, 0
}

// outOfTime gives up a shell that is up, and of which nothing was heard for too long. Of one that has begun with a
// question nobody knows whether that hangs or the link, before a sweep was there.
func (d *dispatch) outOfTime(s *shell, now time.Time) {
	j := s.queue[0]
	if s.since.Sub(s.opened) > healthy {
		d.silent = 0
	}
	if !j.began.IsZero() {
		s.silent, s.limit = j.victim == nil, j.Limit
		d.giveUp(s, LimitError{Limit: j.Limit})
		return
	}
	why := SilentError{For: now.Sub(d.quietSince(s)).Round(time.Second / 10)}
	d.giveUp(s, why)
	d.fellSilent(1, why)
}

// giveUp tells the question that a shell hangs on, and moves the others elsewhere. The shell is killed only
// after a new one had a chance to end what hangs, and has room for it.
func (d *dispatch) giveUp(s *shell, err error) {
	d.log(fmt.Sprintf("giving up a shell: %v", err))
	d.shells, d.leaving = without(d.shells, s), append(d.leaving, s)
	s.ignore()
	stuck, rest := s.queue[0], s.queue[1:]
	s.queue = nil
	d.finish(stuck, Answer{}, err)
	d.requeue(rest)
	d.reopen, d.attempts, d.loss = d.over == nil, reopenAttempts, err
	pid, start := s.identity()
	if start == 0 || stuck.victim != nil {
		d.kill(s)
		return
	}
	j := &job{Question: Question{Function: sweep, Limit: sweepLimit}, index: -1, victim: s}
	j.Words = []string{fmt.Sprint(pid), fmt.Sprint(start)}
	d.number(j)
	d.first = append([]*job{j}, d.first...)
	d.sweeps = append(d.sweeps, s)
	d.patient = time.Now().Add(sweepLimit + d.options.Grace)
}

// lose follows a shell that ended by itself, or never came up.
func (d *dispatch) lose(s *shell, why error) {
	d.log(fmt.Sprintf("a shell ended: %v", why))
	d.shells, d.loss = without(d.shells, s), why
	jobs := s.queue
	s.queue = nil
	if s.eager && !s.up && timedOut(why) {
		d.didNotComeUp(why)
	}
	if s.eager && len(jobs) > 0 && !final(why) && d.again(s) {
		d.requeue(d.tellBegun(jobs, why))
		return
	}
	if d.over != nil {
		why = d.over
	}
	for _, j := range jobs {
		d.finish(j, Answer{}, why)
	}
}

// didNotComeUp counts a shell that should have followed a silent one. Nobody will tell any more whether that one hung.
func (d *dispatch) didNotComeUp(why error) {
	n := 1
	if slices.ContainsFunc(d.sweeps, func(s *shell) bool { return s.silent }) {
		n++
	}
	d.fellSilent(n, why)
}

func timedOut(err error) bool {
	var e interface{ Timeout() bool }
	return errors.As(err, &e) && e.Timeout()
}

// final says whether a Shell knows of its error that another try would end alike: a host that cannot be
// reached was given all the time that it may take.
func final(err error) bool {
	var knows interface{ Final() bool }
	return errors.As(err, &knows) && knows.Final()
}

// again says whether another shell may be opened for what a lost one was to be asked.
func (d *dispatch) again(s *shell) bool {
	switch {
	case d.over != nil:
		return false
	case !s.up && d.attempts > 0:
		d.notUntil = time.Now().Add(reopenPause << (reopenAttempts - d.attempts))
		d.attempts--
	case !d.answered && !d.retried:
		d.retried = true
		d.notUntil = time.Now().Add(reopenPause)
	default:
		return false
	}
	// The target may have room for one shell only.
	for _, old := range d.leaving {
		d.kill(old)
	}
	d.reopen = true
	return true
}

// tellBegun ends slow questions that had begun: what they do may not be done twice.
func (d *dispatch) tellBegun(jobs []*job, why error) (rest []*job) {
	for _, j := range jobs {
		if j.Slow && !j.began.IsZero() {
			d.finish(j, Answer{}, why)
			continue
		}
		rest = append(rest, j)
	}
	return rest
}

// requeue puts questions back to be sent to another shell, before those that were never sent.
func (d *dispatch) requeue(jobs []*job) {
	var first, slow []*job
	for _, j := range jobs {
		switch {
		case j.victim != nil:
			d.kill(j.victim)
		case j.Slow:
			slow = append(slow, j)
		default:
			first = append(first, j)
		}
	}
	d.first = append(first, d.first...)
	d.waiting = append(slow, d.waiting...)
}

// recall takes back what was sent, since nobody wants to know any more.
func (d *dispatch) recall() {
	for _, s := range d.shells {
		d.requeue(s.queue)
		s.queue = nil
	}
}

// interrupt tells all that is left.
func (d *dispatch) interrupt(cause error) {
	for _, j := range append(d.first, d.waiting...) {
		if j.victim == nil {
			d.finish(j, Answer{}, InterruptedError{Cause: cause})
		}
	}
}
