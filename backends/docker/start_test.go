package docker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/docker"
)

// starter is an engine whose containers are gone after the test.
type starter struct {
	*docker.Engine
	t      *testing.T
	engine *client.Client
}

func newStarter(t *testing.T) *starter {
	t.Helper()
	s := &starter{engine: engineOf(t), Engine: docker.New(), t: t}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// sleeper starts a shell script, and otherwise what is said.
func sleeper(script string, w docker.WaitFor) docker.Start {
	return docker.Start{Image: base, Cmd: []string{"sh", "-c", script}, WaitFor: w}
}

// ask runs a script in a container that is started for it.
func (s *starter) ask(d docker.Start, script string) (string, error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 60*time.Second)
	defer cancel()
	return askIn(ctx, s.Start(d), script)
}

func askIn(ctx context.Context, c *docker.Container, script string) (string, error) {
	var stdout, stderr bytes.Buffer
	err := c.Shell(ctx, strings.NewReader(script), &stdout, &stderr)
	if err != nil {
		return stdout.String(), fmt.Errorf("%w%s", err, stderr.String())
	}
	return stdout.String(), nil
}

// ours are the filters for what was created by this process.
func ours() client.Filters {
	return make(client.Filters).Add("label", "avow.pid="+strconv.Itoa(os.Getpid()))
}

// left is all that the engine still has of this process.
func (s *starter) left() []string {
	s.t.Helper()
	var out []string
	containers, err := s.engine.ContainerList(context.Background(), client.ContainerListOptions{All: true, Filters: ours()})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range containers.Items {
		out = append(out, "container "+c.ID)
	}
	images, err := s.engine.ImageList(context.Background(), client.ImageListOptions{All: true, Filters: ours()})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, i := range images.Items {
		out = append(out, "image "+i.ID)
	}
	volumes, err := s.engine.VolumeList(context.Background(), client.VolumeListOptions{Filters: ours()})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, v := range volumes.Items {
		out = append(out, "volume "+v.Name)
	}
	return out
}

// closed closes, and fails when something is left.
func (s *starter) closed() {
	s.t.Helper()
	if err := s.Close(); err != nil {
		s.t.Errorf("close: %v", err)
	}
	if left := s.left(); len(left) > 0 {
		s.t.Errorf("left behind: %v", left)
	}
}

// TestStartApplies holds what is written to what the engine and the container say.
func TestStartApplies(t *testing.T) {
	s := newStarter(t)
	dir := t.TempDir()
	write(t, dir, "page", "from this machine\n")
	volume := fmt.Sprintf("avow-test-%d", time.Now().UnixNano())
	got, err := s.ask(docker.Start{
		Image: base, Pull: "never", Entrypoint: []string{"/bin/sleep"}, Cmd: []string{"601"},
		Env: map[string]string{"WORD": "a b=c"}, Ports: []string{"127.0.0.1::8000", "53/udp"},
		Volumes: []string{dir + ":/site:ro", volume + ":/data"},
	}, `tr '\0' ' ' </proc/1/cmdline; echo
tr '\0' '\n' </proc/1/environ | grep ^WORD=
cat /site/page
touch /data/written && echo written
touch /site/written 2>/dev/null || echo read-only`)
	want := "/bin/sleep 601 \nWORD=a b=c\nfrom this machine\nwritten\nread-only\n"
	if err != nil || got != want {
		t.Errorf("got %q, %v\nwant %q", got, err, want)
	}
	s.published(network.MustParsePort("8000/tcp"), netip.MustParseAddr("127.0.0.1"))
	s.published(network.MustParsePort("53/udp"), netip.MustParseAddr("0.0.0.0"))
	s.closed()
}

// published fails unless the one container of this process publishes a port.
func (s *starter) published(port network.Port, ip netip.Addr) {
	s.t.Helper()
	list, err := s.engine.ContainerList(s.t.Context(), client.ContainerListOptions{Filters: ours()})
	if err != nil || len(list.Items) != 1 {
		s.t.Fatalf("%d containers run, want 1 (%v)", len(list.Items), err)
	}
	for _, p := range list.Items[0].Ports {
		if p.PrivatePort == port.Num() && p.Type == string(port.Proto()) && p.IP == ip && p.PublicPort > 0 {
			return
		}
	}
	s.t.Errorf("%s is not published on %s: %v", port, ip, list.Items[0].Ports)
}

// TestStartPublishesNothingUnasked: what an image exposes stays inside.
func TestStartPublishesNothingUnasked(t *testing.T) {
	s := newStarter(t)
	dir := t.TempDir()
	write(t, dir, "Dockerfile", "FROM "+base+"\nEXPOSE 8000\nCMD [\"sleep\", \"600\"]\n")
	if _, err := s.ask(docker.Start{Build: &docker.Build{Context: dir, Dockerfile: "Dockerfile"}}, "true"); err != nil {
		t.Fatal(err)
	}
	list, err := s.engine.ContainerList(t.Context(), client.ContainerListOptions{Filters: ours()})
	if err != nil || len(list.Items) != 1 {
		t.Fatalf("%d containers run, want 1 (%v)", len(list.Items), err)
	}
	for _, p := range list.Items[0].Ports {
		if p.PublicPort != 0 {
			t.Errorf("published: %v", p)
		}
	}
}

// TestStartOnce: a container that is looked at twice is one container.
func TestStartOnce(t *testing.T) {
	s := newStarter(t)
	c := s.Start(sleeper("sleep 600", docker.WaitFor{}))
	first, err := askIn(t.Context(), c, "cat /proc/sys/kernel/hostname")
	if err != nil {
		t.Fatal(err)
	}
	if second, err := askIn(t.Context(), c, "cat /proc/sys/kernel/hostname"); err != nil || second != first {
		t.Errorf("first %q, then %q (%v)", first, second, err)
	}
	if id := c.Identity()["container"]; !strings.HasPrefix(id, strings.TrimSpace(first)) {
		t.Errorf("identity is %q, host name %q", id, first)
	}
}

// TestStartRefuses: what is wrong is told before the engine is asked for anything.
func TestStartRefuses(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "file", "")
	build := func(context, dockerfile string) docker.Start {
		return docker.Start{Build: &docker.Build{Context: context, Dockerfile: dockerfile}}
	}
	for _, c := range []struct {
		start docker.Start
		want  string
	}{
		{docker.Start{Ports: []string{"http"}}, `port "http": "http" is not a port of the container`},
		{docker.Start{Ports: []string{"80:0"}}, `port "80:0": "0" is not a port of the container`},
		{docker.Start{Ports: []string{"70000:80"}}, `"70000" is not a port of the engine's machine`},
		{docker.Start{Ports: []string{"web:80:80"}}, `"web" is not an IP address`},
		{docker.Start{Ports: []string{"80/icmp"}}, `"icmp" is not tcp, udp or sctp`},
		{docker.Start{Ports: []string{"8000-8010:80"}}, "ranges are not supported"},
		{docker.Start{Volumes: []string{"/data"}}, `volume "/data": write /src:/dst`},
		{docker.Start{Volumes: []string{"/src:dst"}}, `"dst" is not a path inside the container`},
		{docker.Start{Volumes: []string{"/src:/"}}, `"/" is not a path inside the container`},
		{docker.Start{Volumes: []string{"/src:/dst:rx"}}, `"rx" is neither ro nor rw`},
		{docker.Start{Volumes: []string{"src/x:/dst"}}, `"src/x" is neither a path nor the name of a volume`},
		{docker.Start{Volumes: []string{"/a:/dst", "/b:/dst/"}}, "/dst is mounted twice"},
		{docker.Start{WaitFor: docker.WaitFor{Port: "http"}}, `wait_for: "http" is not a port of the container`},
		{build(filepath.Join(dir, "none"), "Dockerfile"), "no such file or directory"},
		{build(filepath.Join(dir, "file"), "Dockerfile"), "it is not a directory"},
		{build(dir, "Dockerfile"), `dockerfile "Dockerfile" in`},
		{build(dir, "../Dockerfile"), "it has to be in the build context"},
	} {
		c.start.Image = base
		_, err := askIn(t.Context(), docker.New().Start(c.start), "true")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v\nwant %s", err, c.want)
		}
		isFinal(t, err)
	}
}

func isFinal(t *testing.T, err error) {
	t.Helper()
	var knows interface{ Final() bool }
	if !errors.As(err, &knows) || !knows.Final() {
		t.Errorf("it would be tried again: %v", err)
	}
}

// TestStartMissingSource: the engine is not made to create a folder that is not there.
func TestStartMissingSource(t *testing.T) {
	s := newStarter(t)
	missing := filepath.Join(t.TempDir(), "none")
	_, err := s.ask(docker.Start{Image: base, Cmd: []string{"sleep", "600"}, Volumes: []string{missing + ":/x"}}, "true")
	if err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("the folder was created")
	}
	s.closed()
}

// TestStartBadCommand: what the engine says of it is the reason, and the container that was created is removed.
func TestStartBadCommand(t *testing.T) {
	s := newStarter(t)
	_, err := s.ask(docker.Start{Image: base, Cmd: []string{"/no/such/program"}}, "true")
	if err == nil || !strings.Contains(err.Error(), "no such file or directory") || strings.Contains(err.Error(), "daemon") {
		t.Errorf("got %v", err)
	}
	isFinal(t, err)
	s.closed()
}

// TestStartMissingImage: nothing is created for an image that cannot be had.
func TestStartMissingImage(t *testing.T) {
	s := newStarter(t)
	for pull, want := range map[string]string{"never": "avow-test-none", "missing": "avow-test.invalid"} {
		_, err := s.ask(docker.Start{Image: "avow-test.invalid/avow-test-none:1", Pull: pull}, "true")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("pull %s: got %v", pull, err)
		}
		t.Logf("pull %s: %v", pull, err)
	}
	s.closed()
}

// TestStartInterrupted: nobody waits for the engine, and nothing is left of what it was asked for.
func TestStartInterrupted(t *testing.T) {
	for _, after := range []time.Duration{0, 20 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond, 800 * time.Millisecond} {
		s := newStarter(t)
		ctx, cancel := context.WithTimeout(t.Context(), after)
		begun := time.Now()
		_, err := askIn(ctx, s.Start(sleeper("sleep 600", docker.WaitFor{Log: "never"})), "true")
		cancel()
		if err == nil || time.Since(begun) > after+time.Second {
			t.Errorf("after %v: %v within %v", after, err, time.Since(begun))
		}
		s.closed()
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
