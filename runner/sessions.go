package runner

import (
	"context"
	"errors"

	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec"
)

// sessions are the conversations with one target: one for each account that asks.
type sessions struct {
	start      func(spec.Account) shell.Shell
	options    shell.Options
	retryLater func(context.Context) bool   // waits for another try where the load was to blame; says whether there is one
	shells     map[spec.Account]shell.Shell // made once: each offers its password once
	open       map[spec.Account]*shell.Conversation
}

func newSessions(open func(spec.Account) shell.Shell, later func(context.Context) bool, options shell.Options) *sessions {
	return &sessions{
		start: open, options: options, retryLater: later,
		shells: map[spec.Account]shell.Shell{},
		open:   map[spec.Account]*shell.Conversation{},
	}
}

func (v *sessions) get(a spec.Account) *shell.Conversation {
	if v.shells[a] == nil {
		v.shells[a] = v.start(a)
	}
	if v.open[a] == nil {
		v.open[a] = shell.New(v.shells[a], v.options)
	}
	return v.open[a]
}

// run asks as one account. A target may have room for one session only: when a new account gets no shell
// while others have theirs, those are ended, and it is tried once more. Nor is the first one given up that timed out
// while there was much load: it is tried once more when that is gone.
func (v *sessions) run(ctx context.Context, a spec.Account, list []shell.Query, tell func(int, shell.Result, error)) {
	first := len(v.open) == 0
	if _, known := v.open[a]; known {
		v.get(a).Run(ctx, list, tell)
		return
	}
	refusal := is[shell.EndedError]
	if first {
		refusal = timedOut
	}
	var refused []int
	var reasons []error
	answered := false
	v.get(a).Run(ctx, list, func(i int, answer shell.Result, err error) {
		if !answered && refusal(err) {
			refused, reasons = append(refused, i), append(reasons, err)
			return
		}
		answered = true
		tell(i, answer, err)
	})
	if answered || ctx.Err() != nil || len(refused) == 0 || first && !v.retryLater(ctx) {
		for n, i := range refused {
			tell(i, shell.Result{}, reasons[n])
		}
		return
	}
	v.runAlone(ctx, a, pick(list, refused), func(n int, answer shell.Result, err error) { tell(refused[n], answer, err) })
}

// timedOut says whether a target may only have been slow.
func timedOut(err error) bool {
	var e interface{ Timeout() bool }
	return errors.As(err, &e) && e.Timeout()
}

// runAlone asks when all other conversations have ended. They begin anew when they are needed again.
func (v *sessions) runAlone(ctx context.Context, a spec.Account, list []shell.Query, tell func(int, shell.Result, error)) {
	v.close()
	v.get(a).Run(ctx, list, tell)
}

func pick(list []shell.Query, indexes []int) []shell.Query {
	var out []shell.Query
	for _, i := range indexes {
		out = append(out, list[i])
	}
	return out
}

func (v *sessions) close() {
	for a, talk := range v.open {
		_ = talk.Close()
		delete(v.open, a)
	}
}
