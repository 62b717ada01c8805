package docker_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avow-dev/avow/backends/backendtest"
	"github.com/avow-dev/avow/backends/docker"
)

// settings are those of a docker command that nobody has used yet.
func settings(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_API_VERSION"} {
		t.Setenv(name, "")
	}
	t.Setenv("DOCKER_CONFIG", folder)
	return folder
}

func addContext(t *testing.T, folder, name, host string) {
	t.Helper()
	sum := sha256.Sum256([]byte(name))
	at := filepath.Join(folder, "contexts", "meta", hex.EncodeToString(sum[:]))
	if err := os.MkdirAll(at, 0o700); err != nil {
		t.Fatal(err)
	}
	meta, err := json.Marshal(map[string]any{"Name": name, "Endpoints": map[string]any{"docker": map[string]any{"Host": host}}})
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(at, "meta.json"), string(meta))
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// boxIn is a target that only a fake engine has.
func boxIn(d *docker.Engine) *docker.Container {
	return d.Container(docker.Target{Container: "box"})
}

func TestContext(t *testing.T) {
	fake(t, nil)
	host := os.Getenv("DOCKER_HOST")
	folder := settings(t)
	addContext(t, folder, "mine", host)
	addContext(t, folder, "far", "ssh://root@example.com")
	addContext(t, folder, "gone", "unix:///nothere/docker.sock")
	put(t, filepath.Join(folder, "config.json"), `{"currentContext": "mine", "auths": {}}`)
	expect(t, boxIn(docker.New()), "it has no /bin/sh", true, true) // from the fake, which runs no shell
	for name, words := range map[string]string{
		"far":     `docker context "far": "ssh://root@example.com": an engine behind SSH is not supported; forward its socket`,
		"gone":    "unix:///nothere/docker.sock",
		"unknown": `docker context "unknown": there is no such context`,
	} {
		t.Setenv("DOCKER_CONTEXT", name)
		expectNone(t, words)
	}
	t.Setenv("DOCKER_HOST", host) // comes before any context
	expect(t, boxIn(docker.New()), "it has no /bin/sh", true, true)
}

// expectNone holds that no engine is spoken to, whatever else there is on this machine.
func expectNone(t *testing.T, words string) {
	t.Helper()
	d := docker.New()
	for range 2 {
		_, _, err := backendtest.Ask(t, boxIn(d).Shell, "echo up")
		if err == nil || !strings.HasPrefix(err.Error(), "no Docker engine: ") || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, want %q", err, words)
		}
	}
	if _, err := d.Image("nothere", "").Files(t.Context()); err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("%v, want %q", err, words)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func TestWrongHost(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := listener.Addr().String()
	listener.Close()
	settings(t)
	for host, words := range map[string]string{
		"unix:///nothere.sock":  "unix:///nothere.sock",
		"tcp://" + nobody:       nobody,
		"127.0.0.1:2375":        `DOCKER_HOST: "127.0.0.1:2375" has no scheme`,
		"ssh://web.example.com": "an engine behind SSH is not supported",
	} {
		t.Setenv("DOCKER_HOST", host)
		expectNone(t, words)
	}
	t.Setenv("DOCKER_HOST", "tcp://"+nobody)
	t.Setenv("DOCKER_TLS_VERIFY", "1") // without a certificate, nothing is sent in the clear
	expectNone(t, "ca.pem")
}

func TestBrokenSettings(t *testing.T) {
	folder := settings(t)
	put(t, filepath.Join(folder, "config.json"), "{")
	expectNone(t, "config.json")
	put(t, filepath.Join(folder, "config.json"), `{"currentContext": "torn"}`)
	addContext(t, folder, "torn", "")
	expectNone(t, `docker context "torn": it names no engine`)
}
