// Command avow checks that infrastructure keeps its promises. See README.md, or run `avow help`.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func main() {
	// A reader that goes away (`| head`) is an error of write, not the death of the process: what a run
	// has begun, it also ends.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), ending()...)
	go impatient(ending())
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(int(code))
}

// ending are the signals that end a run. Under nohup, a terminal that goes away is none.
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
	// endLimit is for a run that was interrupted once: what it created is removed in 20 s, or not at all.
	endLimit = 30 * time.Second
)

// impatient ends the process at the second signal, but for a last moment, and when the first one did not end it in its time.
func impatient(signals []os.Signal) {
	came := make(chan os.Signal, 2)
	signal.Notify(came, signals...)
	<-came
	select {
	case <-came:
		time.Sleep(lastMoment)
	case <-time.After(endLimit):
	}
	os.Exit(int(exitUnknown))
}

// run is the command line without the process around it.
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
` + "`avow check`" + ` looks, and answers in sentences that read as documentation.

Exit codes: 0 all kept, 1 something broken, 2 the spec or the call is wrong, 3 something could not be looked at.`,
		SilenceUsage:               true,
		SilenceErrors:              true,
		SuggestionsMinimumDistance: 2,
		Version:                    version(),
		CompletionOptions:          cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate(versionLine())
	root.SetHelpCommand(newHelp())
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return unknownFlag(cmd, flagError(err)) })
	root.AddCommand(newCheck(), newPlan(), newValidate(), newReport(), newDocument(), newDiff(),
		newFmt(), newExplain(), newInit(), newVersion(), newCompletion())
	return root
}
