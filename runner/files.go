package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec/resource"
)

// The limits for all queries that are answered from files. Each file is a request of its own, and the backend limits
// those.
const (
	filesLimit   = time.Minute
	limitOfAFile = time.Second // more for each subject
)

// noShell returns why a target has no shell at all, which is not the same as a shell that failed to start; nil if it
// has one.
func noShell(err error) error {
	var e interface {
		error
		NoShell() bool
	}
	if errors.As(err, &e) && e.NoShell() {
		return e
	}
	return nil
}

// observeError is an error of the files or the image of a target.
type observeError struct{ err error }

func (e observeError) Error() string { return e.err.Error() }
func (e observeError) Unwrap() error { return e.err }

// readFiles answers queries from the files of a target that has no shell.
func (c *check) readFiles(ctx context.Context, asked []*query) {
	limited, cancel := withFilesLimit(ctx, asked)
	defer cancel()
	var files fs.FS
	var lost error
	for _, q := range asked {
		if q.probe.Files != nil && files == nil && lost == nil {
			if files, lost = c.machine.Files(limited); lost != nil {
				lost = observeError{lost}
			}
		}
		facts, err := c.fromFiles(q, files, lost)
		c.answer(ctx, q, facts, err)
	}
}

func withFilesLimit(ctx context.Context, asked []*query) (context.Context, context.CancelFunc) {
	limit := filesLimit
	for _, q := range asked {
		limit += time.Duration(len(q.subjects)) * limitOfAFile
	}
	return context.WithTimeoutCause(ctx, limit, shell.LimitError{Limit: limit})
}

func (c *check) fromFiles(q *query, files fs.FS, lost error) ([]resource.Facts, error) {
	switch {
	case q.probe.Files == nil && is[observeError](c.lost):
		return nil, c.lost // its shell is no matter where nothing of the target was reached
	case q.probe.Files == nil:
		// Not wrapped: the target was reached, whatever the kind of the error that its missing shell ended with.
		return nil, errors.New("this needs a shell: " + c.shellless.Error())
	case lost != nil:
		return nil, lost
	}
	return q.checkFacts(q.probe.Files(files, q.params()), nil)
}

// readImage answers queries from the metadata of a target's image.
func (c *check) readImage(ctx context.Context, asked []*query) {
	for _, q := range asked {
		facts, err := c.fromImage(ctx, q)
		c.answer(ctx, q, facts, err)
	}
}

func (c *check) fromImage(ctx context.Context, q *query) ([]resource.Facts, error) {
	if c.machine.Metadata == nil {
		return nil, fmt.Errorf("a target of the backend %q has no image", c.machine.Backend)
	}
	ctx, cancel := withFilesLimit(ctx, nil)
	defer cancel()
	image, err := c.machine.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	return q.checkFacts(q.probe.Metadata(image, q.params()))
}

// answer adds the facts of a query to all resources that wait for them.
func (c *check) answer(ctx context.Context, q *query, facts []resource.Facts, err error) {
	for i, s := range q.subjects {
		var found resource.Facts
		if err == nil {
			found = facts[i]
		}
		c.addFacts(ctx, q, s, found, err)
	}
	c.emitVerdicts()
}
