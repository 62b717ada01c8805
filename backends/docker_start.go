package backends

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/testcontainers/testcontainers-go"
)

// DockerStart is a container that is started for the run.
type DockerStart struct {
	Image      string       // or Build
	Build      *DockerBuild // nil for none
	Pull       string       // "missing" (also ""), "always" or "never"
	User       string       // who looks
	Cmd        []string     // nil for the image's own
	Entrypoint []string     // nil for the image's own
	Env        map[string]string
	Ports      []string // as `docker run -p`
	Volumes    []string // as `docker run -v`
	WaitFor    DockerWait
}

// DockerBuild is an image that is built for the run.
type DockerBuild struct {
	Context    string // a folder
	Dockerfile string // from the context
	Args       map[string]string
}

// DockerWait is what has to be so before a started container is looked at. The zero value waits for nothing.
type DockerWait struct {
	Port    string // "80", "53/udp"
	Log     string
	Healthy bool
	Timeout time.Duration // 0 for 60 s
}

// Start is a container that is started when it is looked at first, and removed at the end of the run.
func (d *Docker) Start(s DockerStart) *DockerContainer {
	return d.target(s.User, start{d, s}.resolve)
}

// start is one container on its way.
type start struct {
	docker *Docker
	DockerStart
}

// resolve starts the container and waits until it is ready.
func (s start) resolve(ctx context.Context) (*found, error) {
	it, err := s.all(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return it, err
}

func (s start) all(ctx context.Context) (*found, error) {
	own, err := s.check()
	if err != nil {
		return nil, s.failed(err)
	}
	if own.Client, err = s.docker.client(ctx); err != nil {
		return nil, err
	}
	if err := s.docker.prepareLibrary(ctx, own.Client); err != nil {
		return nil, err
	}
	if own.image, err = s.image(ctx, own); err != nil {
		return nil, err
	}
	started, err := created(ctx, s.docker, func() (*testcontainers.DockerContainer, error) { return s.start(ctx, own) })
	if err != nil {
		return nil, s.failed(err)
	}
	ready := readiness{engine: own.Client, id: started.GetContainerID(), run: func(ctx context.Context, argv []string) (int, error) {
		status, _, err := started.Exec(ctx, argv)
		return status, err
	}}
	if err := ready.wait(ctx, s.WaitFor); err != nil {
		return nil, s.failed(err)
	}
	return &found{what: s.what(), container: ready.id, image: own.image}, nil
}

// failed is why there is no container that is ready. Another try would end alike.
func (s start) failed(err error) error { return &DockerError{What: s.what(), Err: err} }

// what is how errors call the container.
func (s start) what() string {
	if s.Build != nil {
		return fmt.Sprintf("container built from %q", s.Build.Context)
	}
	return fmt.Sprintf("container of %q", s.Image)
}

// check reads all that was written, before anything is created.
func (s start) check() (own ownEngine, err error) {
	own.labels = s.docker.labels()
	if own.ports, err = publishedPorts(s.Ports); err != nil {
		return own, err
	}
	if own.mounts, err = mounts(s.Volumes, own.labels); err != nil {
		return own, err
	}
	if _, err := (readiness{}).conditions(s.WaitFor); err != nil {
		return own, err
	}
	if s.Build != nil {
		return own, s.Build.check()
	}
	return own, nil
}

// image is the ID of what the container is made of.
func (s start) image(ctx context.Context, own ownEngine) (string, error) {
	if s.Build == nil {
		return s.docker.ensureImage(ctx, s.Image, s.Pull)
	}
	id, err := created(ctx, s.docker, func() (string, error) { return s.Build.run(ctx, own.Client, own.labels) })
	if err != nil {
		return "", s.failed(err)
	}
	return id, nil
}

// start creates the container and starts it. An engine goes on with what it was asked for when nobody listens any more; so
// each request is brought to its end, and after an interrupt there is no further one.
func (s start) start(ctx context.Context, own ownEngine) (*testcontainers.DockerContainer, error) {
	provider, err := own.provider(ctx)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), createLimit)
	defer cancel()
	c, err := provider.CreateContainer(limited, testcontainers.ContainerRequest{
		Image: own.image, Cmd: s.Cmd, Entrypoint: s.Entrypoint, Env: s.Env, Labels: own.labels,
	})
	if err != nil {
		return nil, fmt.Errorf("it cannot be created: %w", withoutLibrary(err))
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := c.Start(limited); err != nil {
		return nil, fmt.Errorf("it does not start: %w", withoutLibrary(err))
	}
	return c.(*testcontainers.DockerContainer), nil
}

// withoutLibrary is what the engine answered, without what testcontainers says around it.
func withoutLibrary(err error) error {
	if _, said, ok := strings.Cut(err.Error(), "Error response from daemon: "); ok {
		return errors.New(oneLine(said))
	}
	return engineSays(err)
}

// created makes something on the engine, which Close waits for. When ctx is done, the caller does not: what is made is
// removed by its labels.
func created[T any](ctx context.Context, d *Docker, work func() (T, error)) (T, error) {
	var none T
	end, err := d.create()
	if err != nil {
		return none, err
	}
	var value T
	done := make(chan error, 1)
	go func() {
		defer end()
		done <- guarded(func() (err error) { value, err = work(); return err })
	}()
	select {
	case err := <-done:
		return value, err
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
}

// guarded makes an error of a panic: there is code in the library that ends so.
func guarded(work func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("testcontainers: %v", r)
		}
	}()
	return work()
}
