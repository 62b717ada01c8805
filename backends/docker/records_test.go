package docker_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io/fs"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/moby/moby/api/types/container"
)

// TestCapabilities: a file's capabilities are in the archive, as they were set, and others have none.
func TestCapabilities(t *testing.T) {
	b := started(t, container.HostConfig{})
	const record = "SCHILY.xattr.security.capability"
	raw := "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" // cap_net_raw=ep
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for name, records := range map[string]map[string]string{"ping": {record: raw}, "plain": nil} {
		header := &tar.Header{Name: name, Mode: 0o755, Size: 1, Format: tar.FormatPAX, PAXRecords: records}
		if err := errors.Join(w.WriteHeader(header), errorOf(w.Write([]byte("x")))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	inDocker(t, archive.String(), "cp", "-", b.name+":/srv")
	files := filesOf(t, b.Container)
	for name, want := range map[string]string{"srv/ping": raw, "srv/plain": ""} {
		info, err := fs.Stat(files, name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Sys().(*tar.Header).PAXRecords[record]; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestTooLongAName: a name that the kernel refuses is none that is not there. One below a folder that is not there is.
func TestTooLongAName(t *testing.T) {
	b := started(t, container.HostConfig{})
	long := strings.Repeat("x", 256)
	b.run("cd /srv; echo >" + long[56:] + "; ln -s " + long + " link")
	files := filesOf(t, b.Container)
	for _, name := range []string{"srv/" + long, "srv/" + long + "/x", "srv/link", strings.Repeat("x/", 2048) + "x"} {
		for op, err := range map[string]error{"stat": errorOf(fs.Stat(files, name)), "open": errorOf(files.Open(name))} {
			if !errors.Is(err, syscall.ENAMETOOLONG) || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s %.20s: %v", op, name, err)
			}
		}
	}
	missing(t, files, "nothere/"+long, "srv/"+long[57:])
	if _, err := fs.Stat(files, "srv/"+long[56:]); err != nil {
		t.Errorf("200 bytes: %v", err)
	}
}

// inDocker runs the docker command.
func inDocker(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command("timeout", append([]string{"60", "docker"}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
