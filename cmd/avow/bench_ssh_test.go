package main

import (
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// execs is what a session for each promise costs, over one connection that is there: twenty of them, in a row.
func execs(b *testing.B, server sshd, port int) {
	key, err := os.ReadFile(server.identity)
	if err != nil {
		b.Fatal(err)
	}
	signer, err := ssh.ParsePrivateKey(key)
	if err != nil {
		b.Fatal(err)
	}
	client, err := ssh.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port), &ssh.ClientConfig{
		User: "root", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: ssh.FixedHostKey(server.publicKey(b)),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	const promises = 20
	for b.Loop() {
		for range promises {
			session, err := client.NewSession()
			if err != nil {
				b.Fatal(err)
			}
			_ = session.Run("true")
			session.Close()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/promises, "ns/promise")
}

// BenchmarkSSH times whole processes, cold, against a real sshd on this machine, through a proxy that holds
// every byte back: 132 promises, and beside them `ssh host true`, which is a login and nothing else.
func BenchmarkSSH(b *testing.B) {
	server := startSSHD(b, "")
	dir := b.TempDir()
	avow := builtAvow(b, dir)
	suite := write(b, dir, "a.spec.hcl", benchSuite(installedPackages(b), smallFiles(b)))
	for _, rtt := range []time.Duration{0, 10 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond} {
		traffic := &traffic{}
		port := proxied(b, server.port, rtt/2, traffic)
		known := write(b, dir, "known", fmt.Sprintf("[127.0.0.1]:%d %s", port, server.hostKey))
		b.Run(fmt.Sprintf("avow/rtt=%s", rtt), func(b *testing.B) {
			before, sessions := traffic.now(), server.sessions()
			timed(b, 132, avow, "check", "-f", "json", "-t", fmt.Sprintf("ssh://root@127.0.0.1:%d", port),
				"--ssh-config", "/dev/null", "--identity", server.identity, "--known-hosts", known, suite)
			after := traffic.now()
			b.ReportMetric(float64(after.turns-before.turns)/float64(b.N), "round-trips")
			b.ReportMetric(float64(after.bytes-before.bytes)/float64(b.N), "bytes")
			b.ReportMetric(float64(server.sessions()-sessions)/float64(b.N), "sessions")
		})
		b.Run(fmt.Sprintf("exec-per-promise/rtt=%s", rtt), func(b *testing.B) { execs(b, server, port) })
		b.Run(fmt.Sprintf("ssh-true/rtt=%s", rtt), func(b *testing.B) {
			timed(b, 0, "ssh", "-F", "/dev/null", "-i", server.identity, "-o", "UserKnownHostsFile="+known, "-p", fmt.Sprint(port), "root@127.0.0.1", "true")
		})
	}
}
