package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/runner/become"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/cilog"
	"github.com/avow-dev/avow/spec/target"
)

type checkFlags struct {
	suiteFlags
	reportFlags
	parallel          int
	timeout, target   time.Duration
	failFast, verbose bool
}

func newCheck() *cobra.Command {
	var f checkFlags
	f.contacts = true
	cmd := &cobra.Command{
		Use:   "check [PATH...]",
		Short: "Check the promises",
		Long: `Checks what the specs promise. A PATH is a file, or a folder whose *.spec.hcl are read; together they are
one suite. Without a PATH, Avow reads the current folder. A suite without targets checks this machine.`,
		Example: `  avow check examples/quickstart
  avow check web.spec.hcl --var nginx='>= 1.22' -f json=run.jsonl
  avow check --only 'web server/*/port *' --fail-fast`,
		RunE: func(cmd *cobra.Command, paths []string) error { return f.check(cmd, paths) },
	}
	f.suiteFlags.add(cmd)
	f.connection.add(cmd)
	f.reportFlags.add(cmd)
	flags := cmd.Flags()
	flags.IntVar(&f.parallel, "parallel", 64, "check `N` targets at once")
	flags.DurationVar(&f.timeout, "timeout", 0,
		"end the whole run after this `DURATION`; what was not checked by then is unknown")
	flags.DurationVar(&f.target, "target-timeout", 0,
		"give up on a target after this `DURATION` (default: the sum of the limits of its promises)")
	flags.BoolVar(&f.failFast, "fail-fast", false,
		"stop at the first broken promise; what was not checked by then is skipped")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "log every probe to stderr")
	flags.Bool(nagiosFlag, false, "exit as a Nagios plugin: 0 OK, 2 something broken, "+
		"3 something unknown, or invalid spec or command line")
	return cmd
}

func (f *checkFlags) check(cmd *cobra.Command, paths []string) error {
	if f.parallel < 1 {
		return fmt.Errorf("--parallel %d: must be at least 1", f.parallel)
	}
	if f.timeout < 0 {
		return fmt.Errorf("--timeout %s: must be positive", f.timeout)
	}
	if f.target < 0 {
		return fmt.Errorf("--target-timeout %s: must be positive", f.target)
	}
	if len(f.targets) == 0 {
		if err := f.connection.unused(cmd); err != nil {
			return err
		}
	}
	suite, err := f.loadInTime(paths)
	if err != nil {
		return err
	}
	defer leaves()() // from here on, an interrupted run reports what it has, and removes what it created
	out, err := f.open(cmd)
	if err != nil {
		return err
	}
	return f.run(cmd, suite, out)
}

// loadInTime loads the suite, within --timeout; the rest of that time is for the run.
func (f *checkFlags) loadInTime(paths []string) (*spec.Suite, error) {
	if f.timeout == 0 {
		return f.load(paths)
	}
	begun := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), f.timeout)
	defer cancel()
	late := unfinished{fmt.Errorf("--timeout %s was over before the specs were read; nothing was checked", f.timeout)}
	suite, err := await(ctx, late, func() (*spec.Suite, error) { return f.load(paths) })
	f.timeout = max(f.timeout-time.Since(begun), time.Millisecond) // 0 would be no limit
	return suite, err
}

func (f *checkFlags) run(cmd *cobra.Command, suite *spec.Suite, out *reports) error {
	stderr := cmd.ErrOrStderr()
	// Errors repeat addresses, and the spec may have put a secret into one.
	masker := spec.NewMasker(suite.Secrets)
	warn := func(text string) { warning(stderr)(masker.Mask(text)) }
	open := target.Run{Warn: warn}
	if tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		tty.Close()
		open.AskSecret = askSecret
	}
	opener := target.NewOpener(backends.All, open)
	defer func() {
		if err := opener.Close(); err != nil {
			warn(err.Error())
		}
	}()
	options := runner.Options{
		Version: version(), Parallel: f.parallel, FailFast: f.failFast, Timeout: f.timeout, Target: f.target,
		Become: become.Shell,
	}
	if f.verbose {
		options.Log = func(line string) { fmt.Fprintln(stderr, cilog.EscapeLine(spec.Printable(line))) }
	}
	erase := live(&options, out.outs, len(suite.Targets), stderr)
	end, err := runner.Run(cmd.Context(), suite, opener.Open, options, out.emit())
	erase()
	return outcome(end, out.close(err), stderr)
}
