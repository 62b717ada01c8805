package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/term"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report"
	"github.com/avow-dev/avow/spec"
)

// place is a value of -f: a format, and a file or a folder; "" is stdout.
type place struct{ name, path string }

// isFolder reports whether the format writes a folder. The formats of changes are files, and so are the reports that
// have their names.
func (p place) isFolder() bool {
	f := report.Find(p.name)
	return f != nil && f.Folder != nil
}

func places(flags, formats []string) ([]place, error) {
	var out []place
	for _, flag := range flags {
		name, path, toFile := strings.Cut(flag, "=")
		p := place{name, path}
		switch {
		case !slices.Contains(formats, name):
			return nil, fmt.Errorf("unknown format %q; available: %s.%s",
				name, strings.Join(formats, ", "), spec.DidYouMean(name, formats))
		case toFile && path == "":
			return nil, fmt.Errorf("-f %s: the file name is missing; without the equals sign, the report goes to stdout", flag)
		case toFile && slices.ContainsFunc(out, func(p place) bool { return p.path == path }):
			return nil, fmt.Errorf("-f %s: another report is written there", flag)
		case !toFile && p.isFolder():
			return nil, fmt.Errorf("-f %s: this report is a folder; write -f %s=FOLDER", flag, name)
		}
		out = append(out, p)
	}
	if i := slices.IndexFunc(out, place.isStdout); i >= 0 && slices.ContainsFunc(out[i+1:], place.isStdout) {
		return nil, errors.New("only one format can go to stdout; give the others a file: -f json=run.jsonl")
	}
	return out, nil
}

func (p place) isStdout() bool { return p.path == "" }

func namesOf[T any](things []T, name func(T) string) []string {
	var names []string
	for _, t := range things {
		names = append(names, name(t))
	}
	return names
}

func formatNames(formats []*report.Format) []string {
	return namesOf(formats, func(f *report.Format) string { return f.Name })
}

// output is one report with its destination.
type output struct {
	format *report.Format
	path   string // a file or a folder; "" for stdout
	w      io.Writer
	close  func() error
	erase  func() // erases the live line before output on the same terminal; may be nil
}

// open opens all files before any check: a file that cannot be written is an error at once.
func open(wanted []place, stdout io.Writer) ([]*output, error) {
	var outs []*output
	for _, p := range wanted {
		o := &output{format: report.Find(p.name), path: p.path}
		var err error
		if o.w, o.close, err = p.open(stdout); err != nil {
			return nil, fmt.Errorf("cannot write the %s report: %w", p.name, err)
		}
		outs = append(outs, o)
	}
	return outs, nil
}

func (p place) open(stdout io.Writer) (io.Writer, func() error, error) {
	nothing := func() error { return nil }
	switch {
	case p.path == "":
		return stdout, nothing, nil
	case p.isFolder():
		return nil, nothing, writableFolder(p.path)
	}
	mode := fs.FileMode(0o666) // the umask decides who may read reports for people
	if p.name == report.JSON.Name {
		mode = savedRun
	}
	f, err := createReport(p.path, mode)
	if err != nil {
		return nil, nil, err
	}
	b := bufio.NewWriter(f)
	return b, func() error { return errors.Join(b.Flush(), f.Close()) }, nil
}

// savedRun is the mode of files that hold a run: all actual values, word for word. An existing file keeps its own.
const savedRun = 0o600

// createReport creates a file for a report. It does not follow a symlink: one that was committed beside a spec could
// lead to a file of the runner, and the spec decides the contents of a report. Links in /dev belong to the system.
func createReport(path string, mode fs.FileMode) (*os.File, error) {
	flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil || dir != "/dev" && !strings.HasPrefix(dir, "/proc/") {
		flags |= syscall.O_NOFOLLOW
	}
	f, err := os.OpenFile(path, flags, mode)
	if errors.Is(err, syscall.ELOOP) {
		return nil, fmt.Errorf("%q is a symbolic link, which Avow does not follow; name the file that it points to", path)
	}
	return f, err
}

// writableFolder creates a folder, and tests it with a temporary file.
func writableFolder(path string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(path, ".avow-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// whileRead returns a report that ends silently when its reader closes the pipe, unless it was the last one.
func whileRead(write report.Report, readers *int) report.Report {
	closed := false
	return func(e record.Event, run *record.Run) error {
		if closed {
			return nil
		}
		err := write(e, run)
		// The reports share a run: `avow check -f tap -f json=run.jsonl | head` still saves all of it.
		if closed = errors.Is(err, syscall.EPIPE); closed {
			if *readers--; *readers > 0 {
				return nil
			}
		}
		return err
	}
}

func (o *output) report(options report.Options) report.Report {
	if o.format.Folder != nil {
		return o.format.Folder(o.path, options)
	}
	w := o.w
	color, width := terminal(o.w)
	options.Color, options.Width = options.Color && color, width
	if width > 0 && o.erase != nil {
		w = report.Above(w, o.erase)
	}
	return o.format.New(w, options)
}

// terminal reports whether a writer takes colour, and its width in columns; 0 if it is not a terminal.
func terminal(w io.Writer) (color bool, width int) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return false, 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width < 20 {
		width = 80 // a fresh pseudo-terminal may report 0 without an error
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb", width
}

// withoutBrokenPipe removes the errors of closed pipes, and no others.
func withoutBrokenPipe(err error) error {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var left []error
		for _, e := range several.Unwrap() {
			left = append(left, withoutBrokenPipe(e))
		}
		return errors.Join(left...)
	}
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

// warning returns a function that prints warnings to stderr.
func warning(stderr io.Writer) func(string) {
	return func(text string) { fmt.Fprintf(stderr, "avow: warning: %s\n", spec.Printable(text)) }
}
