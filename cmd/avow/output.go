package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/term"

	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/runner/report"
	"github.com/avow-dev/avow/spec"
)

// output is one report and where it goes.
type output struct {
	format *report.Format
	path   string // of a file or a folder; "" for stdout
	w      io.Writer
	close  func() error
	erase  func() // the live line, before something is printed on the same terminal; may be nil
}

// outputs are the reports that -f asks for. `doc` goes to stdout unless another format does.
func outputs(flags []string, stdout io.Writer) ([]*output, error) {
	var out []*output
	toStdout := 0
	for _, flag := range flags {
		name, path, toFile := strings.Cut(flag, "=")
		format := report.Find(name)
		switch {
		case format == nil:
			return nil, fmt.Errorf("no format %q; there is %s", name, formatNames())
		case toFile && path == "":
			return nil, fmt.Errorf("-f %s names no file; without the equals sign the report goes to stdout", flag)
		case toFile && slices.ContainsFunc(out, func(o *output) bool { return o.path == path }):
			return nil, fmt.Errorf("-f %s: another report goes there already", flag)
		case !toFile && format.Folder != nil:
			return nil, fmt.Errorf("-f %s: this report is a folder; write -f %s=FOLDER", flag, name)
		case !toFile:
			toStdout++
		}
		out = append(out, &output{format: format, path: path})
	}
	if toStdout > 1 {
		return nil, errors.New("only one format can go to stdout; give the others a file: -f json=run.jsonl")
	}
	if toStdout == 0 {
		out = append(out, &output{format: report.Doc})
	}
	return out, open(out, stdout)
}

func formatNames() string {
	var names []string
	for _, f := range report.Formats {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

// open opens all files before anything is checked: a report that cannot be written is told now.
func open(outs []*output, stdout io.Writer) error {
	for _, o := range outs {
		if o.path == "" {
			o.w, o.close = stdout, func() error { return nil }
			continue
		}
		if err := o.open(); err != nil {
			return fmt.Errorf("cannot write the %s report: %w", o.format.Name, err)
		}
	}
	return nil
}

func (o *output) open() error {
	if o.format.Folder != nil {
		o.close = func() error { return nil }
		return writableFolder(o.path)
	}
	f, err := os.Create(o.path)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(f)
	o.w, o.close = b, func() error { return errors.Join(b.Flush(), f.Close()) }
	return nil
}

// writableFolder makes a folder, and a file in it that is gone at once.
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

// tell is one report of all outputs. When the reader of one has gone away, the others go on; when none is
// left, the run ends.
func tell(outs []*output, wanted report.Options) report.Report {
	var reports []report.Report
	for _, o := range outs {
		if o.format.Folder != nil {
			reports = append(reports, o.format.Folder(o.path, wanted))
			continue
		}
		options, w := wanted, o.w
		color, width := terminal(o.w)
		options.Color, options.Width = wanted.Color && color, width
		if width > 0 && o.erase != nil {
			w = report.Above(w, o.erase)
		}
		reports = append(reports, o.format.New(w, options))
	}
	return report.All(reports...)
}

// terminal says whether a writer takes colour, and its width in columns; 0 when it is none.
func terminal(w io.Writer) (color bool, width int) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return false, 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width < 20 {
		width = 80 // a fresh pseudo-terminal may say 0 without an error
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb", width
}

// closeAll ends the reports. What could not be written is told; a reader that went away is not.
func closeAll(outs []*output, err error) error {
	for _, o := range outs {
		err = errors.Join(err, o.close())
	}
	return lasting(err)
}

// lasting leaves out that a reader went away, and nothing else that went wrong beside it.
func lasting(err error) error {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var left []error
		for _, e := range several.Unwrap() {
			left = append(left, lasting(e))
		}
		return errors.Join(left...)
	}
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

// failed is what a report that could not be written makes of a run: nobody can rely on it.
func failed(end runner.End, err error, stderr io.Writer) error {
	if err == nil {
		return outcome(end)
	}
	fmt.Fprint(stderr, spec.PrintableLines(fmt.Sprintf("avow: a report could not be written: %s\n", err)))
	if end.Broken > 0 {
		return verdict(exitBroken)
	}
	return verdict(exitUnknown)
}
