package shell

import (
	"context"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// posixShells are the shells that everything is tried with.
var posixShells = [][]string{
	{"sh", "-s"},
	{"dash", "-s"},
	{"bash", "--posix", "-s"},
	{"bash", "-s"},
	{"busybox", "ash", "-s"},
	{"mksh", "-s"},
	{"yash", "-s"},
	{"ksh93", "-s"},
}

// command is a Shell that runs a program of this machine.
func command(argv ...string) Shell {
	return func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		cmd.Stdout, cmd.Stderr, cmd.WaitDelay = stdout, stderr, time.Second/10
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
		in, err := cmd.StdinPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		go func() {
			defer in.Close()
			_, _ = io.Copy(in, stdin)
		}()
		return cmd.Wait()
	}
}

// counted counts the opens, and refuses those after the first `most`.
func counted(shell Shell, opens *atomic.Int32, most int32) Shell {
	return func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		if opens.Add(1) > most {
			return io.ErrUnexpectedEOF
		}
		return shell(ctx, stdin, stdout, stderr)
	}
}

func eachShell(t *testing.T, f func(t *testing.T, shell Shell)) {
	for _, argv := range posixShells {
		t.Run(strings.Join(argv, " "), func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(argv[0]); err != nil {
				t.Skip(err)
			}
			f(t, command(argv...))
		})
	}
}

type told struct {
	Result
	err   error
	after time.Duration
}

// ask asks, and checks that each question was told once and from one goroutine.
func ask(t *testing.T, c *Conversation, questions ...Query) []told {
	t.Helper()
	return askUntil(t, t.Context(), c, questions...)
}

func askUntil(t *testing.T, ctx context.Context, c *Conversation, questions ...Query) []told {
	t.Helper()
	all, times, begin := make([]told, len(questions)), make([]int, len(questions)), time.Now()
	c.Run(ctx, questions, func(i int, a Result, err error) {
		all[i] = told{a, err, time.Since(begin)}
		times[i]++
	})
	for i, n := range times {
		if n != 1 {
			t.Errorf("question %d was told %d times", i, n)
		}
	}
	return all
}

func open(t *testing.T, shell Shell, options Options) *Conversation {
	var mu sync.Mutex
	running := true
	options.Log = func(line string) {
		mu.Lock()
		defer mu.Unlock()
		if running {
			t.Log(line)
		}
	}
	c := New(shell, options)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		mu.Lock()
		running = false
		mu.Unlock()
	})
	return c
}

var run = &Function{Name: "run", Body: `eval "$1"`}

func line(text string) Query { return Query{Function: run, Args: []string{text}} }

func slow(text string) Query {
	return Query{Function: run, Args: []string{text}, Slow: true}
}

// idle waits until no goroutine of this package is left.
func idle(t *testing.T) {
	t.Helper()
	var stacks string
	for range 100 {
		buffer := make([]byte, 1<<20)
		stacks = string(buffer[:runtime.Stack(buffer, true)])
		if !strings.Contains(stacks, "shell.(*") && !strings.Contains(stacks, "os/exec.(*Cmd)") {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("goroutines are left:\n%s", stacks)
}
