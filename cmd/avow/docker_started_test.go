package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startedSpec is of a container that is ready a while after it was started.
const startedSpec = `target "docker" "fresh" {
  image = "debian:bookworm-slim"
  cmd   = ["sh", "-c", "sleep 0.5; echo ready; exec sleep 600"]
  wait_for { log = "ready" }
}

describe "a fresh container" {
  file "/etc/debian_version" { exists = true }
  command "sleep 0.5" { exit_code = 0 }
}
`

// startedRig is the binary and a spec for which it starts a container.
type startedRig struct{ avow, spec string }

func newStartedRig(t *testing.T) startedRig {
	t.Helper()
	if out, err := exec.Command("docker", "image", "inspect", "debian:bookworm-slim").CombinedOutput(); err != nil {
		if os.Getenv("AVOW_TEST_DOCKER") == "require" {
			t.Fatalf("no Docker engine with debian:bookworm-slim: %v\n%s", err, out)
		}
		t.Skipf("needs a Docker engine with debian:bookworm-slim (`make testbed`): %v\n%s", err, out)
	}
	dir := t.TempDir()
	r := startedRig{avow: filepath.Join(dir, "avow"), spec: filepath.Join(dir, "fresh.spec.hcl")}
	if out, err := exec.Command("go", "build", "-o", r.avow, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(r.spec, []byte(startedSpec), 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

// startedRun is one run of the binary.
type startedRun struct {
	*exec.Cmd
	t      *testing.T
	stderr strings.Builder
}

func (r startedRig) run(t *testing.T, args ...string) *startedRun {
	c := &startedRun{Cmd: exec.Command(r.avow, append([]string{"check", r.spec}, args...)...), t: t}
	c.Cmd.Stderr = &c.stderr
	return c
}

// begin starts the run. It is killed when it does not end.
func (r *startedRun) begin() {
	r.t.Helper()
	if err := r.Start(); err != nil {
		r.t.Fatal(err)
	}
	limit := time.AfterFunc(40*time.Second, func() { _ = r.Process.Kill() })
	r.t.Cleanup(func() { limit.Stop() })
}

// has are the containers that were created for this very run.
func (r *startedRun) has() string {
	out, err := exec.Command("docker", "ps", "-a", "-q", "--filter", fmt.Sprintf("label=avow.pid=%d", r.Process.Pid)).CombinedOutput()
	if err != nil {
		r.t.Errorf("docker ps: %v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// up waits until the container is there.
func (r *startedRun) up() {
	r.t.Helper()
	for end := time.Now().Add(20 * time.Second); r.has() == ""; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			_ = r.Process.Kill()
			r.t.Fatalf("no container was started: %s", &r.stderr)
		}
	}
}

// ends waits for the end, which may take a moment only, and looks at what is left.
func (r *startedRun) ends(within time.Duration) {
	r.t.Helper()
	begun := time.Now()
	_ = r.Wait()
	if took := time.Since(begun); took > within {
		r.t.Errorf("it ended after %v", took)
	}
	if left := r.has(); left != "" {
		r.t.Errorf("left behind: %s\n%s", left, &r.stderr)
		_ = exec.Command("docker", append([]string{"rm", "-fv"}, strings.Fields(left)...)...).Run()
	}
	if strings.Contains(r.stderr.String(), "estcontainers") {
		r.t.Errorf("the library is heard: %s", &r.stderr)
	}
}

// TestStartedContainerIsGone: after a run that nobody interrupted.
func TestStartedContainerIsGone(t *testing.T) {
	r := newStartedRig(t).run(t)
	r.begin()
	r.ends(30 * time.Second)
	if code := r.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d: %s", code, &r.stderr)
	}
}

// TestStartedInterrupted interrupts twenty runs, each at a random moment, and looks at what is left of them.
func TestStartedInterrupted(t *testing.T) {
	rig := newStartedRig(t)
	slots := make(chan struct{}, 3)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			r := rig.run(t)
			if err := r.Start(); err != nil {
				t.Error(err)
				return
			}
			limit := time.AfterFunc(40*time.Second, func() { _ = r.Process.Kill() })
			defer limit.Stop()
			time.Sleep(rand.N(1500 * time.Millisecond))
			_ = r.Process.Signal(os.Interrupt)
			r.ends(15 * time.Second)
		})
	}
	all.Wait()
}

// TestStartedSignals: every signal that ends a run, and one that comes twice.
func TestStartedSignals(t *testing.T) {
	rig := newStartedRig(t)
	for name, signals := range map[string][]os.Signal{
		"interrupt": {os.Interrupt}, "terminate": {syscall.SIGTERM}, "hang up": {syscall.SIGHUP}, "interrupt twice": {os.Interrupt, os.Interrupt},
	} {
		t.Run(name, func(t *testing.T) {
			r := rig.run(t)
			r.begin()
			r.up()
			for _, s := range signals {
				_ = r.Process.Signal(s)
				time.Sleep(50 * time.Millisecond)
			}
			r.ends(15 * time.Second)
			if code := r.ProcessState.ExitCode(); code != 3 {
				t.Errorf("exit code %d, not 3: %s", code, &r.stderr)
			}
		})
	}
}

// TestStartedBrokenPipe: the reader takes one line and goes away, as `| head -1` does.
func TestStartedBrokenPipe(t *testing.T) {
	r := newStartedRig(t).run(t, "-f", "json")
	out, err := r.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.begin()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.Contains(line, `"start"`) {
		t.Errorf("%q %v", line, err)
	}
	r.up()
	out.Close()
	r.ends(20 * time.Second)
}

// TestStartedNeverReady: the promises are unknown, with the reason, and nothing is left.
func TestStartedNeverReady(t *testing.T) {
	rig := newStartedRig(t)
	text := strings.Replace(startedSpec, `log = "ready"`, "log = \"never\"\n    timeout = \"2s\"\n ", 1)
	text = strings.Replace(text, "wait_for {", "wait_for {\n   ", 1)
	if err := os.WriteFile(rig.spec, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := rig.run(t, "--no-color")
	var out strings.Builder
	r.Stdout = &out
	r.begin()
	r.ends(20 * time.Second)
	want := `waited 2s for "never" in its log, and it never came; the last of its log: ready`
	if code := r.ProcessState.ExitCode(); code != 3 || !strings.Contains(strings.Join(strings.Fields(out.String()), " "), want) {
		t.Errorf("exit code %d\n%s%s\nwant %s", code, out.String(), &r.stderr, want)
	}
}
