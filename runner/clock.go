package runner

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
)

// TargetTimeError is why a target was given up whose whole time was over.
type TargetTimeError struct{ Limit time.Duration }

// Error names the limit.
func (e TargetTimeError) Error() string {
	return fmt.Sprintf("the target's time of %v is over (--target-timeout)", e.Limit.Round(time.Millisecond))
}

// clock is the time that a target may take in all. It stands still while the target waits for others.
type clock struct {
	context.Context
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	limit time.Duration
	timer *time.Timer
	until time.Time
}

func newClock(ctx context.Context, limit time.Duration) *clock {
	c := &clock{limit: limit, until: time.Now().Add(limit)}
	c.Context, c.cancel = context.WithCancelCause(ctx)
	c.timer = time.AfterFunc(limit, c.expire)
	return c
}

func (c *clock) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancel(TargetTimeError{Limit: c.limit})
}

// extend gives the target more time: there is more to ask than was known.
func (c *clock) extend(limit time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if limit <= c.limit || !c.timer.Stop() {
		return
	}
	c.until = c.until.Add(limit - c.limit)
	c.limit = limit
	c.timer.Reset(time.Until(c.until))
}

// pausing runs what does not count.
func (c *clock) pausing(wait func()) {
	runs := c.timer.Stop()
	begun := time.Now()
	wait()
	if !runs { // it is over, or stands still already
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until = c.until.Add(time.Since(begun))
	c.timer.Reset(time.Until(c.until))
}

func (c *clock) stop() {
	c.timer.Stop()
	c.cancel(nil)
}

// ownTime is what a target may take beside its answers.
const ownTime = time.Minute

// timeOf is how long a machine may take in all, unless the caller set a time: as long as the limits of what it is asked add
// up to. Questions for many subjects count twice, as they may be asked again, apart.
func (r *run) timeOf(m Machine, resources []spec.Resource) time.Duration {
	if r.options.Target > 0 {
		return r.options.Target
	}
	var answers, within time.Duration
	grouped := map[*resource.Probe]bool{}
	for _, res := range resources {
		it := resourceState{Resource: res}
		for _, p := range it.probes() {
			if p.Limit != nil {
				answers += p.Limit(res.Params)
			} else {
				grouped[p] = true
			}
		}
		within = max(within, res.Within)
	}
	answers += 2 * resource.DefaultLimit * time.Duration(len(grouped))
	return ownTime + m.ReachLimit + m.StartLimit + answers + within
}
