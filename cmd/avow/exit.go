package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec"
)

// exitCode is an exit code of the process. There are no others.
type exitCode int

const (
	exitKept    exitCode = 0 // all promises are kept, or skipped on purpose
	exitBroken  exitCode = 1 // a promise is broken
	exitWrong   exitCode = 2 // invalid spec or command line; nothing was checked
	exitUnknown exitCode = 3 // no promise is broken, but at least one was not checked
)

// nagiosFlag demands the exit codes of a Nagios plugin.
const nagiosFlag = "nagios-exit-codes"

// forCaller translates the exit code as the arguments demand. It searches them as words: an invalid command line may
// end before its flags are parsed, and still the caller knows only these codes.
func (c exitCode) forCaller(args []string) exitCode {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	if !slices.Contains(args, "--"+nagiosFlag) && !slices.Contains(args, "--"+nagiosFlag+"=true") {
		return c
	}
	switch c {
	case exitKept:
		return 0 // OK
	case exitBroken:
		return 2 // CRITICAL
	}
	return 3 // UNKNOWN, also for an invalid spec or command line: nothing was checked
}

// verdict is an error that only carries an exit code, without a message.
type verdict exitCode

func (verdict) Error() string { return "" }

// unfinished is an error after which verdicts are unknown, although spec and command line are valid.
type unfinished struct{ error }

// misused is an error of a flag on the command line.
type misused struct{ error }

// judge maps the error of a command to an exit code and a message for stderr.
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
	if errors.As(err, &misused{}) || strings.HasPrefix(text, "unknown command ") { // cobra's error has no type
		text += "\nRun `avow help` for the commands, or `avow COMMAND --help` for the flags of one."
	}
	return exitWrong, spec.PrintableLines("avow: " + text + "\n")
}

// outcome returns the exit code of a run; err is a report that could not be written. Reports never affect the code, but
// a run with one that is lost is unfinished.
func outcome(end record.End, err error, stderr io.Writer) error {
	if err != nil {
		fmt.Fprint(stderr, spec.PrintableLines(fmt.Sprintf("avow: cannot write a report: %s\n", err)))
	}
	switch {
	case end.Broken > 0:
		return verdict(exitBroken)
	case err != nil || end.Unknown > 0 || !end.Complete:
		return verdict(exitUnknown)
	}
	return nil
}
