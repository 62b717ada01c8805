package docker_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/backendtest"
	"github.com/avow-dev/avow/backends/docker"
)

// expect holds the error of a shell to its words, and to what it says of itself; and where there is none at all, what
// the target says up front.
func expect(t *testing.T, c *docker.Container, words string, none, final bool) {
	t.Helper()
	_, _, err := backendtest.Ask(t, c.Shell, "echo up")
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Fatalf("%v, want %q", err, words)
	}
	var e *docker.Error
	if !errors.As(err, &e) || e.NoShell != none || e.Final() != final {
		t.Errorf("%+v, want no shell %v, final %v", err, none, final)
	}
	if why := c.NoShell(t.Context()); (why != nil) != none || none && !strings.Contains(why.Error(), words) {
		t.Errorf("up front: %v, want %q", why, words)
	}
	if strings.Contains(err.Error(), "API route") || strings.Contains(err.Error(), "daemon") {
		t.Errorf("the client's own words: %v", err)
	}
}

func TestStates(t *testing.T) {
	b := newBox(t, container.Config{Image: base, Cmd: []string{"sleep", "600"}}, container.HostConfig{})
	expect(t, b.Container, "never started", true, true)
	b.start()
	if out, _, err := backendtest.Ask(t, b.Shell, "id -u"); out != "0\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
	if _, err := b.engine.ContainerPause(t.Context(), b.name, client.ContainerPauseOptions{}); err != nil {
		t.Fatal(err)
	}
	expect(t, b.Container, "it is paused", false, true)
	if _, err := b.engine.ContainerUnpause(t.Context(), b.name, client.ContainerUnpauseOptions{}); err != nil {
		t.Fatal(err)
	}
	b.stop()
	expect(t, b.Container, "it is stopped (exit status 137)", true, true)
	b.remove()
	expect(t, b.Container, "removed during the check", false, true)
}

func TestRestarting(t *testing.T) {
	b := newBox(t, container.Config{Image: base, Cmd: []string{"sh", "-c", "sleep 0.1; exit 3"}},
		container.HostConfig{RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyAlways}})
	b.start()
	for range 100 {
		answer, err := b.engine.ContainerInspect(t.Context(), b.name, client.ContainerInspectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if answer.Container.State.Restarting && answer.Container.RestartCount > 4 { // then the pauses are long
			expect(t, b.Container, "it is restarting (it ended with exit status 3)", false, false)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("it does not restart")
}

func TestNotThere(t *testing.T) {
	engineOf(t)
	d := dockerOf(t)
	expect(t, d.Container(docker.Target{Container: "avow-test-nobody"}), "there is no such container", false, true)
	begun := time.Now()
	expect(t, d.Container(docker.Target{Container: "avow-test-nobody", Wait: time.Second}), "waited for 1s", false, true)
	if took := time.Since(begun); took < time.Second || took > 5*time.Second {
		t.Errorf("waited for %v", took)
	}
}

func TestAmbiguous(t *testing.T) {
	first := map[byte]bool{}
	for range 17 { // one more than there are first digits
		b := newBox(t, container.Config{Image: base, Cmd: []string{"true"}}, container.HostConfig{})
		answer, err := b.engine.ContainerInspect(t.Context(), b.name, client.ContainerInspectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		digit := answer.Container.ID[0]
		if first[digit] {
			target := docker.Target{Container: string(digit)}
			expect(t, dockerOf(t).Container(target), "several containers", false, true)
			return
		}
		first[digit] = true
	}
}

func TestWaits(t *testing.T) {
	b := newBox(t, container.Config{Image: base, Cmd: []string{"sleep", "600"}}, container.HostConfig{})
	target := dockerOf(t).Container(docker.Target{Container: b.name, Wait: 10 * time.Second})
	timer := time.AfterFunc(time.Second, func() {
		_, _ = b.engine.ContainerStart(context.Background(), b.name, client.ContainerStartOptions{})
	})
	defer timer.Stop()
	if out, _, err := backendtest.Ask(t, target.Shell, "echo up"); out != "up\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
}

func TestUser(t *testing.T) {
	b := started(t, container.HostConfig{})
	d := dockerOf(t)
	for user, want := range map[string]string{"": "0:0", "nobody": "65534:65534", "33:44": "33:44"} {
		target := d.Container(docker.Target{Container: b.name, User: user})
		if out, _, err := backendtest.Ask(t, target.Shell, "echo $(id -u):$(id -g)"); out != want+"\n" || err != nil {
			t.Errorf("%q: %q, %v", user, out, err)
		}
	}
	expect(t, d.Container(docker.Target{Container: b.name, User: "nosuchuser"}), "unable to find user nosuchuser", false, true)
}

// TestWithoutShell has a container that runs, and has no shell in any of the ways.
func TestWithoutShell(t *testing.T) {
	sleeps := program(t, "sleeps")
	for words, files := range map[string][]tarHeader{
		"it has no /bin/sh":             {sleeps},
		"its /bin/sh is not executable": {sleeps, dir("bin"), text("bin/sh", "#!/sleeps\n")},
		"its /bin/sh does not run":      {sleeps, dir("bin"), executable("bin/sh", "#!/nothing\n")},
	} {
		t.Run(words, func(t *testing.T) {
			image := imageOf(t, nil, files...)
			b := newBox(t, container.Config{Image: image, Cmd: []string{"/sleeps"}}, container.HostConfig{})
			b.start()
			expect(t, b.Container, words, true, true)
			if files, err := b.Files(t.Context()); err != nil || !there(t, files, "sleeps") {
				t.Errorf("its files: %v", err)
			}
		})
	}
}

// TestTriedShell: the shell that shows that there is one is the first that is used; one that is not used ends with the
// check.
func TestTriedShell(t *testing.T) {
	b := started(t, container.HostConfig{})
	shells := func() int {
		answer, err := b.engine.ContainerInspect(t.Context(), b.name, client.ContainerInspectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return len(answer.Container.ExecIDs)
	}
	if err := b.NoShell(t.Context()); err != nil || shells() != 1 {
		t.Errorf("%v, %d shells", err, shells())
	}
	if out, errs, err := backendtest.Ask(t, b.Shell, "echo up; echo no >&2"); out != "up\n" || errs != "no\n" || err != nil {
		t.Errorf("%q, %q, %v", out, errs, err)
	}
	if err := b.NoShell(t.Context()); err != nil {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	for range 50 {
		if shells() == 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("%d shells are left", shells())
}

// TestOwnStatus is no missing shell: a script that ends as if a program could not be run.
func TestOwnStatus(t *testing.T) {
	b := started(t, container.HostConfig{})
	for _, script := range []string{"exit 127", "exec /nothing", "echo OCI; exit 126"} {
		_, _, err := backendtest.Ask(t, b.Shell, script)
		var exit *docker.ExitError
		if !errors.As(err, &exit) {
			t.Errorf("%s: %v", script, err)
		}
	}
}

// TestLost loses the container in the middle of an answer.
func TestLost(t *testing.T) {
	for words, lose := range map[string]func(*box){
		"remove": (*box).remove, "it is stopped (exit status": (*box).stop,
	} {
		b := started(t, container.HostConfig{})
		ready, done := make(backendtest.Writes, 10), make(chan error, 1)
		go func() {
			done <- b.Shell(t.Context(), strings.NewReader("echo up; sleep 60; echo down"), ready, io.Discard)
		}()
		<-ready
		lose(b)
		select {
		case err := <-done:
			if err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("%v, want %q", err, words)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("still there 20 s after it was lost")
		}
	}
}

// TestShellEnds: nobody can kill a shell in a container, so it has to see that nobody listens.
func TestShellEnds(t *testing.T) {
	b := started(t, container.HostConfig{})
	ctx, cancel := context.WithCancelCause(t.Context())
	reader, writer := io.Pipe()
	defer writer.Close()
	ready, done := make(backendtest.Writes, 10), make(chan error, 1)
	go func() { done <- b.Shell(ctx, reader, ready, io.Discard) }()
	_, _ = io.WriteString(writer, "echo $$\n")
	<-ready
	stopped := errors.New("stopped by the test")
	cancel(stopped)
	if err := <-done; !errors.Is(err, stopped) {
		t.Error(err)
	}
	for range 50 {
		out, _, err := backendtest.Ask(t, b.Shell, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(out, "/bin/sh -s") == 1 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("the shell is still there")
}

func TestOrphanWithoutOutput(t *testing.T) {
	b := started(t, container.HostConfig{})
	begun := time.Now()
	if _, _, err := backendtest.Ask(t, b.Shell, "sleep 8 & exit 4"); err == nil || err.Error() != "exit status 4" {
		t.Error(err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("after %v", took)
	}
}
