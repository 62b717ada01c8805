package ssh

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"syscall"
	"time"

	"github.com/avow-dev/avow/backends/transport"
)

// The steps of a connection, of which an Error names one.
const (
	StepResolve      = "resolve"
	StepConnect      = "connect"
	StepHandshake    = "handshake"
	StepAuthenticate = "authenticate"
	StepOpenSession  = "open session"
	StepAsk          = "ask"
)

// Error is the error of a host, with the step and the reason.
type Error struct {
	Host      string        // host:port
	Hop       string        // the jump host with the error, or ""
	Step      string        // StepResolve and so on
	Err       error         // the reason
	Temporary bool          // a host that is still coming up has this error, too
	Waited    time.Duration // the time of all attempts, if it was waited for
}

// Final reports whether another try would end alike: the host had all the time that it may take. Errors of a connection
// (no room for a session, a lost link) may pass.
func (e *Error) Final() bool { return e.Step != StepOpenSession && e.Step != StepAsk }

// Error returns one line, without control characters of the host.
func (e *Error) Error() string {
	text := "ssh " + e.Host
	if e.Hop != "" {
		text += ": jump host " + e.Hop
	}
	text += ": " + e.Step + ": " + e.Err.Error()
	if e.Waited > 0 {
		text += fmt.Sprintf(" (tried for %v)", e.Waited.Round(time.Second/10))
	}
	return transport.OneLine(text)
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// ExitError is the end of a shell with a status other than 0.
type ExitError struct {
	Status int
	Signal string // as the host named it, such as "KILL"; "" for none
}

// Error names the status or the signal.
func (e *ExitError) Error() string {
	if e.Signal != "" {
		return transport.OneLine("killed by signal " + e.Signal)
	}
	return fmt.Sprintf("exit status %d", e.Status)
}

var (
	errClosed     = errors.New("the connection was closed here")
	errNoExit     = errors.New("the session ended without an exit status")
	errMidway     = errors.New("the server closed the connection")
	errNoGreeting = errors.New("not an SSH server")
)

// silentError is the end of a connection that fell silent.
type silentError struct{ took time.Duration }

func (e silentError) Error() string { return fmt.Sprintf("no data was received for %v", e.took) }
func (e silentError) Timeout() bool { return true }

// comingUp reports whether a host that is still booting may have the error.
func comingUp(err error) bool {
	passing := []error{
		syscall.ECONNREFUSED, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EHOSTDOWN, syscall.ETIMEDOUT, errMidway,
	}
	if slices.ContainsFunc(passing, func(e error) bool { return errors.Is(err, e) }) {
		return true
	}
	timeout, ok := errors.AsType[net.Error](err)
	_, limited := errors.AsType[transport.TimeoutError](err)
	return ok && timeout.Timeout() || limited
}

// retry tries again as long as the error may be that of a booting host, and the target may be waited for. Once it was
// reached, there is no further wait.
func (h *Host) retry(ctx context.Context, try func() error) error {
	h.mu.Lock()
	if h.waitBegan.IsZero() {
		h.waitBegan = time.Now()
	}
	began := h.waitBegan
	h.mu.Unlock()
	for pause := 200 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := try()
		h.mu.Lock()
		wait := h.target.Wait > 0 && !h.reached
		h.mu.Unlock()
		e, ok := errors.AsType[*Error](err)
		if !ok || !wait || !e.Temporary || context.Cause(ctx) != nil {
			return err
		}
		waited := *e
		waited.Waited = time.Since(began)
		if left := h.target.Wait - waited.Waited; left <= 0 {
			return &waited
		} else if gaveUp := transport.Sleep(ctx, min(jitter(pause), left)); gaveUp != nil {
			waited.Waited = time.Since(began)
			return fmt.Errorf("%w: %w", gaveUp, &waited)
		}
	}
}

// jitter returns between half of d and one and a half, so that hosts that failed together do not come back together.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d) }
