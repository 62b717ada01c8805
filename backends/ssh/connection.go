package ssh

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/avow-dev/avow/backends/transport"
)

// connection is one login, which sessions and forwarded connections share.
type connection struct {
	host    *Host
	config  hostConfig
	client  *ssh.Client
	conn    *heardConn
	hostKey ssh.PublicKey
	until   time.Time // the end of the limit in which the first session has to open
	opened  atomic.Bool
	done    chan struct{} // closed when the connection is over

	mu     sync.Mutex
	uses   int
	freed  time.Time // when a session last ended
	reason error     // why it was ended here
	over   error     // how it ended
}

func newConnection(
	h *Host, config hostConfig, limit *deadline, conn *heardConn, client *ssh.Client, key ssh.PublicKey,
) *connection {
	c := &connection{
		host: h, config: config, client: client, conn: conn, hostKey: key,
		until: time.Now().Add(limit.left()), done: make(chan struct{}),
	}
	go c.watch()
	go c.keepAlive()
	return c
}

// watch records how the connection ends.
func (c *connection) watch() {
	err := c.client.Wait()
	c.client.Close()
	c.mu.Lock()
	c.over = err
	// sshd ends a connection without a message, for example after ClientAliveCountMax.
	if transport.CutOff(err) || err == nil {
		c.over = errMidway
	}
	c.mu.Unlock()
	close(c.done)
}

// keepAlive sends requests to a silent server, and ends the connection when it stays silent.
func (c *connection) keepAlive() {
	ticker := time.NewTicker(c.config.aliveInterval)
	defer ticker.Stop()
	answered := make(chan struct{}, 1)
	answered <- struct{}{}
	most := c.config.aliveInterval * time.Duration(c.config.aliveCount)
	for {
		select {
		case <-c.done:
			return
		case <-ticker.C:
		}
		if c.conn.silent() > most-c.config.aliveInterval/2+c.host.slack(most) {
			c.end(silentError{c.conn.silent().Round(c.config.aliveInterval / 4)})
			return
		}
		select {
		case <-answered:
			// Servers refuse this request. That they answer is what counts, as for ssh with ServerAliveInterval.
			go func() {
				_, _, _ = c.client.SendRequest("keepalive@openssh.com", true, nil)
				answered <- struct{}{}
			}()
		default: // the previous request is still pending
		}
	}
}

func (c *connection) alive() bool {
	c.mu.Lock()
	ended := c.reason != nil
	c.mu.Unlock()
	select {
	case <-c.done:
		return false
	default:
		return !ended
	}
}

// end closes the connection, and everything that goes over it.
func (c *connection) end(reason error) {
	c.mu.Lock()
	if c.reason == nil {
		c.reason = reason
	}
	c.mu.Unlock()
	c.client.Close()
}

func (c *connection) use() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.uses++
}

func (c *connection) unuse() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.uses--
	c.freed = time.Now()
}

// justFreed reports whether a session ended a moment ago. sshd may still count it for MaxSessions.
func (c *connection) justFreed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Since(c.freed) < time.Second
}

// abandon ends a session without waiting for it. A server may not end it before its program ends, so the connection is
// closed if nothing else uses it.
func (c *connection) abandon(reason error) {
	c.unuse()
	c.mu.Lock()
	unused := c.uses == 0
	c.mu.Unlock()
	if unused {
		c.end(reason)
	}
}

// lost returns why the connection is over, or err if it is not.
func (c *connection) lost(err error) error {
	timer := time.NewTimer(transport.Grace)
	defer timer.Stop()
	select {
	case <-c.done: // channels end a moment before the connection is known to be over
	case <-timer.C:
		return err
	}
	if err := c.lostHop(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reason != nil {
		err = c.reason
	} else {
		err = c.over
	}
	return &Error{Host: c.host.Address(), Step: StepAsk, Err: fmt.Errorf("connection lost: %w", err)}
}

// lostHop returns the error of a lost jump host, which ended this connection.
func (c *connection) lostHop() error {
	hop, ok := c.conn.Conn.(*hopConn)
	if !ok {
		return nil
	}
	timer := time.NewTimer(transport.Grace)
	defer timer.Stop()
	select {
	case <-hop.by.done:
		return c.host.atHop(hop.by.host, hop.by.lost(errNoExit))
	case <-timer.C:
		return nil
	}
}

// opening returns the error of a session that does not open.
func (c *connection) opening(limit context.Context, err error) error {
	var refused *ssh.OpenChannelError
	if errors.As(err, &refused) {
		err = fmt.Errorf("the server refused a session: %s", refused.Message)
	}
	var e *Error
	if errors.As(err, &e) {
		err = e.Err
	}
	return c.host.failed(limit, StepOpenSession, err)
}
