package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report"
	"github.com/avow-dev/avow/spec/catalog"
)

// reportFlags are the flags of every command that reports a run.
type reportFlags struct {
	formats                         []string
	noColor, quiet, perHost, noTime bool
	specURL                         string
	history                         historyFlags
}

func (f *reportFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	addFormats(cmd, &f.formats, "report as", formatNames(report.Formats))
	flags.BoolVar(&f.perHost, "per-host", false, "report every host separately, even where results are equal")
	flags.BoolVar(&f.noTime, "no-time", false, "markdown and html: leave out what changes with every run, such as times")
	flags.BoolVar(&f.noColor, "no-color", false, "no colour, even on a terminal")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print only promises that are not kept, and the totals")
	addSpecURL(cmd, &f.specURL)
	flags.StringVar(&f.history.dir, "history", "",
		"keep this run in the folder `DIR`; html then shows the runs before it")
	flags.IntVar(&f.history.keep, "history-keep", 50, "keep the last `N` runs in the --history folder")
}

func addFormats(cmd *cobra.Command, to *[]string, verb string, formats []string, byDefault ...string) {
	cmd.Flags().StringArrayVarP(to, "format", "f", byDefault,
		verb+" `FORMAT[=FILE]`: "+strings.Join(formats, ", ")+" (repeatable)")
	// The only possible error is an unknown flag, which a test would show.
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
}

func addSpecURL(cmd *cobra.Command, to *string) {
	cmd.Flags().StringVar(to, "spec-url", "", "html: link to the lines of the spec: a `URL` with {file} and {line}")
}

// checkSpecURL rejects URLs that no link should have.
func checkSpecURL(text string) error {
	u, err := url.Parse(strings.NewReplacer("{file}", "f", "{line}", "1").Replace(text))
	switch {
	case text == "":
		return nil
	case err != nil || u.Scheme != "" && u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("--spec-url %s: not a web URL; write https://git.example.com/specs/{file}#L{line}", text)
	case !strings.Contains(text, "{file}"):
		return fmt.Errorf("--spec-url %s: {file} is missing; write https://git.example.com/specs/{file}#L{line}", text)
	}
	return nil
}

// reports are all the open reports of one run.
type reports struct {
	outs    []*output
	options report.Options
	past    *history
	summary *os.File // of the job; may be nil
}

// open opens all outputs, so that errors come before any target is contacted.
func (f *reportFlags) open(cmd *cobra.Command) (*reports, error) {
	r := &reports{options: report.Options{
		Catalog: catalog.All,
		Color:   !f.noColor, Quiet: f.quiet, PerHost: f.perHost, NoTime: f.noTime, SpecURL: f.specURL,
	}}
	err := checkSpecURL(f.specURL)
	if err != nil {
		return nil, err
	}
	wanted, err := places(f.formats, formatNames(report.Formats))
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(wanted, place.isStdout) { // so that a person sees the run, too
		wanted = append(wanted, place{name: report.Doc.Name})
	}
	if r.outs, err = open(wanted, cmd.OutOrStdout()); err != nil {
		return nil, err
	}
	if err := r.openSummary(); err != nil {
		return nil, err
	}
	return r, r.openHistory(f.history, warning(cmd.ErrOrStderr()))
}

// openSummary finds the file for GitHub's job summary, for the format that writes one.
func (r *reports) openSummary() error {
	path := os.Getenv("GITHUB_STEP_SUMMARY")
	if path == "" || !slices.ContainsFunc(r.outs, func(o *output) bool { return o.format.Name == "github" }) {
		return nil
	}
	// An earlier command of the same step may have written its own summary there.
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("cannot write the job summary: %w", err)
	}
	r.summary, r.options.Summary = f, f
	return nil
}

// openHistory adds the history as one more output, and reads earlier runs for formats that are folders: the others
// report one run.
func (r *reports) openHistory(flags historyFlags, warn func(string)) (err error) {
	if r.past, err = flags.open(warn); r.past == nil || err != nil {
		return err
	}
	if slices.ContainsFunc(r.outs, func(o *output) bool { return o.format.Folder != nil }) {
		r.past.read()
	}
	r.outs = append(r.outs, r.past.output())
	return nil
}

// emit returns the function that reports the run. If the reader of a report closes its pipe, the others go on; without
// any reader, the run ends.
func (r *reports) emit() func(record.Event) error {
	var all func(record.Event) error
	return func(e record.Event) error {
		if r.past != nil {
			r.past.ended = e.End != nil
		}
		if all == nil { // only the first event has the time that decides which runs are earlier ones
			if e.Start != nil && r.past != nil {
				r.past.start, r.options.History = e.Start.Time, r.past.before(e.Start.Time)
			}
			var list []report.Report
			readers := len(r.outs)
			for _, o := range r.outs {
				list = append(list, whileRead(o.report(r.options), &readers))
			}
			all = report.All(list...)
		}
		return all(e)
	}
}

// close closes the reports; err is the error of the run, and is part of the result. A failed write is an error, but not
// a closed pipe.
func (r *reports) close(err error) error {
	if r.summary != nil {
		err = errors.Join(err, r.summary.Close())
	}
	for _, o := range r.outs {
		err = errors.Join(err, o.close())
	}
	return withoutBrokenPipe(err)
}

// live shows the progress on the terminal, if there is one and several targets. The run updates the line, and output on
// a terminal erases it; the caller erases it at the end.
func live(options *runner.Options, outs []*output, targets int, stderr io.Writer) (erase func()) {
	columns := func(w io.Writer) int {
		_, width := terminal(w)
		return width
	}
	// The marks of dots leave the cursor in their line, which a live line would erase; and so would a log on the terminal.
	inLine := func(o *output) bool { return o.format == report.Dots && columns(o.w) > 0 }
	if columns(stderr) == 0 || targets < 2 || options.Log != nil || slices.ContainsFunc(outs, inLine) {
		return func() {}
	}
	options.Progress, erase = report.Live(stderr, func() int { return columns(stderr) })
	for _, o := range outs {
		o.erase = erase
	}
	return erase
}
