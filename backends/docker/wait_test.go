package docker_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/avow-dev/avow/backends/docker"
)

// TestWaitForReady: a container is looked at when it is ready, and not before.
func TestWaitForReady(t *testing.T) {
	s := newStarter(t)
	for name, c := range map[string]struct {
		script string
		wait   docker.WaitFor
	}{
		"log":                   {"sleep 1; echo >/ready; echo almost ready; sleep 600", docker.WaitFor{Log: "almost ready"}},
		"log on stderr":         {"sleep 1; echo >/ready; echo ready >&2; sleep 600", docker.WaitFor{Log: "ready"}},
		"log in pieces":         {"printf re; sleep 1; echo >/ready; printf 'ady\\n'; sleep 600", docker.WaitFor{Log: "ready"}},
		"port":                  {"sleep 1; echo >/ready; exec perl -MSocket -e '" + listen + "'", docker.WaitFor{Port: "8123"}},
		"port, inside only":     {"sleep 1; echo >/ready; exec perl -MSocket -e '" + strings.Replace(listen, "INADDR_ANY", "INADDR_LOOPBACK", 1) + "'", docker.WaitFor{Port: "8123/tcp"}},
		"udp port":              {"sleep 1; echo >/ready; exec perl -MSocket -e '" + bind + "'", docker.WaitFor{Port: "8124/udp"}},
		"port and log":          {"echo up; sleep 1; echo >/ready; exec perl -MSocket -e '" + listen + "'", docker.WaitFor{Port: "8123", Log: "up"}},
		"nothing to wait for":   {"echo >/ready; sleep 600", docker.WaitFor{Timeout: time.Second}},
		"log of one that exits": {"echo done; sleep 0.5; echo >/ready; sleep 600", docker.WaitFor{Log: "done"}},
	} {
		c.wait.Timeout = 20 * time.Second
		got, err := s.ask(sleeper(c.script, c.wait), "i=0; while [ ! -e /ready ] && [ $i -lt 30 ]; do sleep 0.1; i=$((i+1)); done; echo $((i > 8))")
		if err != nil || got != "0\n" {
			t.Errorf("%s: looked too early, or not at all: %q %v", name, got, err)
		}
	}
}

const (
	listen = `socket(S,PF_INET,SOCK_STREAM,0);bind(S,sockaddr_in(8123,INADDR_ANY))||die;listen(S,5);sleep 600`
	bind   = `socket(S,PF_INET,SOCK_DGRAM,0);bind(S,sockaddr_in(8124,INADDR_ANY))||die;sleep 600`
)

// TestWaitForNever: what never comes is told with what was waited for, how long, and the container's last words.
func TestWaitForNever(t *testing.T) {
	s := newStarter(t)
	for name, c := range map[string]struct {
		script string
		wait   docker.WaitFor
		want   string
	}{
		"log": {
			"seq 20; printf '\\033[31mred\\a\\r\\n'; sleep 600",
			docker.WaitFor{Log: "ready"},
			`: waited 2s for "ready" in its log, and it never came; the last of its log: 17 \| 18 \| 19 \| 20 \| \[31mred$`,
		},
		"port":   {"sleep 600", docker.WaitFor{Port: "8123"}, `: waited 2s for a listener on port 8123/tcp, and it never came; its log is empty$`},
		"exited": {"echo going; sleep 0.2; echo down >&2; exit 3", docker.WaitFor{Log: "ready"}, `: it exited with status 3 before there was "ready" in its log; the last of its log: going \| down$`},
		"exited in the middle": {
			"echo going; sleep 1; exit 4",
			docker.WaitFor{Port: "8123"},
			`: it exited with status 4 before there was a listener on port 8123/tcp; the last of its log: going$`,
		},
		"no check": {"sleep 600", docker.WaitFor{Healthy: true}, `: cannot wait for a passing health check: the image has no HEALTHCHECK$`},
	} {
		c.wait.Timeout = 2 * time.Second
		begun := time.Now()
		_, err := s.ask(sleeper(c.script, c.wait), "true")
		if err == nil || !regexp.MustCompile(c.want).MatchString(err.Error()) {
			t.Errorf("%s: got  %v\nwant %s", name, err, c.want)
			continue
		}
		isFinal(t, err)
		if strings.Contains(name, "exited") && time.Since(begun) > 4*time.Second {
			t.Errorf("%s: told after %v only", name, time.Since(begun))
		}
	}
	s.closed()
}

// TestWaitForLogOfOneThatExited: what a container wrote before it exited counts.
func TestWaitForLogOfOneThatExited(t *testing.T) {
	s := newStarter(t)
	c := s.Start(sleeper("echo ready", docker.WaitFor{Log: "ready"}))
	if _, err := c.Metadata(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestWaitForHealth builds an image with a check that passes at its second try, and one that never does.
func TestWaitForHealth(t *testing.T) {
	s := newStarter(t)
	check := func(script string, limit time.Duration) docker.Start {
		dir := t.TempDir()
		write(t, dir, "Dockerfile", "FROM "+base+"\nHEALTHCHECK --interval=500ms --retries=1 CMD "+script+"\nCMD [\"sleep\", \"600\"]\n")
		return docker.Start{
			Build:   &docker.Build{Context: dir, Dockerfile: "Dockerfile"},
			WaitFor: docker.WaitFor{Healthy: true, Timeout: limit},
		}
	}
	if got, err := s.ask(check("test -e /second || { touch /second; exit 1; }", 20*time.Second), "ls /second"); err != nil || got != "/second\n" {
		t.Errorf("got %q, %v", got, err)
	}
	want := ": waited 2s for a passing health check, and it never came; the last check ended with status 1: not today; its log is empty"
	if _, err := s.ask(check("echo not today; exit 1", 2*time.Second), "true"); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	s.closed()
}

// TestWaitWithoutShell: where there is no shell inside, connections say whether somebody listens.
func TestWaitWithoutShell(t *testing.T) {
	s := newStarter(t)
	dir := shellless(t)
	start := docker.Start{
		Build: &docker.Build{Context: dir, Dockerfile: "Dockerfile"}, Cmd: []string{"/server", "1s"},
		WaitFor: docker.WaitFor{Port: "8123", Timeout: 20 * time.Second},
	}
	begun := time.Now()
	if err := s.reached(start); err != nil {
		t.Error(err)
	}
	if time.Since(begun) < time.Second {
		t.Errorf("ready after %v", time.Since(begun))
	}
	start.Ports = []string{"127.0.0.1::8123"}
	if err := s.reached(start); err != nil {
		t.Error(err)
	}
	start.Cmd, start.WaitFor.Timeout = []string{"/server", "1h"}, 2*time.Second
	if err := s.reached(start); err == nil || !strings.Contains(err.Error(), "waited 2s for a listener on port 8123/tcp") {
		t.Errorf("got %v", err)
	}
	start.WaitFor.Port = "53/udp"
	if err := s.reached(start); err == nil || !strings.Contains(err.Error(), "only a shell inside could see a udp port") {
		t.Errorf("got %v", err)
	}
	s.closed()
}

// reached starts a container and looks at what needs no shell.
func (s *starter) reached(start docker.Start) error {
	ctx, cancel := context.WithTimeout(s.t.Context(), 60*time.Second)
	defer cancel()
	c := s.Start(start)
	_, err := c.Metadata(ctx)
	return err
}

// TestStartWithoutShell: its files can be read, also when it has exited.
func TestStartWithoutShell(t *testing.T) {
	s := newStarter(t)
	for _, d := range []string{"1h", "exit"} {
		c := s.Start(docker.Start{Build: &docker.Build{Context: shellless(t), Dockerfile: "Dockerfile"}, Cmd: []string{"/server", d}})
		why := c.NoShell(t.Context())
		if why == nil {
			t.Errorf("%s: it has a shell", d)
			continue
		}
		t.Logf("%s: %v", d, why)
		files, err := c.Files(t.Context())
		if err != nil {
			t.Error(err)
			continue
		}
		f, err := files.Open("server")
		if err != nil {
			t.Error(err)
			continue
		}
		f.Close()
	}
	s.closed()
}

// shellless is a build context of an image that holds one program, which listens after a while.
func shellless(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "Dockerfile", "FROM scratch\nCOPY server /server\n")
	write(t, dir, "source/go.mod", "module server\n\ngo 1.26\n")
	write(t, dir, "source/main.go", `package main

import (
	"net"
	"os"
	"time"
)

func main() {
	wait, err := time.ParseDuration(os.Args[1])
	if err != nil {
		os.Exit(5)
	}
	time.Sleep(wait)
	l, _ := net.Listen("tcp", ":8123")
	for {
		conn, _ := l.Accept()
		defer conn.Close()
	}
}
`)
	cmd := exec.Command("go", "build", "-o", filepath.Join(dir, "server"), ".")
	cmd.Dir, cmd.Env = filepath.Join(dir, "source"), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.RemoveAll(cmd.Dir); err != nil {
		t.Fatal(err)
	}
	return dir
}
