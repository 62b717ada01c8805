package backends

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// quiet is how long the output of a shell that has ended may pause before nothing more is expected: a child that
// it left behind may hold it open for ever.
const quiet = 500 * time.Millisecond

// drainLimit is for the output that comes after the end of a shell.
const drainLimit = 10 * time.Second

// sshSession is a shell that runs. It does without ssh.Session, which does not end before all output has ended.
type sshSession struct {
	connection *sshConnection
	channel    ssh.Channel
	requests   <-chan *ssh.Request
}

type openedSession struct {
	session *sshSession
	err     error
}

// open asks for a session and for the shell in it.
func (c *sshConnection) open(ctx context.Context) (*sshSession, error) {
	budget := c.config.timeout
	if !c.opened.Swap(true) {
		budget = time.Until(c.until)
	}
	limit := newSSHLimit(ctx, c.config.timeout, budget, c.host.slack)
	defer limit.stop()
	c.use()
	session, err := c.openWithin(limit)
	if err != nil && limit.Err() != nil {
		c.abandon(context.Cause(limit))
	} else if err != nil {
		c.unuse()
	}
	return session, err
}

func (c *sshConnection) openWithin(limit *sshLimit) (*sshSession, error) {
	result := make(chan openedSession)
	go func() {
		s, err := c.ask(limit)
		select {
		case result <- openedSession{s, err}:
		case <-limit.Done():
			if s != nil {
				s.channel.Close()
				ssh.DiscardRequests(s.requests)
			}
		}
	}()
	select {
	case r := <-result:
		if r.err != nil {
			return nil, c.opening(limit, r.err)
		}
		return r.session, nil
	case <-limit.Done():
		return nil, c.opening(limit, limit.Err())
	}
}

func (c *sshConnection) ask(limit *sshLimit) (*sshSession, error) {
	channel, requests, err := c.channel(limit)
	if err != nil {
		return nil, err
	}
	command := ssh.Marshal(struct{ Command string }{"exec /bin/sh -s"})
	ok, err := channel.SendRequest("exec", true, command)
	if err == nil && ok {
		return &sshSession{connection: c, channel: channel, requests: requests}, nil
	}
	channel.Close()
	go ssh.DiscardRequests(requests)
	if err == nil {
		return nil, errors.New("the server refused to run /bin/sh")
	}
	return nil, c.lost(err)
}

// channel opens one, with some patience where the server may still count a session that has ended.
func (c *sshConnection) channel(limit *sshLimit) (ssh.Channel, <-chan *ssh.Request, error) {
	for {
		channel, requests, err := c.client.OpenChannel("session", nil)
		var refused *ssh.OpenChannelError
		switch {
		case err == nil:
			return channel, requests, nil
		case !errors.As(err, &refused):
			return nil, nil, c.lost(err)
		case !c.justFreed() || sleep(limit, jitter(50*time.Millisecond)) != nil:
			return nil, nil, err
		}
	}
}

// run passes the streams until the shell has ended.
func (s *sshSession) run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	out, errs := &gate{to: stdout}, &gate{to: stderr}
	defer out.shut()
	defer errs.shut()
	drained := make(chan struct{})
	go s.output(out, errs, drained)
	go feed(channelInput{s.channel}, stdin)
	ended := make(chan error, 1)
	go s.ending(ended)
	select {
	case err := <-ended:
		s.drain(ctx, drained, out, errs)
		s.channel.Close()
		s.connection.unuse()
		return err
	case <-ctx.Done():
		s.kill(context.Cause(ctx))
		return context.Cause(ctx)
	}
}

func (s *sshSession) output(out, errs io.Writer, drained chan<- struct{}) {
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(out, s.channel) })
	both.Go(func() { _, _ = io.Copy(errs, s.channel.Stderr()) })
	both.Wait()
	close(drained)
}

// ending tells how the shell ended, and takes the server's messages until the channel is closed.
func (s *sshSession) ending(ended chan<- error) {
	var told bool
	tell := func(err error) {
		if !told {
			ended <- err
		}
		told = true
	}
	for r := range s.requests {
		if err, isEnd := exitOf(r); isEnd {
			tell(err)
		}
		if r.WantReply {
			_ = r.Reply(false, nil)
		}
	}
	if !told {
		tell(s.connection.lost(errNoExit))
	}
}

// exitOf reads exit-status and exit-signal (RFC 4254, 6.10).
func exitOf(r *ssh.Request) (err error, isEnd bool) {
	switch r.Type {
	case "exit-status":
		var m struct{ Status uint32 }
		if e := ssh.Unmarshal(r.Payload, &m); e != nil {
			return e, true
		}
		if m.Status == 0 {
			return nil, true
		}
		return &SSHExit{Status: int(m.Status)}, true
	case "exit-signal":
		var m struct {
			Signal  string
			Dumped  bool
			Message string
			Lang    string
		}
		if e := ssh.Unmarshal(r.Payload, &m); e != nil {
			return e, true
		}
		return &SSHExit{Status: -1, Signal: m.Signal}, true
	}
	return nil, false
}

// drain waits for the output that is still on its way.
func (s *sshSession) drain(ctx context.Context, drained <-chan struct{}, streams ...*gate) {
	begun := time.Now()
	for time.Since(begun) < drainLimit {
		pause := quiet - time.Since(latest(begun, streams))
		if pause <= 0 {
			return
		}
		timer := time.NewTimer(pause)
		select {
		case <-drained:
			timer.Stop()
			return
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

func latest(t time.Time, streams []*gate) time.Time {
	for _, g := range streams {
		if used := g.used(); used.After(t) {
			t = used
		}
	}
	return t
}

// kill ends the shell as far as the server lets it: sshd signals the processes of ordinary users, and closes
// the pipes of all.
func (s *sshSession) kill(reason error) {
	sent := make(chan struct{})
	go func() { // a write may wait for a network that is gone
		_, _ = s.channel.SendRequest("signal", false, ssh.Marshal(struct{ Signal string }{"KILL"}))
		_ = s.channel.Close()
		close(sent)
	}()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-sent:
	case <-timer.C:
	}
	s.connection.abandon(reason)
}

// gate is a stream that is written to as long as the shell has not returned.
type gate struct {
	off  atomic.Bool
	last atomic.Pointer[time.Time]
	mu   sync.Mutex
	to   io.Writer
}

// Write passes on what comes. What nobody wants is dropped, so that the shell is not held up.
func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.off.Load() {
		if _, err := g.to.Write(p); err != nil {
			g.off.Store(true)
		}
	}
	now := time.Now()
	g.last.Store(&now)
	return len(p), nil
}

func (g *gate) used() time.Time {
	if t := g.last.Load(); t != nil {
		return *t
	}
	return time.Time{}
}

// shut lets a write end that is under way, but does not wait long for a reader who has gone.
func (g *gate) shut() {
	g.off.Store(true)
	for range 100 {
		if g.mu.TryLock() {
			g.mu.Unlock()
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// channelInput closes one direction of a channel only.
type channelInput struct{ ssh.Channel }

// Close tells the end of the input.
func (c channelInput) Close() error { return c.CloseWrite() }
