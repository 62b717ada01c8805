package ssh_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/avow-dev/avow/backends/ssh"
	"github.com/avow-dev/avow/examples/testbed"
)

// testbedServer is the sshd of the testbed's web host: one that systemd started, with PAM, and a login that is not root.
func testbedServer(t *testing.T) *ssh.Host {
	t.Helper()
	dir, login, port := t.TempDir(), newKey(t, "ed25519"), freePort(t)
	ctr := testbed.Start(t, "host", testbed.Systemd, testbed.Booted, testbed.Publish("22/tcp", port))
	must(t, ctr.CopyToContainer(t.Context(), []byte(login.line()+"\n"), "/home/deploy/.ssh/authorized_keys", 0o644))
	file, err := ctr.CopyFileFromContainer(t.Context(), "/etc/ssh/ssh_host_ed25519_key.pub")
	must(t, err)
	key, err := io.ReadAll(file)
	must(t, err)
	none, known := "", filepath.Join(dir, "known")
	must(t, os.WriteFile(known, fmt.Appendf(nil, "[127.0.0.1]:%d %s", port, key), 0o600))
	t.Setenv("SSH_AUTH_SOCK", "")
	s := ssh.New(ssh.Options{})
	t.Cleanup(func() { s.Close() })
	return s.Host(ssh.Target{
		Host: "127.0.0.1", Port: port, User: "deploy", ConfigFile: &none, KnownHosts: []string{known},
		IdentityFiles: []string{login.file(t, filepath.Join(dir, "id"), "")}, Wait: 30 * time.Second,
	})
}
