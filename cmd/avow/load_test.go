package main

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	gliderssh "github.com/gliderlabs/ssh"
	"golang.org/x/crypto/ssh"
)

// machine is one computer behind many addresses: it does two things at a time, and each login is two of them.
type machine struct {
	signer     ssh.Signer
	work       chan struct{}
	takes      time.Duration // one thing
	open, most atomic.Int32  // shells
}

func newMachine(t *testing.T, takes time.Duration) *machine {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return &machine{signer: signer, work: make(chan struct{}, 2), takes: takes}
}

func (m *machine) busy() {
	m.work <- struct{}{}
	time.Sleep(m.takes)
	<-m.work
}

// serve answers on an address. To greet is work, and to start a shell, too.
func (m *machine) serve(t *testing.T, l net.Listener) {
	server := &gliderssh.Server{
		ConnCallback: func(_ gliderssh.Context, conn net.Conn) net.Conn {
			m.busy()
			return conn
		},
		PasswordHandler: func(gliderssh.Context, string) bool { return true },
		Handler: func(s gliderssh.Session) {
			n := m.open.Add(1)
			defer m.open.Add(-1)
			for most := m.most.Load(); n > most && !m.most.CompareAndSwap(most, n); most = m.most.Load() {
			}
			m.busy()
			shellOf(s)
		},
	}
	server.AddHostKey(m.signer)
	t.Cleanup(func() { server.Close() })
	go func() { _ = server.Serve(l) }()
}

// listenAt is a listener on an address of its own. One that hears nobody has no room for another connection.
func listenAt(t *testing.T, i int, deaf bool) string {
	t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("127.2.%d.%d:0", i/250, 1+i%250))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	if deaf {
		fill(t, l)
	}
	return l.Addr().String()
}

// fill leaves no room for another connection: the kernel drops what comes, as a firewall would.
func fill(t *testing.T, l net.Listener) {
	t.Helper()
	raw, err := l.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	_ = raw.Control(func(fd uintptr) { err = syscall.Listen(int(fd), 0) })
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		conn, err := net.DialTimeout("tcp", l.Addr().String(), 50*time.Millisecond)
		if err == nil {
			t.Cleanup(func() { conn.Close() })
		}
	}
}

// manyHosts checks three promises on each address, and gives the stream and how long it took.
func manyHosts(t *testing.T, m *machine, hosts []string, limit string, more ...string) (stdout string, took time.Duration) {
	t.Helper()
	suite := write(t, t.TempDir(), "a.spec.hcl", fmt.Sprintf(`
target "ssh" "many" {
  hosts           = ["%s"]
  user            = "anybody"
  password        = "any"
  host_key        = %q
  ssh_config      = ""
  known_hosts     = []
  connect_timeout = %q
}
describe "d" {
  file "/no/such" { exists = false }
  user "no-such-user" { exists = false }
  command "true" { exit_status = 0 }
}
`, strings.Join(hosts, `", "`), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(m.signer.PublicKey()))), limit))
	var out, errs bytes.Buffer
	begun := time.Now()
	run(t.Context(), append([]string{"check", "-f", "json", suite}, more...), nil, &out, &errs)
	return out.String(), time.Since(begun)
}

// TestABusyMachineIsNotDead: 300 addresses are one machine, whose logins queue for longer than the limit of one. There are
// never more at once than --parallel allows, and each is answered.
func TestABusyMachineIsNotDead(t *testing.T) {
	m := newMachine(t, 25*time.Millisecond)
	var hosts []string
	for i := range 300 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.2.%d.%d:0", i/250, 1+i%250))
		if err != nil {
			t.Fatal(err)
		}
		m.serve(t, l)
		hosts = append(hosts, l.Addr().String())
	}
	stdout, took := manyHosts(t, m, hosts, "1s")
	t.Logf("%s, at most %d shells at once", took, m.most.Load())
	if n := kept(stdout); n != 900 {
		t.Errorf("%d of 900 kept after %s\n%s", n, took, stdout[max(0, len(stdout)-2000):])
	}
	if m.most.Load() > 64 {
		t.Errorf("%d shells at once", m.most.Load())
	}
}

// TestDeadHostsDelayNobody: some drop what they are sent, others accept and never speak; the live ones behind them in the
// list do not wait for them.
func TestDeadHostsDelayNobody(t *testing.T) {
	m := newMachine(t, time.Millisecond)
	var hosts []string
	for i := range 80 {
		switch {
		case i < 30:
			hosts = append(hosts, listenAt(t, i, true))
		case i < 50:
			hosts = append(hosts, listenAt(t, i, false))
		default:
			l, err := net.Listen("tcp", fmt.Sprintf("127.3.0.%d:0", i))
			if err != nil {
				t.Fatal(err)
			}
			m.serve(t, l)
			hosts = append(hosts, l.Addr().String())
		}
	}
	stdout, took := manyHosts(t, m, hosts, "6s", "--parallel", "10")
	t.Logf("%s", took)
	if n, unknown := kept(stdout), strings.Count(stdout, `"status":"unknown"`); n != 90 || unknown != 150 {
		t.Errorf("%d of 90 kept, %d unknown\n%s", n, unknown, stdout[max(0, len(stdout)-2000):])
	}
	// Ten at a time, they would take five limits of six seconds. On a busy machine much of it is the machine's.
	if took > 27*time.Second {
		t.Errorf("took %s", took)
	}
}
