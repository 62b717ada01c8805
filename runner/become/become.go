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
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/avow-dev/avow/runner/shell"
)

// Account says which user to become, and how.
type Account struct {
	Method   string // the name of one of Methods; "" is sudo
	User     string // "" is root
	Password string // for the method's prompt; "" for none
}

// Format prints an account without its password, whatever the verb.
func (a Account) Format(f fmt.State, _ rune) {
	a = a.complete()
	_, _ = fmt.Fprintf(f, "%s to %q", a.Method, a.User)
}

func (a Account) complete() Account {
	if a.Method == "" {
		a.Method = Methods[0].Name
	}
	if a.User == "" {
		a.User = "root"
	}
	return a
}

// passwordLimit is what every method reads as one line. The rest of a longer one would be read as a script.
const passwordLimit = 255

// Check returns an error for an account that no method can use. The error never contains the password.
func Check(a Account) error {
	a = a.complete()
	if _, ok := method(a.Method); !ok {
		return fmt.Errorf("become: unknown method %q: it is one of %s", a.Method, strings.Join(methodNames(), ", "))
	}
	switch {
	case strings.ContainsFunc(a.User, unicode.IsControl):
		return fmt.Errorf("become: the user %q holds a control character", a.User)
	case strings.HasPrefix(a.User, "-"):
		return fmt.Errorf("become: the user %q begins with a dash, and would be read as an option", a.User)
	case strings.ContainsAny(a.Password, "\x00\r\n"):
		return errors.New("become: the password holds a NUL byte or the end of a line")
	case len(a.Password) > passwordLimit:
		return fmt.Errorf("become: the password is longer than %d bytes", passwordLimit)
	}
	return nil
}

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
func Shell(base shell.Shell, a Account) shell.Shell {
	return newShell(base, a, stepLimit, closeLimit)
}

func newShell(base shell.Shell, a Account, patience, farewell time.Duration) shell.Shell {
	if err := Check(a); err != nil {
		return func(context.Context, io.Reader, io.Writer, io.Writer) error { return err }
	}
	a = a.complete()
	m, _ := method(a.Method)
	past := newAttempts()
	return func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		pass, err := past.login(ctx)
		if err != nil {
			return err
		}
		defer pass()
		t := newAttempt(m, a, stdin, stdout, stderr)
		t.stepLimit, t.closeLimit = patience, farewell
		t.cameUp = func() { past.verify(); pass() }
		err = t.run(ctx, base)
		past.reject(t.persistent(err))
		return err
	}
}
