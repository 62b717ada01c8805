package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkSSH times whole processes, cold, against a real sshd on this machine, through a proxy that holds
// every byte back: 132 promises, and beside them `ssh host true`, which is a login and nothing else.
func BenchmarkSSH(b *testing.B) {
	server := startSSHD(b, "")
	dir := b.TempDir()
	avow := filepath.Join(dir, "avow")
	if out, err := exec.Command("go", "build", "-o", avow, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	suite := write(b, dir, "a.spec.hcl", benchSuite(installedPackages(b), smallFiles(b)))
	for _, rtt := range []time.Duration{0, 10 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond} {
		port := delayed(b, server.port, rtt/2)
		known := write(b, dir, "known", fmt.Sprintf("[127.0.0.1]:%d %s", port, server.hostKey))
		b.Run(fmt.Sprintf("avow/rtt=%s", rtt), func(b *testing.B) {
			timed(b, 132, avow, "check", "-f", "json", "-t", fmt.Sprintf("ssh://root@127.0.0.1:%d", port),
				"--ssh-config", "/dev/null", "--identity", server.identity, "--known-hosts", known, suite)
		})
		b.Run(fmt.Sprintf("ssh-true/rtt=%s", rtt), func(b *testing.B) {
			timed(b, 0, "ssh", "-F", "/dev/null", "-i", server.identity, "-o", "UserKnownHostsFile="+known, "-p", fmt.Sprint(port), "root@127.0.0.1", "true")
		})
	}
}
