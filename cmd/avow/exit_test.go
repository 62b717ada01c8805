package main

import (
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

// The system's EINVAL has the words of a wrong flag, but is none.
func TestOnlyMistakesOfTheCommandLineLeadToTheHelp(t *testing.T) {
	_, message := judge(&fs.PathError{Op: "read", Path: "x", Err: syscall.EINVAL})
	if want := "avow: read x: invalid argument\n"; message != want {
		t.Errorf("%q, want %q", message, want)
	}
	for _, args := range []string{"nosuch", "help nosuch", "check --nosuch", "check -x", "check --tag", "check --wait=x"} {
		var stderr strings.Builder
		run(t.Context(), strings.Fields(args), nil, nil, &stderr)
		if !strings.Contains(stderr.String(), "\nRun `avow help` for") {
			t.Errorf("%s: %q", args, &stderr)
		}
	}
}
