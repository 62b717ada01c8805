package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/avow-dev/avow/spec/resource"
)

// filesLimit is how long one question may take that is answered from files: each file is a request of its own, and the
// backend bounds those.
const filesLimit = time.Minute

// hasNoShell says whether a target has no shell at all, which is not the same as one that could not be had.
func hasNoShell(err error) bool {
	var e interface{ NoShell() bool }
	return errors.As(err, &e) && e.NoShell()
}

// lookError is why the files or the image of a target could not be had.
type lookError struct{ err error }

func (e lookError) Error() string { return e.err.Error() }
func (e lookError) Unwrap() error { return e.err }

// each looks at questions one after the other, without a shell.
func (c *check) each(ctx context.Context, asked []*question, look func(context.Context, *question) ([]resource.Facts, error)) {
	for _, q := range asked {
		limited, cancel := context.WithTimeoutCause(ctx, filesLimit, fmt.Errorf("no answer within %v", filesLimit))
		facts, err := look(limited, q)
		cancel()
		for i, s := range q.subjects {
			c.take(ctx, q, s, facts, i, err)
		}
		c.tell()
	}
}

// readFiles answers a question from the files of a target that has no shell.
func (c *check) readFiles(ctx context.Context, q *question) ([]resource.Facts, error) {
	if q.probe.Files == nil {
		return nil, fmt.Errorf("this needs a shell: %w", c.shellless)
	}
	files, err := c.machine.Files(ctx)
	if err != nil {
		return nil, lookError{err}
	}
	return q.whole(q.probe.Files(files, q.params()), nil)
}

// readImage answers a question from what the image of a target says of itself.
func (c *check) readImage(ctx context.Context, q *question) ([]resource.Facts, error) {
	if c.machine.Metadata == nil {
		return nil, fmt.Errorf("a target of the backend %q has no image", c.machine.Backend)
	}
	image, err := c.machine.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	return q.whole(q.probe.Metadata(image, q.params()))
}
