package runner

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/avow-dev/avow/spec/target"
)

const (
	slowToSpeak  = time.Second // after which a silent target may step aside
	asideFactor  = 16          // so many times the number of places may be aside without an accepted connection
	calmFraction = 8           // the load is gone when no more than this part of the places is taken
)

// places limits the number of targets that are checked at once. A target that does not accept a connection, or is
// silent while others are not, costs time but no work; it may step aside, and takes a place again before it goes on.
type places struct {
	most int

	mu     sync.Mutex
	held   int
	dead   int // aside, without an accepted connection
	silent int // aside, with an accepted connection
	lines  [3][]ticket
	greets pace // from the accepted connection to the first byte
	logins pace // from the first byte to the first result
	onWay  int  // targets between these two
}

// The queues for a place, the first one served first.
const (
	lineReturning = iota // was aside, and sent something
	lineBeginning
	lineLater // timed out under load, and returns when that is gone
)

// ticket is a place in a queue. It is closed when it has its place.
type ticket chan struct{}

func newPlaces(most int) *places { return &places{most: most} }

// queue adds a ticket to a queue.
func (p *places) queue(line int) ticket {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := make(ticket)
	p.lines[line] = append(p.lines[line], t)
	p.grant()
	return t
}

// grant assigns free places to waiting tickets.
func (p *places) grant() {
	for line, waiting := range p.lines {
		most := p.most
		// What timed out under load would time out again among as many others.
		if line == lineLater {
			most = max(1, p.most/calmFraction)
		}
		for len(waiting) > 0 && p.held < most {
			close(waiting[0])
			waiting, p.held = waiting[1:], p.held+1
		}
		p.lines[line] = waiting
		if len(waiting) > 0 {
			return
		}
	}
}

// wait returns when the ticket has its place, or with an error and no place when ctx is done.
func (p *places) wait(ctx context.Context, line int, t ticket) error {
	select {
	case <-t:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.lines[line], t)
	// It was granted in this moment, so the place has to be released by the caller.
	if i < 0 {
		return nil
	}
	p.lines[line] = slices.Delete(p.lines[line], i, i+1)
	p.grant()
	return context.Cause(ctx)
}

// place is the place of one target, or its wait for one.
type place struct {
	*places
	clock *clock
	first ticket
	timer *time.Timer

	// The mutex of places guards all fields below.
	held     bool
	aside    *int      // the counter it is part of while it is aside
	accepted time.Time // when a connection was accepted; zero before
	spoke    time.Time // when the first byte came over it; zero before
	up       bool      // the first result arrived
	ended    bool
}

// place queues a target. Targets begin in the order of these calls.
func (p *places) place() *place { return &place{places: p, first: p.queue(lineBeginning)} }

// begin waits for the place.
func (p *place) begin(ctx context.Context) error {
	err := p.wait(ctx, lineBeginning, p.first)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = err == nil
	return err
}

// contact returns callbacks with which the target steps aside until it sends something.
func (p *place) contact() target.Contact {
	p.timer = time.AfterFunc(slowToSpeak, p.watch)
	return target.Contact{Accepted: p.wasAccepted, Spoke: p.hasSpoken, Slack: p.slack}
}

// end releases the place, wherever it is.
func (p *place) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leave()
	p.back()
	if p.timer != nil {
		p.timer.Stop()
	}
	if !p.spoke.IsZero() && !p.up {
		p.onWay--
	}
	p.ended = true
	p.grant()
}

func (p *place) leave() {
	if p.held {
		p.places.held--
	}
	p.held = false
}

// back ends being aside.
func (p *place) back() {
	if p.aside != nil {
		*p.aside--
	}
	p.aside = nil
}

// watch checks each second whether a silent target should step aside.
func (p *place) watch() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.held || p.ended || !p.spoke.IsZero() {
		return
	}
	switch {
	case p.accepted.IsZero() && p.dead < asideFactor*p.most:
		p.aside = &p.dead
	// Others were much quicker, or no other target has spoken yet.
	case !p.accepted.IsZero() && p.silent < p.most && time.Since(p.accepted) >= paceFactor*p.greets.typical():
		p.aside = &p.silent
	default:
		p.timer.Reset(slowToSpeak)
		return
	}
	*p.aside++
	p.leave()
	p.grant()
}

func (p *place) wasAccepted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.accepted = time.Now()
}

// hasSpoken takes a place again after the target stepped aside.
func (p *place) hasSpoken(ctx context.Context) error {
	p.mu.Lock()
	if p.spoke.IsZero() {
		p.greets.add(time.Since(p.accepted))
		p.spoke = time.Now()
		p.onWay++
	}
	held := p.held
	p.mu.Unlock()
	if held {
		return nil
	}
	err := p.again(ctx, lineReturning)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spoke = time.Now() // the target had no part in the wait
	return err
}

// again waits for another place, with the target's clock paused.
func (p *place) again(ctx context.Context, line int) (err error) {
	p.clock.pausing(func() { err = p.wait(ctx, line, p.queue(line)) })
	p.mu.Lock()
	defer p.mu.Unlock()
	p.back()
	p.held = err == nil
	if p.timer != nil && p.spoke.IsZero() {
		p.timer.Reset(slowToSpeak)
	}
	return err
}

// arrived records the time of the target's first result.
func (p *place) arrived(since time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.up {
		return
	}
	if p.up = true; !p.spoke.IsZero() {
		since = p.spoke
		p.onWay--
	}
	p.logins.add(time.Since(since))
}

// slack returns how much longer than a limit the target may take for its current step.
func (p *place) slack(limit time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spoke.IsZero() && !p.accepted.IsZero() {
		return p.greets.slack(limit, 0)
	}
	return p.logins.slack(limit, p.onWay)
}

// later reports whether a target that timed out did so under load and may try again. It returns when the load is gone.
func (p *place) later(ctx context.Context) bool {
	p.mu.Lock()
	strained := p.greets.slack(strainedGreet, 0)+p.logins.slack(strainedLogin, p.onWay) > 0
	if strained {
		p.leave()
		p.grant()
	}
	p.mu.Unlock()
	return strained && p.again(ctx, lineLater) == nil
}

// The limits that count as doubtful when most targets of the run take a good part of them.
const (
	strainedGreet = 8 * time.Second
	strainedLogin = 20 * time.Second
)

// pace is how long a step took for the last few targets.
type pace struct {
	recent [16]time.Duration
	n      int
}

func (p *pace) add(d time.Duration) {
	p.recent[p.n%len(p.recent)] = d
	p.n++
}

// typical returns the median, or 0 without any.
func (p *pace) typical() time.Duration {
	n := min(p.n, len(p.recent))
	if n == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(p.recent[:n]))[n/2]
}

const (
	paceFactor = 4 // up to so many times the typical duration, there is no reason to doubt
	mostSlack  = 5 // times the limit
	several    = 4
)

// slack returns how much longer than the limit a target may take: a multiple of what is typical. Before any of several
// targets has completed the step, each may take the limit twice.
func (p *pace) slack(limit time.Duration, others int) time.Duration {
	if p.n == 0 && others > several {
		return limit
	}
	return min(max(paceFactor*p.typical()-limit, 0), mostSlack*limit)
}
