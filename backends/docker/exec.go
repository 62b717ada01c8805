package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/transport"
)

// endLimit is how long an engine may take to report the status of a shell whose output has ended.
const endLimit = 5 * time.Second

// Shell runs /bin/sh in the container, which reads its script from stdin, until it ends. Its error describes the end;
// nil is status 0. When ctx is done, Shell stops reading from the engine, which cannot kill processes in a container:
// the shell ends when its stdin does.
func (c *Container) Shell(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	it, err := c.find(ctx)
	if err != nil {
		return err
	}
	e := c.tried.Swap(nil)
	if e == nil {
		if e, err = c.openShell(ctx, it); err != nil {
			return err
		}
	}
	return c.ended(ctx, it, e, e.run(ctx, stdin, stdout, stderr))
}

// NoShell returns why the files of the target have to be read instead: an image or a stopped container has no shell,
// and of a running one only a try shows whether its /bin/sh runs. nil means that there is a shell, or that Shell
// returns another reason.
func (c *Container) NoShell(ctx context.Context) error {
	if c.none != nil {
		return c.none
	}
	var none *Error
	if err := c.try(ctx); errors.As(err, &none) && none.NoShell {
		return none
	}
	return nil
}

// try opens the shell that Shell runs first.
func (c *Container) try(ctx context.Context) error {
	it, err := c.find(ctx)
	if err != nil {
		return err
	}
	e, err := c.openShell(ctx, it)
	if err != nil {
		return err
	}
	limited, cancel := transport.WithLimit(ctx, requestLimit)
	defer cancel()
	if !e.answers(limited) {
		return c.ended(ctx, it, e, e.run(limited, strings.NewReader(""), io.Discard, io.Discard))
	}
	c.tried.Store(e)
	return nil
}

func (c *Container) openShell(ctx context.Context, it *found) (*execution, error) {
	e := &execution{engine: it.engine, argv: []string{shellPath, "-s"}, hungUp: c.hungUp}
	if err := e.open(ctx, it.container, c.user); err != nil {
		return nil, c.whyNoShell(ctx, it, err)
	}
	return e, nil
}

// execution is a shell, or another program, that runs in a container.
type execution struct {
	engine *client.Client
	argv   []string
	id     string
	stream client.HijackedResponse
	hungUp <-chan struct{} // closed when the target is not used any more
	out    head            // of what was printed
	errs   head
}

func (e *execution) open(ctx context.Context, id, user string) error {
	created, err := request(ctx, e.engine.ExecCreate, id, client.ExecCreateOptions{
		User: user, AttachStdin: true, AttachStdout: true, AttachStderr: true, Cmd: e.argv,
	})
	if err != nil {
		return err
	}
	e.id = created.ID
	e.stream, err = request(ctx, e.attach, e.id, client.ExecAttachOptions{})
	return err
}

// attach starts the shell. The client ignores ctx while it waits for the answer to the upgrade (moby/client 0.5), so
// attach does not wait for it.
func (e *execution) attach(
	ctx context.Context, id string, options client.ExecAttachOptions,
) (client.HijackedResponse, error) {
	attached := make(chan outcome[client.HijackedResponse])
	go func() {
		r, err := e.engine.ExecAttach(ctx, id, options)
		select {
		case attached <- outcome[client.HijackedResponse]{r.HijackedResponse, err}:
		case <-ctx.Done(): // nothing else would close a stream that comes too late
			if err == nil {
				r.Close()
			}
		}
	}()
	select {
	case a := <-attached:
		return a.value, a.err
	case <-ctx.Done():
		return client.HijackedResponse{}, context.Cause(ctx)
	}
}

// emptyLine is an empty line of stdout, as the engine frames it: the stream, three zeros, the length, the line.
const emptyLine = "\x01\x00\x00\x00\x00\x00\x00\x01\n"

// answers reports whether the shell runs. The engine opens the streams of a program that it cannot run, too: only an
// answer tells. Anything else stays in the stream, for run.
func (e *execution) answers(ctx context.Context) bool {
	pending := context.AfterFunc(ctx, e.stream.Close)
	_, _ = io.WriteString(e.stream.Conn, "echo\n")
	answer, _ := e.stream.Reader.Peek(len(emptyLine))
	if !pending() || string(answer) != emptyLine {
		return false
	}
	_, _ = e.stream.Reader.Discard(len(emptyLine))
	return true
}

// run passes the streams until the shell has ended.
func (e *execution) run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	defer context.AfterFunc(ctx, e.stream.Close)()
	defer e.stream.Close()
	out, errs := transport.NewGate(stdout), transport.NewGate(stderr)
	defer out.Shut()
	defer errs.Shut()
	e.out.to, e.errs.to = out, errs
	drained := make(chan error, 1)
	go func() {
		_, err := stdcopy.StdCopy(&e.out, &e.errs, e.stream.Reader)
		if err != nil && transport.CutOff(err) { // a shell that leaves some of its script unread ends so, too
			err = nil
		}
		drained <- err
	}()
	go func() {
		_, _ = io.Copy(e.stream.Conn, stdin)
		_ = e.stream.CloseWrite() // the output may still come
	}()
	watch, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go e.watch(watch, ended, out, errs)
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-e.hungUp:
		return errHungUp
	// A background process may keep the stream open after the end of the shell, so the engine is polled, too.
	case err := <-ended:
		return err
	case err := <-drained:
		stop()
		return e.ending(ctx, err)
	}
}

// watch polls whether a shell whose output pauses has ended: a child that it left behind may hold the
// output open. An engine may say of a shell that is about to start that it does not run, so it must have been seen.
func (e *execution) watch(ctx context.Context, ended chan<- error, streams ...*transport.Gate) {
	begun := time.Now()
	for pause := transport.Quiet; transport.Sleep(ctx, pause) == nil; pause = min(2*pause, 8*transport.Quiet) {
		last := transport.Latest(begun, streams)
		if time.Since(last) < transport.Quiet {
			pause = transport.Quiet / 2
			continue
		}
		state, err := e.inspect(ctx)
		seen := state.Running || state.PID != 0 || last.After(begun)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !answered(err):
		case err != nil:
			ended <- err
			return
		case seen && !state.Running:
			ended <- exitError(state)
			return
		}
	}
}

// ending returns how a shell ended, after its output has. While the engine reports it as running, its exit status may
// read 0.
func (e *execution) ending(ctx context.Context, broken error) error {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), endLimit)
	defer cancel()
	for pause := time.Millisecond; ; pause = min(2*pause, waitPause) {
		state, err := e.inspect(limited)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		// Docker closes the stream a moment before it records the exit status.
		case err == nil && !state.Running && broken == nil:
			return exitError(state)
		case broken != nil:
			return errors.Join(errStream, engineSays(broken))
		case err != nil && limited.Err() == nil:
			return err
		}
		if transport.Sleep(limited, pause) != nil {
			return fmt.Errorf("%w before the shell ended", errStream)
		}
	}
}

// errHungUp is the end of a shell that was not awaited. It ends by itself, since its stdin has ended.
var errHungUp = errors.New("closed here")

var errStream = errors.New("the engine ended the stream")

func (e *execution) inspect(ctx context.Context) (client.ExecInspectResult, error) {
	return request(ctx, e.engine.ExecInspect, e.id, client.ExecInspectOptions{})
}

func exitError(state client.ExecInspectResult) error {
	if state.ExitCode == 0 {
		return nil
	}
	return &ExitError{Status: state.ExitCode}
}
