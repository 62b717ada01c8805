package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"syscall"

	"github.com/avow-dev/avow/backends/transport"
)

// ended completes the error of a shell that ended: with the state of its container if that is the reason, or with the
// reason why there is no shell.
func (c *Container) ended(ctx context.Context, it *found, e *execution, err error) error {
	var exit *ExitError
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case !errors.As(err, &exit):
		return c.whyNoShell(ctx, it, err)
	case e.notRun(exit.Status) != "":
		return c.notStarted(ctx, it, e.notRun(exit.Status))
	case exit.Status > 128, exit.Status == 126, exit.Status == 127: // a container that ends takes its shells with it
		return c.tornDown(ctx, it, err)
	}
	return err
}

// tornDown returns why a shell was killed, or could not be started: maybe its container ended. The engine learns of
// that a moment later.
func (c *Container) tornDown(ctx context.Context, it *found, err error) error {
	for range 5 {
		if state := c.state(ctx, it); state != nil {
			return state
		}
		if transport.Sleep(ctx, waitPause/5) != nil {
			return context.Cause(ctx)
		}
	}
	return err
}

// whyNoShell returns why the engine started no shell, or ended it: mostly that is the state of the container.
func (c *Container) whyNoShell(ctx context.Context, it *found, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if state := c.state(ctx, it); state != nil {
		return state
	}
	if strings.Contains(err.Error(), "unable to upgrade") { // how some engines report that the program cannot be run
		return c.notStarted(ctx, it, "")
	}
	return &Error{What: it.what, Err: engineSays(err), Passing: true}
}

// state returns the state of the container as an error; nil where a shell can run.
func (c *Container) state(ctx context.Context, it *found) error {
	now, err := inspectAgain(ctx, it.engine, it.container, it.what)
	if err != nil {
		return err
	}
	return stateError(it.what, now.State)
}

const (
	shellPath = "/bin/sh"
	ociPrefix = "OCI runtime exec failed"
)

// notRun returns what an engine printed in place of a shell that it could not run; "" for a shell that ran. It
// recognises the status and the first words: a missing program or user, or a program that the kernel refuses.
func (e *execution) notRun(status int) string {
	stdout, stderr := strings.TrimSpace(e.out.text()), strings.TrimSpace(e.errs.text())
	switch {
	// runc's message arrives as the output of the shell, with its status: 126 or 127 (Docker 20.10 and later).
	case status != 126 && status != 127:
	case strings.HasPrefix(stdout, ociPrefix), strings.HasPrefix(stdout, "unable to find user"):
		return stdout
	}
	// The kernel refused the program after the runtime had started it: a wrong architecture, a missing loader.
	if stdout == "" && status != 0 && strings.HasPrefix(stderr, "exec "+shellPath+": ") {
		return stderr
	}
	return ""
}

// notStarted returns why a shell could not be run, from the engine's message ("" for none) and from the files.
func (c *Container) notStarted(ctx context.Context, it *found, message string) error {
	if message != "" && !strings.Contains(message, shellPath) {
		if state := c.state(ctx, it); state != nil {
			return state
		}
		passing := strings.HasPrefix(message, ociPrefix)
		return &Error{What: it.what, Err: errors.New(transport.OneLine(message)), Passing: passing}
	}
	files, err := c.Files(ctx)
	if err != nil {
		return err
	}
	none := &Error{What: it.what, NoShell: true}
	info, err := fs.Stat(files, strings.TrimPrefix(shellPath, "/"))
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP):
		none.Err = errors.New("it has no /bin/sh")
	case err != nil:
		return &Error{What: it.what, Err: fmt.Errorf("its /bin/sh does not run: %w", err)}
	case !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0:
		none.Err = errors.New("its /bin/sh is not executable")
	case message == "":
		err := errors.New("the engine did not run /bin/sh, and did not say why")
		return &Error{What: it.what, Err: err, Passing: true}
	default:
		none.Err = fmt.Errorf("its /bin/sh does not run: %s", transport.OneLine(message))
	}
	return none
}

// head is a writer that keeps the first bytes.
type head struct {
	to   io.Writer
	mu   sync.Mutex // an execution may end while its output still comes
	kept []byte
}

// beginningLimit is more than an engine prints in place of a shell.
const beginningLimit = 4 << 10

// Write passes on everything.
func (b *head) Write(p []byte) (int, error) {
	b.mu.Lock()
	b.kept = append(b.kept, p[:min(len(p), beginningLimit-len(b.kept))]...)
	b.mu.Unlock()
	return b.to.Write(p)
}

func (b *head) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.kept)
}
