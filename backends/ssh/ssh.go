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

	mu          sync.Mutex
	warned      map[string]bool
	configs     map[string]hostConfig
	known       map[string]*knownHosts
	revocations map[string]*revokedKeys
	slots       map[string]chan struct{}
	bastions    map[string]*Host
	hosts       map[*Host]bool

	asking   sync.Mutex // one prompt at a time
	unlocked map[string]unlockedKey
}

// New returns a client. It reads and contacts nothing before a host's first use.
func New(options Options) *Client {
	if options.Warn == nil {
		options.Warn = func(string) {}
	}
	s := &Client{
		options: options, warned: map[string]bool{}, configs: map[string]hostConfig{}, known: map[string]*knownHosts{},
		revocations: map[string]*revokedKeys{}, slots: map[string]chan struct{}{}, bastions: map[string]*Host{},
		hosts: map[*Host]bool{}, unlocked: map[string]unlockedKey{},
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

// cached returns what a map of the client has for a key, and makes it where there is none. It keeps no errors.
func cached[V any](s *Client, m map[string]V, key string, read func() (V, error)) (V, error) {
	s.mu.Lock()
	v, ok := m[key]
	s.mu.Unlock()
	if ok {
		return v, nil
	}
	// Without the lock: `ssh -G` may take seconds, and other hosts go on meanwhile.
	v, err := read()
	if err == nil {
		s.mu.Lock()
		m[key] = v
		s.mu.Unlock()
	}
	return v, err
}

func (s *Client) warn(text string) {
	s.mu.Lock()
	repeated := s.warned[text]
	s.warned[text] = true
	s.mu.Unlock()
	if !repeated {
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
	connection  *connection
	attempt     *attempt
	refused     error     // final: there is no other attempt
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

// attempt is a pending connection; other callers wait for it.
type attempt struct {
	done       chan struct{}
	connection *connection
	err        error
	abandoned  bool // by the caller that made it
}

// Shell runs /bin/sh on the host, which reads its script from stdin, until it ends. Its error describes the end: nil is
// status 0, ExitError another one, and Error is about the connection. When ctx is done, the session is abandoned, and
// with the last session the connection.
func (h *Host) Shell(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	var session *session
	err := h.retry(ctx, func() (err error) {
		session, err = h.open(ctx)
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
		if err != nil {
			return h.unreached(err)
		}
		conn, err = c.forward(ctx, network, address)
		return err
	})
	return conn, err
}

// unreached returns why there is no connection to the host, also after a wait that was cancelled.
func (h *Host) unreached(err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return &Error{Host: h.Address(), Step: StepConnect, Err: err}
}

// Address returns the address of the host, as host:port; before contact, as far as the target has it.
func (h *Host) Address() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.address != "" {
		return h.address
	}
	return net.JoinHostPort(h.target.Host, strconv.Itoa(cmp.Or(h.target.Port, 22)))
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
	h.end(errClosed)
	c := h.connection
	h.mu.Unlock()
	if c != nil {
		c.close(errClosed)
	}
	return nil
}

// open opens a session, and a connection for it if there is none.
func (h *Host) open(ctx context.Context) (*session, error) {
	c, err := h.connect(ctx)
	if err != nil {
		return nil, err
	}
	session, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reached = true
	return session, nil
}

// connect returns the connection, and makes it if there is none. Concurrent callers share the result.
func (h *Host) connect(ctx context.Context) (*connection, error) {
	for {
		c, attempt, first, err := h.join()
		switch {
		case c != nil || err != nil:
			return c, err
		case first:
			h.make(ctx, attempt)
			return attempt.connection, attempt.err
		}
		select {
		case <-attempt.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if !attempt.abandoned {
			return attempt.connection, attempt.err
		}
	}
}

func (h *Host) join() (c *connection, a *attempt, first bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.life.Err() != nil:
		return nil, nil, false, errClosed
	case h.connection != nil && h.connection.life.Err() == nil:
		return h.connection, nil, false, nil
	case h.refused != nil:
		return nil, nil, false, h.refused
	case h.attempt == nil:
		h.attempt, first = &attempt{done: make(chan struct{})}, true
	}
	return nil, h.attempt, first, nil
}

func (h *Host) make(ctx context.Context, a *attempt) {
	dialling, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(h.life, func() { cancel(errClosed) })
	a.connection, a.err = h.dial(dialling)
	stop()
	gaveUp := context.Cause(dialling)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.attempt, h.connection = nil, a.connection
	a.abandoned = a.err != nil && ctx.Err() != nil
	// A cancelled attempt says nothing about the host: the next caller tries again.
	if final(a.err) && gaveUp == nil {
		h.refused = a.err
	}
	if a.connection != nil {
		h.fingerprint = ssh.FingerprintSHA256(bare(a.connection.hostKey))
		// Close may have come after the connection was made, and before it could be seen here.
		if h.life.Err() != nil {
			a.connection.close(errClosed)
		}
	}
	close(a.done)
}
