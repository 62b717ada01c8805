package conversation

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"
)

// eventKind says what a shell tells the dispatcher.
type eventKind int

const (
	eventRead     eventKind = iota // its stdin is read: the time begins in which it has to come up
	eventUp                        // the nonce came back
	eventBegan                     // a question's begin arrived
	eventAnswered                  // both ends of an answer arrived
	eventOver                      // an answer grew too long
	eventEnded                     // the shell ended
)

type event struct {
	kind   eventKind
	shell  *shell
	id     int
	at     time.Time
	answer Answer
	err    error // of an answer: CannotError; of an end: EndedError
}

// job is a question on its way.
type job struct {
	Question
	id     int       // in the conversation
	index  int       // in the Ask; -1 for a sweep
	victim *shell    // of a sweep
	began  time.Time // zero until its begin arrived
}

// shell is one open shell. The first part is shared with the goroutines that run it; the second part
// belongs to the dispatcher.
type shell struct {
	feed   *feed
	mail   *mailbox
	peers  *Peers
	cancel context.CancelFunc
	done   chan struct{} // closed when the Shell has returned

	mu       sync.Mutex
	out, err *decoder
	partials map[int]*partial // by the id of the question
	isUp     bool             // on stdout
	errIsUp  bool             // on stderr
	pid      int
	start    int64 // when it was started, in the target's own measure; 0 if it does not say
	deaf     bool  // given up: its bytes are refused

	script *script
	queue  []*job // sent and not answered, in order
	eager  bool   // is sent questions before it came up
	up     bool
	opened time.Time
	since  time.Time // when it came up, or the last answer ended
	window int       // how many slow questions are sent ahead

	silent bool          // it was given up in the midst of a question
	limit  time.Duration // of that
}

// partial is what is there of an answer.
type partial struct {
	output       int // bytes of a stream that its question may answer
	began, ended time.Time
	out, err     *mark
}

// open starts a shell. Whatever happens, it will tell eventEnded at last.
func (c *Conversation) open(ctx context.Context, eager bool) *shell {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &shell{
		mail: c.mail, peers: c.options.Peers, cancel: cancel, done: make(chan struct{}),
		partials: map[int]*partial{}, script: newScript(c.nonce),
		eager: eager, opened: time.Now(), window: leastAhead,
	}
	s.feed = newFeed(func() { s.tell(eventRead, 0) })
	s.out = &decoder{nonce: c.nonce, limit: c.options.OutputLimit, more: s.output, found: s.onStdout}
	s.err = &decoder{nonce: c.nonce, limit: c.options.OutputLimit, more: s.output, found: s.onStderr}
	c.shells = append(c.shells, s)
	c.log("opening a shell")
	go s.run(ctx, c.shell)
	return s
}

func (s *shell) run(ctx context.Context, start Shell) {
	defer close(s.done)
	err := start(ctx, s.feed, stream{s, s.out}, stream{s, s.err})
	s.peers.drop(s)
	s.feed.drop()
	s.cancel()
	s.mail.put(event{kind: eventEnded, shell: s, at: time.Now(), err: s.ended(err)})
}

// ended is the end of a shell in words, with what it said outside of answers.
func (s *shell) ended(err error) EndedError {
	s.mu.Lock()
	defer s.mu.Unlock()
	noise := slices.Clone(s.err.outside())
	if !s.isUp {
		noise = append(append(slices.Clone(s.out.outside()), '\n'), noise...)
	}
	if s.isUp && !s.errIsUp {
		noise = []byte("nothing comes on stderr")
	}
	return EndedError{Err: err, Said: said(noise), Up: s.isUp && s.errIsUp}
}

// stream is one of a shell's two streams.
type stream struct {
	shell   *shell
	decoder *decoder
}

func (w stream) Write(p []byte) (int, error) {
	w.shell.mu.Lock()
	defer w.shell.mu.Unlock()
	if w.shell.deaf {
		return 0, io.ErrClosedPipe
	}
	return w.decoder.Write(p)
}

func (s *shell) onStdout(m mark) {
	p := s.partials[m.index]
	switch {
	case m.word == wordUp && !s.isUp:
		s.isUp, s.pid, s.start = true, m.index, m.number
		s.peers.add(s, s.pid)
		s.cameUp()
	case !s.isUp || p == nil:
		// Nothing is believed before the shell is up, nor is what was not asked.
	case m.word == wordBegin && p.began.IsZero():
		p.began = time.Now()
		s.tell(eventBegan, m.index)
	case m.word == wordOver:
		s.tell(eventOver, m.index)
	case m.word == wordEnd && !m.over && !p.began.IsZero():
		p.out, p.ended = &m, time.Now()
		s.complete(m.index, p)
	}
}

func (s *shell) onStderr(m mark) {
	p := s.partials[m.index]
	switch {
	case m.word == wordUp && !s.errIsUp:
		s.errIsUp = true
		s.cameUp()
	case p == nil:
	case m.word == wordOver:
		s.tell(eventOver, m.index)
	case m.word == wordEnd && !m.over:
		p.err = &m
		s.complete(m.index, p)
	}
}

// cameUp tells that both streams bring what the shell writes. A target that loses one would leave every
// answer without an end.
func (s *shell) cameUp() {
	if s.isUp && s.errIsUp {
		s.tell(eventUp, 0)
	}
}

// complete tells an answer whose ends came on both streams.
func (s *shell) complete(id int, p *partial) {
	if p.out == nil || p.err == nil {
		return
	}
	delete(s.partials, id)
	e := event{kind: eventAnswered, shell: s, id: id, at: time.Now()}
	e.answer = Answer{Stdout: p.out.body, Stderr: p.err.body, Status: int(p.out.number), Aside: p.err.aside, Elapsed: p.ended.Sub(p.began)}
	if p.err.reason != nil {
		e.err = CannotError{Reason: *p.err.reason}
	}
	s.mail.put(e)
}

// output is how long the answer of a question may be, where that is said.
func (s *shell) output(id int) int {
	if p := s.partials[id]; p != nil {
		return p.output
	}
	return 0
}

func (s *shell) tell(kind eventKind, id int) {
	s.mail.put(event{kind: kind, shell: s, id: id, at: time.Now()})
}

// send puts jobs at the end of the queue, as one round. flush sends the text.
func (s *shell) send(jobs ...*job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		s.since = time.Now()
	}
	for _, j := range jobs {
		j.began = time.Time{}
		s.partials[j.id] = &partial{output: j.Output}
	}
	s.queue = append(s.queue, jobs...)
	s.script.round(jobs, s.peers.list())
}

func (s *shell) flush() {
	if text := s.script.take(); text != "" {
		s.feed.add(text)
	}
}

// close lets a shell end by itself.
func (s *shell) close() { s.feed.close() }

// ignore takes no more bytes of a shell, nor gives it any.
func (s *shell) ignore() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf = true
	s.feed.drop()
}

// identity is what tells a shell from all other processes of the target, if the target says.
func (s *shell) identity() (pid int, start int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pid, s.start
}

// slow is how many slow questions are ahead.
func (s *shell) slow() int {
	n := 0
	for _, j := range s.queue {
		if j.Slow {
			n++
		}
	}
	return n
}
