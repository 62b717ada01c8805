package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/avow-dev/avow/spec"
)

// arguments returns a check for least to most arguments; most is -1 for any number. what describes them: "two saved
// runs".
func arguments(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && (most < 0 || len(args) <= most) {
			return nil
		}
		return fmt.Errorf("`%s` takes %s, not %s: %s", cmd.CommandPath(), what, number(len(args)), cmd.UseLine())
	}
}

// number describes the number of arguments, for a sentence after "not".
func number(n int) string {
	switch n {
	case 0:
		return "none"
	case 1:
		return "one argument"
	}
	return fmt.Sprintf("%d arguments", n)
}

// unknownFlag adds the most similar flag to the error of an unknown one.
func unknownFlag(cmd *cobra.Command, err error) error {
	name, isFlag := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !isFlag {
		return err
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	asFlag := strings.NewReplacer(`mean "`, "mean --", `"`, "")
	return fmt.Errorf("%w.%s", err, asFlag.Replace(spec.DidYouMean(name, names)))
}
