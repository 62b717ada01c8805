// Package transport has what backends share: the streams of a shell, which end with it; limits; and local programs.
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

// Quiet is how long the output of a shell that has ended elsewhere may pause before it counts as complete: a child in
// the background may hold it open for ever.
const Quiet = 500 * time.Millisecond

// Grace is how long to wait for the output of a local program after its end: a child in the background may hold it open
// for ever.
const Grace = 100 * time.Millisecond

// Gate is a writer that is open as long as the shell runs.
type Gate struct {
	off  atomic.Bool
	last atomic.Pointer[time.Time]
	mu   sync.Mutex
	to   io.Writer
}

// NewGate returns an open gate to a writer.
func NewGate(to io.Writer) *Gate { return &Gate{to: to} }

// Write passes its input on. After Shut, or an error, it drops it, so that the shell is not held up.
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

// Shut closes the gate. It lets a pending write end, but does not wait long for a reader that has gone.
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

// Latest returns the time of the last write to the streams; t, if there was none after it.
func Latest(t time.Time, streams []*Gate) time.Time {
	for _, g := range streams {
		if used := g.last.Load(); used != nil && used.After(t) {
			t = *used
		}
	}
	return t
}

// Feed writes a script, and closes the input. It runs in a goroutine of its own: os/exec would wait for the script to
// end long after the shell has.
func Feed(in io.WriteCloser, script io.Reader) {
	_, _ = io.Copy(in, script)
	in.Close()
}

// CutOff reports whether an error means that the other side went away.
func CutOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed)
}
