package main

import (
	"errors"
	"fmt"
	"io"
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
		if path == "-" && slices.Contains(paths[:i], "-") {
			return nil, errors.New("\"-\" can be given only once")
		}
		runs, err := readRunsOf(cmd, path)
		out, errs = append(out, runs...), append(errs, err)
	}
	return out, errors.Join(errs...)
}

// readRunsOf reads one file. Reading from a pipe can be interrupted.
func readRunsOf(cmd *cobra.Command, path string) ([]record.Saved, error) {
	type result struct {
		runs []record.Saved
		err  error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		if path == "-" {
			r.runs, r.err = record.Read(stdinName, orNothing(cmd.InOrStdin()))
		} else {
			r.runs, r.err = runsOf(path)
		}
		done <- r
	}()
	select {
	case r := <-done:
		return r.runs, r.err
	case <-cmd.Context().Done():
		return nil, fmt.Errorf("interrupted while reading %q", path)
	}
}

func orNothing(r io.Reader) io.Reader {
	if r == nil {
		return io.MultiReader()
	}
	return r
}

// runsOf reads the runs in one file.
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

// warn prints the warnings of a run.
func warn(cmd *cobra.Command, run record.Saved) {
	for _, text := range run.Warnings {
		warning(cmd.ErrOrStderr())(text)
	}
}
