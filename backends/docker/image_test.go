package docker_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/avow-dev/avow/backends/docker"
)

// mine are the containers that the run of a test has left.
func mine(t *testing.T, engine *client.Client) (ids []string) {
	t.Helper()
	list, err := engine.ContainerList(context.Background(), client.ContainerListOptions{All: true, Filters: ours()})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list.Items {
		ids = append(ids, c.ID)
	}
	return ids
}

func TestImage(t *testing.T) {
	engine := engineOf(t)
	name := imageOf(t, []string{"WORKDIR /ghost/folder", "LABEL a=b"},
		dir("etc"), text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"), text("etc/hosts", "the image's own\n"), dir("srv"),
		symlink("srv/hosts", "../etc/hosts"), dir("proc"), text("proc/file", "x"), text("file", "content"))
	d := dockerOf(t)
	image := d.Image(name, "never")
	if err := image.NoShell(t.Context()); err == nil || !strings.Contains(err.Error(), "an image has no running shell") {
		t.Error(err)
	}
	if got := image.Identity(); len(got) != 0 || len(mine(t, engine)) != 0 {
		t.Errorf("before anybody looked: %v, %v", got, mine(t, engine))
	}
	files := filesOf(t, image)
	if content, err := fs.ReadFile(files, "file"); string(content) != "content" || err != nil {
		t.Errorf("%q, %v", content, err)
	}
	missing(t, files, "ghost", "ghost/folder", "etc/shadow", "srv/nothere")
	for _, name := range []string{"etc/hosts", "etc/hostname", "etc/resolv.conf", "etc/mtab", ".dockerenv"} {
		hidden(t, files, name, "/"+name+" is Docker's own in every container")
	}
	unseen(t, files, "srv/hosts", "/etc/hosts is Docker's own in every container")
	hidden(t, files, "proc/file", "mounted on /proc")
	for _, name := range []string{".", "etc"} {
		_, err := fs.ReadDir(files, name)
		unknown(t, "list "+name, err, "has files of Docker's own in every container")
		if info, err := fs.Stat(files, name); err != nil || !info.IsDir() || !info.ModTime().IsZero() {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if list, err := fs.ReadDir(files, "srv"); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	id := image.Identity()
	if len(id) != 1 || !strings.HasPrefix(id["image"], "sha256:") || len(mine(t, engine)) != 1 {
		t.Errorf("%v, %v", id, mine(t, engine))
	}
	if err := image.Close(); err != nil || len(mine(t, engine)) != 0 {
		t.Errorf("%v, %v", err, mine(t, engine))
	}
}

// TestEmptyImage has none of the folders that Docker makes.
func TestEmptyImage(t *testing.T) {
	files := filesOf(t, dockerOf(t).Image(imageOf(t, nil, text("file", "")), ""))
	hidden(t, files, "etc", "is Docker's own in every container")
	missing(t, files, "etc/passwd", "bin/sh", "var/lib/dpkg/status")
	if !there(t, files, "file") {
		t.Error("its only file is not there")
	}
}

func TestMetadata(t *testing.T) {
	name := imageOf(t, []string{"ENV A=b", "USER 33", "EXPOSE 80"}, text("file", ""))
	raw, err := dockerOf(t).Image(name, "").Metadata(t.Context())
	var image struct {
		ID     string `json:"Id"`
		Config struct {
			User         string
			Env          []string
			ExposedPorts map[string]any
		}
	}
	if err == nil {
		err = json.Unmarshal(raw, &image)
	}
	if err != nil || image.Config.User != "33" || image.Config.ExposedPorts["80/tcp"] == nil {
		t.Errorf("%s, %v", raw, err)
	}
	b := newBox(t, container.Config{Image: name, Cmd: []string{"/x"}}, container.HostConfig{})
	raw, err = b.Metadata(t.Context())
	if err != nil || !strings.Contains(string(raw), image.ID) {
		t.Errorf("%s, %v", raw, err)
	}
	if id := b.Identity(); id["image"] != image.ID || len(id["container"]) != 64 {
		t.Error(id)
	}
}

// TestCloseRemoves has containers that nobody closed, and one whose request was interrupted.
func TestCloseRemoves(t *testing.T) {
	engine := engineOf(t)
	name := imageOf(t, []string{"VOLUME /data"}, text("file", ""))
	d := docker.New()
	for range 2 {
		filesOf(t, d.Image(name, ""))
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	_, err := d.Image(name, "").Files(ctx)
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if left := mine(t, engine); len(left) != 0 {
		t.Errorf("%v is left (interrupted: %v)", left, err)
	}
	if _, err := d.Image(name, "").Files(t.Context()); err == nil || !strings.Contains(err.Error(), "the run is over") {
		t.Error(err)
	}
}

func TestImageNotThere(t *testing.T) {
	engineOf(t)
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	d := dockerOf(t)
	for pull, words := range map[string]string{
		"never": "the engine does not have it, and pull is never", "missing": "cannot be pulled: ", "always": "cannot be pulled: ",
	} {
		image := d.Image("localhost:1/avow/nothere:1", pull)
		_, err := image.Files(t.Context())
		if err == nil || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "API route") {
			t.Errorf("%s: %v", pull, err)
		}
		if errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v says that a file is not there", pull, err)
		}
		if _, err := image.Metadata(t.Context()); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", pull, err)
		}
	}
}

// TestFilesTogether looks from several sides at once.
func TestFilesTogether(t *testing.T) {
	image := dockerOf(t).Image(imageOf(t, nil, text("file", "content")), "")
	done := make(chan error)
	for range 8 {
		go func() {
			files, err := image.Files(t.Context())
			if err == nil {
				_, err = fs.ReadFile(files, "file")
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if engine := engineOf(t); len(mine(t, engine)) != 1 {
		t.Errorf("%d containers for one image, pid %d", len(mine(t, engine)), os.Getpid())
	}
}
