package target

import (
	"context"
	"io"
	"io/fs"
	"net"
	"time"
)

// Run is what the targets of a run have in common.
type Run struct {
	Warn func(text string) // reports warnings about the user's configuration; may be called from several goroutines
	// AskSecret prompts on the terminal; nil if there is none.
	AskSecret func(prompt string) ([]byte, error)
}

// Shell runs /bin/sh, which reads its script from stdin, until it ends. Its error is how it ended; nil is status 0.
type Shell = func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error

// StartLimit is how long a shell may take to come up where its backend has no reason for another limit, also as another
// account. Backends and become bound and name each step themselves; this is for a shell that prints nothing.
const StartLimit = 30 * time.Second

// Connection is the way to one target. What a backend does not have is nil.
type Connection struct {
	Shell Shell
	// NoShell returns why the target has no shell, and never will have one: its files are read instead. It is called once,
	// before the first query, and returns nil where only Shell can return what is wrong. A nil func means that every
	// target of the backend has a shell.
	NoShell func(context.Context) error
	// Files are those of a target without a shell. Their contract is in [resource.Probe.Files].
	Files func(context.Context) (fs.FS, error)
	// Dial connects to an address as the target sees it.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Close is called after the last query.
	Close func() error

	// Metadata returns the metadata of the target's image, as JSON.
	Metadata func(context.Context) ([]byte, error)
	// Identity returns what distinguishes this target from another one that took its place: `host_key`, `container`,
	// `image`. It is called when the target has answered.
	Identity func() map[string]string
	// Contact sets what to call on the way to the target, before its first query.
	Contact func(Contact)

	StartLimit time.Duration // for a shell to come up; 0 for the conversation's own
	ReachLimit time.Duration // for the steps before that: to wait for the target, to connect, to build
}

// Contact has what a connection calls on its way to a target, so that a run can bound how many of them are on it. All
// may be nil.
type Contact struct {
	// Accepted is called when the target has accepted a connection.
	Accepted func()
	// Spoke is called with the first bytes that came over a connection, before they are answered. It waits until the
	// target may go on; that wait does not count.
	Spoke func(context.Context) error
	// Slack returns how much longer than this limit the target may take now, since others of the run take long as well.
	Slack func(limit time.Duration) time.Duration
}
