// Package shell is the protocol with the POSIX shells of one target. It returns complete results only.
//
// All quick queries of a Run go to one shell in one script. Slow ones follow as further lines, a few ahead, and are
// spread over three more shells when they keep the first one busy. The shells stay open for the next Run.
//
// Each query calls a function, with quoted words as its arguments, in a subshell with LC_ALL=C and </dev/null. Its
// result arrives between marks on stdout and stderr that contain a random nonce, so banners and other noise are
// dropped, and a result without both end marks is discarded. A function may call `cannot REASON...` when it cannot
// check something: that ends its subshell and turns the whole result into a [CannotError], also from inside a pipeline
// or $( ), where the script itself goes on. From the same places it may call `aside WORD`, which sends a word beside
// the output. Both use file descriptor 9: functions leave it alone, and close it for programs that a spec names.
// Functions use no variable of the prelude. $avow_shells has the process IDs of all shells that Avow opened on the
// target (see [Peers]).
//
// A process that a command leaves in the background does not delay the command's result. What such a process prints
// later is dropped between results, but may end up in a later result of the same shell.
package shell

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"time"
)

// Shell runs a POSIX shell that reads its script from stdin, and returns how the shell ended. It does not read stdin
// before there is a shell, or a program that becomes one: it bounds everything before that (waiting for the target,
// connecting) itself. It returns when the shell has ended, even if stdin has not. When ctx is done it kills the shell
// and returns promptly. An error whose method Final() bool returns true is not retried.
type Shell func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error

// Function is a constant POSIX script. It is sent to each shell once.
type Function struct {
	Name string // letters a-z, digits and _
	Body string // commands; the arguments of a query are "$1" and so on
}

// Query is one call of a function.
type Query struct {
	Function *Function
	Args     []string
	Limit    time.Duration // 0 means 10 s
	Output   int           // bytes of each stream of its result, where that is more than OutputLimit
	Slow     bool          // runs a command of the spec: sent last, and does not wait behind other slow ones
}

// Result is the output of one query, byte for byte, and the exit status of its function.
type Result struct {
	Stdout  []byte
	Stderr  []byte
	Status  int
	Aside   string        // the word that the function passed to `aside`
	Elapsed time.Duration // between the arrival of its begin mark and of its end mark
}

// Options are the bounds of a conversation. Zero values mean the defaults.
type Options struct {
	// StartLimit limits the start of a shell, from the first read of its stdin; 15 s.
	StartLimit time.Duration
	// BeginLimit limits the wait for a query to start after the previous one ends; 15 s.
	BeginLimit time.Duration
	// Grace is added to a query's limit for the way back; 1 s.
	Grace time.Duration
	// OutputLimit limits the bytes of each stream of a result; 8 MiB.
	OutputLimit int
	// Slack returns how much longer the first two may take on a busy machine; nil for no longer.
	Slack func(limit time.Duration) time.Duration
	// Log receives a line about what happens to the shells; it must not block.
	Log func(string)
	// Peers is shared by the conversations with one target; nil for its only one.
	Peers *Peers
}

const (
	defaultLimit   = 10 * time.Second
	slowAfter      = 300 * time.Millisecond // a slow query that runs for so long should not block others
	quickWithin    = 50 * time.Millisecond  // a slow query that was quick
	extraShells    = 3                      // opened when slow queries wait
	minAhead       = 2                      // slow queries sent ahead to one shell
	maxAhead       = 32
	killTreeLimit  = 2 * time.Second
	closeTimeout   = time.Second             // for a shell to exit by itself
	killTimeout    = 1500 * time.Millisecond // for a killed one to exit
	restartLimit   = 10 * time.Second        // for a shell after the first one, plus a multiple of that one's
	restartFactor  = 5
	maxSilent      = 2           // shells in a row that fell silent before the target is given up
	healthyAfter   = time.Minute // a shell that answered for so long ends such a row
	reopenAttempts = 4
	reopenPause    = 100 * time.Millisecond // doubled with each attempt
)

// Conversation holds the shells of one target. Its methods may be called from several goroutines; Runs wait for
// each other.
type Conversation struct {
	shell   Shell
	options Options
	nonce   string
	events  *eventQueue
	token   chan struct{}   // holds one value: its receiver may use the fields below
	life    context.Context // ends with Close
	end     context.CancelFunc

	// Guarded by token.
	shells    []*process    // open
	abandoned []*process    // given up, but not ended yet
	ids       int           // the next query's ID
	answered  bool          // a result ever came from the target
	retried   bool          // the first shell was lost, and another one opened
	spread    bool          // extra shells were opened
	startTime time.Duration // how long the first shell took to start
	silent    int           // shells in a row that fell silent
	givenUp   error         // why no more shells are opened
}

// New returns a conversation. It opens no shell before the first Run.
func New(shell Shell, options Options) *Conversation {
	c := &Conversation{
		shell: shell, options: options.complete(), nonce: NewNonce(), events: &eventQueue{notify: make(chan struct{}, 1)},
		token: make(chan struct{}, 1),
	}
	c.life, c.end = context.WithCancel(context.Background())
	c.token <- struct{}{}
	return c
}

func (o Options) complete() Options {
	o.StartLimit = cmp.Or(o.StartLimit, 15*time.Second)
	o.BeginLimit = cmp.Or(o.BeginLimit, 15*time.Second)
	o.Grace = cmp.Or(o.Grace, time.Second)
	o.OutputLimit = cmp.Or(o.OutputLimit, 8<<20)
	o.Peers = cmp.Or(o.Peers, &Peers{})
	if o.Slack == nil {
		o.Slack = func(time.Duration) time.Duration { return 0 }
	}
	if o.Log == nil {
		o.Log = func(string) {}
	}
	return o
}

// NewNonce returns 128 random bits in hexadecimal. crypto/rand never returns an error.
func NewNonce() string {
	var bits [16]byte
	_, _ = rand.Read(bits[:])
	return hex.EncodeToString(bits[:])
}

// Run executes all queries and returns after it has called report exactly once for each: with its result, or with the
// reason why there is none (a CannotError comes with the rest of the output). It calls report as results arrive, in
// the goroutine that called Run. When ctx is done, it kills all shells.
func (c *Conversation) Run(ctx context.Context, queries []Query, report func(i int, r Result, err error)) {
	quick, slow, refused := sortQueries(queries)
	for i, err := range refused {
		report(i, Result{}, err)
	}
	if len(quick)+len(slow) == 0 {
		return
	}
	d := &scheduler{Conversation: c, report: report, urgent: quick, waiting: slow, left: len(quick) + len(slow)}
	if err := c.acquire(ctx); err != nil {
		d.fail(slices.Concat(quick, slow), InterruptedError{Cause: err})
		return
	}
	defer c.release()
	if err := d.run(ctx); err != nil {
		d.interrupt(err)
		_ = c.stop()
	}
}

func (c *Conversation) acquire(ctx context.Context) error {
	select {
	case <-c.token:
	case <-c.life.Done():
		return ErrClosed
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	// Where both were ready, select may have chosen the token.
	if c.life.Err() != nil {
		c.release()
		return ErrClosed
	}
	return nil
}

func (c *Conversation) release() { c.token <- struct{}{} }

// Close ends the shells, first by ending their scripts and then by killing them, and interrupts a Run in progress.
// It waits a few seconds at most, and returns an error if a shell has not ended by then.
func (c *Conversation) Close() error {
	c.end()
	<-c.token
	defer c.release()
	for _, s := range c.shells {
		s.stdin.close()
	}
	for _, s := range c.abandoned {
		s.cancel()
	}
	waitEnded(c.shells, closeTimeout)
	return c.stop()
}

func (c *Conversation) stop() error {
	all := append(c.shells, c.abandoned...)
	c.shells, c.abandoned = nil, nil
	for _, s := range all {
		s.mute()
		s.cancel()
	}
	if !waitEnded(all, killTimeout) {
		return errors.New("a shell does not end")
	}
	return nil
}

// waitEnded waits for all shells to end, and reports whether they did within limit.
func waitEnded(shells []*process, limit time.Duration) bool {
	timeout := time.After(limit)
	for _, s := range shells {
		select {
		case <-s.done:
		case <-timeout:
			return false
		}
	}
	return true
}

// sortQueries separates quick queries from slow ones, and both from invalid ones.
func sortQueries(queries []Query) (quick, slow []*job, refused map[int]error) {
	refused = map[int]error{}
	for i, q := range queries {
		j := &job{Query: q, index: i}
		j.Limit = cmp.Or(q.Limit, defaultLimit)
		switch err := q.validate(); {
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
