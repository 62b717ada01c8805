package main

import (
	"errors"
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
		given := fmt.Sprintf("%d arguments", len(args))
		switch len(args) {
		case 0:
			given = "none"
		case 1:
			given = "one argument"
		}
		return fmt.Errorf("`%s` takes %s, not %s: %s", cmd.CommandPath(), what, given, cmd.UseLine())
	}
}

// flagError adds to the error of a flag what to write instead.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "": // one letter is like every other
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		asFlag := strings.NewReplacer(`mean "`, "mean --", `"`, "")
		err = fmt.Errorf("%w.%s", err, asFlag.Replace(spec.DidYouMean(unknown.GetSpecifiedName(), names)))
	case errors.As(err, &invalid):
		// The causes are those of strconv and time, in the words of Go programmers.
		advice := map[string]string{
			"int": "a whole number", "bool": "true or false", "duration": `a duration such as "90s" or "5m"`,
		}[invalid.GetFlag().Value.Type()]
		err = fmt.Errorf("%sexpected %s", strings.TrimSuffix(err.Error(), invalid.Unwrap().Error()), advice)
	}
	return misused{err}
}
