package runner

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec/target"
)

// silent is a network in which nothing answers; stop is called when the first connection is tried.
func silent(stop func()) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		stop()
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Net: network, Err: ctx.Err()}
	}
}

// TestGivenUpIsNotUnreachable holds `reachable = false` to be unknown where the run, or the target, was given up before
// the promise's own timeout was over: that nothing answered by then says nothing of the address.
func TestGivenUpIsNotUnreachable(t *testing.T) {
	s := suite(t, `
describe "d" {
  reachable "192.0.2.1:9" {
    timeout   = "1m"
    reachable = false
  }
}`)
	for name, give := range map[string]struct {
		limits Options
		cause  error
		words  string
	}{
		"run":       {Options{Timeout: 300 * time.Millisecond}, nil, "--timeout is over"},
		"target":    {Options{Target: 300 * time.Millisecond}, nil, "the target's time of 300ms is over"},
		"interrupt": {Options{}, errors.New("SIGINT"), "interrupted"},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := func() {
			if give.cause != nil {
				cancel(give.cause)
			}
		}
		var events []record.Event
		way := target.Connection{Shell: backends.Local{}.Shell, StartLimit: 3 * time.Second, Dial: silent(stop)}
		_, err := Run(ctx, s, by(way), give.limits, func(e record.Event) error {
			events = append(events, e)
			return nil
		})
		if got := verdicts(events); err != nil || !strings.Contains(got, "unknown") || !strings.Contains(got, give.words) {
			t.Errorf("%s: %v, %s", name, err, got)
		}
		cancel(nil)
	}
}
