package conversation

import (
	"io"
	"sync"
	"time"
)

// feed is a shell's stdin. Writing to it never waits, so that big scripts and big answers can be under way
// at once.
type feed struct {
	mu     sync.Mutex
	more   *sync.Cond
	text   string
	closed bool
	first  func()    // called when asked is known
	asked  time.Time // when somebody first came to take something: there is a shell now, or a way to one
	read   time.Time // when something was last taken
}

func newFeed(first func()) *feed {
	f := &feed{first: first}
	f.more = sync.NewCond(&f.mu)
	return f
}

// Read waits until there is something or the feed is closed.
func (f *feed) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.asked.IsZero() {
		f.asked = time.Now()
		f.first()
	}
	for f.text == "" && !f.closed {
		f.more.Wait()
	}
	if f.text == "" {
		return 0, io.EOF
	}
	n := copy(p, f.text)
	f.text = f.text[n:]
	f.read = time.Now()
	return n, nil
}

func (f *feed) add(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.text += text
	f.more.Broadcast()
}

// close lets the reader have what is left, and then end.
func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	f.more.Broadcast()
}

// drop is close, with nothing left.
func (f *feed) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.text, f.closed = "", true
	f.more.Broadcast()
}

func (f *feed) firstAsked() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

func (f *feed) lastRead() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read
}

// mailbox holds what the shells tell until it is taken. Putting something in never waits.
type mailbox struct {
	mu     sync.Mutex
	events []event
	bell   chan struct{} // rung when there is something
}

func newMailbox() *mailbox { return &mailbox{bell: make(chan struct{}, 1)} }

func (m *mailbox) put(e event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, e)
	select {
	case m.bell <- struct{}{}:
	default:
	}
}

func (m *mailbox) take() []event {
	m.mu.Lock()
	defer m.mu.Unlock()
	events := m.events
	m.events = nil
	return events
}
