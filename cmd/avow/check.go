package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/runner/report"
	"github.com/avow-dev/avow/spec"
)

type checkFlags struct {
	suiteFlags
	formats                           []string
	parallel                          int
	timeout                           time.Duration
	failFast, noColor, verbose, quiet bool
	perHost, noTime                   bool
}

func newCheck() *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check [PATH...]",
		Short: "Check the promises",
		Long: `Checks what the specs promise. A PATH is a file, or a folder whose *.spec.hcl are read; all of them are
one suite. Without a PATH, it is that of the current folder. A suite without targets checks this machine.`,
		Example: `  avow check examples/quickstart
  avow check web.spec.hcl --var nginx='>= 1.22' -f json=run.jsonl
  avow check --only 'web server/*/port *' --fail-fast`,
		RunE: func(cmd *cobra.Command, paths []string) error { return f.check(cmd, paths) },
	}
	f.add(cmd)
	f.connection.add(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&f.perHost, "per-host", false, "tell every host apart, also those that answer the same")
	flags.BoolVar(&f.noTime, "no-time", false, "markdown and html: without what changes at every run, such as times")
	flags.StringArrayVarP(&f.formats, "format", "f", nil, "report as `FORMAT[=FILE]`: "+formatNames()+" (repeatable)")
	flags.IntVar(&f.parallel, "parallel", 64, "look at `N` targets at once")
	flags.DurationVar(&f.timeout, "timeout", 0, "end the whole run after this `DURATION`; what was not looked at is unknown")
	flags.BoolVar(&f.failFast, "fail-fast", false, "stop at the first broken promise; what was not looked at is skipped")
	flags.BoolVar(&f.noColor, "no-color", false, "no colour, also on a terminal")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "tell on stderr what is asked of whom")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print only what is not kept, and the totals")
	return cmd
}

func (f *checkFlags) check(cmd *cobra.Command, paths []string) error {
	if f.parallel < 1 {
		return fmt.Errorf("--parallel %d: at least 1", f.parallel)
	}
	if f.timeout < 0 {
		return fmt.Errorf("--timeout %s: it is over before it begins", f.timeout)
	}
	if len(f.targets) == 0 {
		if err := f.connection.unused(cmd); err != nil {
			return err
		}
	}
	suite, err := f.load(paths)
	if err != nil {
		return err
	}
	outs, err := outputs(f.formats, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	return f.run(cmd, suite, outs)
}

func (f *checkFlags) run(cmd *cobra.Command, suite *spec.Suite, outs []*output) error {
	stderr := cmd.ErrOrStderr()
	reach := newReach(func(text string) { fmt.Fprintf(stderr, "avow: warning: %s\n", spec.Printable(text)) })
	defer reach.close()
	machines, err := reach.machines(suite)
	if err != nil {
		return err
	}
	options := f.options(cmd)
	erase := live(&options, outs, len(machines), stderr)
	end, err := runner.Run(cmd.Context(), suite, machines, options, tell(outs, f.reportOptions()))
	erase()
	return failed(end, closeAll(outs, err), stderr)
}

func (f *checkFlags) reportOptions() report.Options {
	return report.Options{Color: !f.noColor, Quiet: f.quiet, PerHost: f.perHost, NoTime: f.noTime}
}

func (f *checkFlags) options(cmd *cobra.Command) runner.Options {
	o := runner.Options{Version: version(), Parallel: f.parallel, FailFast: f.failFast, Timeout: f.timeout}
	if f.verbose {
		o.Log = func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), spec.Printable(line)) }
	}
	return o
}
