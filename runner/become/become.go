// Package become turns a shell into one that runs as another user, by sudo, doas or su.
//
// It sends one line to the shell below. If that shell already runs as the wanted user, the line only prints that;
// otherwise it replaces the shell by, for example,
//
//	exec sudo -k -S -p NONCE-PW -u USER -- /bin/sh -c 'echo NONCE-UP; echo NONCE-UP >&2; exec /bin/sh -s'
//
// It sends nothing else before a response: the password at the prompt, and the caller's stdin after NONCE-UP on both
// streams. Sending either ahead would be wrong: an unread password would run as a command, and lines of a script would
// be read as more passwords, which locks accounts. Output before NONCE-UP never reaches the caller, but says why a
// login was refused.
//
// The line contains the nonce in two halves, so that a shell that echoes its input prints no mark.
package become

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec/target"
)

const (
	// The limit of each step: the shell below, from its first read of stdin, and then the login. The conversation's own
	// limit starts when the caller's script is read, so it bounds neither.
	stepLimit  = 13 * time.Second
	closeLimit = 3 * time.Second // for a refused method to exit by itself
)

// Shell returns a shell that runs as that user, on top of one that starts as /bin/sh -s. It returns a [RefusedError]
// when the login is refused, and otherwise what base returns.
//
// Each shell offers the password once. After a refusal no shell offers it again: all later shells return the first
// one's error. Until the first shell is up the others wait for it.
func Shell(base shell.Shell, a target.Account) shell.Shell {
	return newShell(base, a, stepLimit, closeLimit)
}

// logins are the outcomes of all logins with one account.
type logins struct {
	verified  bool  // one succeeded
	rejection error // of all later attempts
}

func newShell(base shell.Shell, a target.Account, stepLimit, closeLimit time.Duration) shell.Shell {
	if err := Check(a); err != nil {
		return func(context.Context, io.Reader, io.Writer, io.Writer) error { return fmt.Errorf("become: %w", err) }
	}
	a = complete(a)
	m := Methods[slices.IndexFunc(Methods, func(m Method) bool { return m.Name == a.Method })]
	past := make(chan logins, 1) // the goroutine that has received the value may try
	past <- logins{}
	return func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		var known logins
		select {
		case known = <-past:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		verified := known.verified
		pass := sync.OnceFunc(func() { past <- known })
		defer pass()
		if known.rejection != nil {
			return known.rejection
		}
		if verified { // others need not wait for this one
			pass()
		}
		t := &attempt{
			method: m, account: a, nonce: shell.NewNonce(), stdin: stdin, stepLimit: stepLimit, closeLimit: closeLimit,
			cameUp: func() { known.verified = true; pass() },
		}
		err := t.run(ctx, base, stdout, stderr)
		rejection := t.persistent(err)
		if verified && rejection != nil {
			known = <-past
			defer func() { past <- known }()
		}
		known.rejection = cmp.Or(known.rejection, rejection) // before the next one may try
		return err
	}
}
