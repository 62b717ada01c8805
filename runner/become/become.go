// Package become makes of a shell one that runs as another user, by sudo, doas or su.
//
// The shell below is sent one line. When that shell is the wanted user already, the line only says so;
// otherwise it replaces the shell by, for example,
//
//	exec sudo -k -S -p NONCE-PW -u USER -- /bin/sh -c 'echo NONCE-UP; echo NONCE-UP >&2; exec /bin/sh -s'
//
// Nothing else is sent until something comes back: at the prompt the password, and after NONCE-UP on both
// streams the caller's stdin. To send either ahead would be wrong twice: an unread password would be run as
// a command, and lines of a script would be taken for more passwords, which locks accounts. What comes
// before NONCE-UP never reaches the caller, but tells why the user could not be had.
//
// The line holds the nonce in two pieces, so that a shell which echoes what it reads shows no mark.
package become

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/avow-dev/avow/runner/conversation"
)

const (
	// Each of both waits: for the shell below, from when that is read from, and then for the user. A conversation waits for
	// the caller's own script to be read, so it bounds neither.
	patience = 13 * time.Second
	farewell = 3 * time.Second // for a refused method to end by itself
)

// Shell is a shell as that user, on top of one that begins as /bin/sh -s. It returns a [RefusedError] when
// the user cannot be had, and what base returns otherwise.
//
// A password is offered once per shell. One that did not help is never offered again, nor is a method that
// refused asked again: all later shells return the first one's error. Until the first shell is up the others
// wait for it.
func Shell(base conversation.Shell, a Account) conversation.Shell {
	return shell(base, a, patience, farewell)
}

func shell(base conversation.Shell, a Account, patience, farewell time.Duration) conversation.Shell {
	if err := Check(a); err != nil {
		return func(context.Context, io.Reader, io.Writer, io.Writer) error { return fmt.Errorf("become: %w", err) }
	}
	a = complete(a)
	m, _ := method(a.Method)
	past := newPast()
	return func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		pass, err := past.enter(ctx)
		if err != nil {
			return err
		}
		defer pass()
		t := newAttempt(m, a, stdin, stdout, stderr)
		t.patience, t.farewell = patience, farewell
		t.cameUp = func() { past.prove(); pass() }
		err = t.run(ctx, base)
		past.refuse(t.lasting(err))
		return err
	}
}
