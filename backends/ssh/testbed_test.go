package ssh_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/avow-dev/avow/backends/ssh"
)

// testbedServer is the sshd of the testbed's web host: one that systemd started, with PAM, and a login that is not root.
// nil where the testbed is not there, which is a failure where Docker has to be.
func testbedServer(t *testing.T) *ssh.Host {
	t.Helper()
	if out, err := exec.Command("docker", "image", "inspect", "avow-testbed-host").CombinedOutput(); err != nil {
		if os.Getenv("AVOW_TEST_DOCKER") == "require" {
			t.Fatalf("the testbed is not there; `make testbed` builds it: %v\n%s", err, out)
		}
		t.Log("without the testbed's sshd: there is no Docker engine with its images (`make testbed`)")
		return nil
	}
	dir, login, port := t.TempDir(), newKey(t, "ed25519"), freePort(t)
	name := fmt.Sprintf("avow-test-sshd-%d", time.Now().UnixNano())
	t.Cleanup(func() { _ = exec.Command("docker", "rm", "-fv", name).Run() })
	inDocker(t, "", "run", "-d", "--name", name, "--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined",
		"-v", "/sys/fs/cgroup:/sys/fs/cgroup:rw", "--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp",
		"-p", fmt.Sprintf("127.0.0.1:%d:22", port), "avow-testbed-host")
	inDocker(t, login.line()+"\n", "exec", "-i", "-u", "deploy", name, "sh", "-c", "cat >/home/deploy/.ssh/authorized_keys")
	none, known := "", filepath.Join(dir, "known")
	key := inDocker(t, "", "exec", name, "sh", "-c", "until cat /etc/ssh/ssh_host_ed25519_key.pub 2>/dev/null; do sleep 0.2; done")
	must(t, os.WriteFile(known, []byte(fmt.Sprintf("[127.0.0.1]:%d %s", port, key)), 0o600))
	s := ssh.New(ssh.Options{Env: func(string) string { return "" }})
	t.Cleanup(func() { s.Close() })
	return s.Host(ssh.Target{
		Host: "127.0.0.1", Port: port, User: "deploy", ConfigFile: &none, KnownHosts: []string{known},
		IdentityFiles: []string{login.file(t, filepath.Join(dir, "id"), "")}, Wait: 30 * time.Second,
	})
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
