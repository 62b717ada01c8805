package main

import (
	"strings"
	"testing"

	"github.com/testcontainers/testcontainers-go"
)

// TestCommandsLeaveNoZombie: process 1 of a container is mostly the program itself, which does not wait for the orphans of
// others. What a command starts is its own business; none of these leaves anything.
func TestCommandsLeaveNoZombie(t *testing.T) {
	container := testContainer(t, "busybox", testcontainers.WithCmd("/bin/sleep", "600"))
	spec := write(t, t.TempDir(), "a.spec.hcl", `describe "commands" {
  command "true" { exit_status = 0 }
  command "exec sleep 60" {
    timeout     = "1s"
    exit_status = 0
  }
  command "trap '' TERM; exec sleep 60" {
    timeout     = "1s"
    exit_status = 0
  }
  command "trap 'exit 0' TERM; while :; do read -r line <fifo; done" {
    dir         = "/tmp"
    timeout     = "1s"
    exit_status = 0
  }
  command "kill -9 $$" { exit_status = 137 }
  command "no-such-command" { exit_status = 127 }
  command "cat" {
    stdin  = "x"
    stdout = "x"
  }
}`)
	docker(t, "exec", container, "mkfifo", "/tmp/fifo")
	for range 2 {
		promises, _ := verdicts(t, "-t", "docker://"+container, spec)
		if len(promises) != 7 {
			t.Errorf("%d promises", len(promises))
		}
		for _, p := range promises {
			if timed := strings.Contains(p.Name, "sleep") || strings.Contains(p.Name, "read"); timed != (p.Reason == "timed out after 1s") {
				t.Errorf("%s: %s %s", p.Name, p.Status, p.Reason)
			}
		}
	}
	if left := docker(t, "exec", container, "ps", "-o", "stat,ppid,comm"); strings.Contains(left, "\nZ") {
		t.Errorf("left behind:\n%s", left)
	}
}
