package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/runner/become"
	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/target"
)

// connector opens the targets of one run.
type connector struct {
	run   target.Run
	open  map[string]func(target.Target) target.Connection // by backend
	close []func() error
}

// newConnector contacts nothing; warn reports what users should know of their configuration.
func newConnector(warn func(string)) *connector {
	run := target.Run{Warn: warn}
	if tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		tty.Close()
		run.AskSecret = askSecret
	}
	return &connector{run: run, open: map[string]func(target.Target) target.Connection{}}
}

// end is called when no target is used any more.
func (c *connector) end() error {
	var failed error
	for _, end := range c.close {
		failed = errors.Join(failed, end())
	}
	return failed
}

// machines are the targets of a suite, and the ways to them.
func (c *connector) machines(suite *spec.Suite) ([]runner.Machine, error) {
	var out []runner.Machine
	for _, t := range suite.Targets {
		backend := backends.All.Find(t.Backend)
		if backend == nil {
			return nil, fmt.Errorf("target %q: unknown backend %q", t.Name, t.Backend)
		}
		m := runner.Machine{Target: t, Connection: c.connect(backend, t)}
		m.As = func(a target.Account) shell.Shell { return become.Shell(m.Shell, a) }
		out = append(out, m)
	}
	return out, nil
}

// connect starts a backend with its first target.
func (c *connector) connect(b *target.Backend, t target.Target) target.Connection {
	if c.open[b.Name] == nil {
		open, end := b.Start(c.run)
		c.open[b.Name] = open
		if end != nil {
			c.close = append(c.close, end)
		}
	}
	return c.open[b.Name](t)
}
