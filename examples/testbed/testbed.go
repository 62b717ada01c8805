// Package testbed starts the hosts of this folder as containers of a test, with testcontainers-go: a Debian web host
// with systemd, a host that has BusyBox only, and one without a shell.
//
// Images are built from the Dockerfiles here when they are missing or their Dockerfiles have changed. Where no
// registry provides the Debian base image, `testbed base` makes it with debootstrap. A container is removed at the end
// of its test; one whose test was killed is removed by the next test that starts one.
package testbed

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
	"github.com/testcontainers/testcontainers-go/wait"
)

//go:embed host busybox scratch
var dockerfiles embed.FS

// Names are the hosts, in the order of the folder.
var Names = []string{"busybox", "host", "scratch"}

const (
	// ownerLabel holds the process that started a container, as PID:START.
	ownerLabel = "dev.avow.testbed.owner"
	// contextLabel holds the digest of the folder that an image was built from.
	contextLabel = "dev.avow.testbed.context"
)

// debian is the image that the hosts are made from.
const debian = "debian:bookworm-slim"

// Base returns the name of a Debian image, and makes the image if needed, as [Image] does.
func Base(t testing.TB) string {
	t.Helper()
	if err := ready(); err != nil {
		if os.Getenv("AVOW_TEST_DOCKER") == "require" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return debian
}

// Image returns the name of a host's image, such as avow-testbed-host, and builds the image if needed. Without a
// Docker engine it skips the test, or fails it where AVOW_TEST_DOCKER is "require".
func Image(t testing.TB, name string) string {
	t.Helper()
	Base(t)
	return "avow-testbed-" + name
}

// Start starts a host, and removes the container at the end of the test.
func Start(t testing.TB, name string, options ...testcontainers.ContainerCustomizer) testcontainers.Container {
	t.Helper()
	return Run(t, Image(t, name), options...)
}

// Run starts a container of any image, and removes it at the end of the test.
func Run(t testing.TB, image string, options ...testcontainers.ContainerCustomizer) testcontainers.Container {
	t.Helper()
	Base(t)
	ctr, err := testcontainers.Run(t.Context(), image, append([]testcontainers.ContainerCustomizer{Owned}, options...)...)
	testcontainers.CleanupContainer(t, ctr, testcontainers.StopTimeout(0))
	if err != nil {
		t.Fatal(err)
	}
	return ctr
}

// Owned labels a container with this process, so that it is removed later if the process is killed.
var Owned = testcontainers.WithLabels(map[string]string{ownerLabel: owner(os.Getpid())})

// Systemd are the options with which systemd runs as process 1 of the web host, without --privileged.
var Systemd = testcontainers.WithHostConfigModifier(func(c *container.HostConfig) {
	c.CapAdd = append(c.CapAdd, "SYS_ADMIN", "SYS_PTRACE") // for its mounts, and to see the owners of sockets
	c.SecurityOpt = append(c.SecurityOpt, "seccomp=unconfined")
	c.Binds = append(c.Binds, "/sys/fs/cgroup:/sys/fs/cgroup:rw")
	c.Tmpfs = map[string]string{"/run": "", "/run/lock": "", "/tmp": ""}
})

// Booted waits until systemd has started all units.
var Booted = testcontainers.WithWaitStrategyAndDeadline(2*time.Minute,
	wait.ForExec([]string{"systemctl", "is-system-running", "--wait"}))

// Publish publishes a port such as "22/tcp" on a port of 127.0.0.1.
func Publish(port string, on int) testcontainers.CustomizeRequestOption {
	return testcontainers.WithHostConfigModifier(func(c *container.HostConfig) {
		binding := network.PortBinding{HostIP: netip.MustParseAddr("127.0.0.1"), HostPort: strconv.Itoa(on)}
		c.PortBindings = network.PortMap{network.MustParsePort(port): {binding}}
	})
}

// ready prepares the engine once for each test process.
var ready = sync.OnceValue(func() error {
	// Ryuk would clean up instead, but its image cannot be had without a registry, and a run that asks for it leaks.
	os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
	log.SetDefault(log.NewNoopLogger())
	ctx := context.Background()
	docker, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return fmt.Errorf("needs a Docker engine: %w", err)
	}
	defer docker.Close()
	if _, err := docker.Ping(ctx, client.PingOptions{}); err != nil {
		return fmt.Errorf("needs a Docker engine: %w", err)
	}
	// Packages are tested in parallel, each in a process of its own.
	unlock, err := lock(filepath.Join(os.TempDir(), "avow-testbed.lock"))
	if err != nil {
		return err
	}
	defer unlock()
	if err := removeOrphans(ctx, docker); err != nil {
		return err
	}
	if err := base(ctx, docker); err != nil {
		return err
	}
	for _, name := range Names {
		if err := build(ctx, docker, name); err != nil {
			return fmt.Errorf("image of %s: %w", name, err)
		}
	}
	return nil
})

func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// removeOrphans removes the containers of tests that were killed.
func removeOrphans(ctx context.Context, docker *testcontainers.DockerClient) error {
	list, err := docker.ContainerList(ctx, client.ContainerListOptions{
		All: true, Filters: make(client.Filters).Add("label", ownerLabel),
	})
	if err != nil {
		return err
	}
	for _, c := range list.Items {
		pid, _, _ := strings.Cut(c.Labels[ownerLabel], ":")
		if n, err := strconv.Atoi(pid); err == nil && owner(n) == c.Labels[ownerLabel] {
			continue // its test is still running
		}
		_, err := docker.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		if err != nil && !errdefs.IsNotFound(err) && !errdefs.IsConflict(err) {
			return err
		}
	}
	return nil
}

// owner identifies a process: its ID and its start time, field 22 of /proc/PID/stat (proc(5)), since IDs are reused.
func owner(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	return fmt.Sprintf("%d:%s", pid, fields[19])
}

// build builds the image of a host from its folder, unless the image has the folder's digest.
func build(ctx context.Context, docker *testcontainers.DockerClient, name string) error {
	archive, digest, err := archiveOf(name)
	if err != nil {
		return err
	}
	image, err := docker.ImageInspect(ctx, "avow-testbed-"+name)
	if err == nil && image.Config != nil && image.Config.Labels[contextLabel] == digest {
		return nil
	}
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		return err
	}
	defer provider.Close()
	var output bytes.Buffer
	_, err = provider.BuildImage(ctx, &testcontainers.ContainerRequest{FromDockerfile: testcontainers.FromDockerfile{
		ContextArchive: bytes.NewReader(archive), Repo: "avow-testbed-" + name, Tag: "latest", KeepImage: true,
		BuildLogWriter: &output,
		BuildOptionsModifier: func(o *client.ImageBuildOptions) {
			o.Labels = map[string]string{contextLabel: digest}
		},
	}})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, output.String())
	}
	return nil
}

// base provides the Debian image, from a registry or made by debootstrap.
func base(ctx context.Context, docker *testcontainers.DockerClient) error {
	if _, err := docker.ImageInspect(ctx, debian); err == nil {
		return nil
	}
	_, file, _, _ := runtime.Caller(0)
	out, err := exec.CommandContext(ctx, filepath.Join(filepath.Dir(file), "testbed"), "base").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", debian, err, out)
	}
	return nil
}

// archiveOf returns a host's folder as a tar archive, and its digest. Embedded files are read-only; in the image they
// have the mode of a checkout.
func archiveOf(name string) (archive []byte, digest string, err error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	entries, err := dockerfiles.ReadDir(name)
	for _, e := range entries {
		data, readErr := dockerfiles.ReadFile(path.Join(name, e.Name()))
		header := &tar.Header{Name: e.Name(), Mode: 0o644, Size: int64(len(data))}
		if err = errors.Join(err, readErr, w.WriteHeader(header)); err == nil {
			_, err = w.Write(data)
		}
	}
	err = errors.Join(err, w.Close())
	sum := sha256.Sum256(b.Bytes())
	return b.Bytes(), hex.EncodeToString(sum[:]), err
}
