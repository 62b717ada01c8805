package backends

import (
	"context"
	"io"
)

// Exec is whatever a command of this machine gives a shell in: a container of another engine, a pod, a chroot.
type Exec struct {
	Command []string // the program and its arguments; it gives a POSIX shell that reads stdin
}

// Shell runs the command, which no shell reads, until it ends. Its error says how it ended; nil is status 0. When
// ctx is done, the command and all that it started on this machine are killed; what runs elsewhere has to end when
// its stdin does.
func (e Exec) Shell(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	return command(ctx, e.Command, stdin, stdout, stderr)
}
