package ssh_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/avow-dev/avow/backends/backendtest"
	"github.com/avow-dev/avow/backends/ssh"
)

// realServer is a host behind this machine's sshd, or nil where there is none or not the right to run it.
func realServer(t *testing.T, more ...string) *ssh.Host {
	t.Helper()
	program, err := exec.LookPath("/usr/sbin/sshd")
	if err != nil || os.Getuid() != 0 {
		t.Log("without the real sshd: it is not installed, or this is not root")
		return nil
	}
	dir, login, host := t.TempDir(), newKey(t, "ed25519"), newKey(t, "ed25519")
	must(t, os.Chmod(dir, 0o755))
	must(t, os.MkdirAll("/run/sshd", 0o755))
	port := freePort(t)
	authorized := filepath.Join(dir, "authorized")
	must(t, os.WriteFile(authorized, []byte(login.line()+"\n"), 0o600))
	config := fmt.Sprintf("ListenAddress 127.0.0.1:%d\nHostKey %s\nAuthorizedKeysFile %s\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\n%s\n",
		port, host.file(t, filepath.Join(dir, "host"), ""), authorized, strings.Join(more, "\n"))
	file := filepath.Join(dir, "sshd_config")
	must(t, os.WriteFile(file, []byte(config), 0o600))
	cmd := exec.Command(program, "-D", "-e", "-f", file)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	known := filepath.Join(dir, "known")
	line := knownhosts.Line([]string{fmt.Sprintf("127.0.0.1:%d", port)}, host.public())
	must(t, os.WriteFile(known, []byte(line+"\n"), 0o600))
	t.Setenv("SSH_AUTH_SOCK", "")
	s := ssh.New(ssh.Options{})
	t.Cleanup(func() { s.Close() })
	none := ""
	return s.Host(ssh.Target{
		Host: "127.0.0.1", Port: port, User: "root", ConfigFile: &none, KnownHosts: []string{known},
		IdentityFiles: []string{login.file(t, filepath.Join(dir, "id"), "")}, Wait: 5 * time.Second, // for it to listen
	})
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// TestSequentialSessions opens shell after shell at MaxSessions 1, where sshd counts one for a moment longer.
func TestSequentialSessions(t *testing.T) {
	host := realServer(t, "MaxSessions 1")
	if host == nil {
		t.Skip("needs the real sshd")
	}
	for i := range 10 {
		if out, _, err := backendtest.Ask(t, host.Shell, "echo up"); out != "up\n" || err != nil {
			t.Fatalf("shell %d: %q, %v", i, out, err)
		}
	}
}
