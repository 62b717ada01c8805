// Command avow checks that infrastructure keeps its promises. See README.md, or run `avow help`.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func main() {
	// After SIGPIPE (`| head`) the process goes on with an error from write: a run that has begun also ends. The signal
	// is not ignored, since child processes would inherit that, and a local `yes | head -n 1` would complain.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), ending()...)
	go interrupted(ending())
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(int(code))
}

// ending returns the signals that end a run. Under nohup, SIGHUP is not one.
func ending() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

const (
	// lastMoment is how long a run that was interrupted twice may still remove what it created.
	lastMoment = 5 * time.Second
	// endLimit is for a run that was interrupted once: it removes what it created in 20 s, or not at all.
	endLimit = 30 * time.Second
)

// leftovers counts what has to be restored before the process may end: a run that has begun, a terminal without echo.
var leftovers atomic.Int32

// leaves adds one to leftovers, and returns a function that subtracts it again.
func leaves() func() {
	leftovers.Add(1)
	return func() { leftovers.Add(-1) }
}

// interrupted ends the process at the first signal if nothing has to be restored: evaluating a large spec or rendering
// a report does not check the context. Otherwise the first signal ends the run. The second one, or a time that is over,
// ends the process after a last moment.
func interrupted(signals []os.Signal) {
	came := make(chan os.Signal, 2)
	signal.Notify(came, signals...)
	<-came
	if leftovers.Load() == 0 {
		fmt.Fprintln(os.Stderr, "avow: interrupted")
		os.Exit(int(exitUnknown))
	}
	select {
	case <-came:
		time.Sleep(lastMoment)
	case <-time.After(endLimit):
	}
	os.Exit(int(exitUnknown))
}

// run runs the command line, without the process around it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) exitCode {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	code, message := judge(err)
	if message != "" {
		fmt.Fprint(stderr, message)
	}
	return code.forCaller(args)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "avow",
		Short: "Checks that infrastructure keeps its promises",
		Long: `Avow checks that infrastructure keeps its promises. Specs, written in HCL, promise things about hosts;
` + "`avow check`" + ` checks them, and reports in sentences that read as documentation.

Exit codes: 0 all kept, 1 something broken, 2 invalid spec or command line, 3 something could not
be checked.`,
		SilenceUsage:               true,
		SilenceErrors:              true, // judge writes them, made safe for a terminal
		SuggestionsMinimumDistance: 2,
		Version:                    version(),
		CompletionOptions:          cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate(versionLine())
	root.SetHelpCommand(newHelp())
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newCheck(), newPlan(), newValidate(), newReport(), newDocument(), newDiff(),
		newFmt(), newExplain(), newInit(), newVersion(), newCompletion())
	return root
}
