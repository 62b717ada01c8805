package ssh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/avow-dev/avow/backends/transport"
)

const mostHops = 8

// bastion returns the jump host nearest to this one, or nil. The hop before is the bastion's own, and so on. Hosts
// behind the same chain share it.
func (h *Host) bastion(config hostConfig) (*Host, error) {
	hops := h.target.Jump
	if len(hops) == 0 {
		hops = config.proxyJump
	}
	if len(hops) == 0 || hops[0] == "none" {
		return nil, nil
	}
	last := len(hops) - 1
	hop, err := parseHost(strings.TrimSuffix(strings.TrimPrefix(hops[last], "ssh://"), "/"))
	if err != nil {
		return nil, fmt.Errorf("jump host %q is not [user@]host[:port]", hops[last])
	}
	// `Host *` with a ProxyJump is for the bastion, too. OpenSSH then connects to it directly.
	if len(h.target.Jump) == 0 && (hop.Host == h.target.Host || hop.Host == config.host) &&
		(hop.Port == 0 || hop.Port == config.port) {
		return nil, nil
	}
	// ssh passes -F on to its jump hosts, too. A password or a pinned key is for one host.
	hop.Jump, hop.ConnectTimeout = hops[:last], h.target.ConnectTimeout
	hop.IdentityFiles, hop.KnownHosts, hop.ConfigFile = h.target.IdentityFiles, h.target.KnownHosts, h.target.ConfigFile
	s := h.ssh
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.bastions[hop.key()]
	if !ok {
		b = s.newHost(hop)
		s.bastions[hop.key()] = b
	}
	return b, nil
}

// route returns the nearest jump host, after a check that the chain has a beginning. Hosts that wait for each other
// would wait for ever.
func (h *Host) route(ctx context.Context, config hostConfig) (*Host, error) {
	nearest, err := h.bastion(config)
	next := nearest
	for n := 0; next != nil && err == nil; n++ {
		if n == mostHops {
			return nil, fmt.Errorf("more than %d jump hosts, or they lead in a circle", mostHops)
		}
		if config, err = h.ssh.config(ctx, next.target); err == nil {
			next, err = next.bastion(config)
		}
	}
	return nearest, err
}

// through connects to the host from the bastion. Earlier errors are about the bastion.
func (d *dialling) through() (conn net.Conn, err error) {
	d.limit.pausing(func() { d.hop, err = d.bastion.connect(d.limit) }) // which has a limit of its own
	if err == nil {
		conn, err = d.hop.forward(d.limit, "tcp", d.config.address())
		if _, ofBastion := errors.AsType[*Error](err); err != nil && !ofBastion {
			return nil, d.host.failed(d.limit, StepConnect, err)
		}
	}
	if err != nil {
		return nil, d.host.atHop(d.bastion, err)
	}
	return conn, nil
}

// atHop returns an error of a jump host, as this host reports it.
func (h *Host) atHop(bastion *Host, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	hop := cmp.Or(e.Hop, bastion.Address())
	return &Error{Host: h.Address(), Hop: hop, Step: e.Step, Err: e.Err, Temporary: e.Temporary}
}

// forward opens a direct-tcpip channel.
func (c *connection) forward(ctx context.Context, network, address string) (net.Conn, error) {
	limit := newDeadline(ctx, c.config.timeout, c.config.timeout, c.host.slack)
	defer limit.stop()
	far, err := c.client.DialContext(limit, network, address)
	if err != nil {
		return nil, c.notForwarded(limit, err)
	}
	c.use()
	// The library's connection has no deadlines, and its Close does not end a Read when the other side is gone.
	near, inner := net.Pipe()
	go func() {
		_, _ = io.Copy(inner, far)
		inner.Close()
		c.unuse()
	}()
	go func() {
		_, _ = io.Copy(far, inner)
		far.Close()
	}()
	return near, nil
}

// notForwarded returns the error as one of package syscall where that is known.
func (c *connection) notForwarded(limit *deadline, err error) error {
	if cause := context.Cause(limit); cause != nil {
		return cause
	}
	refused, ok := errors.AsType[*ssh.OpenChannelError](err)
	if !ok {
		return c.lost(err)
	}
	says := transport.OneLine(refused.Message)
	// RFC 4254 has one reason, connect failed, for all of these. sshd's message is the C library's word for the error.
	lower := strings.ToLower(says)
	switch {
	case refused.Reason == ssh.Prohibited:
		return fmt.Errorf("the server forbids forwarding (%s)", says)
	case strings.Contains(lower, "refused"):
		return syscall.ECONNREFUSED
	case strings.Contains(lower, "timed out"):
		return syscall.ETIMEDOUT
	case strings.Contains(lower, "no route"):
		return syscall.EHOSTUNREACH
	}
	return fmt.Errorf("the server could not connect: %s", says)
}

// startProxy runs the ProxyCommand of the configuration, whose standard streams are the connection. Its text is the
// user's own; the names in it must not contain anything special to a shell.
func startProxy(config hostConfig) (net.Conn, error) {
	for _, name := range []string{config.host, config.original, config.user} {
		if !safeInShell.MatchString(name) {
			return nil, fmt.Errorf("%q cannot be put into a ProxyCommand", name)
		}
	}
	near, inner := net.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := transport.Program(ctx, "/bin/sh", "-c", "exec "+config.expand(config.proxyCommand))
	complaint := &tail{}
	cmd.Stdout, cmd.Stderr = inner, complaint
	// A group of its own: a Ctrl-C at the terminal is Avow's, and Close reaches everything that the command has
	// started.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = transport.Grace
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("ProxyCommand: %w", err)
	}
	go transport.Feed(in, inner)
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
		inner.Close()
	}()
	return &proxyConn{Conn: near, cancel: cancel, ended: ended, complaint: complaint}, nil
}

// safeInShell is a name that a shell takes as it is, and a program not as an option.
var safeInShell = regexp.MustCompile(`^[\w.:%@+][\w.:%@+-]*$`)

// proxyConn is a connection through a program.
type proxyConn struct {
	net.Conn
	cancel    context.CancelFunc
	ended     chan struct{}
	complaint *tail
}

// tail is the end of a program's output.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write keeps the last bytes.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-200):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return transport.OneLine(string(t.text))
}

// Close ends the program's input, and kills a program that goes on.
func (c *proxyConn) Close() error {
	err := c.Conn.Close()
	time.AfterFunc(transport.Grace, c.cancel)
	return err
}
