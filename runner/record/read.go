package record

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
)

// Saved is a run that was read from JSON lines. Its events are well-formed, whatever the lines were: one start, each
// target followed by its promises, and one end whose counts are those of the promises.
type Saved struct {
	Name     string // of the file; "FILE, run 2" where a file has several
	Events   []Event
	Warnings []string // problems of the lines and how they were handled, each "FILE:LINE: ..."
}

// Start returns the start of the run.
func (s Saved) Start() *Start { return s.Events[0].Start }

// End returns the end of the run. It is not Complete if lines are missing.
func (s Saved) End() *End { return s.Events[len(s.Events)-1].End }

// The limits of a saved run, in bytes.
const (
	maxSavedLine = 64 << 20
	maxSaved     = 1 << 30
)

// Read reads the runs in a file: one, or several that were appended to each other. Messages use name for the file. It
// leaves out invalid lines with a warning, and reports a run that misses some as incomplete. An error, "FILE:LINE:
// ...", means that there is no run at all, or that r could not be read.
func Read(name string, r io.Reader) ([]Saved, error) {
	return readRuns(name, r, maxSavedLine, maxSaved)
}

func readRuns(name string, r io.Reader, maxLine int, maxAll int64) ([]Saved, error) {
	all := &io.LimitedReader{R: r, N: maxAll + 1}
	lines := savedLines{r: bufio.NewReaderSize(all, 64<<10), all: all, maxLine: maxLine, maxAll: maxAll}
	read := &savedReader{savedLines: lines, name: name, open: newSavedRun("")}
	for read.open.start != nil || len(read.open.warnings)+read.open.unreported <= maxBefore {
		line, err := read.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, read.number, err)
		}
		read.line(line)
	}
	read.closeRun()
	if len(read.runs) == 0 {
		return nil, fmt.Errorf("%s:%d: no run: %s; `avow check -f json=FILE` writes one",
			name, max(read.firstAt, 1), read.first)
	}
	return read.runs, nil
}

// savedReader builds runs from lines.
type savedReader struct {
	savedLines
	name string
	runs []Saved
	open *savedRun // the current run; before the first start, it has the warnings only

	first   string // the problem with the first line that is not a start
	firstAt int
}

// maxBefore limits the lines before the start: other output on the same stream. A long file of another kind is not read
// to its end.
const maxBefore = 100

func (r *savedReader) line(line []byte) {
	r.open.place = fmt.Sprintf("%s:%d", r.name, r.number)
	e, err := r.eventOf(line)
	switch {
	case err == errBlankLine:
		return
	case err != nil:
	case e.Start != nil:
		if r.open.start != nil {
			r.closeRun()
			r.open = newSavedRun(r.open.place)
		}
		r.open.start = e.Start
	case r.open.start == nil:
		err = fmt.Errorf("%q before the start of a run", e.Action)
	default:
		err = r.open.take(e)
	}
	if err == nil {
		return
	}
	if r.firstAt == 0 {
		r.first, r.firstAt = err.Error(), r.number
	}
	r.open.warn("%v; left out", err)
}

// closeRun ends the current run, if there is one.
func (r *savedReader) closeRun() {
	if r.open.start == nil {
		r.first = cmp.Or(r.first, "nothing is in it")
		return
	}
	name := r.name
	if len(r.runs) > 0 {
		name = fmt.Sprintf("%s, run %d", r.name, len(r.runs)+1)
	}
	r.runs = append(r.runs, r.open.whole(name))
}

var errBlankLine = errors.New("a blank line")
