package runner

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/avow-dev/avow/spec/target"
)

const (
	slowToSpeak  = time.Second // after which a target that says nothing may step aside
	asideFactor  = 16          // so many times the number of places may be aside that were not even accepted
	calmFraction = 8           // the load is gone when no more than this part of the places is taken
)

// places bound how many targets are worked on at once. A target that does not accept a connection, or says nothing
// while others do, costs time and no work; so it may step aside, and takes a place again before it goes on.
type places struct {
	most int

	mu     sync.Mutex
	held   int
	dead   int // aside, and not accepted when they stepped there
	silent int // aside, and accepted
	lines  [3][]*ticket
	greets pace // from the accepted connection to the first word
	logins pace // from the first word to the first answer
	onWay  int  // targets between these two
}

// The lines of those who wait for a place, the first line first.
const (
	lineReturning = iota // was aside, and spoke
	lineBeginning
	lineLater // timed out under load, and comes back when that is gone
)

// ticket is a wait for a place. got is closed when there is one.
type ticket struct{ got chan struct{} }

func newPlaces(most int) *places { return &places{most: most} }

// queue gets in line.
func (p *places) queue(line int) *ticket {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := &ticket{got: make(chan struct{})}
	p.lines[line] = append(p.lines[line], t)
	p.grant()
	return t
}

// grant gives free places to those who wait.
func (p *places) grant() {
	for line, waiting := range p.lines {
		most := p.most
		if line == lineLater {
			most = max(1, p.most/calmFraction)
		}
		for len(waiting) > 0 && p.held < most {
			close(waiting[0].got)
			waiting, p.held = waiting[1:], p.held+1
		}
		p.lines[line] = waiting
		if len(waiting) > 0 {
			return
		}
	}
}

// wait returns when the ticket has its place. When ctx is done before, there will be none.
func (p *places) wait(ctx context.Context, line int, t *ticket) error {
	select {
	case <-t.got:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.lines[line], t)
	if i < 0 { // it was granted in this moment
		return nil
	}
	p.lines[line] = slices.Delete(p.lines[line], i, i+1)
	p.grant()
	return context.Cause(ctx)
}

// place is what one target has, or waits for.
type place struct {
	*places
	clock *clock
	first *ticket
	timer *time.Timer

	// What follows is guarded by the mutex of places.
	held     bool
	aside    *int      // where it is counted while it is aside
	accepted time.Time // when a connection was; zero before
	spoke    time.Time // when something came over it; zero before
	up       bool      // it answered
	ended    bool
}

// place gets in line for a target. Who came first begins first.
func (p *places) place() *place { return &place{places: p, first: p.queue(lineBeginning)} }

// begin waits for the place.
func (p *place) begin(ctx context.Context) error {
	err := p.wait(ctx, lineBeginning, p.first)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = err == nil
	return err
}

// contact lets the target step aside until it speaks.
func (p *place) contact() target.Contact {
	p.timer = time.AfterFunc(slowToSpeak, p.watch)
	return target.Contact{Accepted: p.wasAccepted, Spoke: p.hasSpoken, Slack: p.slack}
}

// end leaves the place, wherever it is.
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

// back is no longer aside.
func (p *place) back() {
	if p.aside != nil {
		*p.aside--
	}
	p.aside = nil
}

// watch looks each second whether a target that does not speak should step aside.
func (p *place) watch() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.held || p.ended || !p.spoke.IsZero() {
		return
	}
	switch {
	case p.accepted.IsZero() && p.dead < asideFactor*p.most:
		p.aside = &p.dead
	case !p.accepted.IsZero() && p.silent < p.most && p.greets.outlier(time.Since(p.accepted)):
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

// hasSpoken takes the place again that was given up.
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

// again waits for another place. The time of the target stands still meanwhile.
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

// arrived notes that the target gave its first answer.
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

// slack is how much longer than a limit the target may take for the step that it is at.
func (p *place) slack(limit time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spoke.IsZero() && !p.accepted.IsZero() {
		return p.greets.slack(limit, 0)
	}
	return p.logins.slack(limit, p.onWay)
}

// later says whether a target that timed out did so under load. It then waits until that is gone: there is another try.
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

// The limits whose end is doubtful when most targets of the run take a good part of them.
const (
	strainedGreet = 8 * time.Second
	strainedLogin = 20 * time.Second
)

// pace is how long a step took the last few targets that did it.
type pace struct {
	recent [16]time.Duration
	n      int
}

func (p *pace) add(d time.Duration) {
	p.recent[p.n%len(p.recent)] = d
	p.n++
}

// typical is the median; 0 where nothing is known.
func (p *pace) typical() time.Duration {
	n := min(p.n, len(p.recent))
	if n == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(p.recent[:n]))[n/2]
}

const (
	paceFactor = 4 // so many times what is typical is still no reason to doubt
	mostSlack  = 5 // times the limit
	several    = 4
)

// outlier says whether others were much quicker, or nobody has done the step.
func (p *pace) outlier(d time.Duration) bool { return d >= paceFactor*p.typical() }

// slack is how much longer than the limit a target may take: some times as long as the others. When none of several
// has done the step so far, all of them have a second limit.
func (p *pace) slack(limit time.Duration, others int) time.Duration {
	if p.n == 0 && others > several {
		return limit
	}
	return min(max(paceFactor*p.typical()-limit, 0), mostSlack*limit)
}
