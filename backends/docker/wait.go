package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/transport"
)

const (
	waitLimit  = time.Minute            // default of WaitFor
	readyPause = 150 * time.Millisecond // between two checks
	lastLimit  = 5 * time.Second        // for the last lines of a log
)

var errExited = errors.New("it exited")

// readiness waits until a started container is ready to be checked. Each condition watches the container itself, since
// an exit has to be reported at once, with the last lines of its log.
type readiness struct {
	engine *client.Client
	id     string
}

type condition struct {
	says string // what is awaited
	wait func(context.Context) error
}

// conditions returns the conditions in the order in which they are awaited.
func (r readiness) conditions(w WaitFor) ([]condition, error) {
	var out []condition
	if w.Port != "" {
		port, err := portInside(w.Port)
		if err != nil {
			return nil, fmt.Errorf("wait_for: %w", err)
		}
		listening := func(ctx context.Context) error { return r.listening(ctx, port) }
		out = append(out, condition{fmt.Sprintf("a listener on port %s", port), listening})
	}
	if w.Log != "" {
		inLog := func(ctx context.Context) error { return r.inLog(ctx, w.Log) }
		out = append(out, condition{fmt.Sprintf("%q in its log", w.Log), inLog})
	}
	if w.Healthy {
		out = append(out, condition{"a passing health check", r.healthy})
	}
	return out, nil
}

// wait returns when all conditions are met. Its error names the missing one, with the container's last log lines.
func (r readiness) wait(ctx context.Context, w WaitFor) error {
	conditions, err := r.conditions(w)
	if err != nil || len(conditions) == 0 {
		return err
	}
	limit := cmp.Or(w.Timeout, waitLimit)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for _, c := range conditions {
		err := c.wait(limited)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, errExited):
			return fmt.Errorf("%w before there was %s%s", err, c.says, r.lastLines(ctx))
		case limited.Err() != nil:
			return fmt.Errorf("waited %v for %s, and it never came%s%s", limit, c.says, r.lastCheck(ctx, w), r.lastLines(ctx))
		default:
			return fmt.Errorf("cannot wait for %s: %w", c.says, engineSays(err))
		}
	}
	return nil
}

// poll checks repeatedly until the condition is met, the container exits, or ctx is done.
func (r readiness) poll(ctx context.Context, look func(container.InspectResponse) (bool, error)) error {
	for {
		state, err := r.inspect(ctx)
		if err != nil {
			return err
		}
		done, err := look(state)
		if done || err != nil {
			return err
		}
		if err := transport.Sleep(ctx, readyPause); err != nil {
			return err
		}
	}
}

// inspect returns the state of the container, and an error when it has exited.
func (r readiness) inspect(ctx context.Context) (container.InspectResponse, error) {
	found, err := r.engine.ContainerInspect(ctx, r.id, client.ContainerInspectOptions{})
	if err != nil {
		return found.Container, err
	}
	return found.Container, exited(found.Container.State)
}

// exited returns how a container ended; nil for a running one.
func exited(s *container.State) error {
	switch {
	case s == nil || s.Running:
		return nil
	case s.OOMKilled:
		return fmt.Errorf("%w with status %d (out of memory)", errExited, s.ExitCode)
	}
	return fmt.Errorf("%w with status %d", errExited, s.ExitCode)
}

func (r readiness) healthy(ctx context.Context) error {
	return r.poll(ctx, func(c container.InspectResponse) (bool, error) {
		if c.State.Health == nil || c.State.Health.Status == container.NoHealthcheck {
			return false, errors.New("the image has no HEALTHCHECK")
		}
		return c.State.Health.Status == container.Healthy, nil
	})
}

// lastCheck returns the output of the last health check, if one was awaited.
func (r readiness) lastCheck(ctx context.Context, w WaitFor) string {
	if !w.Healthy {
		return ""
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLimit)
	defer cancel()
	found, err := r.inspect(limited)
	if err != nil || found.State.Health == nil || len(found.State.Health.Log) == 0 {
		return "; no check has ended yet"
	}
	last := found.State.Health.Log[len(found.State.Health.Log)-1]
	return fmt.Sprintf("; the last check ended with status %d: %s", last.ExitCode, shortLine(last.Output))
}
