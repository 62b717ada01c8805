package ssh_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	sshd "github.com/gliderlabs/ssh"
	xssh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/avow-dev/avow/backends/ssh"
)

// key is one of a test's keys.
type key struct {
	private crypto.Signer
	signer  xssh.Signer
}

func newKey(t testing.TB, kind string) key {
	t.Helper()
	var private crypto.Signer
	var err error
	switch kind {
	case "ed25519":
		_, private, err = ed25519.GenerateKey(rand.Reader)
	case "ecdsa":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "rsa":
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	must(t, err)
	signer, err := xssh.NewSignerFromSigner(private)
	must(t, err)
	return key{private, signer}
}

func (k key) public() xssh.PublicKey { return k.signer.PublicKey() }

func (k key) line() string { return strings.TrimSpace(string(xssh.MarshalAuthorizedKey(k.public()))) }

func (k key) print() string { return xssh.FingerprintSHA256(k.public()) }

// file writes the private key, encrypted if there is a passphrase.
func (k key) file(t testing.TB, path, passphrase string) string {
	t.Helper()
	var block *pem.Block
	var err error
	if passphrase == "" {
		block, err = xssh.MarshalPrivateKey(k.private, "")
	} else {
		block, err = xssh.MarshalPrivateKeyWithPassphrase(k.private, "", []byte(passphrase))
	}
	must(t, err)
	must(t, os.WriteFile(path, pem.EncodeToMemory(block), 0o600))
	return path
}

// certify makes a certificate of k that the authority signed.
func (k key) certify(t testing.TB, authority key, kind uint32, principals ...string) *xssh.Certificate {
	t.Helper()
	cert := &xssh.Certificate{Key: k.public(), CertType: kind, ValidPrincipals: principals, ValidBefore: xssh.CertTimeInfinity}
	must(t, cert.SignCert(rand.Reader, authority.signer))
	return cert
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// server is an SSH server in this process.
type server struct {
	*sshd.Server
	t        testing.TB
	address  string
	host     key
	dials    atomic.Int32
	sessions atomic.Int32 // open ones
	shells   atomic.Int32 // ever opened
	listener net.Listener
	once     sync.Once
}

// rig is one test's server, and a target that can log in to it.
type rig struct {
	t        testing.TB
	dir      string
	server   *server
	login    key
	target   ssh.Target
	ssh      *ssh.Client
	warned   []string
	mu       sync.Mutex
	bastions []*server
	ask      func(string) ([]byte, error)
}

func newRig(t testing.TB, change ...func(*server)) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), login: newKey(t, "ed25519")}
	t.Setenv("HOME", r.dir)
	t.Setenv("SSH_AUTH_SOCK", "")
	r.server = newServer(t, r.login, change...)
	none := ""
	host, port := split(t, r.server.address)
	r.target = ssh.Target{
		Host: host, Port: port, User: "me", ConfigFile: &none, ConnectTimeout: 2 * time.Second,
		IdentityFiles: []string{r.login.file(t, filepath.Join(r.dir, "id"), "")},
		KnownHosts:    []string{filepath.Join(r.dir, "known")},
	}
	r.known(knownhosts.Line([]string{r.server.address}, r.server.host.public()))
	return r
}

// known replaces what is known of hosts.
func (r *rig) known(lines ...string) {
	must(r.t, os.WriteFile(r.target.KnownHosts[0], []byte(strings.Join(lines, "\n")+"\n"), 0o600))
}

// config gives the target a configuration.
func (r *rig) config(text string) {
	path := filepath.Join(r.dir, "config")
	must(r.t, os.WriteFile(path, []byte(text), 0o600))
	r.target.ConfigFile = &path
}

func (r *rig) host() *ssh.Host {
	if r.ssh == nil {
		r.ssh = ssh.New(ssh.Options{
			Warn: func(text string) {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.warned = append(r.warned, text)
			},
			AskPassphrase: r.ask,
		})
		r.t.Cleanup(func() { r.ssh.Close() })
	}
	for _, s := range append(r.bastions, r.server) {
		s.start()
	}
	return r.ssh.Host(r.target)
}

func (r *rig) warnings() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.warned, "\n")
}

func split(t testing.TB, address string) (string, int) {
	t.Helper()
	host, text, err := net.SplitHostPort(address)
	must(t, err)
	port, err := strconv.Atoi(text)
	must(t, err)
	return host, port
}

func newServer(t testing.TB, login key, change ...func(*server)) *server {
	t.Helper()
	s := &server{t: t, host: newKey(t, "ed25519")}
	s.Server = &sshd.Server{
		Handler: runShell,
		PublicKeyHandler: func(_ sshd.Context, k sshd.PublicKey) bool {
			return sshd.KeysEqual(k, login.public())
		},
		ConnCallback: func(_ sshd.Context, conn net.Conn) net.Conn {
			s.dials.Add(1)
			return conn
		},
		LocalPortForwardingCallback: func(sshd.Context, string, uint32) bool { return true },
		ChannelHandlers: map[string]sshd.ChannelHandler{
			"session": s.session(1000), "direct-tcpip": sshd.DirectTCPIPHandler,
		},
		RequestHandlers: map[string]sshd.RequestHandler{
			"default": func(sshd.Context, *sshd.Server, *xssh.Request) (bool, []byte) { return false, nil },
		},
	}
	for _, c := range change {
		c(s)
	}
	s.AddHostKey(s.host.signer)
	var err error
	s.listener, err = net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s.address = s.listener.Addr().String()
	t.Cleanup(func() {
		s.listener.Close()
		s.Close()
	})
	return s
}

// start lets it answer. Until then a test may change it.
func (s *server) start() {
	s.once.Do(func() { go func() { _ = s.Serve(s.listener) }() })
}

// session counts sessions, and refuses more than sshd would with this MaxSessions.
func (s *server) session(most int32) sshd.ChannelHandler {
	return func(srv *sshd.Server, conn *xssh.ServerConn, channel xssh.NewChannel, ctx sshd.Context) {
		defer s.sessions.Add(-1)
		if s.sessions.Add(1) > most {
			_ = channel.Reject(xssh.ConnectionFailed, "open failed")
			return
		}
		s.shells.Add(1)
		sshd.DefaultSessionHandler(srv, conn, channel, ctx)
	}
}

// runShell does what sshd does with an exec request, and kills what is left when the client asks for it.
func runShell(s sshd.Session) {
	ctx, cancel := context.WithCancel(s.Context())
	defer cancel()
	signals := make(chan sshd.Signal, 1)
	s.Signals(signals)
	go func() {
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", s.RawCommand())
	cmd.Stdout, cmd.Stderr = s, s.Stderr()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return killAll(cmd.Process.Pid) }
	cmd.WaitDelay = 50 * time.Millisecond
	in, err := cmd.StdinPipe()
	if err != nil || cmd.Start() != nil {
		_ = s.Exit(126)
		return
	}
	go func() {
		buf := make([]byte, 32<<10)
		for {
			n, err := s.Read(buf)
			_, _ = in.Write(buf[:n])
			if err != nil {
				in.Close()
				return
			}
		}
	}()
	tellEnd(s, cmd.Wait())
}

func tellEnd(s sshd.Session, err error) {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		_ = s.Exit(0)
		return
	}
	status := exit.Sys().(syscall.WaitStatus)
	if !status.Signaled() {
		_ = s.Exit(exit.ExitCode())
		return
	}
	_, _ = s.SendRequest("exit-signal", false, xssh.Marshal(struct {
		Signal  string
		Dumped  bool
		Message string
		Lang    string
	}{"KILL", false, "", ""}))
	_ = s.Close()
}

// killAll kills a session of processes, whatever groups they are in.
func killAll(leader int) error {
	dirs, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range dirs {
		text, _ := os.ReadFile(path)
		fields := strings.Fields(string(text))
		if len(fields) > 5 && fields[5] == strconv.Itoa(leader) {
			pid, _ := strconv.Atoi(fields[0])
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	return nil
}

// opponent is a server that only a function knows.
func opponent(t testing.TB, serve func(net.Conn)) (host string, port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var mu sync.Mutex
	var open []net.Conn
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			go func() {
				serve(conn)
				conn.Close()
			}()
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, conn := range open {
			conn.Close()
		}
	})
	return split(t, listener.Addr().String())
}

// between stands before the rig's server; pass is asked about each piece of bytes, with how many came before
// it from the same side, and says how many of them go on, and whether the connection does.
func (r *rig) between(pass func(fromServer bool, before, n int) (int, bool)) {
	address := r.server.address
	host, port := opponent(r.t, func(near net.Conn) {
		far, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		var both sync.WaitGroup
		relay := func(to, from net.Conn, fromServer bool) {
			defer near.Close()
			defer far.Close()
			buf := make([]byte, 32<<10)
			for before := 0; ; {
				n, err := from.Read(buf)
				if err != nil {
					return
				}
				m, on := pass(fromServer, before, n)
				if _, err := to.Write(buf[:m]); err != nil || !on {
					return
				}
				before += n
			}
		}
		both.Go(func() { relay(near, far, true) })
		both.Go(func() { relay(far, near, false) })
		both.Wait()
	})
	r.target.Host, r.target.Port = host, port
	r.known(knownhosts.Line([]string{net.JoinHostPort(host, strconv.Itoa(port))}, r.server.host.public()))
}

// left are the goroutines that are in one of these packages of a client.
func left() []string {
	buf := make([]byte, 4<<20)
	stacks := strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")
	return slices.DeleteFunc(stacks, func(stack string) bool {
		return !strings.Contains(stack, "avow/backends/ssh.") && !strings.Contains(stack, "ssh.(*Client)") ||
			strings.Contains(stack, "ssh_test.(*server)") && strings.Contains(stack, "gliderlabs")
	})
}

// noneLeft waits a moment for the goroutines of closed connections.
func noneLeft(t testing.TB) {
	t.Helper()
	var stacks []string
	for range 100 {
		if stacks = left(); len(stacks) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines are left:\n%s", len(stacks), strings.Join(stacks, "\n\n"))
}
