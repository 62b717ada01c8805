package avowtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/testcontainers/testcontainers-go"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/backends/docker"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/target"
)

// Container checks a container instead of the spec's targets. Several can be given.
//
// It is checked on the Docker engine that testcontainers-go started it on. That need not be the one that DOCKER_HOST
// names: testcontainers-go skips an engine that does not answer.
func Container(ctr testcontainers.Container) Option {
	return func(c *check) error {
		if d, ok := ctr.(*testcontainers.DockerContainer); ctr == nil || ok && d == nil {
			return errors.New("avowtest.Container: there is no container; check the error of testcontainers.Run first")
		}
		t, err := backends.All.Parse(fmt.Sprintf("docker://%.12s", ctr.GetContainerID()))
		if err != nil {
			return err
		}
		// If the inspection fails, the check reports why.
		if it, err := ctr.Inspect(c.t.Context()); err == nil {
			t.Name = strings.TrimPrefix(it.Name, "/")
		}
		c.containers[t.Name] = true
		return c.add(t)
	}
}

// add adds a target. Reports identify targets by name.
func (c *check) add(t target.Target) error {
	for _, other := range c.spec.Targets {
		if other.Name == t.Name {
			return fmt.Errorf("avowtest: %s is given twice", t.Name)
		}
	}
	c.spec.Targets = append(c.spec.Targets, t)
	return nil
}

// Target checks the target of a URI instead of the spec's targets: local://, docker://NAME, image://NAME, ssh://HOST,
// as `avow check -t` takes it. Several can be given.
func Target(uri string) Option {
	return func(c *check) error {
		t, err := backends.All.Parse(uri)
		if err != nil {
			return fmt.Errorf("avowtest.Target: %w", err)
		}
		return c.add(t)
	}
}

// Var sets a variable of the spec, as `avow check --var NAME=VALUE` does.
func Var(name, value string) Option {
	return with(func(o *spec.Options) { o.Vars = append(o.Vars, name+"="+value) })
}

// VarFile sets variables of the spec from a file of attributes. [Var] wins over it.
func VarFile(path string) Option {
	return with(func(o *spec.Options) { o.VarFiles = append(o.VarFiles, path) })
}

// Tag checks only the promises that have this tag. Several can be given: a promise then needs one of them.
func Tag(tag string) Option {
	return with(func(o *spec.Options) { o.Filter.Tags = append(o.Filter.Tags, tag) })
}

// Only checks only the promises whose path, such as "web server/port 80/listening", matches the glob. Several can be
// given.
func Only(glob string) Option {
	return with(func(o *spec.Options) { o.Filter.Only = append(o.Filter.Only, spec.NewGlob(glob)) })
}

func with(set func(*spec.Options)) Option {
	return func(c *check) error {
		set(&c.spec)
		return nil
	}
}

// Timeout ends the check after this time; promises that were not checked by then are unknown, and fail. By default a
// check ends shortly before the deadline of `go test -timeout`.
func Timeout(d time.Duration) Option {
	return func(c *check) error {
		if d <= 0 {
			return fmt.Errorf("avowtest.Timeout: %s is not positive", d)
		}
		c.timeout = d
		return nil
	}
}

// engine returns the engine of testcontainers-go, for the containers of the options. Its discovery is per process, and
// so the same for all.
func (c *check) engine() (*docker.Engine, error) {
	if len(c.containers) == 0 {
		return docker.New(), nil
	}
	client, err := testcontainers.NewDockerClientWithOpts(context.WithoutCancel(c.t.Context()))
	if err != nil {
		return nil, fmt.Errorf("the Docker engine of testcontainers-go: %w", err)
	}
	if host := os.Getenv("DOCKER_HOST"); host != "" && host != client.DaemonHost() {
		c.t.Logf("DOCKER_HOST is %q; testcontainers-go uses %s, and so does this check", host, client.DaemonHost())
	}
	return docker.On(client.Client), nil
}
