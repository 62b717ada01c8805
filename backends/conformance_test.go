package backends_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/avow-dev/avow/backends"
)

// shell is the one thing that every backend does.
type shell func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error

// implementations are all backends that this machine can open.
func implementations(t *testing.T) map[string]shell {
	all := map[string]shell{
		"local": backends.Local{}.Shell, "ssh": newRig(t).host().Shell,
		"exec": backends.Exec{Command: []string{"/bin/sh", "-s"}}.Shell,
	}
	if host := realServer(t); host != nil {
		all["sshd"] = host.Shell
	}
	if host := testbedServer(t); host != nil {
		all["the testbed's sshd"] = host.Shell
	}
	if target := runningContainer(t); target != nil {
		all["docker"] = target.Shell
		if _, err := exec.LookPath("docker"); err == nil {
			all["docker by command"] = backends.Exec{Command: target.command()}.Shell
		}
	}
	return all
}

// TestConformance holds every backend to the contract that the runner relies on.
func TestConformance(t *testing.T) {
	for name, open := range implementations(t) {
		t.Run(name, func(t *testing.T) {
			t.Run("streams apart and exact", func(t *testing.T) { streams(t, open) })
			t.Run("tells how it ended", func(t *testing.T) { endings(t, open, killedWord(name)) })
			t.Run("answers before stdin ends", func(t *testing.T) { converses(t, open) })
			t.Run("much at once", func(t *testing.T) { much(t, open) })
			t.Run("a child holds the output", func(t *testing.T) { orphan(t, open) })
			t.Run("killed with all it started", func(t *testing.T) { killed(t, open, killsAll(name)) })
		})
	}
}

func ask(t *testing.T, open shell, script string) (stdout, stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var out, errs bytes.Buffer
	err = open(ctx, strings.NewReader(script), &out, &errs)
	return out.String(), errs.String(), err
}

func streams(t *testing.T, open shell) {
	out, errs, err := ask(t, open, `printf 'a\000b\377\n\n'; printf 'c\r' >&2`)
	if out != "a\x00b\xff\n\n" || errs != "c\r" || err != nil {
		t.Errorf("stdout %q, stderr %q, %v", out, errs, err)
	}
}

// killedWord is how the end of a killed shell is told. A command passes on what a shell tells of another one.
func killedWord(name string) string {
	if name == "docker by command" {
		return "exit status 137"
	}
	return "kill"
}

func endings(t *testing.T, open shell, killed string) {
	if _, _, err := ask(t, open, "exit 0"); err != nil {
		t.Errorf("exit 0: %v", err)
	}
	if _, _, err := ask(t, open, "exit 7"); err == nil || !strings.Contains(err.Error(), "7") {
		t.Errorf("exit 7: %v", err)
	}
	if _, _, err := ask(t, open, "kill -9 $$"); err == nil || !strings.Contains(err.Error(), killed) {
		t.Errorf("kill -9: %v", err)
	}
}

func converses(t *testing.T, open shell) {
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

func much(t *testing.T, open shell) {
	out, _, err := ask(t, open, ": "+strings.Repeat("x", 1<<20)+"\nhead -c 4000000 /dev/zero\n")
	if len(out) != 4_000_000 || err != nil {
		t.Errorf("%d bytes, %v", len(out), err)
	}
}

func orphan(t *testing.T, open shell) {
	begun := time.Now()
	out, _, err := ask(t, open, "sleep 5 & echo done")
	if took := time.Since(begun); out != "done\n" || err != nil || took > 3*time.Second {
		t.Errorf("%q, %v after %s", out, err, took)
	}
}

// killsAll says whether an implementation kills what a shell has started. sshd signals nothing of root's that changed its
// process group, and Docker cannot kill what runs in a container at all.
func killsAll(name string) bool { return name == "local" || name == "exec" || name == "ssh" }

// killed: sshd does not signal what a session of root left behind, and never what changed its process group.
func killed(t *testing.T, open shell, withAll bool) {
	mark := fmt.Sprintf("%d", 100_000+os.Getpid())
	ctx, cancel := context.WithCancel(context.Background())
	ready := make(writes, 10)
	done := make(chan error, 1)
	go func() {
		script := "timeout 300 sleep " + mark + " & sleep " + mark + " & echo up; sleep " + mark + "\n"
		done <- open(ctx, strings.NewReader(script), ready, io.Discard)
	}()
	<-ready
	time.Sleep(200 * time.Millisecond) // for the programs to be there
	cancel()
	select {
	case err := <-done:
		if err == nil {
			t.Error("a killed shell is no success")
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

// writes tells of every write.
type writes chan struct{}

func (w writes) Write(p []byte) (int, error) {
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

func TestLocalWithoutStart(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := (backends.Local{}).Shell(ctx, strings.NewReader(""), io.Discard, io.Discard); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
