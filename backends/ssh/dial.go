package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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

// dial makes a connection: through the jump host, the proxy command, or the network.
func (h *Host) dial(ctx context.Context) (*connection, error) {
	config, err := h.ssh.config(ctx, h.target)
	if err != nil {
		return nil, h.failed(ctx, StepResolve, err)
	}
	address := net.JoinHostPort(config.host, strconv.Itoa(config.port))
	h.mu.Lock()
	h.address = address
	h.mu.Unlock()
	if _, _, err := h.ssh.trust(config); err != nil {
		return nil, h.failed(ctx, StepHandshake, err)
	}
	bastion, err := h.route(ctx, config)
	if err != nil {
		return nil, h.failed(ctx, StepResolve, err)
	}
	release, err := h.ssh.slot(ctx, bastion, address)
	if err != nil {
		return nil, h.failed(ctx, StepConnect, err)
	}
	defer release()
	limit := newDeadline(ctx, config.timeout, config.timeout, h.slack)
	defer limit.stop()
	return h.persist(ctx, limit, config, bastion)
}

// persist tries again within the limit, after errors that do not count as another login.
func (h *Host) persist(ctx context.Context, limit *deadline, config hostConfig, bastion *Host) (*connection, error) {
	var notPinned, drop error
	h.otherKeys = nil
	for pause := 100 * time.Millisecond; ; {
		known := len(h.otherKeys)
		c, err := h.attach(ctx, limit, config, bastion)
		switch {
		case c != nil:
			return c, nil
		case len(h.otherKeys) > known:
			notPinned = err // the pinned key may be another one of the host's
			continue
		case !dropped(err) && notPinned != nil:
			return nil, notPinned
		case !dropped(err) && drop != nil && limit.Err() != nil:
			return nil, drop // more informative than that the time is over
		case !dropped(err):
			return nil, err
		}
		drop = err
		if wait := jitter(pause); wait > limit.left() || transport.Sleep(limit, wait) != nil {
			return nil, err
		}
		pause *= 2
	}
}

// dropped reports whether the server closed the connection in the handshake, as sshd does at random beyond MaxStartups.
func dropped(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Hop == "" && e.Step == StepHandshake && errors.Is(err, errMidway)
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
func (h *Host) attach(ctx context.Context, limit *deadline, config hostConfig, bastion *Host) (*connection, error) {
	raw, err := h.transport(ctx, limit, config, bastion)
	if err != nil {
		return nil, err
	}
	if h.contact.Accepted != nil {
		h.contact.Accepted()
	}
	return h.handshake(ctx, limit, config, newHeardConn(raw, h.spoke(limit)))
}

// spoke returns a function that waits, at the first bytes of a server, until the host may go on.
func (h *Host) spoke(limit *deadline) func() error {
	return func() (err error) {
		if h.contact.Spoke != nil {
			limit.pausing(func() { err = h.contact.Spoke(limit) })
		}
		return err
	}
}

func (h *Host) transport(ctx context.Context, limit *deadline, config hostConfig, bastion *Host) (net.Conn, error) {
	address := net.JoinHostPort(config.host, strconv.Itoa(config.port))
	switch {
	case bastion != nil:
		return h.through(ctx, limit, bastion, address)
	case config.proxyCommand != "":
		conn, err := startProxy(config)
		return conn, h.failed(limit, StepConnect, err)
	}
	// The dialer gives each of the host's addresses its share of the time, and tries both families.
	dialer := net.Dialer{Deadline: time.Now().Add(limit.left())}
	if config.bind != "" {
		from, err := net.ResolveTCPAddr(config.network, net.JoinHostPort(config.bind, "0"))
		if err != nil {
			return nil, h.failed(limit, StepConnect, fmt.Errorf("BindAddress: %w", err))
		}
		dialer.LocalAddr = from
	}
	conn, err := dialer.DialContext(limit, config.network, address)
	if err == nil {
		return conn, nil
	}
	return nil, h.failed(limit, dialStep(err), plainDial(err, limit))
}

func dialStep(err error) string {
	if errors.As(err, new(*net.DNSError)) {
		return StepResolve
	}
	return StepConnect
}

// plainDial removes what the error's step and host contain already.
func plainDial(err error, limit *deadline) error {
	var dns *net.DNSError
	var errno syscall.Errno
	var timeout net.Error
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Errorf("no address of this name: %q", dns.Name)
	case errors.As(err, &timeout) && timeout.Timeout():
		return transport.TimeoutError{Limit: limit.whole}
	case errors.As(err, &errno):
		return errno
	}
	return err
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
func (h *Host) handshake(
	ctx context.Context, limit *deadline, config hostConfig, conn *heardConn,
) (*connection, error) {
	login := newLogin(h, config, limit)
	defer login.close()
	settings, err := login.settings()
	if err != nil {
		conn.Close()
		return nil, h.failed(limit, StepHandshake, err)
	}
	stop := context.AfterFunc(limit, func() { conn.Close() })
	client, channels, requests, err := ssh.NewClientConn(conn, h.Address(), settings)
	if !stop() && err == nil {
		client.Close()
		err = context.Cause(limit)
	}
	if meta, ok := client.(ssh.AlgorithmsConnMetadata); ok && err == nil {
		if err = kindMatches(meta.Algorithms().HostKey, login.hostKey()); err != nil { // a server may require no login
			client.Close()
			login.distrust = err
		}
	}
	if err != nil {
		conn.Close()
		if errors.Is(login.distrust, errOtherPin) && login.check.pinned() == nil {
			h.otherKeys = append(h.otherKeys, bare(login.shown).Type())
		}
		return nil, login.failed(err, conn)
	}
	return newConnection(h, config, limit, conn, ssh.NewClient(client, channels, requests), login.hostKey()), nil
}

// heardConn records the beginning of a server's output, and when it last sent something.
type heardConn struct {
	net.Conn
	mu    sync.Mutex
	begun []byte
	last  atomic.Int64 // nanoseconds since the connection began
	birth time.Time
	spoke func() error // called with the first bytes
}

func newHeardConn(conn net.Conn, spoke func() error) *heardConn {
	return &heardConn{Conn: conn, birth: time.Now(), spoke: spoke}
}

// Read records the input.
func (c *heardConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		if c.last.Load() == 0 {
			if gaveUp := c.spoke(); gaveUp != nil {
				return 0, gaveUp
			}
		}
		c.last.Store(int64(time.Since(c.birth)))
		c.mu.Lock()
		if room := 256 - len(c.begun); room > 0 {
			c.begun = append(c.begun, p[:min(n, room)]...)
		}
		c.mu.Unlock()
	}
	return n, err
}

func (c *heardConn) silent() time.Duration {
	return time.Since(c.birth) - time.Duration(c.last.Load())
}

// greeting returns the server's identification line (RFC 4253, 4.2). Servers may send other lines before it.
func (c *heardConn) greeting() (line string, isSSH bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, version := range []string{"SSH-2.", "SSH-1.99-"} {
		isSSH = isSSH || bytes.HasPrefix(c.begun, []byte(version)) || bytes.Contains(c.begun, []byte("\n"+version))
	}
	line, _, _ = strings.Cut(string(c.begun), "\n")
	return transport.OneLine(line[:min(len(line), 80)]), isSSH
}
