package runner

import (
	"context"
	"errors"
	"time"

	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/matcher"
)

const (
	quickToJudge  = 64 << 10               // bytes of a value that is judged at once
	lastJudgement = 500 * time.Millisecond // for all results that came before the target's time was over
)

// judgeTime limits how long verdicts may take. It belongs to one goroutine.
type judgeTime struct {
	context.Context           // the target's time
	over            time.Time // when verdicts end that are made after it; zero before
}

// test runs an expensive test (a pattern with large repeats, on megabytes) no longer than the target may take. Such a
// test cannot be stopped from outside; matchers end it by themselves after some seconds.
func (j judge) test(it *resourceState, p spec.Promise, value any) matcher.Result {
	if sizeOf(value) <= quickToJudge {
		return p.Expectation.Test(value)
	}
	// Buffered, since nothing receives a result that comes too late.
	done := make(chan matcher.Result, 1)
	go func() { done <- p.Expectation.Test(value) }()
	select {
	case r := <-done:
		return r
	case <-j.time.Done():
	}
	if j.time.over.IsZero() {
		j.time.over = time.Now().Add(lastJudgement)
	}
	select {
	case r := <-done:
		return r
	case <-time.After(time.Until(j.time.over)):
		if context.Cause(j.time) == errFailFast {
			it.losses[p.Attribute.Name] = lostRun
		}
		return matcher.Result{Unknown: reasonFor(j.time, errors.New("interrupted"))}
	}
}

// sizeOf returns how many bytes of text are to be judged.
func sizeOf(value any) int {
	n := 0
	switch v := value.(type) {
	case string:
		n = len(v)
	case []any:
		for _, e := range v {
			n += sizeOf(e)
		}
	case map[string]any:
		for key, e := range v {
			n += len(key) + sizeOf(e)
		}
	}
	return n
}
