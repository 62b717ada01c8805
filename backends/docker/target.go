package docker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"

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
	it       onceValue[*found]
	readable onceValue[string] // the container that was created to read an image's files
	none     error             // of an image: why there is no shell

	mu     sync.Mutex
	shells []*execution // running ones
	tried  *execution   // a shell that answered, and is not used yet
}

// found is a resolved target.
type found struct {
	what      string // its name in errors; "" for the beginning of its ID
	container string // the ID; "" for an image
	image     string // the ID
}

func (f *found) String() string {
	if f.what == "" {
		return fmt.Sprintf("container %.12s", f.container)
	}
	return f.what
}

// target returns a container that resolve finds, or starts: once, unless its error may pass.
func (d *Engine) target(user string, resolve func(context.Context) (*found, error)) *Container {
	return &Container{engine: d, user: user, resolve: resolve}
}

// find resolves the target.
func (c *Container) find(ctx context.Context) (*found, error) { return c.it.get(ctx, c.resolve) }

// Container returns an existing container.
func (d *Engine) Container(t Target) *Container {
	return d.target(t.User, func(ctx context.Context) (*found, error) { return d.locate(ctx, t) })
}

// locate finds a container, and waits for it as long as the target allows. It also finds one that does not run: its
// files can be read.
func (d *Engine) locate(ctx context.Context, t Target) (*found, error) {
	what := fmt.Sprintf("container %q", t.Container)
	for began := time.Now(); ; {
		it, err := d.inspect(ctx, t.Container, what)
		left := t.Wait - time.Since(began)
		if ctx.Err() != nil || left <= 0 || !mayCome(what, it.State, err) {
			return whatIs(what, it, err, t.Wait)
		}
		if err := transport.Sleep(ctx, min(waitPause, left)); err != nil {
			return nil, err
		}
	}
}

// mayCome reports whether a container does not exist, or does not run, and may still do so.
func mayCome(what string, s *container.State, err error) bool {
	if err == nil {
		return stateError(what, s) != nil
	}
	e := new(Error)
	return errors.Is(err, errNoContainer) || errors.As(err, &e) && e.Passing
}

func whatIs(what string, it container.InspectResponse, err error, waited time.Duration) (*found, error) {
	if err != nil && waited > 0 && errors.Is(err, errNoContainer) {
		err = &Error{What: what, Err: fmt.Errorf("%w, waited for %v", errNoContainer, waited)}
	}
	if err != nil {
		return nil, err
	}
	return &found{what: what, container: it.ID, image: it.Image}, nil
}

// Identity returns "container" and "image", the IDs of what was checked, as far as they are known: none before the
// first contact.
func (c *Container) Identity() map[string]string {
	known := map[string]string{}
	it, ok := c.it.made()
	if !ok {
		return known
	}
	for name, id := range map[string]string{"container": it.container, "image": it.image} {
		if id != "" {
			known[name] = id
		}
	}
	return known
}

// onceValue is computed at its first use, once for all callers. An error is kept, too, if its Final() says that another
// try cannot help.
type onceValue[T any] struct {
	once  sync.Once
	turn  chan struct{}
	mu    sync.Mutex
	done  bool
	value T
	err   error
}

func (r *onceValue[T]) get(ctx context.Context, find func(context.Context) (T, error)) (T, error) {
	r.once.Do(func() { r.turn = make(chan struct{}, 1) })
	var none T
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
	if r.known() {
		return r.value, r.err
	}
	value, err := find(ctx)
	var knows interface{ Final() bool }
	if err == nil || errors.As(err, &knows) && knows.Final() {
		r.keep(value, err)
	}
	return value, err
}

func (r *onceValue[T]) known() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.done
}

func (r *onceValue[T]) keep(value T, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done, r.value, r.err = true, value, err
}

// made returns the value, if there is one by now.
func (r *onceValue[T]) made() (T, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.value, r.done && r.err == nil
}
