// Package conversation asks the POSIX shells of one target questions, and believes only whole answers.
//
// All quick questions of an Ask go to one shell in one script; slow ones follow as further lines, a few
// ahead, and are spread over three more shells when they keep the first one busy. The shells stay open for
// the next Ask.
//
// Each question calls a function, with quoted words as its arguments, in a subshell with LC_ALL=C and
// </dev/null. Its answer comes between marks on stdout and stderr that hold a random nonce, so banners and
// other noise are dropped, and an answer without both its ends is no answer. A function may call `cannot
// REASON...`: it could not look. That ends the subshell in which it stands, and makes the whole answer a
// [CannotError], also from inside of a pipeline or of $( ), even though the script goes on then. It may call
// `aside WORD`, too, from wherever `cannot` may be called: the word comes beside the output. File descriptor 9
// is the way on which both travel; functions leave it alone, and keep it from programs that a spec names. No
// variable of theirs has a name of the prelude's. In $avow_shells they find the process IDs of the target's
// shells, which are Avow's own (see [Peers]).
//
// What a command leaves running in the background does not hold up its answer. What such a child prints
// later is dropped between answers, but may get into a later answer of the same shell.
package conversation

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"time"
)

// Shell runs a POSIX shell whose script is read from stdin until it ends, and says how it ended. It does not read
// before there is a shell, or a program that should become one: what comes before (to wait for the target, to connect) is
// for the Shell itself to bound. It returns when the shell has ended, even if stdin has not; stdin ends when it has returned. When ctx is done the
// shell is killed, and it returns promptly. An error with a method Final() bool that is true is not tried again.
type Shell func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error

// Function is a constant POSIX script. Each shell gets it once.
type Function struct {
	Name string // letters a-z, digits and _
	Body string // commands; the words of a question are "$1" and so on
}

// Question is one call of a function.
type Question struct {
	Function *Function
	Words    []string
	Limit    time.Duration // 0 means 10 s
	Output   int           // bytes of each stream of its answer, where that is more than OutputLimit
	Slow     bool          // runs what a spec says: asked last, and does not queue behind others like it
}

// Answer is what one question brought: the bytes as they came, and the exit status of the function.
type Answer struct {
	Stdout  []byte
	Stderr  []byte
	Status  int
	Aside   string        // the word that the function said aside
	Elapsed time.Duration // from the begin to the end of the answer, as it was seen here
}

// Options are the bounds of a conversation. Zero values mean the defaults.
type Options struct {
	StartLimit  time.Duration                           // for a shell to come up, from when its stdin is read; 15 s
	Patience    time.Duration                           // for a question to begin when the one before it has ended; 15 s
	Grace       time.Duration                           // beyond the limit of a question, for the way back; 1 s
	OutputLimit int                                     // bytes of each stream of an answer; 8 MiB
	Slack       func(limit time.Duration) time.Duration // how much longer the first two may take now; nil for no longer
	Log         func(string)                            // told what is done with the shells; it must not wait
	Peers       *Peers                                  // shared by the conversations with one target; nil for its only one
}

const (
	defaultLimit   = 10 * time.Second
	busy           = 300 * time.Millisecond // after which a slow question should not keep others waiting
	quick          = 50 * time.Millisecond  // a slow question that was none
	more           = 3                      // shells opened when slow questions wait
	leastAhead     = 2                      // slow questions sent ahead
	mostAhead      = 32
	sweepLimit     = 2 * time.Second
	farewell       = time.Second             // for a shell to end by itself
	endLimit       = 1500 * time.Millisecond // for a killed one to be gone
	againLimit     = 10 * time.Second        // for another shell to come up where there was one, and some times what that took
	againFactor    = 5
	mostSilent     = 2           // shells in a row that fell silent, and the target is given up
	healthy        = time.Minute // for which a shell answered that counts for no such row
	reopenAttempts = 4
	reopenPause    = 100 * time.Millisecond // doubled by each attempt
)

// Conversation is with the shells of one target. Its methods may be called from several goroutines; one Ask
// waits for the other.
type Conversation struct {
	shell   Shell
	options Options
	nonce   string
	mail    *mailbox
	turn    chan struct{} // holds one token: whose turn it is
	closing chan struct{}
	closed  chan struct{} // holds one token until Close

	// What follows belongs to whose turn it is.
	shells   []*shell      // open ones
	leaving  []*shell      // given up, and not yet ended
	ids      int           // how many ids of questions are taken
	answered bool          // the target gave an answer, ever
	retried  bool          // a first shell was lost, and another one opened
	spread   bool          // more shells were opened
	took     time.Duration // until the first shell came up
	silent   int           // how many shells in a row fell silent
	over     error         // why no shell is opened any more
}

// New prepares a conversation. Nothing is opened before the first Ask.
func New(shell Shell, options Options) *Conversation {
	c := &Conversation{
		shell: shell, options: options.complete(), nonce: newNonce(), mail: newMailbox(),
		turn: make(chan struct{}, 1), closing: make(chan struct{}), closed: make(chan struct{}, 1),
	}
	c.turn <- struct{}{}
	c.closed <- struct{}{}
	return c
}

func (o Options) complete() Options {
	if o.StartLimit == 0 {
		o.StartLimit = 15 * time.Second
	}
	if o.Patience == 0 {
		o.Patience = 15 * time.Second
	}
	if o.Grace == 0 {
		o.Grace = time.Second
	}
	if o.OutputLimit == 0 {
		o.OutputLimit = 8 << 20
	}
	if o.Slack == nil {
		o.Slack = func(time.Duration) time.Duration { return 0 }
	}
	if o.Peers == nil {
		o.Peers = &Peers{}
	}
	if o.Log == nil {
		o.Log = func(string) {}
	}
	return o
}

// newNonce makes 128 random bits. crypto/rand never returns an error.
func newNonce() string {
	var bits [16]byte
	_, _ = rand.Read(bits[:])
	return hex.EncodeToString(bits[:])
}

// Ask puts all questions, and returns when each was told exactly once: with its answer, or with the reason
// why there is none (a CannotError comes with what else was printed). Answers are told as they come, from
// the goroutine that called Ask. When ctx is done, all shells are killed.
func (c *Conversation) Ask(ctx context.Context, questions []Question, tell func(i int, a Answer, err error)) {
	quick, slow, refused := sortJobs(questions)
	for i, err := range refused {
		tell(i, Answer{}, err)
	}
	if len(quick)+len(slow) == 0 {
		return
	}
	d := &dispatch{Conversation: c, tell: tell, first: quick, waiting: slow, left: len(quick) + len(slow)}
	if err := c.await(ctx); err != nil {
		d.interrupt(err)
		return
	}
	defer c.pass()
	if err := d.run(ctx); err != nil {
		d.recall()
		d.interrupt(err)
		_ = c.stop(endLimit)
	}
}

// await waits for the turn.
func (c *Conversation) await(ctx context.Context) error {
	select {
	case <-c.turn:
	case <-c.closing:
		return ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case <-c.closing:
		c.pass()
		return ErrClosed
	default:
		return nil
	}
}

func (c *Conversation) pass() { c.turn <- struct{}{} }

// Close ends the shells, at first by ending their scripts and then by killing them, and interrupts an Ask
// that is under way. It waits a few seconds at most; the error says that a shell is still there.
func (c *Conversation) Close() error {
	select {
	case <-c.closed:
		close(c.closing)
	default:
	}
	<-c.turn
	defer c.pass()
	for _, s := range c.shells {
		s.close()
	}
	for _, s := range c.leaving {
		s.cancel()
	}
	gone(c.shells, farewell)
	return c.stop(endLimit)
}

// stop kills all shells.
func (c *Conversation) stop(limit time.Duration) error {
	all := append(c.shells, c.leaving...)
	c.shells, c.leaving = nil, nil
	for _, s := range all {
		s.ignore()
		s.cancel()
	}
	if !gone(all, limit) {
		return errors.New("a shell does not end")
	}
	return nil
}

// gone waits until all shells have ended, and says whether they have.
func gone(shells []*shell, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for _, s := range shells {
		select {
		case <-s.done:
		case <-timer.C:
			return false
		}
	}
	return true
}

func (c *Conversation) log(text string) { c.options.Log(text) }

// sortJobs parts the quick questions from the slow ones, and both from those that cannot be asked.
func sortJobs(questions []Question) (quick, slow []*job, refused map[int]error) {
	refused = map[int]error{}
	for i, q := range questions {
		j := &job{Question: q, index: i}
		if j.Limit == 0 {
			j.Limit = defaultLimit
		}
		switch err := q.check(); {
		case err != nil:
			refused[i] = err
		case q.Slow:
			slow = append(slow, j)
		default:
			quick = append(quick, j)
		}
	}
	return quick, slow, refused
}
