package ssh_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sshd "github.com/gliderlabs/ssh"
	xssh "golang.org/x/crypto/ssh"

	"github.com/avow-dev/avow/backends/backendtest"
	"github.com/avow-dev/avow/backends/ssh"
)

// fault is one way in which a host or the network may behave.
type fault struct {
	name    string
	server  func(*server)
	arrange func(*rig)
	run     func(*rig) error // default: one short shell
	step    string           // "": the shell runs
	words   string           // in the error, parted by " ... "
}

const quickTimeout = 400 * time.Millisecond

func faults() []fault {
	return []fault{
		{name: "nothing wrong"},
		{name: "silent", arrange: meets(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), step: "handshake", words: "no answer within 400ms ... sent nothing"},
		{name: "slow", arrange: delayed},
		{name: "slower than the limit", arrange: trickling, step: "handshake", words: "no answer within 400ms"},
		{name: "garbage", arrange: meets(says("\x00\x01\xff\x1b[31m\x07 what?\r\n")), step: "handshake", words: "not an SSH server: it sent"},
		{name: "garbage without an end", arrange: meets(says(strings.Repeat("x", 70_000))), step: "handshake", words: "not an SSH server: it sent \"xxx"},
		{name: "wrong greeting", arrange: meets(says("220 mail ESMTP\r\n")), step: "handshake", words: "not an SSH server: it sent \"220 mail ESMTP\""},
		{name: "SSH 1", arrange: meets(says("SSH-1.5-old\r\n")), step: "handshake", words: "not an SSH server: it sent \"SSH-1.5-old\""},
		{name: "HTTP", arrange: httpServer, step: "handshake", words: "not an SSH server: it sent \"HTTP/1.1 400 Bad Request\""},
		{name: "closed at once", arrange: meets(func(net.Conn) {}), step: "handshake", words: "closed the connection before its SSH greeting"},
		{name: "closed after the greeting", arrange: meets(says("SSH-2.0-x\r\n")), step: "handshake", words: "closed the connection in the handshake"},
		{name: "MaxStartups in words", arrange: meets(says("Exceeded MaxStartups\r\n")), step: "handshake", words: "closed the connection: Exceeded MaxStartups"},
		{name: "half a frame, closed", arrange: cutAfter(300, false), step: "handshake", words: "closed the connection in the handshake"},
		{name: "half a frame, silent", arrange: cutAfter(300, true), step: "handshake", words: "no answer within 400ms"},
		{name: "closed in the login", server: closesInLogin, arrange: quick, step: "authenticate", words: "closed the connection during the login ... offered: ... id SHA256:"},
		{name: "closed at the session", server: closesAtSession, step: "open session", words: "connection lost ... closed the connection"},
		{name: "silent at the session", server: silentAtSession, arrange: quick, step: "open session", words: "no answer within 400ms"},
		{name: "silent at exec", server: silentAtExec, arrange: quick, step: "open session", words: "no answer within 400ms"},
		{name: "closed at exec", server: closesAtExec, step: "open session", words: "connection lost"},
		{name: "exec refused", server: refusesExec, step: "open session", words: "the server refused to run /bin/sh"},
		{name: "MaxSessions 0", server: mostSessions(0), step: "open session", words: "the server refused a session: open failed"},
		{name: "MaxSessions 1", server: mostSessions(1), run: secondSession, step: "open session", words: "open failed"},
		{name: "closed in mid-run", run: closedMidRun, step: "ask", words: "connection lost: the server closed the connection"},
		{name: "black hole in mid-run", run: blackHole, step: "ask", words: "connection lost: no data was received for"},
		{name: "huge output", run: huge},
		{name: "exit 255", run: script("exit 255"), words: "exit status 255"},
		{name: "no shell", server: noShell, words: "exit status 127"},
		{name: "killed shell", run: script("kill -9 $$"), words: "killed by signal KILL"},
		{name: "no exit status", server: endsWithout, words: "without an exit status"},
		{name: "refused port", arrange: refusedPort, step: "connect", words: "connection refused"},
		{name: "no such name", arrange: func(r *rig) { quick(r); r.target.Host = "no-such-host.invalid" }, step: "resolve"},
		{name: "not the name", arrange: func(r *rig) { r.target.Host = "-oProxyCommand=x" }, step: "resolve", words: "is not a host"},
		{name: "comes up late", arrange: comesUp},
		{name: "does not come up", arrange: func(r *rig) { refusedPort(r); r.target.Wait = 500 * time.Millisecond }, step: "connect", words: "refused (tried for"},
		{name: "MaxStartups", run: manyAtOnce},
	}
}

func TestFaults(t *testing.T) {
	for _, f := range append(append(faults(), trustFaults()...), append(loginFaults(), jumpFaults()...)...) {
		t.Run(f.name, f.test)
	}
}

func (f fault) test(t *testing.T) {
	r := newRig(t, f.changes()...)
	if f.arrange != nil {
		f.arrange(r)
	}
	if f.run == nil {
		f.run = script("echo up")
	}
	begun := time.Now()
	err := f.run(r)
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("took %s", took)
	}
	f.check(t, err)
	if r.ssh != nil {
		r.ssh.Close()
	}
	noneLeft(t)
}

func (f fault) changes() []func(*server) {
	if f.server == nil {
		return nil
	}
	return []func(*server){f.server}
}

func (f fault) check(t *testing.T, err error) {
	t.Helper()
	if f.step == "" && f.words == "" {
		if err != nil {
			t.Errorf("error: %v", err)
		}
		return
	}
	if err == nil {
		t.Fatal("no error")
	}
	var e *ssh.Error
	if is := errors.As(err, &e); is != (f.step != "") || is && e.Step != f.step {
		t.Errorf("step is not %q: %v", f.step, err)
	}
	rest := err.Error()
	for word := range strings.SplitSeq(f.words, " ... ") {
		_, after, ok := strings.Cut(rest, word)
		if !ok {
			t.Fatalf("no %q in its place in: %v", word, err)
		}
		rest = after
	}
	if strings.ContainsAny(err.Error(), "\n\r\x1b\x07") || strings.Contains(err.Error(), secret) {
		t.Errorf("not fit to be seen: %q", err)
	}
	t.Log(err)
}

func script(text string) func(*rig) error {
	return func(r *rig) error { return shellOf(r.host(), text) }
}

func shellOf(host *ssh.Host, text string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return host.Shell(ctx, strings.NewReader(text), io.Discard, io.Discard)
}

func quick(r *rig) { r.target.ConnectTimeout = quickTimeout }

func meets(serve func(net.Conn)) func(*rig) {
	return func(r *rig) {
		quick(r)
		r.target.Host, r.target.Port = opponent(r.t, serve)
	}
}

// says reads the client's greeting first, as closing a connection with unread bytes would drop what it said.
func says(text string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = io.WriteString(c, text)
		_ = c.(*net.TCPConn).CloseWrite()
		_ = c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		_, _ = io.Copy(io.Discard, c)
	}
}

func delayed(r *rig) {
	r.between(func(fromServer bool, _, n int) (int, bool) {
		time.Sleep(20 * time.Millisecond)
		return n, true
	})
}

func trickling(r *rig) {
	quick(r)
	r.between(func(fromServer bool, _, n int) (int, bool) {
		time.Sleep(200 * time.Millisecond)
		return n, true
	})
}

func cutAfter(most int, silent bool) func(*rig) {
	return func(r *rig) {
		quick(r)
		r.between(func(fromServer bool, before, n int) (int, bool) {
			if !fromServer || before+n <= most {
				return n, true
			}
			return max(0, most-before), silent
		})
	}
}

func httpServer(r *rig) {
	quick(r)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(r.t, err)
	server := &http.Server{Handler: http.NotFoundHandler()}
	go func() { _ = server.Serve(listener) }()
	r.t.Cleanup(func() { server.Close() })
	r.target.Host, r.target.Port = split(r.t, listener.Addr().String())
}

func closesInLogin(s *server) {
	keepsRaw(s)
	s.PublicKeyHandler = func(ctx sshd.Context, _ sshd.PublicKey) bool {
		rawConn(ctx).Close()
		return false
	}
}

// rawConn is the connection under a login.
func rawConn(ctx sshd.Context) net.Conn { return ctx.Value(rawKey).(net.Conn) }

type contextKey string

const rawKey contextKey = "raw"

func keepsRaw(s *server) {
	s.ConnCallback = func(ctx sshd.Context, conn net.Conn) net.Conn {
		s.dials.Add(1)
		ctx.SetValue(rawKey, conn)
		return conn
	}
}

func closesAtSession(s *server) {
	s.ChannelHandlers["session"] = func(_ *sshd.Server, conn *xssh.ServerConn, _ xssh.NewChannel, _ sshd.Context) { conn.Close() }
}

func silentAtSession(s *server) {
	s.ChannelHandlers["session"] = func(*sshd.Server, *xssh.ServerConn, xssh.NewChannel, sshd.Context) {}
}

func silentAtExec(s *server) { atExec(s, func(*xssh.ServerConn, xssh.Channel) {}) }

func closesAtExec(s *server) { atExec(s, func(c *xssh.ServerConn, _ xssh.Channel) { c.Close() }) }

// atExec does something instead of an answer to the exec request.
func atExec(s *server, do func(*xssh.ServerConn, xssh.Channel)) {
	s.ChannelHandlers["session"] = func(_ *sshd.Server, conn *xssh.ServerConn, c xssh.NewChannel, _ sshd.Context) {
		channel, requests, err := c.Accept()
		if err != nil {
			return
		}
		for r := range requests {
			if r.Type == "exec" {
				do(conn, channel)
			}
		}
	}
}

func refusesExec(s *server) {
	s.SessionRequestCallback = func(sshd.Session, string) bool { return false }
}

func mostSessions(n int32) func(*server) {
	return func(s *server) { s.ChannelHandlers["session"] = s.session(n) }
}

func noShell(s *server) {
	s.Handler = func(c sshd.Session) {
		_, _ = io.WriteString(c, "This account is currently not available.\n")
		_ = c.Exit(127)
	}
}

func endsWithout(s *server) { s.Handler = func(c sshd.Session) { _ = c.Close() } }

// begin opens a shell that answered, and gives what it takes to go on with it.
func begin(ctx context.Context, r *rig, host *ssh.Host) (ended chan error, feed io.WriteCloser) {
	r.t.Helper()
	in, feed := io.Pipe()
	up := make(backendtest.Writes, 100)
	ended = make(chan error, 1)
	go func() { ended <- host.Shell(ctx, in, up, io.Discard) }()
	go func() { _, _ = io.WriteString(feed, "echo up\n") }()
	select {
	case <-up:
	case err := <-ended:
		r.t.Fatalf("no first shell: %v", err)
	}
	r.t.Cleanup(func() { feed.Close(); in.Close() })
	return ended, feed
}

// secondSession tries for another one, which must not harm the first.
func secondSession(r *rig) error {
	host := r.host()
	first, feed := begin(context.Background(), r, host)
	err := shellOf(host, "true")
	feed.Close()
	if e := <-first; e != nil {
		r.t.Errorf("the first session: %v", e)
	}
	if e := shellOf(host, "true"); e != nil {
		r.t.Errorf("after the first session: %v", e)
	}
	return err
}

func closedMidRun(r *rig) error {
	ended, feed := begin(context.Background(), r, r.host())
	defer feed.Close()
	r.server.Close()
	return <-ended
}

func blackHole(r *rig) error {
	var dark atomic.Bool
	r.between(func(_ bool, _, n int) (int, bool) {
		if dark.Load() {
			return 0, true
		}
		return n, true
	})
	r.config("Host *\n ServerAliveInterval 1\n ServerAliveCountMax 1\n")
	ended, feed := begin(context.Background(), r, r.host())
	defer feed.Close()
	dark.Store(true)
	return <-ended
}

func huge(r *rig) error {
	var n counter
	err := r.host().Shell(context.Background(), strings.NewReader("head -c 30000000 /dev/zero; head -c 3000000 /dev/zero >&2"), &n, io.Discard)
	if n != 30_000_000 {
		return fmt.Errorf("%d bytes", n)
	}
	return err
}

type counter int

// Write counts.
func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func refusedPort(r *rig) {
	quick(r)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(r.t, err)
	r.target.Host, r.target.Port = split(r.t, listener.Addr().String())
	listener.Close()
}

// comesUp: refused at first, then closed in mid-handshake, then there.
func comesUp(r *rig) {
	r.target.Wait = 3 * time.Second
	var tries atomic.Int32
	begun := time.Now()
	r.between(func(fromServer bool, _, n int) (int, bool) {
		tries.Add(1)
		return n, time.Since(begun) > 700*time.Millisecond
	})
	quick(r)
	r.t.Cleanup(func() {
		if tries.Load() < 3 {
			r.t.Errorf("%d tries", tries.Load())
		}
	})
}

// manyAtOnce is sshd's MaxStartups: it drops who comes while many are in the handshake.
func manyAtOnce(r *rig) error {
	var under, most atomic.Int32
	var dropped atomic.Int32
	login := r.server.PublicKeyHandler
	r.server.ConnCallback = func(_ sshd.Context, conn net.Conn) net.Conn {
		n := under.Add(1)
		most.Store(max(most.Load(), n))
		if n > 6 {
			dropped.Add(1)
			under.Add(-1)
			return nil
		}
		return conn
	}
	r.server.PublicKeyHandler = func(ctx sshd.Context, k sshd.PublicKey) bool {
		defer under.Add(-1)
		time.Sleep(10 * time.Millisecond)
		return login(ctx, k)
	}
	errs := make(chan error, 60)
	var all sync.WaitGroup
	for range 60 {
		host := r.host()
		all.Go(func() { errs <- shellOf(host, "true") })
	}
	all.Wait()
	close(errs)
	var err error
	for e := range errs {
		err = errors.Join(err, e)
	}
	if most.Load() > 9 || dropped.Load() == 0 {
		r.t.Errorf("%d handshakes at a time, %d dropped", most.Load(), dropped.Load())
	}
	return err
}

// TestCancelledAtEachStep ends promptly, with the caller's reason, whatever it waited for.
func TestCancelledAtEachStep(t *testing.T) {
	silent := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	slowLogin := func(s *server) {
		s.PublicKeyHandler = func(sshd.Context, sshd.PublicKey) bool { time.Sleep(time.Second); return false }
	}
	for _, f := range []fault{
		{name: "handshake", words: "handshake: enough", arrange: meets(silent)},
		{name: "authenticate", words: "authenticate: enough", server: slowLogin},
		{name: "open session", words: "open session: enough", server: silentAtSession},
		{name: "exec", words: "open session: enough", server: silentAtExec},
		{name: "ask", run: script("sleep 100")},
		{name: "wait", words: "connect: connection refused", arrange: func(r *rig) { refusedPort(r); r.target.Wait = time.Minute }},
	} {
		t.Run(f.name, f.cancelled)
	}
}

func (f fault) cancelled(t *testing.T) {
	r := newRig(t, f.changes()...)
	if f.arrange != nil {
		f.arrange(r)
	}
	r.target.ConnectTimeout = 10 * time.Second
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	begun := time.Now()
	time.AfterFunc(300*time.Millisecond, func() { cancel(reason) })
	err := r.host().Shell(ctx, strings.NewReader("sleep 100"), io.Discard, io.Discard)
	if took := time.Since(begun); took > time.Second || !errors.Is(err, reason) || !strings.Contains(err.Error(), f.words) {
		t.Errorf("%v after %s", err, took)
	}
	r.ssh.Close()
	noneLeft(t)
}

// TestCloseEndsAll: also what is under way.
func TestCloseEndsAll(t *testing.T) {
	r := newRig(t)
	host := r.host()
	ended, feed := begin(context.Background(), r, host)
	defer feed.Close()
	r.ssh.Close()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "connection lost: the connection was closed here") {
		t.Error(err)
	}
	if err := shellOf(host, "true"); err == nil {
		t.Error("a closed host opens a shell")
	}
	feed.Close()
	noneLeft(t)
}

// TestOneConnection: several sessions, one login; and another login when the connection was lost.
func TestOneConnection(t *testing.T) {
	r := newRig(t)
	host := r.host()
	for range 3 {
		_, feed := begin(context.Background(), r, host)
		defer feed.Close()
	}
	if n := r.server.dials.Load(); n != 1 {
		t.Errorf("%d connections for three shells", n)
	}
	if host.Address() != r.server.address || host.HostKeyFingerprint() != r.server.host.print() {
		t.Errorf("%s %s", host.Address(), host.HostKeyFingerprint())
	}
	killed, stop := context.WithCancel(context.Background())
	ended, feed := begin(killed, r, host)
	defer feed.Close()
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := shellOf(host, "true"); err != nil || r.server.dials.Load() != 1 {
		t.Errorf("%v; one killed session ended the others' connection", err)
	}
}

// TestKilledShell takes the connection with it when it is the last one: a server may not end it before.
func TestKilledShell(t *testing.T) {
	r := newRig(t)
	host := r.host()
	ctx, cancel := context.WithCancel(context.Background())
	ended, feed := begin(ctx, r, host)
	defer feed.Close()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := shellOf(host, "true"); err != nil || r.server.dials.Load() != 2 {
		t.Errorf("%v; %d connections", err, r.server.dials.Load())
	}
}
