package docker_test

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"

	"github.com/avow-dev/avow/backends/docker"
)

// filesOf are the files of a target as they are now.
func filesOf(t *testing.T, c *docker.Container) fs.FS {
	t.Helper()
	files, err := c.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// hidden holds a name to be none that is there or not there.
func hidden(t *testing.T, files fs.FS, name, words string) {
	t.Helper()
	unseen(t, files, name, words)
	unknown(t, "lstat "+name, errorOf(fs.Lstat(files, name)), words)
}

// unseen holds what a name leads to to be nothing that is there or not there.
func unseen(t *testing.T, files fs.FS, name, words string) {
	t.Helper()
	unknown(t, "stat "+name, errorOf(fs.Stat(files, name)), words)
	unknown(t, "open "+name, errorOf(files.Open(name)), words)
}

func unknown(t *testing.T, what string, err error, words string) {
	t.Helper()
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP) ||
		!strings.Contains(err.Error(), words) {
		t.Errorf("%s: %v, want %q", what, err, words)
	}
}

func errorOf[T any](_ T, err error) error { return err }

// missing holds a name to be one that is not there.
func missing(t *testing.T, files fs.FS, names ...string) {
	t.Helper()
	for _, name := range names {
		for op, err := range map[string]error{"stat": errorOf(fs.Stat(files, name)), "open": errorOf(files.Open(name))} {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s %s: %v", op, name, err)
			}
		}
	}
}

func TestFiles(t *testing.T) {
	b := started(t, container.HostConfig{})
	b.run(`
cd /srv; printf 'hello\n' >plain; chown 33:44 plain; chmod 4750 plain; touch -d 2001-02-03T04:05:06Z plain
ln plain hard; ln -s plain link; ln -s /srv/d/../link chain; mkdir -p d/e; echo deep >d/e/f; ln -s d folder
ln -s nowhere dangling; ln -s /proc/self/exe outside; mkfifo pipe; printf x >'odd "name"
&?%20'; ln -s ../../../../../../etc/passwd up`)
	files := filesOf(t, b.Container)
	plain(t, files, "srv/plain")
	plain(t, files, "srv/hard")
	plain(t, files, "srv/chain")
	for name, want := range map[string]string{"srv/folder/e/f": "deep\n", "srv/odd \"name\"\n&?%20": "x", "srv/link": "hello\n"} {
		if got, err := fs.ReadFile(files, name); string(got) != want || err != nil {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{"srv/chain": "/srv/d/../link", "srv/up": "../../../../../../etc/passwd", "srv/dangling": "nowhere"} {
		if got, err := fs.ReadLink(files, name); got != want || err != nil {
			t.Errorf("%s -> %q, %v", name, got, err)
		}
	}
	missing(t, files, "nothere", "srv/dangling", "srv/d/e/f2", "nothere/at/all")
	unseen(t, files, "srv/outside", "mounted on /proc")
	if info, err := fs.Lstat(files, "srv/dangling"); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := fs.Stat(files, "srv/plain/x"); !errors.Is(err, syscall.ENOTDIR) {
		t.Error(err)
	}
	if info, err := fs.Stat(files, "."); err != nil || !info.IsDir() || info.Name() != "." {
		t.Errorf("%v, %v", info, err)
	}
	if content, err := fs.ReadFile(files, "srv/up"); err != nil || !strings.HasPrefix(string(content), "root:") {
		t.Errorf("%q, %v", content, err)
	}
}

// plain is one file by several names.
func plain(t *testing.T, files fs.FS, name string) {
	t.Helper()
	info, err := fs.Stat(files, name)
	if err != nil {
		t.Fatal(err)
	}
	header, ok := info.Sys().(*tar.Header)
	when := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	if !ok || header.Uid != 33 || header.Gid != 44 || info.Mode() != fs.ModeSetuid|0o750 || info.Size() != 6 || !info.ModTime().Equal(when) {
		t.Errorf("%s: %v %v %v %+v", name, info.Mode(), info.Size(), info.ModTime(), header)
	}
	if want := name[strings.LastIndexByte(name, '/')+1:]; info.Name() != want {
		t.Errorf("name %q, want %q", info.Name(), want)
	}
}

func TestListing(t *testing.T) {
	b := started(t, container.HostConfig{})
	b.run(`mkdir -p /srv/d/deep/deeper; cd /srv/d; echo a >a; ln a b; ln -s a l; mkfifo p; touch deep/deeper/x '..a' ' '
perl -e 'use Socket; socket(S,PF_UNIX,SOCK_STREAM,0); bind(S,sockaddr_un("/srv/d/s")) or die'`)
	files := filesOf(t, b.Container)
	list, err := fs.ReadDir(files, "srv/d")
	var got []string
	for _, e := range list {
		got = append(got, fmt.Sprint(e.Name(), e.Type()))
	}
	want := []string{" ----------", "..a----------", "a----------", "b----------", "deepd---------", "lL---------", "pp---------", "sS---------"}
	if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q, %v", got, err)
	}
	if info, err := list[3].Info(); err != nil || info.Size() != 2 {
		t.Errorf("the hard link: %v, %v", info, err)
	}
	hidden(t, files, "srv/d/s", "does not show sockets")
	if _, err := fs.ReadDir(files, "."); err == nil || !strings.Contains(err.Error(), "/ is too large to be listed") {
		t.Error(err)
	}
	if _, err := fs.ReadDir(files, "srv/d/a"); !errors.Is(err, syscall.ENOTDIR) {
		t.Error(err)
	}
	if _, err := fs.ReadDir(files, "nothere"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// TestMounts holds what the archive does not show to be unknown, and shows what it has.
func TestMounts(t *testing.T) {
	host := t.TempDir()
	b := newBox(t, container.Config{Image: base, Cmd: []string{"sleep", "600"}}, container.HostConfig{
		Init: new(true), Binds: []string{host + ":/bound", host + ":/run/bound"}, Tmpfs: map[string]string{"/run": "", "/var/lock": ""},
		Mounts: []mount.Mount{{Type: mount.TypeTmpfs, Target: "/srv/tmp"}, {Type: mount.TypeVolume, Target: "/srv/volume"}},
	})
	shown := func(state string) {
		files := filesOf(t, b.Container)
		for name, at := range map[string]string{
			"run": "/run", "run/file": "/run", "run/nothere": "/run", "var/run/file": "/run", "var/lock/file": "/run/lock", "srv/tmp/file": "/srv/tmp",
			"proc/1/comm": "/proc", "dev/null": "/dev", "dev/shm/file": "/dev", "sys": "/sys",
		} {
			hidden(t, files, name, "does not show what is mounted on "+at)
		}
		if !there(t, files, "bound/file") && state != "created" {
			t.Errorf("%s: the bind is not shown", state)
		}
		if !there(t, files, "run/bound/file") && state != "created" {
			t.Errorf("%s: the bind in a tmpfs is not shown", state)
		}
		if !there(t, files, "srv/volume/file") && state != "created" {
			t.Errorf("%s: the volume is not shown", state)
		}
	}
	shown("created")
	b.start()
	b.run("touch /run/file /run/lock/file /srv/tmp/file /dev/shm/file /bound/file /srv/volume/file")
	shown("running")
	b.stop()
	shown("stopped")
}

func TestStopped(t *testing.T) {
	b := started(t, container.HostConfig{})
	b.run("hostname >/srv/name; rm /etc/shells")
	b.stop()
	files := filesOf(t, b.Container)
	want, err := fs.ReadFile(files, "srv/name")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := fs.ReadFile(files, "etc/hostname"); string(got) != string(want) || err != nil {
		t.Errorf("%q, want %q, %v", got, want, err)
	}
	missing(t, files, "etc/shells")
}

func TestLarge(t *testing.T) {
	b := started(t, container.HostConfig{})
	b.run("truncate -s 5G /srv/large; printf end >>/srv/large; printf begin | dd of=/srv/large conv=notrunc status=none")
	files := filesOf(t, b.Container)
	begun := time.Now()
	if info, err := fs.Stat(files, "srv/large"); err != nil || info.Size() != 5<<30+3 {
		t.Errorf("%v, %v", info, err)
	}
	file, err := files.Open("srv/large")
	if err != nil {
		t.Fatal(err)
	}
	content := make([]byte, 5)
	if _, err := io.ReadFull(file, content); err != nil || string(content) != "begin" {
		t.Errorf("%q, %v", content, err)
	}
	file.Close()
	if !there(t, files, "srv") || !there(t, files, "etc/passwd") {
		t.Error("the rest is not there")
	}
	if took := time.Since(begun); took > 8*time.Second {
		t.Errorf("took %v", took)
	}
}

// TestHostile has names and links that try to get out, or to go on for ever.
func TestHostile(t *testing.T) {
	b := started(t, container.HostConfig{})
	b.run(`cd /srv; ln -s loop loop; ln -s ping pong; ln -s pong ping; ln -s . here; mkdir -p real; ln -s ../../.. real/up
ln -s /srv/real/up/../../etc/passwd out; ln -s self/self self; n=0; ln -s /etc/passwd l0; while [ $n -lt 60 ]; do ln -s l$n l$((n+1)); n=$((n+1)); done
ln -s "$(head -c 4000 /dev/zero | tr '\0' /)" slashes; mkdir 'a\..\b'; ln -s '/etc/passwd
' newline; ln -s /proc/1/root/etc/passwd procfs`)
	files := filesOf(t, b.Container)
	if _, err := fs.Stat(files, "srv/l60"); !errors.Is(err, syscall.ELOOP) {
		t.Error(err)
	}
	for _, name := range []string{"srv/loop", "srv/ping", "srv/self", "srv/slashes"} { // links are there all the same
		hidden(t, files, name, "does not follow so many symlinks")
	}
	for _, name := range []string{"srv/out", "srv/real/up/etc/passwd", "srv/l39", "srv/here/here/here/l1"} {
		if content, err := fs.ReadFile(files, name); err != nil || !strings.Contains(string(content), "root:x:0:0") {
			t.Errorf("%s: %.40q, %v", name, content, err)
		}
	}
	missing(t, files, "srv/newline")
	unseen(t, files, "srv/procfs", "mounted on /proc")
	for _, name := range []string{"../etc/passwd", "/etc/passwd", "srv/../etc/passwd", ""} {
		if _, err := fs.Stat(files, name); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestLinkIntoMount has a link through a folder over which something is mounted: what lies below it is not what
// the container sees.
func TestLinkIntoMount(t *testing.T) {
	image := imageOf(t, nil, program(t, "sleeps"), dir("run"), symlink("run/link", "/etc"), dir("etc"), text("etc/secret", "x"), symlink("way", "/run/link/secret"))
	b := newBox(t, container.Config{Image: image, Cmd: []string{"/sleeps"}}, container.HostConfig{Tmpfs: map[string]string{"/run": ""}})
	b.start()
	unseen(t, filesOf(t, b.Container), "way", "mounted on /run")
}

func TestFilesRemoved(t *testing.T) {
	b := started(t, container.HostConfig{})
	files := filesOf(t, b.Container)
	b.remove()
	hidden(t, files, "etc/passwd", "removed during the check")
	hidden(t, files, "nothere", "removed during the check")
	if _, err := b.Files(t.Context()); err == nil || !strings.Contains(err.Error(), "removed during the check") {
		t.Error(err)
	}
}
