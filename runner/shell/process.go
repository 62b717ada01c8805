package shell

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"
)

// eventKind is the kind of an event that a shell sends to the scheduler.
type eventKind int

const (
	eventRead    eventKind = iota // the first read of its stdin: its time to start begins
	eventUp                       // the nonce came back on both streams
	eventBegan                    // the begin mark of a query arrived
	eventResult                   // both end marks of a result arrived
	eventTooLong                  // a result is too long
	eventEnded                    // the shell ended
)

type event struct {
	kind   eventKind
	from   *process
	id     int
	at     time.Time
	result Result
	err    error // of a result: CannotError; of an end: EndedError
}

// job is a query in progress.
type job struct {
	Query
	id     int       // in the conversation
	index  int       // in the Run; -1 for killTree
	target *process  // of killTree: the shell to kill
	began  time.Time // zero until its begin mark arrived
}

// process is one open shell. The first part is shared with the goroutines that run it; the second part belongs to
// the scheduler.
type process struct {
	stdin  *stdinBuffer
	events *eventQueue
	peers  *Peers
	cancel context.CancelFunc
	done   chan struct{} // closed when the Shell has returned

	mu       sync.Mutex
	out, err *decoder
	partials map[int]*partial // by the ID of the query
	isUp     [2]bool          // on stdout and on stderr
	pid      int
	start    int64 // its start time in the target's clock ticks; 0 if unknown
	muted    bool  // given up: its output is refused

	script          *script
	queue           []*job // sent, without a result yet, in order
	sendBeforeReady bool   // is sent queries before it is up
	up              bool
	opened          time.Time
	since           time.Time // when it started, or its last result ended
	ahead           int       // how many slow queries are sent ahead

	silent bool          // it was given up in the middle of a query
	limit  time.Duration // of that query
}

// partial is what has arrived of a result.
type partial struct {
	output       int // bytes that each stream may have
	began, ended time.Time
	ends         [2]*mark // of stdout and of stderr
}

// The indexes of the streams.
const (
	onStdout = iota
	onStderr
)

// open starts a shell. Whatever happens, its last event is eventEnded.
func (c *Conversation) open(ctx context.Context, eager bool) *process {
	// A shell outlives the Run that opened it.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &process{
		events: c.events, peers: c.options.Peers, cancel: cancel, done: make(chan struct{}),
		partials: map[int]*partial{}, script: newScript(c.nonce),
		sendBeforeReady: eager, opened: time.Now(), ahead: minAhead,
	}
	s.stdin = newStdinBuffer(func() { s.emit(eventRead, 0) })
	limit := func(id int) int {
		if p := s.partials[id]; p != nil {
			return max(c.options.OutputLimit, p.output)
		}
		return c.options.OutputLimit
	}
	s.out = &decoder{nonce: c.nonce, limit: limit, found: func(m mark) { s.handleMark(onStdout, m) }}
	s.err = &decoder{nonce: c.nonce, limit: limit, found: func(m mark) { s.handleMark(onStderr, m) }}
	c.shells = append(c.shells, s)
	c.options.Log("opening a shell")
	go s.run(ctx, c.shell)
	return s
}

func (s *process) run(ctx context.Context, start Shell) {
	defer close(s.done)
	err := start(ctx, s.stdin, stream{s, s.out}, stream{s, s.err})
	s.peers.drop(s)
	s.stdin.discard()
	s.cancel()
	s.events.put(event{kind: eventEnded, from: s, at: time.Now(), err: s.ended(err)})
}

// ended returns the error for a shell that ended, with its output outside of results.
func (s *process) ended(err error) EndedError {
	s.mu.Lock()
	defer s.mu.Unlock()
	noise, up := slices.Clone(s.err.outside()), s.isUp[onStdout]
	// nologin and restricted shells print on stdout why there is no shell.
	if !up {
		noise = append(append(slices.Clone(s.out.outside()), '\n'), noise...)
	}
	if up && !s.isUp[onStderr] {
		noise = []byte("nothing comes on stderr")
	}
	return EndedError{Err: err, Printed: printed(noise), Up: up && s.isUp[onStderr]}
}

// stream is stdout or stderr of a shell.
type stream struct {
	process *process
	decoder *decoder
}

func (w stream) Write(p []byte) (int, error) {
	w.process.mu.Lock()
	defer w.process.mu.Unlock()
	if w.process.muted {
		return 0, io.ErrClosedPipe
	}
	return w.decoder.Write(p)
}

func (s *process) handleMark(stream int, m mark) {
	p := s.partials[m.index]
	switch {
	case m.word == wordUp && !s.isUp[stream]:
		s.isUp[stream] = true
		if stream == onStdout {
			s.pid, s.start = m.index, m.number
			s.peers.add(s, s.pid)
		}
		// If a target lost one of the streams, no result would ever be complete.
		if s.isUp == [2]bool{true, true} {
			s.emit(eventUp, 0)
		}
	case p == nil || stream == onStdout && !s.isUp[onStdout]:
		// Output before the shell is up, or for a query that was never sent, is ignored.
	case m.word == wordBegin && stream == onStdout && p.began.IsZero():
		p.began = time.Now()
		s.emit(eventBegan, m.index)
	case m.word == wordTooLong:
		s.emit(eventTooLong, m.index)
	case m.word == wordEnd && !m.over && (stream == onStderr || !p.began.IsZero()):
		if p.ends[stream] = &m; stream == onStdout {
			p.ended = time.Now()
		}
		if p.ends[onStdout] != nil && p.ends[onStderr] != nil {
			s.finishResult(m.index, p)
		}
	}
}

// finishResult sends the result whose end marks arrived on both streams.
func (s *process) finishResult(id int, p *partial) {
	delete(s.partials, id)
	out, err := p.ends[onStdout], p.ends[onStderr]
	e := event{kind: eventResult, from: s, id: id, at: time.Now()}
	e.result = Result{
		Stdout: out.body, Stderr: err.body, Status: int(out.number), Aside: err.aside, Elapsed: p.ended.Sub(p.began),
	}
	if err.reason != nil {
		e.err = CannotError{Reason: *err.reason}
	}
	s.events.put(e)
}

func (s *process) emit(kind eventKind, id int) {
	s.events.put(event{kind: kind, from: s, id: id, at: time.Now()})
}

// send adds jobs to the queue as one round. flush sends the text.
func (s *process) send(jobs ...*job) {
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

func (s *process) flush() {
	s.stdin.write(s.script.String())
	s.script.Reset()
}

// mute discards a shell's output from now on, and sends nothing more to it.
func (s *process) mute() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.muted = true
	s.stdin.discard()
}

// accepts reports whether queries can be sent. Only the first shell is sent queries before it is up: the target may
// refuse the others.
func (s *process) accepts() bool { return s.up || s.sendBeforeReady }

// acceptsSlow reports whether there is room for another slow query.
func (s *process) acceptsSlow() bool {
	sent := 0
	for _, j := range s.queue {
		if j.Slow {
			sent++
		}
	}
	return s.accepts() && sent < s.ahead
}
