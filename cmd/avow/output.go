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

// choice is a format of -f.
type choice struct {
	name   string
	folder bool
}

// place is a value of -f: a format, and a file or a folder; "" is stdout.
type place struct {
	choice
	path string
}

// places parses the values of -f.
func places(flags []string, choices []choice) ([]place, error) {
	var out []place
	toStdout := 0
	for _, flag := range flags {
		name, path, toFile := strings.Cut(flag, "=")
		i := slices.IndexFunc(choices, func(c choice) bool { return c.name == name })
		switch {
		case i < 0:
			return nil, fmt.Errorf("unknown format %q; available: %s.%s",
				name, namesOf(choices), spec.DidYouMean(name, namesIn(choices)))
		case toFile && path == "":
			return nil, fmt.Errorf("-f %s: the file name is missing; without the equals sign, the report goes to stdout", flag)
		case toFile && slices.ContainsFunc(out, func(p place) bool { return p.path == path }):
			return nil, fmt.Errorf("-f %s: another report is written there", flag)
		case !toFile && choices[i].folder:
			return nil, fmt.Errorf("-f %s: this report is a folder; write -f %s=FOLDER", flag, name)
		case !toFile:
			toStdout++
		}
		out = append(out, place{choices[i], path})
	}
	if toStdout > 1 {
		return nil, errors.New("only one format can go to stdout; give the others a file: -f json=run.jsonl")
	}
	return out, nil
}

func namesOf(choices []choice) string { return strings.Join(namesIn(choices), ", ") }

func namesIn(choices []choice) []string {
	var names []string
	for _, c := range choices {
		names = append(names, c.name)
	}
	return names
}

// choicesOf returns formats of reports as choices of -f.
func choicesOf(formats []*report.Format) []choice {
	var out []choice
	for _, f := range formats {
		out = append(out, choice{f.Name, f.Folder != nil})
	}
	return out
}

func formatNames() string { return namesOf(choicesOf(report.Formats)) }

// output is one report with its destination.
type output struct {
	format *report.Format
	path   string // a file or a folder; "" for stdout
	w      io.Writer
	close  func() error
	erase  func() // erases the live line before output on the same terminal; may be nil
}

// outputs returns the reports of -f, with open files. `doc` goes to stdout unless another format does.
func outputs(flags []string, stdout io.Writer) ([]*output, error) {
	wanted, err := places(flags, choicesOf(report.Formats))
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(wanted, func(p place) bool { return p.path == "" }) {
		wanted = append(wanted, place{choice: choice{name: report.Doc.Name}})
	}
	return open(wanted, stdout)
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
	case p.folder:
		return nil, nothing, writableFolder(p.path)
	}
	f, err := createReport(p.path, p.mode())
	if err != nil {
		return nil, nil, err
	}
	b := bufio.NewWriter(f)
	return b, func() error { return errors.Join(b.Flush(), f.Close()) }, nil
}

// savedRun is the mode of files that hold a run: all actual values, word for word. An existing file keeps its own.
const savedRun = 0o600

// mode returns the mode of a new file. The umask decides who may read reports for people.
func (p place) mode() fs.FileMode {
	if p.name == report.JSON.Name {
		return savedRun
	}
	return 0o666
}

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

// emit returns one report of all outputs. If the reader of one closes its pipe, the others go on; without any reader,
// the run ends.
func emit(outs []*output, wanted report.Options) func(record.Event) error {
	var reports []report.Report
	readers := len(outs)
	for _, o := range outs {
		reports = append(reports, whileRead(o.report(wanted), &readers))
	}
	return report.All(reports...)
}

// whileRead returns a report that ends silently when its reader closes the pipe, unless it was the last one.
func whileRead(write report.Report, readers *int) report.Report {
	gone := false
	return func(e record.Event, run *record.Run) error {
		if gone {
			return nil
		}
		err := write(e, run)
		if gone = errors.Is(err, syscall.EPIPE); gone {
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

// closeAll closes the reports. A failed write is an error; a closed pipe is not.
func closeAll(outs []*output, err error) error {
	for _, o := range outs {
		err = errors.Join(err, o.close())
	}
	return withoutBrokenPipe(err)
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

// failed returns the error of a run with a report that could not be written: the run is unfinished.
func failed(end record.End, err error, stderr io.Writer) error {
	if err == nil {
		return outcome(end)
	}
	unwritten(err, stderr)
	if end.Broken > 0 {
		return verdict(exitBroken)
	}
	return verdict(exitUnknown)
}

func unwritten(err error, stderr io.Writer) {
	fmt.Fprint(stderr, spec.PrintableLines(fmt.Sprintf("avow: cannot write a report: %s\n", err)))
}

// warning returns a function that prints warnings to stderr.
func warning(stderr io.Writer) func(string) {
	return func(text string) { fmt.Fprintf(stderr, "avow: warning: %s\n", spec.Printable(text)) }
}
