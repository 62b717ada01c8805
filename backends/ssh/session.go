package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/avow-dev/avow/backends/transport"
)

// drainLimit is for the output after the end of a shell.
const drainLimit = 10 * time.Second

// session is a running shell. It does not use ssh.Session, which does not end before all output has ended.
type session struct {
	connection *connection
	channel    ssh.Channel
	requests   <-chan *ssh.Request
}

// open opens a session with a shell.
func (c *connection) open(ctx context.Context) (*session, error) {
	budget := c.config.timeout
	if !c.opened.Swap(true) {
		budget = time.Until(c.until)
	}
	limit := newDeadline(ctx, c.config.timeout, budget, c.host.slack)
	defer limit.stop()
	c.use()
	opened, failed := make(chan *session), make(chan error, 1)
	go func() {
		s, err := c.ask(limit)
		if err != nil {
			failed <- err
			return
		}
		select {
		case opened <- s:
		case <-limit.Done(): // a server may open it later, for nobody
			s.channel.Close()
			ssh.DiscardRequests(s.requests)
		}
	}()
	var err error
	select {
	case s := <-opened:
		return s, nil
	case err = <-failed:
	case <-limit.Done():
		err = limit.Err()
	}
	if refused, ok := errors.AsType[*ssh.OpenChannelError](err); ok {
		err = fmt.Errorf("the server refused a session: %s", refused.Message)
	}
	if e, ok := errors.AsType[*Error](err); ok {
		err = e.Err
	}
	err = c.host.failed(limit, StepOpenSession, err)
	if cause := context.Cause(limit); cause != nil {
		c.abandon(cause)
	} else {
		c.unuse()
	}
	return nil, err
}

func (c *connection) ask(limit *deadline) (*session, error) {
	channel, requests, err := c.channel(limit)
	if err != nil {
		return nil, err
	}
	// The login shell reads this line: "exec" is understood by fish and tcsh as well, and leaves no second process.
	command := ssh.Marshal(struct{ Command string }{"exec /bin/sh -s"})
	ok, err := channel.SendRequest("exec", true, command)
	if err == nil && ok {
		return &session{connection: c, channel: channel, requests: requests}, nil
	}
	channel.Close()
	go ssh.DiscardRequests(requests)
	if err == nil {
		return nil, errors.New("the server refused to run /bin/sh")
	}
	return nil, c.lost(err)
}

// channel opens a channel. It tries again if the server may still count a session that has ended.
func (c *connection) channel(limit *deadline) (ssh.Channel, <-chan *ssh.Request, error) {
	for {
		channel, requests, err := c.client.OpenChannel("session", nil)
		switch _, refused := errors.AsType[*ssh.OpenChannelError](err); {
		case err == nil:
			return channel, requests, nil
		case !refused:
			return nil, nil, c.lost(err)
		// sshd counts a session for a moment after it has ended, which at MaxSessions 1 refuses the next one.
		case !c.justFreed() || transport.Sleep(limit, jitter(50*time.Millisecond)) != nil:
			return nil, nil, err
		}
	}
}

// run passes the streams until the shell has ended.
func (s *session) run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	out, errs := transport.NewGate(stdout), transport.NewGate(stderr)
	defer out.Shut()
	defer errs.Shut()
	drained := make(chan struct{})
	go func() {
		var both sync.WaitGroup
		both.Go(func() { _, _ = io.Copy(out, s.channel) })
		both.Go(func() { _, _ = io.Copy(errs, s.channel.Stderr()) })
		both.Wait()
		close(drained)
	}()
	go transport.Feed(channelInput{s.channel}, stdin)
	ended := make(chan error, 1)
	// The exit status comes before the channel closes: sshd keeps the channel open while a background process holds
	// the output.
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

// ending sends how the shell ended, and handles the server's messages until the channel is closed.
func (s *session) ending(ended chan<- error) {
	var sent bool
	send := func(err error) {
		if !sent {
			ended <- err
		}
		sent = true
	}
	for r := range s.requests {
		if err, isEnd := exitOf(r); isEnd {
			send(err)
		}
		// sshd checks an idle client by requests of its own (ClientAliveInterval), and drops one that does not reply.
		if r.WantReply {
			_ = r.Reply(false, nil)
		}
	}
	if !sent {
		send(s.connection.lost(errNoExit))
	}
}

// exitOf reads exit-status and exit-signal (RFC 4254, 6.10).
func exitOf(r *ssh.Request) (err error, isEnd bool) {
	switch r.Type {
	case "exit-status":
		var m struct{ Status uint32 }
		if err = ssh.Unmarshal(r.Payload, &m); err == nil && m.Status != 0 {
			err = &ExitError{Status: int(m.Status)}
		}
		return err, true
	case "exit-signal":
		var m struct {
			Signal        string
			Dumped        bool
			Message, Lang string
		}
		if err = ssh.Unmarshal(r.Payload, &m); err == nil {
			err = &ExitError{Status: -1, Signal: m.Signal}
		}
		return err, true
	}
	return nil, false
}

// drain waits for the output that is still on its way.
func (s *session) drain(ctx context.Context, drained <-chan struct{}, streams ...*transport.Gate) {
	begun := time.Now()
	for time.Since(begun) < drainLimit {
		pause := transport.Quiet - time.Since(transport.Latest(begun, streams))
		if pause <= 0 {
			return
		}
		select {
		case <-drained:
			return
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// kill ends the shell as far as the server lets it: sshd signals the processes of ordinary users, and closes
// the pipes of all.
func (s *session) kill(reason error) {
	sent := make(chan struct{})
	go func() { // a write may wait for a network that is gone
		_, _ = s.channel.SendRequest("signal", false, ssh.Marshal(struct{ Signal string }{"KILL"}))
		_ = s.channel.Close()
		close(sent)
	}()
	select {
	case <-sent:
	case <-time.After(transport.Grace):
	}
	s.connection.abandon(reason)
}

// channelInput closes one direction of a channel only.
type channelInput struct{ ssh.Channel }

// Close ends the input.
func (c channelInput) Close() error { return c.CloseWrite() }
