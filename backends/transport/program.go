package transport

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// ownVariables is how the names of those environment variables begin that give values to a spec. They may be secrets.
const ownVariables = "AVOW_VAR_"

// Program returns a program of this machine, to be run. Every program is made here, so that none inherits what is meant
// for Avow alone.
func Program(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = environment()
	return cmd
}

// environment is that of this process, without what is meant for Avow alone.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, ownVariables)
	})
}
