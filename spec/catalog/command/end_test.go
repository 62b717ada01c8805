package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// allAtOnce runs something for each shell and each kind of programs, all at once: what is tested takes seconds, and no work.
func allAtOnce(t *testing.T, run func(argv []string, dirs string)) {
	t.Helper()
	var all sync.WaitGroup
	for _, dirs := range []string{"", applets(t, "setsid"), applets(t)} {
		for _, argv := range catalogtest.Installed(t) {
			all.Go(func() { run(argv, dirs) })
		}
	}
	all.Wait()
}

// TestCommandTimesOut: a limit that was reached is a timeout, whatever the command makes of the signal; a status that
// looks like one is none.
func TestCommandTimesOut(t *testing.T) {
	for line, over := range map[string]bool{
		"echo so far; sleep 9":                                 true,
		"echo so far; trap 'exit 0' TERM; sleep 9 & wait":      true,
		"echo so far; trap '' TERM; while :; do sleep 1; done": true,
		"sleep 1; exit 124":                                    false,
		"sleep 1; exit 137":                                    false,
		"sleep 1; kill -s TERM $$":                             false,
	} {
		allAtOnce(t, func(argv []string, dirs string) {
			limit := 20 * time.Second
			if over {
				limit = time.Second
			}
			facts, err := runCommand(t, argv, dirs, resource.Params{"line": line, "timeout": limit})
			f := facts["exit_status"]
			if err != nil || over != (f.Unknown == "timed out after 1s") || over == (f.Value != nil) {
				t.Errorf("%s: %q: %+v, %v", argv, line, f, err)
			} else if over && f.Output.Stdout != "so far\n" {
				t.Errorf("%s: %q: it printed %q", argv, line, f.Output.Stdout)
			}
		})
	}
}

// What a command has started ends with it when its time is over.
func TestCommandTimesOutWithItsChildren(t *testing.T) {
	everywhere(t, func(t *testing.T, argv []string, dirs string) {
		if dirs != "" && !strings.Contains(t.Name(), "BusyBox") {
			t.Skip("without setsid the command alone is ended")
		}
		line := "(trap '' TERM; sleep 600 & wait; while :; do sleep 1; done) & echo $!; wait"
		facts, err := runCommand(t, argv, dirs, resource.Params{"line": line, "timeout": time.Second})
		if err != nil {
			t.Fatal(err)
		}
		child := strings.TrimSpace(facts["stdout"].Output.Stdout)
		time.Sleep(300 * time.Millisecond)
		stat, _ := os.ReadFile("/proc/" + child + "/stat")
		if child == "" || len(stat) > 0 && !strings.Contains(string(stat), ") Z ") {
			t.Errorf("the child %q lives: %s", child, stat)
		}
	})
}

// TestCommandIsInNoArgv reads all command lines of the machine again and again while a command runs.
func TestCommandIsInNoArgv(t *testing.T) {
	users := []string{""}
	if os.Getuid() == 0 {
		users = append(users, "daemon")
	}
	everywhere(t, func(t *testing.T, argv []string, dirs string) {
		for _, user := range users {
			secret := fmt.Sprintf("s3cret-%x", time.Now().UnixNano())
			p := resource.Params{"line": "sleep 0.3; cat >/dev/null # " + secret, "stdin": strings.Repeat(secret, 20_000), "env": map[string]any{"A": secret}}
			if user != "" && dirs == "" {
				p["user"] = user
			}
			done, seen := make(chan struct{}), make(chan string, 1)
			go func() { seen <- argvWith(secret, done) }()
			facts, err := runCommand(t, argv, dirs, p)
			close(done)
			if argv := <-seen; argv != "" || err != nil || facts["stderr"].Value != "" {
				t.Errorf("seen in %.200q; %v %v", argv, err, facts["stderr"])
			}
		}
	})
}

// argvWith is the first command line of a process that has the text, until done.
func argvWith(text string, done <-chan struct{}) string {
	for {
		files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, file := range files {
			if argv, _ := os.ReadFile(file); strings.Contains(string(argv), text) {
				return string(argv)
			}
		}
		select {
		case <-done:
			return ""
		case <-time.After(time.Millisecond):
		}
	}
}

// TestCommandLeavesNoOrphan: what Avow started itself is waited for by who started it. This process takes the place of a
// process 1 that does not.
func TestCommandLeavesNoOrphan(t *testing.T) {
	catalogtest.AdoptOrphans(t)
	lines := []string{"true", "exit 3", "kill -9 $$", "no-such-command", "sleep 777 & echo bg", "exec sleep 9", "trap '' TERM; exec sleep 9"}
	allAtOnce(t, func(argv []string, dirs string) {
		talk := shell.New(program(argv), shell.Options{})
		defer talk.Close()
		for _, line := range lines {
			for _, stdin := range []string{"", "in"} {
				if _, err := tellCommand(t, talk, dirs, resource.Params{"line": line, "stdin": stdin, "timeout": time.Second}); err != nil {
					t.Errorf("%s: %s: %v", argv, line, err)
				}
			}
		}
	})
	for _, orphan := range catalogtest.Children(t) {
		if !strings.Contains(orphan, "sleep\x00777") {
			t.Errorf("left behind: %q", orphan)
		}
	}
}

// TestCommandHasItsLimitWhenTheWayBreaks: sshd kills the process group of a shell whose connection is lost.
func TestCommandHasItsLimitWhenTheWayBreaks(t *testing.T) {
	for _, dirs := range []string{"", applets(t, "setsid")} {
		mark := fmt.Sprintf("88%d", os.Getpid())
		ctx, cut := context.WithCancel(t.Context())
		talk := shell.New(func(_ context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
			cmd := exec.CommandContext(ctx, "dash", "-s")
			cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = stdin, stdout, stderr, time.Second/10
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
			return cmd.Run()
		}, shell.Options{})
		cutting := time.AfterFunc(time.Second, func() {
			cut()
			time.Sleep(200 * time.Millisecond)
			if argvWith("/bin/sleep\x00"+mark, closed) == "" {
				t.Error("the command ended with the shell: this test is none")
			}
			go talk.Close()
		})
		defer cutting.Stop()
		if facts, err := tellCommand(t, talk, dirs, resource.Params{"line": "exec /bin/sleep " + mark, "timeout": 3 * time.Second}); err == nil {
			t.Errorf("the shell lives: %v", facts)
		}
		time.Sleep(4 * time.Second)
		if argv := argvWith("/bin/sleep\x00"+mark, closed); argv != "" {
			t.Errorf("%q lives", argv)
		}
	}
}

var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()
