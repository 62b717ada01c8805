package become

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/avow-dev/avow/runner/conversation"
)

// attempt is one shell on its way to another user. It is the stdin of the shell below.
type attempt struct {
	method   Method
	account  Account
	nonce    string
	stdin    io.Reader
	out, err stream
	cameUp   func() // called once
	patience time.Duration
	farewell time.Duration

	mu      sync.Mutex
	more    *sync.Cond
	text    string // is read next
	login   string // who logged in
	read    bool   // the shell below, or what should become one, reads: its time runs
	begun   bool   // the shell below has read the line
	offered bool   // the password was sent
	up      bool   // the user is there, and stdin is the caller's
	closed  bool   // nothing more is read
	reason  error
	timer   *time.Timer
	cancel  context.CancelFunc
}

func newAttempt(m Method, a Account, stdin io.Reader, stdout, stderr io.Writer) *attempt {
	t := &attempt{method: m, account: a, nonce: newNonce(), stdin: stdin}
	t.more = sync.NewCond(&t.mu)
	t.out, t.err = newStream(t, stdout), newStream(t, stderr)
	t.text = m.line(a, t.nonce)
	return t
}

// run returns when base has.
func (t *attempt) run(ctx context.Context, base conversation.Shell) error {
	below, cancel := context.WithCancel(ctx)
	defer cancel()
	t.mu.Lock()
	t.cancel = cancel
	t.timer = time.AfterFunc(t.patience, t.expire)
	t.timer.Stop() // until there is a shell that reads
	t.mu.Unlock()
	err := base(below, t, &t.out, &t.err)
	return t.ended(ctx, err)
}

// ended is the end of base in our words, if the user did not come up.
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
	case !t.begun:
		return t.plain(end)
	}
	return t.explain(end)
}

// plain is the end of a shell that never read the line, such as nologin: it says why on stdout.
func (t *attempt) plain(end error) error {
	line := t.lastLine(t.out.said() + "\n" + t.err.said())
	switch {
	case line == "":
		return end
	case end == nil:
		return errors.New(line)
	}
	return fmt.Errorf("%w: %s", end, line)
}

// silent is the end of a method that said nothing.
func (t *attempt) silent(end error) error {
	if end == nil {
		return RefusedError{Reason: t.method.Name + ": ended, and " + t.account.User + " was not there"}
	}
	return fmt.Errorf("%s: ended, and %s was not there: %w", t.method.Name, t.account.User, end)
}

// lasting is what later attempts are told instead of a try: a refusal does not change, and a password whose
// answer got lost may have been a wrong one.
func (t *attempt) lasting(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	refused := RefusedError{}
	switch {
	case t.up:
		return nil
	case errors.As(err, &refused):
		return err
	case t.offered:
		return RefusedError{Reason: t.method.Name + ": the password was offered, and no answer came", Hint: wrong.hint, Err: err}
	}
	return nil
}

// Read is first the line, then perhaps the password, and then what the caller gives.
func (t *attempt) Read(p []byte) (int, error) {
	if n, err := t.own(p); n > 0 || err != nil || len(p) == 0 {
		return n, err
	}
	return t.stdin.Read(p)
}

// own reads what is ours; neither a byte nor an error means that it is the caller's turn.
func (t *attempt) own(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.read && !t.closed {
		t.read = true
		t.timer.Reset(t.patience)
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

// begin starts the second wait.
func (t *attempt) begin() {
	if !t.begun && !t.closed {
		t.begun = true
		t.timer.Reset(t.patience)
	}
}

// asked answers a prompt, the first one with the password. To a second one there is no answer.
func (t *attempt) asked(between string) {
	switch {
	case t.up || t.closed:
	case t.account.Password == "":
		t.fail(t.refuse(required))
	case !t.offered:
		t.offered = true
		t.text += t.account.Password + "\n"
		t.more.Broadcast()
	case strings.TrimSpace(rest.ReplaceAllString(strings.TrimSpace(between), "")) == "":
		t.fail(t.refuse(refusal{reason: "METHOD: asks for more than a password", hint: "a one-time code, or a new password"}))
	default:
		t.fail(t.refuse(wrong))
	}
}

// fail gives up. The method ends by itself when its stdin does, which spares it a failed attempt.
func (t *attempt) fail(reason error) {
	t.reason = reason
	t.close()
	t.timer.Reset(t.farewell)
}

func (t *attempt) close() {
	t.text, t.closed = "", true
	t.more.Broadcast()
}

// arrived is told of UP on one of the streams.
func (t *attempt) arrived() {
	if t.out.up && t.err.up && !t.closed {
		t.up = true
		t.timer.Stop()
		t.more.Broadcast()
		t.cameUp()
	}
}

// expire ends the shell below, which takes too long to answer or to end.
func (t *attempt) expire() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.up {
		return
	}
	if t.reason == nil && !t.closed {
		t.reason = t.late()
		t.close()
	}
	t.cancel()
}

func (t *attempt) late() error {
	switch {
	case !t.begun:
		return conversation.StartError{Limit: t.patience}
	case t.offered:
		return t.refuse(refusal{reason: fmt.Sprintf("METHOD: no answer to the password within %v", t.patience)})
	}
	return t.refuse(refusal{reason: fmt.Sprintf("METHOD: no answer within %v", t.patience)})
}
