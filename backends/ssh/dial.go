package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/avow-dev/avow/backends/transport"
)

// handshakes limits those of one address at a time. OpenSSH begins to drop them at ten (MaxStartups).
const handshakes = 8

// deadline is a deadline that pauses during prompts, and that moves while the whole run is slow.
type deadline struct {
	context.Context
	whole  time.Duration
	slack  func(limit time.Duration) time.Duration
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	timer *time.Timer
	until time.Time
	given time.Duration // of the slack, so far
}

func newDeadline(ctx context.Context, whole, left time.Duration, slack func(time.Duration) time.Duration) *deadline {
	l := &deadline{whole: whole, slack: slack, until: time.Now().Add(left)}
	l.Context, l.cancel = context.WithCancelCause(ctx)
	l.timer = time.AfterFunc(left, l.expire)
	return l
}

// expire ends the limit, unless there is more slack by now.
func (l *deadline) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	slack := l.slack(l.whole)
	if slack <= l.given {
		l.cancel(transport.TimeoutError{Limit: (l.whole + l.given).Round(time.Millisecond)})
		return
	}
	l.until, l.given = l.until.Add(slack-l.given), slack
	l.timer.Reset(time.Until(l.until))
}

func (l *deadline) left() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Until(l.until)
}

// pausing runs a function whose time does not count.
func (l *deadline) pausing(run func()) {
	l.timer.Stop()
	begun := time.Now()
	run()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = l.until.Add(time.Since(begun))
	l.timer.Reset(time.Until(l.until))
}

func (l *deadline) stop() {
	l.timer.Stop()
	l.cancel(nil)
}

// dialling makes one connection: by several attempts, if need be, within one limit.
type dialling struct {
	host      *Host
	config    hostConfig
	limit     *deadline
	bastion   *Host       // the nearest jump host, or nil
	hop       *connection // to it
	known     *knownHosts
	revoked   []*revokedKeys
	otherKeys []string // kinds of keys that are not the pinned one
}

// dial makes a connection: through the jump host, the proxy command, or the network.
func (h *Host) dial(ctx context.Context) (_ *connection, err error) {
	d := &dialling{host: h}
	if d.config, err = h.ssh.config(ctx, h.target); err != nil {
		return nil, h.failed(ctx, StepResolve, err)
	}
	h.mu.Lock()
	h.address = d.config.address()
	h.mu.Unlock()
	if d.revoked, err = h.ssh.revoked(d.config.revoked); err == nil {
		d.known, err = h.ssh.knownHosts(d.config.known)
	}
	if err != nil {
		return nil, h.failed(ctx, StepHandshake, err)
	}
	if d.bastion, err = h.route(ctx, d.config); err != nil {
		return nil, h.failed(ctx, StepResolve, err)
	}
	release, err := h.ssh.slot(ctx, d.bastion, d.config.address())
	if err != nil {
		return nil, h.failed(ctx, StepConnect, err)
	}
	defer release()
	d.limit = newDeadline(ctx, d.config.timeout, d.config.timeout, h.slack)
	defer d.limit.stop()
	return d.persist()
}

// persist tries again within the limit, after errors that do not count as another login.
func (d *dialling) persist() (*connection, error) {
	var notPinned, drop error
	for pause := 100 * time.Millisecond; ; {
		known := len(d.otherKeys)
		c, err := d.attach()
		// sshd drops connections in the handshake at random, beyond MaxStartups.
		e, ok := errors.AsType[*Error](err)
		dropped := ok && e.Hop == "" && e.Step == StepHandshake && errors.Is(err, errMidway)
		switch {
		case c != nil:
			return c, nil
		case len(d.otherKeys) > known:
			notPinned = err // the pinned key may be another one of the host's
			continue
		case !dropped && notPinned != nil:
			return nil, notPinned
		case !dropped && drop != nil && d.limit.Err() != nil:
			return nil, drop // more informative than that the time is over
		case !dropped:
			return nil, err
		}
		drop = err
		if wait := jitter(pause); wait > d.limit.left() || transport.Sleep(d.limit, wait) != nil {
			return nil, err
		}
		pause *= 2
	}
}

// slot waits until the address has a free handshake. The limit of a connection begins after that, and the wait ends
// with the limits of those before it.
func (s *Client) slot(ctx context.Context, bastion *Host, address string) (release func(), err error) {
	key := fmt.Sprintf("%p %s", bastion, address)
	s.mu.Lock()
	slots, ok := s.slots[key]
	if !ok {
		slots = make(chan struct{}, handshakes)
		s.slots[key] = slots
	}
	s.mu.Unlock()
	select {
	case slots <- struct{}{}:
		return func() { <-slots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// attach makes one attempt: a transport and the handshake over it.
func (d *dialling) attach() (*connection, error) {
	raw, err := d.transport()
	if err != nil {
		return nil, err
	}
	contact := d.host.contact
	if contact.Accepted != nil {
		contact.Accepted()
	}
	return d.handshake(&heardConn{Conn: raw, last: time.Now(), spoke: func() (err error) {
		if contact.Spoke != nil {
			d.limit.pausing(func() { err = contact.Spoke(d.limit) })
		}
		return err
	}})
}

func (d *dialling) transport() (net.Conn, error) {
	switch {
	case d.bastion != nil:
		return d.through()
	case d.config.proxyCommand != "":
		conn, err := startProxy(d.config)
		return conn, d.host.failed(d.limit, StepConnect, err)
	}
	// The dialer gives each of the host's addresses its share of the time, and tries both families.
	dialer := net.Dialer{Deadline: time.Now().Add(d.limit.left())}
	if d.config.bind != "" {
		from, err := net.ResolveTCPAddr(d.config.network, net.JoinHostPort(d.config.bind, "0"))
		if err != nil {
			return nil, d.host.failed(d.limit, StepConnect, fmt.Errorf("BindAddress: %w", err))
		}
		dialer.LocalAddr = from
	}
	conn, err := dialer.DialContext(d.limit, d.config.network, d.config.address())
	if err == nil {
		return conn, nil
	}
	// The error of the dialer repeats what its step and its host say already.
	step := StepConnect
	dns, unresolved := errors.AsType[*net.DNSError](err)
	if unresolved {
		step = StepResolve
	}
	timeout, isNet := errors.AsType[net.Error](err)
	switch errno, ok := errors.AsType[syscall.Errno](err); {
	case unresolved && dns.IsNotFound:
		err = fmt.Errorf("no address of this name: %q", dns.Name)
	case isNet && timeout.Timeout():
		err = transport.TimeoutError{Limit: d.limit.whole}
	case ok:
		err = errno
	}
	return nil, d.host.failed(d.limit, step, err)
}

// failed returns the error of a step. A limit that is over, or a cancelled call, is the reason of every later error.
func (h *Host) failed(ctx context.Context, step string, err error) error {
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return &Error{Host: h.Address(), Step: step, Err: err, Temporary: comingUp(err)}
}

// handshake verifies the host and logs in.
func (d *dialling) handshake(conn *heardConn) (*connection, error) {
	login := newLogin(d)
	defer login.close()
	settings, err := login.settings()
	if err != nil {
		conn.Close()
		return nil, d.host.failed(d.limit, StepHandshake, err)
	}
	stop := context.AfterFunc(d.limit, func() { conn.Close() })
	client, channels, requests, err := ssh.NewClientConn(conn, d.host.Address(), settings)
	if !stop() && err == nil {
		err = context.Cause(d.limit)
	}
	// A server that requires no login never gets to login.note, which checks this for the others.
	if meta, ok := client.(ssh.AlgorithmsConnMetadata); ok && err == nil {
		err = kindMatches(meta.Algorithms().HostKey, login.key)
		login.distrust = err
	}
	if err != nil {
		conn.Close()
		if errors.Is(login.distrust, errOtherPin) && login.check.pinned == nil {
			d.otherKeys = append(d.otherKeys, bare(login.shown).Type())
		}
		return nil, login.failed(err, conn)
	}
	c := &connection{
		host: d.host, config: d.config, client: ssh.NewClient(client, channels, requests), conn: conn, hop: d.hop,
		hostKey: login.key, until: time.Now().Add(d.limit.left()),
	}
	c.life, c.end = context.WithCancelCause(context.Background())
	go c.watch()
	go c.keepAlive()
	return c, nil
}

// heardConn records the beginning of a server's output, and when it last sent something.
type heardConn struct {
	net.Conn
	spoke func() error // called with the first bytes

	mu    sync.Mutex
	begun []byte
	last  time.Time // or when the connection began
}

// Read records the input.
func (c *heardConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n == 0 {
		return n, err
	}
	// Only this function writes begun, and no two goroutines read at a time.
	if len(c.begun) == 0 {
		if gaveUp := c.spoke(); gaveUp != nil {
			return 0, gaveUp
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = time.Now()
	c.begun = append(c.begun, p[:min(n, 256-len(c.begun))]...)
	return n, err
}

func (c *heardConn) silent() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Since(c.last)
}

// greeting returns the server's identification line (RFC 4253, 4.2). Servers may send other lines before it.
func (c *heardConn) greeting() (line string, isSSH bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	isSSH = regexp.MustCompile(`(?m)^SSH-(2\.|1\.99-)`).Match(c.begun)
	line, _, _ = strings.Cut(string(c.begun), "\n")
	return transport.OneLine(line[:min(len(line), 80)]), isSSH
}
