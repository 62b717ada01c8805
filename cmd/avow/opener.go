package main

import (
	"os"

	"github.com/avow-dev/avow/backends"
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
