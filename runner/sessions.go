package runner

import (
	"context"
	"errors"

	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec"
)

// sessions are the shell sessions of one target, one for each account.
type sessions struct {
	start      func(spec.Account) shell.Shell
	options    shell.Options
	retryLater func(context.Context) bool   // waits after a timeout under load; reports whether to try again
	shells     map[spec.Account]shell.Shell // made once: each offers its password once
	open       map[spec.Account]*shell.Conversation
}

func newSessions(
	open func(spec.Account) shell.Shell, later func(context.Context) bool, options shell.Options,
) *sessions {
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

// run runs queries as one account. A target may have room for one session only: when a new account gets no shell while
// others have theirs, those are closed, and it is tried once more. So is the first session if it timed out under load,
// once that is gone.
func (v *sessions) run(ctx context.Context, a spec.Account, list []shell.Query, report func(int, shell.Result, error)) {
	if v.open[a] != nil {
		v.open[a].Run(ctx, list, report)
		return
	}
	first := len(v.open) == 0
	refusal := is[shell.EndedError]
	if first {
		refusal = timedOut
	}
	var again []shell.Query
	var refused []int
	var reasons []error
	answered := false
	v.get(a).Run(ctx, list, func(i int, answer shell.Result, err error) {
		if !answered && refusal(err) {
			again, refused, reasons = append(again, list[i]), append(refused, i), append(reasons, err)
			return
		}
		// After one result there is a session, and further errors are those of their queries.
		answered = true
		report(i, answer, err)
	})
	if answered || ctx.Err() != nil || len(refused) == 0 || first && !v.retryLater(ctx) {
		for n, i := range refused {
			report(i, shell.Result{}, reasons[n])
		}
		return
	}
	// The other sessions start again when they are needed.
	v.close()
	v.get(a).Run(ctx, again, func(n int, answer shell.Result, err error) { report(refused[n], answer, err) })
}

// timedOut reports whether a target may only have been slow.
func timedOut(err error) bool {
	var e interface{ Timeout() bool }
	return errors.As(err, &e) && e.Timeout()
}

func (v *sessions) close() {
	for a, talk := range v.open {
		_ = talk.Close()
		delete(v.open, a)
	}
}
