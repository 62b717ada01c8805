package record

import (
	"errors"
	"fmt"
	"io"
)

// Saved is a run that was read from its JSON lines. Its events are a whole run, whatever the lines were: one start,
// each target followed by its promises, one end whose counts are those of the promises.
type Saved struct {
	Name     string // of the file; "FILE, run 2" where a file has several
	Events   []Event
	Warnings []string // what was wrong with the lines and what was made of it, each "FILE:LINE: ..."
}

// Start is how the run begins.
func (s Saved) Start() *Start { return s.Events[0].Start }

// End is how the run ends. It is not Complete where lines are missing.
func (s Saved) End() *End { return s.Events[len(s.Events)-1].End }

// The bounds of a saved run, in bytes.
const (
	maxSavedLine = 64 << 20
	maxSaved     = 1 << 30
)

// Read reads the runs that a file holds: one, or several where runs were written behind each other. name is what
// messages call the file. Lines that cannot be used are left out with a warning, and a run that misses some is
// reported as incomplete. An error, "FILE:LINE: ...", means that there is no run at all, or that r could not be read.
func Read(name string, r io.Reader) ([]Saved, error) {
	return readRuns(name, r, maxSavedLine, maxSaved)
}

func readRuns(name string, r io.Reader, maxLine int, maxAll int64) ([]Saved, error) {
	lines := newSavedLines(r, maxLine, maxAll)
	read := &savedReader{name: name}
	for !read.noRun() {
		line, err := lines.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, lines.number, err)
		}
		read.line(line, lines.number)
	}
	read.closeRun()
	if len(read.runs) == 0 {
		return nil, fmt.Errorf("%s:%d: no run: %s; `avow check -f json=FILE` writes one", name, max(read.firstAt, 1), read.first)
	}
	return read.runs, nil
}

// savedReader makes runs of lines.
type savedReader struct {
	name string
	runs []Saved
	open *savedRun // the one that is being read; nil before the first
	at   int       // the line

	first   string // what is wrong with the first line that is no start
	firstAt int
	before  []string // warnings on what stands before the first start
}

// maxBefore lines may stand before the start: what a program said on the same stream. A long file of another kind is
// not read to its end.
const maxBefore = 100

func (r *savedReader) noRun() bool { return r.open == nil && len(r.before) > maxBefore }

func (r *savedReader) line(line savedLine, number int) {
	r.at = number
	e, err := line.event()
	switch {
	case err == errBlankLine:
	case err != nil:
		r.skip(err)
	case e.Start != nil:
		r.begin(e.Start)
	case r.open == nil:
		r.skip(fmt.Errorf("%q before the start of a run", e.Action))
	default:
		if err := r.open.take(e, r.place()); err != nil {
			r.skip(err)
		}
	}
}

func (r *savedReader) place() string { return fmt.Sprintf("%s:%d", r.name, r.at) }

func (r *savedReader) skip(err error) {
	if r.firstAt == 0 {
		r.first, r.firstAt = err.Error(), r.at
	}
	warning := fmt.Sprintf("%s: %v; left out", r.place(), err)
	if r.open == nil {
		r.before = append(r.before, warning)
		return
	}
	r.open.warn(warning)
}

func (r *savedReader) begin(start *Start) {
	r.closeRun()
	r.open = newSavedRun(start)
	for _, warning := range r.before {
		r.open.warn(warning)
	}
	r.before = nil
}

// closeRun ends the run that is being read.
func (r *savedReader) closeRun() {
	if r.open == nil {
		if r.first == "" {
			r.first = "nothing is in it"
		}
		return
	}
	name := r.name
	if len(r.runs) > 0 {
		name = fmt.Sprintf("%s, run %d", r.name, len(r.runs)+1)
	}
	r.runs = append(r.runs, r.open.whole(name, r.place()))
}

var errBlankLine = errors.New("a blank line")
