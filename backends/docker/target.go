package docker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/transport"
)

// waitPause is the pause between two requests for an awaited container.
const waitPause = 500 * time.Millisecond

// Target is an existing container.
type Target struct {
	Container string        // its name or ID
	User      string        // `user[:group]`; "" for the container's own
	Wait      time.Duration // for a container that does not exist or run yet; 0 for not
}

// Container is a container or an image that can be checked.
type Container struct {
	engine   *Engine
	user     string                                // "" for the container's own
	resolve  func(context.Context) (*found, error) // finds or starts the container
	it       *onceValue[*found]
	readable *onceValue[string]        // the container that was created to read an image's files
	none     error                     // of an image: why there is no shell
	tried    atomic.Pointer[execution] // a shell that answered, and is not used yet
	hungUp   chan struct{}             // closed when the target is not used any more
	hangUp   func()
}

type found struct {
	engine    *client.Client
	what      string // its name in errors
	container string // the ID; "" for an image
	image     string // the ID
}

// target returns a container that resolve finds, or starts: once, unless its error may pass.
func (d *Engine) target(user string, resolve func(context.Context) (*found, error)) *Container {
	c := &Container{
		engine: d, user: user, resolve: resolve,
		it: newOnce[*found](), readable: newOnce[string](), hungUp: make(chan struct{}),
	}
	c.hangUp = sync.OnceFunc(func() { close(c.hungUp) })
	return c
}

func (c *Container) find(ctx context.Context) (*found, error) { return c.it.get(ctx, c.resolve) }

// Container returns an existing container.
func (d *Engine) Container(t Target) *Container {
	return d.target(t.User, func(ctx context.Context) (*found, error) { return d.locate(ctx, t) })
}

// locate finds a container, and waits for it as long as the target allows. It also finds one that does not run: its
// files can be read.
func (d *Engine) locate(ctx context.Context, t Target) (*found, error) {
	what := fmt.Sprintf("container %q", t.Container)
	engine, err := d.client(ctx)
	if err != nil {
		return nil, err
	}
	for began := time.Now(); ; {
		it, err := inspect(ctx, engine, t.Container, what)
		failed := new(Error)
		comes := errors.As(err, &failed) && (failed.Passing || errors.Is(err, errNoContainer))
		if err == nil {
			comes = stateError(what, it.State) != nil
		}
		left := t.Wait - time.Since(began)
		switch {
		case comes && left > 0:
			if err := transport.Sleep(ctx, min(waitPause, left)); err != nil {
				return nil, err
			}
		case err == nil:
			return &found{engine: engine, what: what, container: it.ID, image: it.Image}, nil
		case t.Wait > 0 && errors.Is(err, errNoContainer):
			return nil, &Error{What: what, Err: fmt.Errorf("%w, waited for %v", errNoContainer, t.Wait)}
		default:
			return nil, err
		}
	}
}

// Identity returns "container" and "image", the IDs of what was checked, as far as they are known: none before the
// first contact.
func (c *Container) Identity() map[string]string {
	known := map[string]string{}
	if it := c.it.kept.Load(); it != nil && it.err == nil {
		known["container"], known["image"] = it.value.container, it.value.image
	}
	maps.DeleteFunc(known, func(_, id string) bool { return id == "" })
	return known
}

// onceValue is computed at its first use, once for all callers. An error is kept, too, if its Final() says that another
// try cannot help.
type onceValue[T any] struct {
	turn chan struct{} // holds a value while it is computed
	kept atomic.Pointer[outcome[T]]
}

type outcome[T any] struct {
	value T
	err   error
}

func newOnce[T any]() *onceValue[T] { return &onceValue[T]{turn: make(chan struct{}, 1)} }

func (r *onceValue[T]) get(ctx context.Context, find func(context.Context) (T, error)) (T, error) {
	var none T
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
	if kept := r.kept.Load(); kept != nil {
		return kept.value, kept.err
	}
	value, err := find(ctx)
	var knows interface{ Final() bool }
	switch {
	// The next caller may have more time.
	case err != nil && ctx.Err() != nil:
		return none, context.Cause(ctx)
	case err == nil || errors.As(err, &knows) && knows.Final():
		r.kept.Store(&outcome[T]{value, err})
	}
	return value, err
}
