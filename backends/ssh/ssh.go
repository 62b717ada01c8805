package ssh

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/avow-dev/avow/spec/target"
)

// Options are the options of all hosts of a run. All may be left out.
type Options struct {
	Warn          func(text string)                 // called once per text, maybe from several goroutines
	AskPassphrase func(path string) ([]byte, error) // for an encrypted key, once per key; nil without a terminal
}

// Target is a host, and how to reach it. Missing values come from the configuration of OpenSSH.
//
// The configuration file, the known_hosts and the identities are for its jump hosts too. The password and the pinned
// host key are not: those are for one host.
type Target struct {
	Host          string // as OpenSSH would take it: a name, an address or an alias of the configuration
	User          string
	Port          int
	IdentityFiles []string // offered before all other keys
	KnownHosts    []string // instead of the user's and the system's
	Jump          []string // hops, the nearest first, each [user@]host[:port]; "none" for none
	ConfigFile    *string  // nil: the user's and the system's; "": none
	Password      string   // for this host alone; offered once
	HostKey       string   // the only one that is accepted: "SHA256:..." or "ssh-ed25519 AAAA..."
	// ConnectTimeout is from DNS to the session: 10 s, and the Slack of its [target.Contact]. Each jump host has as long.
	ConnectTimeout time.Duration
	Wait           time.Duration // how long a host may take to come up
}

// Client connects to hosts. All targets of a run share one: it keeps the connections to jump hosts, limits the
// handshakes per address, and caches files.
type Client struct {
	options Options
	life    context.Context // ends with Close, and all hosts with it
	end     context.CancelCauseFunc

	// What was read once for the run, by its names, and the warnings.
	configs     sync.Map // of hostConfig
	known       sync.Map // of *knownHosts
	revocations sync.Map // of *revokedKeys
	warned      sync.Map

	mu       sync.Mutex
	slots    map[string]chan struct{}
	bastions map[string]*Host
	hosts    map[*Host]bool

	asking   sync.Mutex // one prompt at a time
	unlocked map[string]unlockedKey
}

// New returns a client. It reads and contacts nothing before a host's first use.
func New(options Options) *Client {
	if options.Warn == nil {
		options.Warn = func(string) {}
	}
	s := &Client{
		options: options, slots: map[string]chan struct{}{}, bastions: map[string]*Host{}, hosts: map[*Host]bool{},
		unlocked: map[string]unlockedKey{},
	}
	s.life, s.end = context.WithCancelCause(context.Background())
	return s
}

// Host returns one target. It is connected at its first use.
func (s *Client) Host(t Target) *Host {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newHost(t)
}

func (s *Client) newHost(t Target) *Host {
	h := &Host{ssh: s, target: t}
	h.life, h.end = context.WithCancelCause(s.life)
	s.hosts[h] = true
	return h
}

// Close closes all connections.
func (s *Client) Close() error {
	s.end(errClosed)
	s.mu.Lock()
	hosts := slices.Collect(maps.Keys(s.hosts))
	s.mu.Unlock()
	for _, h := range hosts {
		_ = h.Close()
	}
	return nil
}

// cached returns what m has for a key, and makes it where there is nothing yet. It keeps no errors. It holds no lock
// meanwhile: `ssh -G` may take seconds, and other hosts go on.
func cached[V any](m *sync.Map, key string, read func() (V, error)) (V, error) {
	if v, ok := m.Load(key); ok {
		return v.(V), nil
	}
	v, err := read()
	if err == nil {
		m.Store(key, v)
	}
	return v, err
}

func (s *Client) warn(text string) {
	if _, repeated := s.warned.LoadOrStore(text, true); !repeated {
		s.options.Warn(text)
	}
}

// Host is one target of a Client. All its sessions share one connection. Its methods may be called from
// several goroutines.
type Host struct {
	ssh    *Client
	target Target
	life   context.Context // ends with Close
	end    context.CancelCauseFunc

	contact target.Contact // belongs to the dialling goroutine, once there is a Shell or a DialContext

	mu          sync.Mutex
	address     string
	fingerprint string
	attempt     *attempt  // the last one
	reached     bool      // a session was open once, so no further wait
	waitBegan   time.Time // the beginning of the first wait
}

// Follow sets the contact. It is called before anything else.
func (h *Host) Follow(c target.Contact) { h.contact = c }

func (h *Host) slack(limit time.Duration) time.Duration {
	if h.contact.Slack == nil {
		return 0
	}
	return h.contact.Slack(limit)
}

// attempt is a connection, maybe a pending one; other callers wait for it.
type attempt struct {
	done       chan struct{}
	connection *connection
	err        error
	final      bool // there is no other attempt after this error
	abandoned  bool // by the caller that made it
}

// over reports whether the next caller makes another attempt.
func (a *attempt) over() bool {
	select {
	case <-a.done:
		return a.err != nil && !a.final || a.err == nil && a.connection.life.Err() != nil
	default:
		return false
	}
}

// Shell runs /bin/sh on the host, which reads its script from stdin, until it ends. Its error describes the end: nil is
// status 0, ExitError another one, and Error is about the connection. When ctx is done, the session is abandoned, and
// with the last session the connection.
func (h *Host) Shell(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	var session *session
	err := h.retry(ctx, func() error {
		c, err := h.connect(ctx)
		if err == nil {
			session, err = c.open(ctx)
		}
		if err == nil {
			h.mu.Lock()
			h.reached = true
			h.mu.Unlock()
		}
		return err
	})
	if err != nil {
		return err
	}
	return session.run(ctx, stdin, stdout, stderr)
}

// DialContext connects to an address from the host. Of its errors, syscall.ECONNREFUSED, syscall.ETIMEDOUT and
// syscall.EHOSTUNREACH mean that nothing answers there; any other one means that it could not be tried. An Error is
// about the host itself, whatever its cause.
func (h *Host) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	var conn net.Conn
	err := h.retry(ctx, func() error {
		c, err := h.connect(ctx)
		// After a wait that was cancelled, the caller learns that this was about the host, too.
		if _, known := errors.AsType[*Error](err); err != nil && !known {
			err = &Error{Host: h.Address(), Step: StepConnect, Err: err}
		}
		if err == nil {
			conn, err = c.forward(ctx, network, address)
		}
		return err
	})
	return conn, err
}

// Address returns the address of the host, as host:port; before contact, as far as the target has it.
func (h *Host) Address() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return cmp.Or(h.address, net.JoinHostPort(h.target.Host, strconv.Itoa(cmp.Or(h.target.Port, 22))))
}

// HostKeyFingerprint returns the fingerprint of the verified host key, or "" before contact.
func (h *Host) HostKeyFingerprint() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fingerprint
}

// Close closes the connection. It may be called again.
func (h *Host) Close() error {
	h.ssh.mu.Lock()
	delete(h.ssh.hosts, h)
	h.ssh.mu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.end(errClosed)
	if h.attempt != nil && h.attempt.connection != nil {
		h.attempt.connection.close(errClosed)
	}
	return nil
}

// connect returns the connection, and makes it if there is none. Concurrent callers share the result.
func (h *Host) connect(ctx context.Context) (*connection, error) {
	for h.life.Err() == nil {
		h.mu.Lock()
		first := h.attempt == nil || h.attempt.over()
		if first {
			h.attempt = &attempt{done: make(chan struct{})}
		}
		a := h.attempt
		h.mu.Unlock()
		if first {
			h.make(ctx, a)
			return a.connection, a.err
		}
		select {
		case <-a.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if !a.abandoned {
			return a.connection, a.err
		}
	}
	return nil, errClosed
}

func (h *Host) make(ctx context.Context, a *attempt) {
	dialling, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(h.life, func() { cancel(errClosed) })
	c, err := h.dial(dialling)
	stop()
	gaveUp := context.Cause(dialling)
	h.mu.Lock()
	defer h.mu.Unlock()
	a.connection, a.err = c, err
	a.abandoned = err != nil && ctx.Err() != nil
	// Another attempt would end alike, or do harm: a wrong key, a refused login. A cancelled one says nothing.
	e, ok := errors.AsType[*Error](err)
	a.final = ok && gaveUp == nil && !e.Temporary && e.Hop == "" &&
		(e.Step == StepHandshake || e.Step == StepAuthenticate)
	if c != nil {
		h.fingerprint = ssh.FingerprintSHA256(bare(c.hostKey))
		// Close may have come after the connection was made, and before it could be seen here.
		if h.life.Err() != nil {
			c.close(errClosed)
		}
	}
	close(a.done)
}
