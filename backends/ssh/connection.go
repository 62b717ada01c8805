package ssh

import (
	"context"
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
	hop     *connection // to the nearest jump host, or nil
	hostKey ssh.PublicKey
	until   time.Time // the end of the limit in which the first session has to open
	opened  atomic.Bool
	life    context.Context // ends with the connection; its cause is why
	end     context.CancelCauseFunc

	mu    sync.Mutex
	uses  int
	freed time.Time // when a session last ended
}

// watch records how the connection ends.
func (c *connection) watch() {
	err := c.client.Wait()
	// sshd ends a connection without a message, for example after ClientAliveCountMax.
	if transport.CutOff(err) || err == nil {
		err = errMidway
	}
	c.close(err)
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
		case <-c.life.Done():
			return
		case <-ticker.C:
		}
		if c.conn.silent() > most-c.config.aliveInterval/2+c.host.slack(most) {
			c.close(silentError{c.conn.silent().Round(c.config.aliveInterval / 4)})
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

// close closes the connection, and everything that goes over it. The first reason counts.
func (c *connection) close(reason error) {
	c.end(reason)
	c.client.Close()
}

func (c *connection) use() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.uses++
}

// unuse reports whether nothing uses the connection any more.
func (c *connection) unuse() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.uses--
	c.freed = time.Now()
	return c.uses == 0
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
	if c.unuse() {
		c.close(reason)
	}
}

// lost returns why the connection is over, or err if it is not.
func (c *connection) lost(err error) error {
	select {
	case <-c.life.Done(): // channels end a moment before the connection is known to be over
	case <-time.After(transport.Grace):
		return err
	}
	// Its jump host, if that was lost, ended this connection.
	if c.hop != nil {
		select {
		case <-c.hop.life.Done():
			return c.host.atHop(c.hop.host, c.hop.lost(errNoExit))
		case <-time.After(transport.Grace):
		}
	}
	err = fmt.Errorf("connection lost: %w", context.Cause(c.life))
	return &Error{Host: c.host.Address(), Step: StepAsk, Err: err}
}
