package runner

import (
	"fmt"
	"slices"
	"time"

	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
)

// targetClock is the time on a target, read in the same conversation as what is compared with it.
type targetClock struct {
	now  time.Time // zero if it is not known
	skew string    // how it differs from this machine's clock, if that is worth a note
}

// maxSkew is how much the clocks of two machines may differ without a note.
const maxSkew = time.Minute

// clockFor returns the resource that reads the target's clock, if a promise depends on it. It has to be the first to
// run: facts are judged as they come.
func (c *check) clockFor(items []*resourceState) []*resourceState {
	ages := func(p spec.Promise) bool { return p.Expectation.At != nil }
	aged := func(it *resourceState) bool {
		return slices.ContainsFunc(it.Promises, ages) || slices.ContainsFunc(it.Query.Where, ages)
	}
	if !slices.ContainsFunc(items, aged) {
		return nil
	}
	typ := c.run.suite.Catalog.Now
	return []*resourceState{{
		Resource: spec.Resource{
			Type: typ, Promises: []spec.Promise{{Attribute: &typ.Attributes[0]}}, Become: c.target.Become,
		},
		names: func(f resource.Facts) { c.judge.clock = clockOf(f["now"], time.Now()) },
	}}
}

func clockOf(fact resource.Fact, here time.Time) targetClock {
	now, ok := fact.Value.(time.Time)
	if !ok {
		return targetClock{}
	}
	clock := targetClock{now: now}
	if ahead := now.Sub(here).Round(time.Second); ahead > maxSkew {
		clock.skew = fmt.Sprintf("the target's clock is %s ahead of this machine's", ahead)
	} else if -ahead > maxSkew {
		clock.skew = fmt.Sprintf("the target's clock is %s behind this machine's", -ahead)
	}
	return clock
}

// aged returns a promise whose expectation of an age is bound to the target's clock.
func (j judge) aged(p spec.Promise) spec.Promise {
	if p.Expectation.At != nil && !j.clock.now.IsZero() {
		p.Expectation = p.Expectation.At(j.clock.now)
	}
	return p
}
