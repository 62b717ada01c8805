package runner

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
	"github.com/avow-dev/avow/spec/target"
)

// TargetTimeError is the cause when a target's whole time is over.
type TargetTimeError struct{ Limit time.Duration }

// Error returns a message with the limit.
func (e TargetTimeError) Error() string {
	return fmt.Sprintf("the target's time of %v is over (--target-timeout)", e.Limit.Round(time.Millisecond))
}

// clock limits the whole time of a target. It is paused while the target waits for others.
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
	c.timer = time.AfterFunc(limit, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.cancel(TargetTimeError{Limit: c.limit})
	})
	return c
}

// extend gives the target more time, as more queries became known.
func (c *clock) extend(limit time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// A timer that cannot be stopped has expired: the target's time is over already.
	if limit <= c.limit || !c.timer.Stop() {
		return
	}
	c.until = c.until.Add(limit - c.limit)
	c.limit = limit
	c.timer.Reset(time.Until(c.until))
}

// pausing runs wait, whose time does not count.
func (c *clock) pausing(wait func()) {
	runs := c.timer.Stop()
	begun := time.Now()
	wait()
	if !runs { // it is over, or paused already
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

// ownTime is the time of a target without its queries.
const ownTime = time.Minute

// timeOf returns the limit for the whole time of a target: that of the caller, or the sum of the limits of its queries.
// Queries for many subjects count twice, as they may be run again for each.
func (r *run) timeOf(way target.Connection, resources []spec.Resource) time.Duration {
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
	return ownTime + way.ReachLimit + way.StartLimit + answers + within
}
