package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
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

// observeError is an error of the files or the image of a target.
type observeError struct{ err error }

func (e observeError) Error() string { return e.err.Error() }
func (e observeError) Unwrap() error { return e.err }

// readFiles answers queries from the files of a target that has no shell.
func (c *check) readFiles(ctx context.Context, queries []*query) {
	c.log(queries)
	limited, cancel := withFilesLimit(ctx, queries)
	defer cancel()
	var files fs.FS
	var lost error
	if slices.ContainsFunc(queries, func(q *query) bool { return q.probe.Files != nil }) {
		if files, lost = c.connection.Files(limited); lost != nil {
			lost = observeError{lost}
		}
	}
	for _, q := range queries {
		var facts []resource.Facts
		err := lost
		switch {
		case q.probe.Files == nil && is[observeError](c.lost):
			err = c.lost // its shell is no matter where nothing of the target was reached
		case q.probe.Files == nil:
			// Not wrapped: the target was reached, whatever the kind of the error.
			err = errors.New("this needs a shell: " + c.noShell.Error())
		case lost == nil:
			facts, err = q.checkFacts(q.probe.Files(files, q.params()), nil)
		}
		c.answer(ctx, q, facts, err)
	}
}

func withFilesLimit(ctx context.Context, queries []*query) (context.Context, context.CancelFunc) {
	limit := filesLimit
	for _, q := range queries {
		limit += time.Duration(len(q.subjects)) * limitOfAFile
	}
	return context.WithTimeoutCause(ctx, limit, shell.LimitError{Limit: limit})
}

// readImage answers queries from the metadata of a target's image.
func (c *check) readImage(ctx context.Context, queries []*query) {
	for _, q := range queries {
		facts, err := c.fromImage(ctx, q)
		c.answer(ctx, q, facts, err)
	}
}

func (c *check) fromImage(ctx context.Context, q *query) ([]resource.Facts, error) {
	if c.connection.Metadata == nil {
		return nil, fmt.Errorf("a target of the backend %q has no image", c.target.Backend)
	}
	ctx, cancel := withFilesLimit(ctx, nil)
	defer cancel()
	image, err := c.connection.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	return q.checkFacts(q.probe.Metadata(image, q.params()))
}
