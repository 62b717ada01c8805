package main

import (
	"os"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/runner/become"
	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/target"
)

// newOpener returns an opener, without contacting any target; warn reports problems of the user's configuration.
func newOpener(warn func(string)) *target.Opener {
	run := target.Run{Warn: warn}
	if tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		tty.Close()
		run.AskSecret = askSecret
	}
	return target.NewOpener(backends.All, run)
}

// machines opens the targets of a suite.
func machines(opener *target.Opener, suite *spec.Suite) ([]runner.Machine, error) {
	var out []runner.Machine
	for _, t := range suite.Targets {
		connection, err := opener.Open(t)
		if err != nil {
			return nil, err
		}
		as := func(a target.Account) shell.Shell { return become.Shell(connection.Shell, a) }
		out = append(out, runner.Machine{Target: t, Connection: connection, As: as})
	}
	return out, nil
}
