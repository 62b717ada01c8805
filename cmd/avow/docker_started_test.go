package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/avow-dev/avow/examples/testbed"
)

// startedSpec is of a container that is ready a while after it was started.
const startedSpec = `target "docker" "fresh" {
  image = "debian:bookworm-slim"
  cmd   = ["sh", "-c", "sleep 0.5; echo ready; exec sleep 600"]
  wait_for { log = "ready" }
}

describe "a fresh container" {
  file "/etc/debian_version" { exists = true }
  command "sleep 0.5" { exit_status = 0 }
}
`

// startedRig is the binary and a spec for which it starts a container.
type startedRig struct{ avow, spec string }

func newStartedRig(t *testing.T) startedRig {
	t.Helper()
	testbed.Base(t)
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

func (rig startedRig) run(t *testing.T, args ...string) *startedRun {
	c := &startedRun{Cmd: exec.Command(rig.avow, append([]string{"check", rig.spec}, args...)...), t: t}
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
func (r *startedRun) has(more ...string) string {
	args := append([]string{"ps", "-a", "-q", "--filter", fmt.Sprintf("label=avow.pid=%d", r.Process.Pid)}, more...)
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		r.t.Errorf("docker ps: %v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// up waits until the container runs.
func (r *startedRun) up() {
	r.t.Helper()
	for end := time.Now().Add(10 * time.Second); r.has("--filter", "status=running") == ""; time.Sleep(20 * time.Millisecond) {
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
}

// TestStarted looks at what is left of runs that started a container, however they ended.
func TestStarted(t *testing.T) {
	rig := newStartedRig(t)
	t.Run("to the end", rig.toTheEnd)
	t.Run("interrupted", rig.interrupted)
	t.Run("signals", rig.signals)
	t.Run("broken pipe", rig.brokenPipe)
	t.Run("killed", rig.killed)
	t.Run("never ready", rig.neverReady)
}

// killed: a run that is killed can remove nothing. The next one does, and leaves those alone that still run.
func (rig startedRig) killed(t *testing.T) {
	dead, alive, next := rig.run(t), rig.run(t), rig.run(t)
	dead.begin()
	dead.up()
	_ = dead.Process.Kill()
	_ = dead.Wait()
	var out strings.Builder
	alive.Stdout = &out
	alive.begin()
	alive.up()
	if dead.has() != "" {
		t.Errorf("the next run has left %s", dead.has())
	}
	next.begin()
	next.up()
	if alive.has() == "" {
		t.Error("the container of a run that is there was removed")
	}
	alive.ends(30 * time.Second)
	next.ends(30 * time.Second)
	if code := alive.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d: %s%s", code, &out, &alive.stderr)
	}
}

func (rig startedRig) toTheEnd(t *testing.T) {
	run := rig.run(t)
	run.begin()
	run.ends(30 * time.Second)
	if code := run.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d: %s", code, &run.stderr)
	}
}

// interrupted interrupts twenty runs, each at a random moment, and looks at what is left of them.
func (rig startedRig) interrupted(t *testing.T) {
	begun := time.Now()
	slots := make(chan struct{}, 3)
	pids := make(chan int, 20)
	var all sync.WaitGroup
	for range cap(pids) {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			run := rig.run(t)
			run.interruptedAfter(rand.N(1500 * time.Millisecond))
			pids <- run.Process.Pid
		})
	}
	all.Wait()
	close(pids)
	if n := createdFor(t, pids, begun); n < 5 {
		t.Errorf("only %d of the runs created a container: nothing is tested", n)
	}
}

func (r *startedRun) interruptedAfter(d time.Duration) {
	if err := r.Start(); err != nil {
		r.t.Error(err)
		return
	}
	limit := time.AfterFunc(40*time.Second, func() { _ = r.Process.Kill() })
	defer limit.Stop()
	time.Sleep(d)
	_ = r.Process.Signal(os.Interrupt)
	r.ends(15 * time.Second)
	if code := r.ProcessState.ExitCode(); code == 2 {
		r.t.Errorf("nothing was checked: %s", &r.stderr)
	}
}

// createdFor counts the containers that the engine created for some processes.
func createdFor(t *testing.T, pids <-chan int, since time.Time) int {
	t.Helper()
	out, err := exec.Command("docker", "events", "--since", fmt.Sprint(since.Unix()), "--until", fmt.Sprint(time.Now().Unix()+1),
		"--filter", "event=create", "--filter", "label=avow.pid", "--format", `{{index .Actor.Attributes "avow.pid"}};`).CombinedOutput()
	if err != nil {
		t.Fatalf("docker events: %v\n%s", err, out)
	}
	n := 0
	for pid := range pids {
		n += strings.Count("\n"+string(out), fmt.Sprintf("\n%d;", pid))
	}
	return n
}

// signals are every signal that ends a run, and one twice.
func (rig startedRig) signals(t *testing.T) {
	for name, signals := range map[string][]os.Signal{
		"interrupt": {os.Interrupt}, "terminate": {syscall.SIGTERM}, "hang up": {syscall.SIGHUP}, "interrupt twice": {os.Interrupt, os.Interrupt},
	} {
		t.Run(name, func(t *testing.T) {
			if slices.ContainsFunc(signals, signal.Ignored) {
				t.Skip("the tests were started with this signal ignored, as by nohup, and so is every run of theirs")
			}
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

// brokenPipe: the reader takes one line and goes away, as `| head -1` does.
func (rig startedRig) brokenPipe(t *testing.T) {
	r := rig.run(t, "-f", "json")
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

// neverReady: the promises are unknown, with the reason, and nothing is left.
func (rig startedRig) neverReady(t *testing.T) {
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
