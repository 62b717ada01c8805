package docker_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"

	"github.com/avow-dev/avow/backends/backendtest"
	"github.com/avow-dev/avow/backends/docker"
	"github.com/avow-dev/avow/examples/testbed"
)

// base is the image that the containers of these tests are made of.
const base = "debian:bookworm-slim"

// engineOf is the Docker engine of this machine, with the base image. A test that needs one is skipped without it;
// AVOW_TEST_DOCKER=require makes that a failure.
func engineOf(t *testing.T) *client.Client {
	t.Helper()
	testbed.Base(t)
	engine, err := client.New(client.FromEnv)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	return engine
}

// box is a container that a test has made.
type box struct {
	*docker.Container
	t      *testing.T
	engine *client.Client
	name   string
}

var images atomic.Int64

// newBox creates a container of an image, and does not start it.
func newBox(t *testing.T, config container.Config, host container.HostConfig) *box {
	t.Helper()
	ctr := testbed.Run(t, config.Image, testcontainers.WithNoStart(),
		testcontainers.WithConfigModifier(func(c *container.Config) {
			config.Labels = c.Labels
			*c = config
		}),
		testcontainers.WithHostConfigModifier(func(h *container.HostConfig) { *h = host }))
	b := &box{t: t, engine: engineOf(t), name: ctr.GetContainerID()}
	b.Container = dockerOf(t).Container(docker.Target{Container: b.name})
	return b
}

func (b *box) remove() {
	_, _ = b.engine.ContainerRemove(context.Background(), b.name, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
}

// started is a container of the base image that sleeps.
func started(t *testing.T, host container.HostConfig) *box {
	t.Helper()
	host.Init = new(true)
	b := newBox(t, container.Config{Image: base, Cmd: []string{"sleep", "600"}}, host)
	b.start()
	return b
}

func (b *box) start() {
	b.t.Helper()
	if _, err := b.engine.ContainerStart(b.t.Context(), b.name, client.ContainerStartOptions{}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) stop() {
	b.t.Helper()
	if _, err := b.engine.ContainerStop(b.t.Context(), b.name, client.ContainerStopOptions{Timeout: new(0)}); err != nil {
		b.t.Fatal(err)
	}
}

// run runs a script in the container, which has to be right.
func (b *box) run(script string) {
	b.t.Helper()
	if out, errs, err := backendtest.Ask(b.t, b.Shell, "set -e\n"+script); err != nil {
		b.t.Fatalf("%v: %s%s", err, out, errs)
	}
}

// command is the docker command's way into the container.
func (b *box) command() []string { return []string{"docker", "exec", "-i", b.name, "/bin/sh", "-s"} }

func dockerOf(t *testing.T) *docker.Engine {
	d := docker.New()
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// imageOf makes an image of files, with a name of its own.
func imageOf(t *testing.T, changes []string, files ...tar.Header) string {
	t.Helper()
	engine := engineOf(t)
	name := fmt.Sprintf("avow-test-backends-%d:%d", os.Getpid(), images.Add(1))
	answer, err := engine.ImageImport(t.Context(), client.ImageImportSource{Source: packed(t, files), SourceName: "-"}, name,
		client.ImageImportOptions{Changes: changes})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = engine.ImageRemove(context.Background(), name, client.ImageRemoveOptions{Force: true}) })
	defer answer.Close()
	if _, err := io.Copy(io.Discard, answer); err != nil {
		t.Fatal(err)
	}
	return name
}

// tarHeader is what imageOf makes files of.
type tarHeader = tar.Header

// text is a regular file.
func text(name, content string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, PAXRecords: map[string]string{"AVOW.content": content}}
}

// executable is a regular file that may be run.
func executable(name, content string) tar.Header {
	h := text(name, content)
	h.Mode = 0o755
	return h
}

// dir is a folder.
func dir(name string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o755}
}

func symlink(name, target string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: target, Mode: 0o777}
}

// program is a static one that sleeps, since an image without a shell has nothing else to run.
func program(t *testing.T, name string) tar.Header {
	t.Helper()
	folder := t.TempDir()
	source := "package main\n\nimport \"time\"\n\nfunc main() { time.Sleep(10 * time.Minute) }\n"
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", "sleeps", "main.go")
	build.Dir, build.Env = folder, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	content, err := os.ReadFile(filepath.Join(folder, "sleeps"))
	if err != nil {
		t.Fatal(err)
	}
	return executable(name, string(content))
}

func packed(t *testing.T, files []tar.Header) io.Reader {
	t.Helper()
	var all bytes.Buffer
	w := tar.NewWriter(&all)
	for _, h := range files {
		content := h.PAXRecords["AVOW.content"]
		h.PAXRecords, h.Size = nil, int64(len(content))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &all
}

// there says whether a file is there; that nobody could look is neither.
func there(t *testing.T, files fs.FS, name string) bool {
	t.Helper()
	_, err := fs.Stat(files, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%s: %v", name, err)
	}
	return err == nil
}
