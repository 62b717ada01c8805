package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// overSSH checks a suite on a real sshd, in this process.
func overSSH(t *testing.T, server sshd, text string, more ...string) (stdout string, took time.Duration) {
	t.Helper()
	dir := t.TempDir()
	suite := write(t, dir, "a.spec.hcl", text)
	known := write(t, dir, "known", fmt.Sprintf("[127.0.0.1]:%d %s", server.port, server.hostKey))
	var out, errs bytes.Buffer
	begun := time.Now()
	args := []string{
		"check", "-f", "json", "-t", fmt.Sprintf("ssh://root@127.0.0.1:%d", server.port), "--ssh-config", "/dev/null",
		"--identity", server.identity, "--known-hosts", known, suite,
	}
	run(t.Context(), append(args, more...), nil, &out, &errs)
	if errs.Len() > 0 {
		t.Log(errs.String())
	}
	return out.String(), time.Since(begun)
}

func kept(stdout string) int { return strings.Count(stdout, `"status":"kept"`) }

// TestOneSessionOverSSH counts on the server: one login, and one session for everything.
func TestOneSessionOverSSH(t *testing.T) {
	server := startSSHD(t, "")
	stdout, _ := overSSH(t, server, `
describe "d" {
  file "f" {
    for_each = range(100)
    path     = "/no/such/${each.value}"
    exists   = false
  }
  user "root" { uid = 0 }
  command "c" {
    for_each = range(20)
    line     = "echo ${each.value}"
    stdout   = "${each.value}\n"
  }
  file "/etc/passwd" {
    only_if = host.kernel != ""
    exists  = true
  }
}`)
	if n := kept(stdout); n != 122 {
		t.Errorf("%d kept\n%s", n, stdout)
	}
	log := server.log.String()
	if logins, sessions := strings.Count(log, "Accepted publickey"), strings.Count(log, "Starting session"); logins != 1 || sessions != 1 {
		t.Errorf("%d logins, %d sessions\n%s", logins, sessions, log)
	}
}

// TestRoundTripsOverSSH counts how often the client had to wait for the server before it went on: as often for
// hundred promises as for one, and once more for each round of within.
func TestRoundTripsOverSSH(t *testing.T) {
	server := startSSHD(t, "")
	turns := func(text string) int {
		count := &traffic{}
		through := server
		through.port = proxied(t, server.port, 20*time.Millisecond, count)
		if stdout, _ := overSSH(t, through, text); kept(stdout) == 0 {
			t.Errorf("nothing is kept\n%s", stdout)
		}
		return int(count.now().turns)
	}
	one := turns("describe \"d\" {\n file \"/etc/passwd\" { exists = true }\n}\n")
	hundred := turns("describe \"d\" {\n file \"f\" {\n  for_each = range(100)\n  path = \"/no/such/${each.value}\"\n  exists = false\n }\n user \"root\" { uid = 0 }\n}\n")
	waiting := turns("describe \"d\" {\n file \"/etc/passwd\" { exists = true }\n file \"/no/such\" {\n  within = \"700ms\"\n  exists = true\n }\n}\n")
	t.Logf("round trips: %d for one promise, %d for hundred, %d with two rounds more", one, hundred, waiting)
	if one > 11 || hundred > one || waiting > one+3 {
		t.Errorf("%d for one promise, %d for hundred, %d with two rounds more", one, hundred, waiting)
	}
}

// TestReachableOverSSH: connections are made from the host, and a server that forbids them makes it unknown.
func TestReachableOverSSH(t *testing.T) {
	suite := func(port int) string {
		return fmt.Sprintf("describe \"d\" {\n reachable \"127.0.0.1:%d\" { reachable = true }\n reachable \"127.0.0.1:1\" { reachable = false }\n reachable \"no-such-host.invalid:80\" { reachable = false }\n}\n", port)
	}
	server := startSSHD(t, "")
	stdout, _ := overSSH(t, server, suite(server.port))
	if kept(stdout) != 2 || strings.Count(stdout, `"status":"unknown"`) != 1 {
		t.Errorf("allowed:\n%s", stdout)
	}
	server = startSSHD(t, "AllowTcpForwarding no")
	stdout, _ = overSSH(t, server, suite(server.port))
	if kept(stdout) != 0 || strings.Count(stdout, `"status":"unknown"`) != 3 {
		t.Errorf("forbidden:\n%s", stdout)
	}
}

// TestSlowCommandsOverSSH: they are spread over more sessions, and come out right where there is only one.
func TestSlowCommandsOverSSH(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	slow := func(n int, sleep string) string {
		return fmt.Sprintf("describe \"d\" {\n command \"c\" {\n  for_each = range(%d)\n  line = \"sleep %s; echo ${each.value}\"\n  stdout = \"${each.value}\\n\"\n }\n}\n", n, sleep)
	}
	stdout, took := overSSH(t, startSSHD(t, ""), slow(20, "1"))
	if n := kept(stdout); n != 20 || took > 12*time.Second { // 20 s one after the other
		t.Errorf("%d kept after %s\n%s", n, took, stdout)
	}
	stdout, took = overSSH(t, startSSHD(t, "MaxSessions 1"), slow(6, "0.5"))
	if n := kept(stdout); n != 6 || took > 8*time.Second {
		t.Errorf("MaxSessions 1: %d kept after %s\n%s", n, took, stdout)
	}
}

// sshd is a real server on this machine.
type sshd struct {
	port              int
	hostKey, identity string // the public key of the server, and the file of a key that may log in
	log               *lockedBuffer
}

// sessions is how many were opened so far.
func (s sshd) sessions() int { return strings.Count(s.log.String(), "Starting session") }

func (s sshd) publicKey(b testing.TB) ssh.PublicKey {
	b.Helper()
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(s.hostKey))
	if err != nil {
		b.Fatal(err)
	}
	return key
}

// lockedBuffer is written by one goroutine and read by another.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// startSSHD starts Debian's server on a high port of the loopback, for root and with a key of its own.
func startSSHD(b testing.TB, more string) sshd {
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
		"Port %d\nListenAddress 127.0.0.1\nHostKey %s/host\nAuthorizedKeysFile %s/id.pub\nPermitRootLogin yes\nStrictModes no\nUsePAM no\nPidFile none\nLogLevel VERBOSE\n%s\n", port, dir, dir, more))
	cmd := exec.Command(path, "-D", "-e", "-f", config)
	log := &lockedBuffer{}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 100 {
		if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			conn.Close()
			key, _ := os.ReadFile(filepath.Join(dir, "host.pub"))
			return sshd{port: port, hostKey: string(key), identity: filepath.Join(dir, "id"), log: log}
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.Fatalf("sshd does not listen\n%s", log.String())
	return sshd{}
}

func freePort(b testing.TB) int {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// traffic is what went through a proxy.
type traffic struct{ turns, bytes atomic.Int64 }

// passed are the figures at one moment.
type passed struct{ turns, bytes int64 }

func (t *traffic) now() passed { return passed{t.turns.Load(), t.bytes.Load()} }

// proxied listens on a port that leads to another one, holds all bytes back for a while, each way, and counts
// them, and how often the client spoke after the server had.
func proxied(b testing.TB, to int, hold time.Duration, count *traffic) int {
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
			go pair(client, to, hold, count)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// pair is one connection through a proxy.
func pair(client net.Conn, to int, hold time.Duration, count *traffic) {
	time.Sleep(2 * hold) // what TCP's own handshake would take
	server, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", to))
	if err != nil {
		client.Close()
		return
	}
	var heard atomic.Bool
	heard.Store(true)
	go held(server, client, hold, func(n int) {
		count.bytes.Add(int64(n))
		if heard.Swap(false) {
			count.turns.Add(1)
		}
	})
	held(client, server, hold, func(n int) {
		count.bytes.Add(int64(n))
		heard.Store(true)
	})
}

// held copies, every piece as late as it has to be, without holding the next one up.
func held(to, from net.Conn, hold time.Duration, passing func(int)) {
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
		passing(len(p.bytes))
		if _, err := to.Write(p.bytes); err != nil {
			break
		}
	}
	_ = to.Close()
	_, _ = io.Copy(io.Discard, from)
}
