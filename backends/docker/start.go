package docker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/transport"
)

// Start is a container that is started for the run.
type Start struct {
	Image      string   // or Build
	Build      *Build   // nil for none
	Pull       string   // "missing" (also ""), "always" or "never"
	User       string   // the user inside
	Cmd        []string // nil for the image's own
	Entrypoint []string // nil for the image's own
	Env        map[string]string
	Ports      []string // as `docker run -p`
	Volumes    []string // as `docker run -v`
	WaitFor    WaitFor
}

// Build is an image that is built for the run.
type Build struct {
	Context    string // a folder
	Dockerfile string // from the context
	Args       map[string]string
}

// WaitFor are the conditions for a started container to be checked. The zero value waits for nothing.
type WaitFor struct {
	Port    string // "80", "53/udp"
	Log     string
	Healthy bool
	Timeout time.Duration // 0 for 60 s
}

// Start returns a container that is started at its first use, and removed at the end of the run.
func (d *Engine) Start(s Start) *Container {
	return d.target(s.User, starter{d, s}.all)
}

type starter struct {
	docker *Engine
	Start
}

// all starts the container and waits until it is ready.
func (s starter) all(ctx context.Context) (*found, error) {
	options, err := s.check()
	if err != nil {
		return nil, s.failed(err)
	}
	engine, err := s.docker.client(ctx)
	if err != nil {
		return nil, err
	}
	s.docker.removeStale(ctx, engine)
	if options.Config.Image, err = s.image(ctx, engine); err != nil {
		return nil, err
	}
	id, err := created(ctx, s.docker, func() (string, error) { return run(ctx, engine, options) })
	if err != nil {
		return nil, s.failed(err)
	}
	if err := (readiness{engine: engine, id: id}).wait(ctx, s.WaitFor); err != nil {
		return nil, s.failed(err)
	}
	return &found{engine: engine, what: s.what(), container: id, image: options.Config.Image}, nil
}

// failed returns the error for a container that is not ready. Another try would end alike.
func (s starter) failed(err error) error { return &Error{What: s.what(), Err: err} }

// what returns the name of the container in errors.
func (s starter) what() string {
	if s.Build != nil {
		return fmt.Sprintf("container built from %q", s.Build.Context)
	}
	return fmt.Sprintf("container of %q", s.Image)
}

// check validates all arguments, before anything is created. The returned options lack the image.
func (s starter) check() (options client.ContainerCreateOptions, err error) {
	host := &container.HostConfig{}
	if host.PortBindings, err = publishedPorts(s.Ports); err != nil {
		return options, err
	}
	if host.Mounts, err = mounts(s.Volumes, s.docker.labels()); err != nil {
		return options, err
	}
	if _, err := (readiness{}).conditions(s.WaitFor); err != nil {
		return options, err
	}
	config := &container.Config{
		Cmd: s.Cmd, Entrypoint: s.Entrypoint, Labels: s.docker.labels(), ExposedPorts: network.PortSet{},
	}
	config.Labels[ownerLabel] = thisProcess().String()
	for name, value := range s.Env {
		config.Env = append(config.Env, name+"="+value)
	}
	slices.Sort(config.Env)
	for port := range host.PortBindings {
		config.ExposedPorts[port] = struct{}{}
	}
	options = client.ContainerCreateOptions{Config: config, HostConfig: host}
	if s.Build != nil {
		return options, s.Build.check()
	}
	return options, nil
}

func (s starter) image(ctx context.Context, engine *client.Client) (string, error) {
	if s.Build == nil {
		return ensureImage(ctx, engine, s.Image, s.Pull)
	}
	id, err := created(ctx, s.docker, func() (string, error) { return s.Build.run(ctx, engine, s.docker.labels()) })
	if err != nil {
		return "", s.failed(err)
	}
	return id, nil
}

// run creates a container and starts it. An engine completes a request even if the client has gone; so each request is
// completed, and after an interrupt there is no further one.
func run(ctx context.Context, engine *client.Client, options client.ContainerCreateOptions) (id string, err error) {
	limited, cancel := transport.WithLimit(context.WithoutCancel(ctx), createLimit)
	defer cancel()
	c, err := engine.ContainerCreate(limited, options)
	if err != nil {
		return "", fmt.Errorf("it cannot be created: %w", engineSays(err))
	}
	// The container exists now, even if the client has gone: Close finds it by its labels.
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if _, err := engine.ContainerStart(limited, c.ID, client.ContainerStartOptions{}); err != nil {
		return "", fmt.Errorf("it does not start: %w", engineSays(err))
	}
	return c.ID, nil
}

// created creates something on the engine, which Close waits for. When ctx is done, the caller does not: Close removes
// it by its labels.
func created[T any](ctx context.Context, d *Engine, work func() (T, error)) (T, error) {
	var none T
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return none, errors.New("the run is over")
	}
	d.created = true
	d.creating.Add(1) // before Close can wait
	d.mu.Unlock()
	done := make(chan outcome[T], 1)
	go func() {
		defer d.creating.Done()
		value, err := work()
		done <- outcome[T]{value, err}
	}()
	select {
	case made := <-done:
		return made.value, made.err
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
}
