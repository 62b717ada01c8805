package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkSSH times whole processes, cold, against a real sshd on this machine, through a proxy that holds
// every byte back: 132 promises, and beside them `ssh host true`, which is a login and nothing else.
func BenchmarkSSH(b *testing.B) {
	server := startSSHD(b)
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

// sshd is a server of the benchmark.
type sshd struct {
	port              int
	hostKey, identity string // the public key of the server, and the file of a key that may log in
}

// startSSHD starts Debian's server on a high port of the loopback, for root and with a key of its own.
func startSSHD(b *testing.B) sshd {
	b.Helper()
	path, err := exec.LookPath("/usr/sbin/sshd")
	if err != nil || os.Geteuid() != 0 {
		b.Skip("needs sshd, and to be root")
	}
	dir := b.TempDir()
	for _, name := range []string{"host", "id"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			b.Skipf("ssh-keygen: %v\n%s", err, out)
		}
	}
	_ = os.MkdirAll("/run/sshd", 0o755)
	port := freePort(b)
	config := write(b, dir, "config", fmt.Sprintf(
		"Port %d\nListenAddress 127.0.0.1\nHostKey %s/host\nAuthorizedKeysFile %s/id.pub\nPermitRootLogin yes\nStrictModes no\nUsePAM no\nPidFile none\n", port, dir, dir))
	cmd := exec.Command(path, "-D", "-e", "-f", config)
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 100 {
		if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			conn.Close()
			key, _ := os.ReadFile(filepath.Join(dir, "host.pub"))
			return sshd{port: port, hostKey: string(key), identity: filepath.Join(dir, "id")}
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.Fatalf("sshd does not listen\n%s", log.String())
	return sshd{}
}

func freePort(b *testing.B) int {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// delayed listens on a port that leads to another one, and holds all bytes back for a while, each way.
func delayed(b *testing.B, to int, hold time.Duration) int {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				time.Sleep(2 * hold) // what TCP's own handshake would take
				server, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", to))
				if err != nil {
					client.Close()
					return
				}
				go held(server, client, hold)
				held(client, server, hold)
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// held copies, every piece as late as it has to be, without holding the next one up.
func held(to, from net.Conn, hold time.Duration) {
	type piece struct {
		bytes []byte
		due   time.Time
	}
	line := make(chan piece, 10_000)
	go func() {
		defer close(line)
		for {
			buf := make([]byte, 32<<10)
			n, err := from.Read(buf)
			if n > 0 {
				line <- piece{buf[:n], time.Now().Add(hold)}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range line {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.bytes); err != nil {
			break
		}
	}
	_ = to.Close()
	_, _ = io.Copy(io.Discard, from)
}
