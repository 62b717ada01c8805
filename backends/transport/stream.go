// Package transport has what the ways to a shell share: the streams of a shell, which end with it; limits; and programs
// of this machine.
package transport

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Quiet is how long the output of a shell that has ended elsewhere may pause before nothing more is expected: a child
// that it left behind may hold it open for ever.
const Quiet = 500 * time.Millisecond

// Grace is how long the output of a program of this machine is waited for when the program has ended: a child that it
// left behind may hold it open for ever.
const Grace = 100 * time.Millisecond

// Gate is a stream that is written to as long as the shell has not returned.
type Gate struct {
	off  atomic.Bool
	last atomic.Pointer[time.Time]
	mu   sync.Mutex
	to   io.Writer
}

// NewGate returns an open gate to a writer.
func NewGate(to io.Writer) *Gate { return &Gate{to: to} }

// Write passes on what comes. After Shut, or an error, it drops what comes, so that the shell is not held up.
func (g *Gate) Write(p []byte) (int, error) {
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

func (g *Gate) used() time.Time {
	if t := g.last.Load(); t != nil {
		return *t
	}
	return time.Time{}
}

// Shut closes the gate. It lets a write end that is under way, but does not wait long for a reader that has gone.
func (g *Gate) Shut() {
	g.off.Store(true)
	for range 100 {
		if g.mu.TryLock() {
			g.mu.Unlock()
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// Latest returns when a stream was last written to; t, if none was after it.
func Latest(t time.Time, streams []*Gate) time.Time {
	for _, g := range streams {
		if used := g.used(); used.After(t) {
			t = used
		}
	}
	return t
}

// Feed passes a script on, and closes the input. It runs in a goroutine of its own: os/exec would wait for the script
// to end when the shell has ended long ago.
func Feed(in io.WriteCloser, script io.Reader) {
	_, _ = io.Copy(in, script)
	in.Close()
}

// CutOff reports whether an error means that the other side went away.
func CutOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed)
}
