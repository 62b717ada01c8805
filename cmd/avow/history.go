package main

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report"
)

// historyFlags are the folder of kept runs, and their number.
type historyFlags struct {
	dir  string
	keep int
}

// open opens the history; nil without --history. A folder that is not writable is an error.
func (f historyFlags) open(warn func(string)) (*history, error) {
	switch {
	case f.keep < 1:
		return nil, fmt.Errorf("--history-keep %d: must be at least 1, which is this run", f.keep)
	case f.dir == "":
		return nil, nil
	}
	h := &history{historyFlags: f, warn: warn}
	err := os.MkdirAll(f.dir, 0o755)
	if err == nil {
		// Runs that go on at the same time share the folder, and none of them takes this name for a run.
		name := fmt.Sprintf(".avow-run-%d-%d", os.Getpid(), time.Now().UnixNano())
		h.file, err = os.OpenFile(filepath.Join(f.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, savedRun)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot keep the history: %w", err)
	}
	return h, nil
}

// history is a folder of runs, each a file of JSON lines, named after its time and its contents. So the order of the
// names is that of the runs, and the same run kept twice is one file.
type history struct {
	historyFlags
	warn func(string)
	runs []record.Saved // in the folder, the oldest first

	file  *os.File // of this run, under a temporary name
	sum   hash.Hash
	start string
	ended bool
}

// keptName matches the names of the files; other files of the folder are never touched.
var keptName = regexp.MustCompile(`^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}\.jsonl$`)

// names returns the runs in the folder, the oldest first.
func (h *history) names() ([]string, error) {
	entries, err := os.ReadDir(h.dir)
	var out []string
	for _, e := range entries {
		if keptName.MatchString(e.Name()) {
			out = append(out, filepath.Join(h.dir, e.Name()))
		}
	}
	slices.Sort(out)
	return out, err
}

// read reads the runs in the folder. It leaves out unreadable ones, with a warning.
func (h *history) read() {
	names, err := h.names()
	if err != nil {
		h.warn(fmt.Sprintf("cannot read the history: %v", err))
	}
	for _, name := range names[max(0, len(names)-h.keep):] {
		runs, err := runsOf(name)
		if err != nil {
			h.warn(err.Error() + "; left out of the history")
			continue
		}
		for _, run := range runs {
			for _, w := range run.Warnings {
				h.warn(w)
			}
		}
		h.runs = append(h.runs, runs...)
	}
}

// before returns the runs that began before this time, and that are still kept together with the run of this time.
func (h *history) before(start string) [][]record.Event {
	var out [][]record.Event
	for _, run := range h.runs {
		// Not those of the same second: a report of the saved run has to find the same ones as the run itself.
		if run.Start().Time < start {
			out = append(out, run.Events)
		}
	}
	return out[max(0, len(out)-h.keep+1):]
}

// output writes the run into the history. The file gets its name when it is complete; a reader never sees half of one.
func (h *history) output() *output {
	h.sum = sha256.New()
	b := bufio.NewWriter(io.MultiWriter(h.file, h.sum))
	return &output{format: report.JSON, w: b, close: func() error { return h.close(b.Flush()) }}
}

// close renames the file, and removes the oldest. It does not keep a run without an end.
func (h *history) close(err error) error {
	err = errors.Join(err, h.file.Close())
	if err == nil && h.ended {
		err = h.name()
	}
	// A stream without an end is half of a run, which is no point of comparison.
	if err != nil || !h.ended {
		return errors.Join(err, os.Remove(h.file.Name()))
	}
	return h.prune()
}

func (h *history) name() error {
	begun, err := time.Parse(time.RFC3339, h.start)
	if err != nil {
		return fmt.Errorf("cannot keep the run in the history, since it has no start time: %w", err)
	}
	name := fmt.Sprintf("%s-%.4x.jsonl", begun.UTC().Format("20060102T150405Z"), h.sum.Sum(nil))
	return os.Rename(h.file.Name(), filepath.Join(h.dir, name))
}

func (h *history) prune() error {
	names, err := h.names()
	for _, name := range names[:max(0, len(names)-h.keep)] {
		if failed := os.Remove(name); !errors.Is(failed, fs.ErrNotExist) { // another run may have been quicker
			err = errors.Join(err, failed)
		}
	}
	return err
}
