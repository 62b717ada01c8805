package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec"
)

// exitCode is what the process ends with. These are all.
type exitCode int

const (
	exitKept    exitCode = 0 // everything was kept, or skipped on purpose
	exitBroken  exitCode = 1 // something is broken
	exitWrong   exitCode = 2 // the spec or the call is wrong; nothing was checked
	exitUnknown exitCode = 3 // nothing is broken, but something could not be looked at
)

// The exit codes of a plugin for Nagios and its kin, under --nagios-exit-codes.
const (
	nagiosOK       exitCode = 0 // everything was kept, or skipped on purpose
	nagiosCritical exitCode = 2 // something is broken
	nagiosUnknown  exitCode = 3 // something could not be looked at, or the spec or the call is wrong
)

const nagiosFlag = "nagios-exit-codes"

func addNagiosExitCodes(cmd *cobra.Command) {
	cmd.Flags().Bool(nagiosFlag, false, "exit as a Nagios plugin: 0 OK, 2 something broken, 3 something unknown, or invalid spec or command line")
}

// forCaller is the exit code in the codes that the arguments ask for. A call may be so wrong that its flags were not
// read, and still the caller knows only these codes; so the words count.
func (c exitCode) forCaller(args []string) exitCode {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	if !slices.Contains(args, "--"+nagiosFlag) && !slices.Contains(args, "--"+nagiosFlag+"=true") {
		return c
	}
	switch c {
	case exitKept:
		return nagiosOK
	case exitBroken:
		return nagiosCritical
	}
	return nagiosUnknown
}

// verdict is an error that only carries an exit code: everything was said already.
type verdict exitCode

func (verdict) Error() string { return "" }

// unfinished is an error after which it is unknown whether anything is kept: neither the spec nor the call is wrong.
type unfinished struct{ error }

// judge maps what a command returned to an exit code, and to what stderr still has to say.
func judge(err error) (exitCode, string) {
	var code verdict
	var mistakes *spec.Mistakes
	switch {
	case err == nil:
		return exitKept, ""
	case errors.As(err, &code):
		return exitCode(code), ""
	case errors.As(err, &mistakes):
		return exitWrong, mistakes.Error()
	}
	text := strings.TrimSpace(err.Error())
	if errors.As(err, &unfinished{}) {
		return exitUnknown, spec.PrintableLines("avow: " + text + "\n")
	}
	if hint := hintFor(text); hint != "" {
		text += "\n" + hint
	}
	return exitWrong, spec.PrintableLines("avow: " + text + "\n")
}

// hintFor says where to look when the call was wrong; the errors are cobra's own.
func hintFor(text string) string {
	for _, sign := range []string{"unknown flag", "unknown shorthand", "unknown command", "flag needs an argument", "invalid argument"} {
		if strings.Contains(text, sign) {
			return "Run `avow help` for the commands, or `avow COMMAND --help` for the flags of one."
		}
	}
	return ""
}

// flagError takes Go's words out of what is said about the value of a flag.
func flagError(err error) error {
	text := err.Error()
	for sign, advice := range map[string]string{": strconv.ParseInt:": "a whole number", ": strconv.ParseBool:": "true or false", ": time:": `a duration such as "90s" or "5m"`} {
		if before, _, found := strings.Cut(text, sign); found {
			return fmt.Errorf("%s: expected %s", before, advice)
		}
	}
	return err
}

// outcome is the exit code of a run. Reports never decide it.
func outcome(end record.End) error {
	switch {
	case end.Broken > 0:
		return verdict(exitBroken)
	case end.Unknown > 0 || !end.Complete:
		return verdict(exitUnknown)
	}
	return nil
}
