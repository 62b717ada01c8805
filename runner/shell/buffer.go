package shell

import (
	"io"
	"sync"
	"time"
)

// stdinBuffer is a shell's stdin. Writing to it never waits, so that a big script and a big result
// can be in flight at the same time.
type stdinBuffer struct {
	mu          sync.Mutex
	more        *sync.Cond
	text        string
	closed      bool
	onFirstRead func()    // called with the first Read
	firstReadAt time.Time // the first Read: there is a shell now, or a connection to one
	lastReadAt  time.Time // the last Read that returned something
}

func newStdinBuffer(first func()) *stdinBuffer {
	f := &stdinBuffer{onFirstRead: first}
	f.more = sync.NewCond(&f.mu)
	return f
}

// Read waits until there is text or the buffer is closed.
func (f *stdinBuffer) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.firstReadAt.IsZero() {
		f.firstReadAt = time.Now()
		f.onFirstRead()
	}
	for f.text == "" && !f.closed {
		f.more.Wait()
	}
	if f.text == "" {
		return 0, io.EOF
	}
	n := copy(p, f.text)
	f.text = f.text[n:]
	f.lastReadAt = time.Now()
	return n, nil
}

func (f *stdinBuffer) write(text string) { f.change(func() { f.text += text }) }

// close ends stdin after the text that is left.
func (f *stdinBuffer) close() { f.change(func() { f.closed = true }) }

// discard ends stdin at once.
func (f *stdinBuffer) discard() { f.change(func() { f.text, f.closed = "", true }) }

func (f *stdinBuffer) change(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	f.more.Broadcast()
}

// reads returns the times of the first and of the last Read.
func (f *stdinBuffer) reads() (first, last time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.firstReadAt, f.lastReadAt
}

// eventQueue holds the events of all shells until the scheduler takes them. put never waits.
type eventQueue struct {
	mu     sync.Mutex
	events []event
	notify chan struct{} // has a value when there are events
}

func (m *eventQueue) put(e event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, e)
	select {
	case m.notify <- struct{}{}:
	default:
	}
}

func (m *eventQueue) take() []event {
	m.mu.Lock()
	defer m.mu.Unlock()
	events := m.events
	m.events = nil
	return events
}
