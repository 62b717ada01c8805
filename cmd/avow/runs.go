package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/avow-dev/avow/runner/record"
)

// stdinName is the name of "-" in messages.
const stdinName = "stdin"

// readRuns reads the runs in files, "-" for stdin, and prints their warnings. All errors are returned.
func readRuns(cmd *cobra.Command, paths []string) ([]record.Saved, error) {
	var out []record.Saved
	var errs []error
	for i, path := range paths {
		if path == "-" && slices.Contains(paths[:i], "-") { // the second would be empty
			return nil, errors.New("\"-\" can be given only once")
		}
		runs, err := await(cmd.Context(), fmt.Errorf("interrupted while reading %q", path), func() ([]record.Saved, error) {
			if path == "-" {
				return record.Read(stdinName, cmd.InOrStdin())
			}
			return runsOf(path)
		})
		out, errs = append(out, runs...), append(errs, err)
	}
	return out, errors.Join(errs...)
}

// await returns what read returns, or late once the context is done: neither reading from a pipe nor evaluating a spec
// checks one.
func await[T any](ctx context.Context, late error, read func() (T, error)) (T, error) {
	var value T
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		value, err = read()
	}()
	select {
	case <-done:
		return value, err
	case <-ctx.Done():
		return *new(T), late
	}
}

func runsOf(path string) ([]record.Saved, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("no run at %q: %w", path, cause(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("no run at %q: it is a folder; name the files in it", path)
	}
	return record.Read(path, f)
}

// cause returns the system's error, without the call and the path.
func cause(err error) error {
	if pathError, ok := err.(*fs.PathError); ok {
		return pathError.Err
	}
	return err
}

func warn(cmd *cobra.Command, run record.Saved) {
	for _, text := range run.Warnings {
		warning(cmd.ErrOrStderr())(text)
	}
}
