package become

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec/target"
)

// attempt is one login of another user. It is the stdin of the shell below.
type attempt struct {
	method     Method
	account    target.Account
	nonce      string
	stdin      io.Reader
	out, err   stream
	cameUp     func() // called once, after the login
	stepLimit  time.Duration
	closeLimit time.Duration

	mu      sync.Mutex
	more    *sync.Cond
	text    string // to be read next
	login   string // the user that logged in
	reading bool   // the shell below, or a program that becomes one, reads stdin: its time runs
	started bool   // the shell below has run the request
	offered bool   // the password was sent
	up      bool   // logged in: from now on stdin is the caller's
	closed  bool   // nothing more is sent
	reason  error
	timer   *time.Timer
	cancel  context.CancelFunc
}

// run returns when base has returned.
func (t *attempt) run(ctx context.Context, base shell.Shell, stdout, stderr io.Writer) error {
	below, cancel := context.WithCancel(ctx)
	defer cancel()
	t.mu.Lock()
	t.more = sync.NewCond(&t.mu)
	t.out, t.err = newStream(t, stdout), newStream(t, stderr)
	t.text, t.cancel = t.method.line(t.account, t.nonce), cancel
	t.timer = time.AfterFunc(t.stepLimit, t.timeOut)
	t.timer.Stop() // until the shell reads
	t.mu.Unlock()
	err := base(below, t, &t.out, &t.err)
	return t.ended(ctx, err)
}

// ended returns the reason why there was no login, or how base ended after one.
func (t *attempt) ended(ctx context.Context, end error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.close()
	t.timer.Stop()
	switch {
	case t.up:
		return end
	case t.reason != nil:
		return t.reason
	case ctx.Err() != nil:
		return end
	}
	return t.explain(end)
}

// persistent returns the error that later attempts get without a try, or nil: a refusal does not change, and a password
// whose response was lost may have been wrong.
func (t *attempt) persistent(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch _, refused := errors.AsType[RefusedError](err); {
	case t.up:
		return nil
	case refused:
		return err
	case t.offered:
		reason := t.method.Name + ": the password was offered, and no answer came"
		return RefusedError{Reason: reason, Hint: wrongPassword.hint, Err: err}
	}
	return nil
}

// Read returns the request, then the password if there is a prompt, and after the login the caller's stdin.
func (t *attempt) Read(p []byte) (int, error) {
	if n, err := t.readOwn(p); n > 0 || err != nil || len(p) == 0 {
		return n, err
	}
	return t.stdin.Read(p)
}

// readOwn reads the request and the password. It returns 0 and nil after the login.
func (t *attempt) readOwn(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// The shell below bounds all that comes before its first read (connecting, starting a container).
	if !t.reading && !t.closed {
		t.reading = true
		t.timer.Reset(t.stepLimit)
	}
	for t.text == "" && !t.up && !t.closed {
		t.more.Wait()
	}
	if t.closed {
		return 0, io.EOF
	}
	n := copy(p, t.text)
	t.text = t.text[n:]
	return n, nil
}

// answerPrompt answers the first prompt with the password. A second prompt is a refusal.
func (t *attempt) answerPrompt(between string) {
	switch {
	case t.up || t.closed:
	case t.account.Password == "":
		t.fail(t.refuse(passwordRequired))
	case !t.offered:
		t.offered = true
		t.text += t.account.Password + "\n"
		t.more.Broadcast()
	// sudo prints "Sorry, try again." before a second prompt. Nothing between two prompts means that PAM wants
	// something else.
	case strings.TrimSpace(promptFrame.ReplaceAllString(strings.TrimSpace(between), "")) == "":
		t.fail(t.refuse(refusal{reason: "METHOD: asks for more than a password", hint: "a one-time code, or a new password"}))
	default:
		t.fail(t.refuse(wrongPassword))
	}
}

// fail gives up. The method exits when its stdin ends, so it does not count a failed attempt.
func (t *attempt) fail(reason error) {
	t.reason = reason
	t.close()
	t.timer.Reset(t.closeLimit)
}

func (t *attempt) close() {
	t.text, t.closed = "", true
	t.more.Broadcast()
}

// timeOut kills the shell below, which takes too long to log in or to exit.
func (t *attempt) timeOut() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.up {
		return
	}
	if t.reason == nil && !t.closed {
		switch {
		case !t.started:
			t.reason = shell.StartError{Limit: t.stepLimit}
		case t.offered:
			t.reason = t.refuse(refusal{reason: fmt.Sprintf("METHOD: no answer to the password within %v", t.stepLimit)})
		default:
			t.reason = t.refuse(refusal{reason: fmt.Sprintf("METHOD: no answer within %v", t.stepLimit)})
		}
		t.close()
	}
	t.cancel()
}
