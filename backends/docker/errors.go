package docker

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/transport"
)

// Error is the error of a check through Docker.
type Error struct {
	What    string // `container "web"`, `image "site:1.4"`, or the step
	Err     error  // the reason
	Passing bool   // another try may succeed
	NoShell bool   // there is no shell at all, and not one that failed to start; but there are files to read
}

// Final reports whether another try would end alike.
func (e *Error) Final() bool { return !e.Passing }

// Error returns one line, without control characters of the engine.
func (e *Error) Error() string { return transport.OneLine(e.What + ": " + e.Err.Error()) }

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// ExitError is the end of a shell with a status other than 0.
type ExitError struct{ Status int }

// Error names the status, and the signal that ended a shell from outside.
func (e *ExitError) Error() string {
	text := fmt.Sprintf("exit status %d", e.Status)
	// The engine reports a killed shell with status 128 + signal.
	signals := map[int]string{1: "HUP", 2: "INT", 6: "ABRT", 9: "KILL", 11: "SEGV", 15: "TERM"}
	if name := signals[e.Status-128]; name != "" {
		text += ", that of a shell killed by signal " + name
	}
	return text
}

// stateError returns why no shell can run in a container; nil for a running one.
func stateError(what string, s *container.State) error {
	e := &Error{What: what}
	switch s.Status {
	case container.StateRunning:
		return nil
	case container.StateCreated:
		e.Err, e.NoShell = errors.New("it was never started"), true
	case container.StateExited:
		e.Err, e.NoShell = fmt.Errorf("it is stopped (exit status %d)", s.ExitCode), true
	// The engine refuses an exec in a paused container, and its archive is not tried.
	case container.StatePaused:
		e.Err = errors.New("it is paused; docker unpause resumes it")
	// The engine refuses an exec in the pause between two restarts.
	case container.StateRestarting:
		e.Err, e.Passing = fmt.Errorf("it is restarting (it ended with exit status %d)", s.ExitCode), true
	case container.StateRemoving:
		e.Err = errors.New("it is being removed")
	default:
		e.Err = fmt.Errorf("it is %s", s.Status)
	}
	return e
}

// engineSays returns the message of the engine or its client, without the client's words about requests. The result
// never is fs.ErrNotExist: a missing socket says nothing about files behind it.
func engineSays(err error) error {
	if known := new(Error); errors.As(err, &known) {
		return err
	}
	text := strings.TrimPrefix(err.Error(), "Error response from daemon: ")
	// The client adds its own route and version to an answer without a message, such as that of a proxy.
	if before, _, about := strings.Cut(text, " for API route and version "); about {
		text = "the engine answered " + strings.TrimPrefix(before, "request returned ")
	}
	return errors.New(transport.OneLine(text))
}

// request makes a request to the engine about one object, limited by requestLimit. Its error is the cause of ctx, if
// that ended first.
func request[O, T any](
	ctx context.Context, ask func(context.Context, string, O) (T, error), id string, options O,
) (T, error) {
	limited, cancel := transport.WithLimit(ctx, requestLimit)
	defer cancel()
	answer, err := ask(limited, id, options)
	if err != nil && limited.Err() != nil {
		err = context.Cause(limited)
	}
	return answer, err
}

// inspect returns a container by its name, its ID or the beginning of that.
func inspect(ctx context.Context, engine *client.Client, name, what string) (container.InspectResponse, error) {
	answer, err := request(ctx, engine.ContainerInspect, name, client.ContainerInspectOptions{})
	switch {
	case err == nil && answer.Container.State == nil:
		err = errors.New("the engine does not say in which state it is")
	case err == nil:
		return answer.Container, nil
	case ctx.Err() != nil:
		return answer.Container, context.Cause(ctx)
	case errdefs.IsNotFound(err):
		return answer.Container, &Error{What: what, Err: errNoContainer}
	// "Multiple IDs found with provided prefix" (Docker 20.10), in small letters since; the status is 500, as for any
	// trouble.
	case strings.Contains(err.Error(), "ultiple IDs found"):
		return answer.Container, &Error{What: what, Err: errors.New("several containers have IDs that begin with it")}
	}
	return answer.Container, &Error{What: what, Err: engineSays(err), Passing: !answered(err)}
}

// inspectAgain returns a container that was there before.
func inspectAgain(ctx context.Context, engine *client.Client, id, what string) (container.InspectResponse, error) {
	now, err := inspect(ctx, engine, id, what)
	if errors.Is(err, errNoContainer) {
		err = &Error{What: what, Err: errors.New("it was removed during the check")}
	}
	return now, err
}

var errNoContainer = errors.New("there is no such container")

// answered reports whether the engine refused, and did not just fail to answer.
func answered(err error) bool {
	return errdefs.IsNotFound(err) || errdefs.IsInvalidArgument(err) || errdefs.IsConflict(err)
}
