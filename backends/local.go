package backends

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/avow-dev/avow/backends/transport"
	"github.com/avow-dev/avow/spec/resource"
	"github.com/avow-dev/avow/spec/target"
)

// localBackend is this machine.
var localBackend = &target.Backend{
	Name:     "local",
	Summary:  "this machine",
	URI:      "local://",
	RunsHere: true,
	Parse: func(rest string) (target.Target, error) {
		if rest != "" {
			return target.Target{}, fmt.Errorf("local:// is this machine and takes no address, but it has %q", rest)
		}
		return target.Target{Name: "localhost", Address: "localhost", Args: resource.Params{}}, nil
	},
	Expand: func(t target.Target) ([]target.Target, error) {
		t.Address = "localhost"
		return []target.Target{t}, nil
	},
	Start: target.Stateless(func(target.Target) target.Connection {
		return target.Connection{Shell: Local{}.Shell, Dial: (&net.Dialer{}).DialContext, StartLimit: target.StartLimit}
	}),
}

// Local is this machine.
type Local struct{}

// Shell runs /bin/sh, which reads its script from stdin, until it ends. Its error describes the end; nil is status 0.
// When ctx is done, the shell and all its descendants are killed.
func (Local) Shell(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	return command(ctx, []string{"/bin/sh", "-s"}, stdin, stdout, stderr)
}

// command runs a program in a session of its own, so that it can be killed with all its descendants.
func command(ctx context.Context, argv []string, stdin io.Reader, stdout, stderr io.Writer) error {
	cmd := transport.Program(ctx, argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.WaitDelay = transport.Grace
	// os/exec kills the shell alone, and its children would go on.
	cmd.Cancel = func() error { return killSession(cmd.Process.Pid) }
	in, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start %s: %w", argv[0], err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", argv[0], err)
	}
	go transport.Feed(in, stdin)
	err = cmd.Wait()
	// The shell ended well; a process that it left in the background holds the output open.
	if errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	return err
}

// killSession kills a process that leads a session, and all its descendants: a `command` leads a session of its own,
// and its background processes stay in that. They are stopped first, so that none of them starts another one meanwhile.
func killSession(leader int) error {
	family := map[int]bool{leader: true}
	// Their IDs are from /proc: there is no call that kills a session, and a process can leave its group (set -m).
	_ = syscall.Kill(leader, syscall.SIGSTOP)
	for more := true; more; {
		more = false
		dirs, _ := filepath.Glob("/proc/[0-9]*")
		for _, dir := range dirs {
			pid, _ := strconv.Atoi(filepath.Base(dir))
			stat := transport.ProcessStat(pid)
			// The fourth and the sixth field are the parent and the session.
			if stat != nil && !family[pid] && (family[number(stat[4])] || family[number(stat[6])]) {
				family[pid], more = true, true
				_ = syscall.Kill(pid, syscall.SIGSTOP)
			}
		}
	}
	delete(family, leader)
	for pid := range family {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	return syscall.Kill(-leader, syscall.SIGKILL)
}

func number(field string) int {
	n, _ := strconv.Atoi(field)
	return n
}
