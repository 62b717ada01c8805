// Package backendtest is the conformance suite of backends: the contract that the runner relies on. Each backend runs
// it against the real thing.
package backendtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Shell is the function that every backend has.
type Shell = func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error

// Limits are limitations of a backend. The zero value is a backend without any.
type Limits struct {
	// KilledAs is part of the error of a shell that was killed; "" is "kill". A command that runs a shell elsewhere passes
	// on what a shell says of another one: a status.
	KilledAs string
	// LeavesChildren means that children of a shell may outlive it: sshd signals no process of root's that changed its
	// process group, and Docker cannot kill processes in a container at all.
	LeavesChildren bool
}

// Run tests a backend against the contract.
func Run(t *testing.T, open Shell, limits Limits) {
	if limits.KilledAs == "" {
		limits.KilledAs = "kill"
	}
	t.Run("streams apart and exact", func(t *testing.T) { streams(t, open) })
	t.Run("reports how it ended", func(t *testing.T) { endings(t, open, limits.KilledAs) })
	t.Run("answers before stdin ends", func(t *testing.T) { converses(t, open) })
	t.Run("much at once", func(t *testing.T) { much(t, open) })
	t.Run("a child holds the output", func(t *testing.T) { orphan(t, open) })
	t.Run("killed with all it started", func(t *testing.T) { killed(t, open, !limits.LeavesChildren) })
}

// Ask runs a script in a new shell.
func Ask(t *testing.T, open Shell, script string) (stdout, stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var out, errs bytes.Buffer
	err = open(ctx, strings.NewReader(script), &out, &errs)
	return out.String(), errs.String(), err
}

func streams(t *testing.T, open Shell) {
	out, errs, err := Ask(t, open, `printf 'a\000b\377\n\n'; printf 'c\r' >&2`)
	if out != "a\x00b\xff\n\n" || errs != "c\r" || err != nil {
		t.Errorf("stdout %q, stderr %q, %v", out, errs, err)
	}
}

func endings(t *testing.T, open Shell, killed string) {
	if _, _, err := Ask(t, open, "exit 0"); err != nil {
		t.Errorf("exit 0: %v", err)
	}
	if _, _, err := Ask(t, open, "exit 7"); err == nil || !strings.Contains(err.Error(), "7") {
		t.Errorf("exit 7: %v", err)
	}
	if _, _, err := Ask(t, open, "kill -9 $$"); err == nil || !strings.Contains(err.Error(), killed) {
		t.Errorf("kill -9: %v", err)
	}
}

func converses(t *testing.T, open Shell) {
	in, feed := io.Pipe()
	answers, out := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- open(context.Background(), in, out, io.Discard) }()
	buf := make([]byte, 100)
	for i := range 3 {
		fmt.Fprintf(feed, "echo %d\n", i)
		n, err := answers.Read(buf)
		if got := string(buf[:n]); err != nil || got != fmt.Sprintf("%d\n", i) {
			t.Fatalf("answer %d: %q, %v", i, got, err)
		}
	}
	feed.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func much(t *testing.T, open Shell) {
	out, _, err := Ask(t, open, ": "+strings.Repeat("x", 1<<20)+"\nhead -c 4000000 /dev/zero\n")
	if len(out) != 4_000_000 || err != nil {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

func orphan(t *testing.T, open Shell) {
	begun := time.Now()
	out, _, err := Ask(t, open, "sleep 5 & echo done")
	if took := time.Since(begun); out != "done\n" || err != nil || took > 3*time.Second {
		t.Errorf("%q, %v after %s", out, err, took)
	}
}

func killed(t *testing.T, open Shell, withAll bool) {
	mark := fmt.Sprintf("%d", 100_000+os.Getpid())
	ctx, cancel := context.WithCancel(context.Background())
	ready := make(Writes, 10)
	done := make(chan error, 1)
	go func() {
		script := "timeout 300 sleep " + mark + " & sleep " + mark + " & echo up; sleep " + mark + "\n"
		done <- open(ctx, strings.NewReader(script), ready, io.Discard)
	}()
	<-ready
	time.Sleep(200 * time.Millisecond) // until the programs run
	cancel()
	select {
	case err := <-done:
		if err == nil {
			t.Error("a killed shell is not a success")
		}
	case <-time.After(5 * time.Second):
		t.Fatal("still there 5 s after it was to be killed")
	}
	if !withAll {
		killLeft(mark)
		return
	}
	for range 50 {
		if left := running(t, mark); left == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d processes are left", running(t, mark))
}

// Writes receives a value with every write.
type Writes chan struct{}

// Write drops its input.
func (w Writes) Write(p []byte) (int, error) {
	w <- struct{}{}
	return len(p), nil
}

func running(t *testing.T, argument string) int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Skip("no /proc to see processes in")
	}
	n := 0
	for _, e := range entries {
		line, err := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		if err == nil && strings.HasSuffix(string(line), "sleep\x00"+argument+"\x00") {
			n++
		}
	}
	return n
}

// killLeft kills processes that a test left on the other side.
func killLeft(argument string) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		line, _ := os.ReadFile(file)
		if strings.Contains(string(line), "sleep\x00"+argument) {
			pid, _ := strconv.Atoi(strings.Split(file, "/")[2])
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
