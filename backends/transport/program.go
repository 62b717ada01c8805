package transport

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// ownVariables is the prefix of environment variables that give values to a spec. They may be secrets.
const ownVariables = "AVOW_VAR_"

// Program returns a local program to run. All programs are created here, so that none inherits the variables that are
// meant for Avow alone.
func Program(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, ownVariables) })
	return cmd
}

// ProcessStat returns field N of /proc/PID/stat (proc(5)) at N, from the third on; nil where it cannot be read: /proc
// may hide the processes of others (hidepid), as if they did not exist.
func ProcessStat(pid int) []string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	// The second field is a name in parentheses that may contain anything, parentheses too.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if err != nil || len(fields) < 20 {
		return nil
	}
	return append(make([]string, 3), fields...)
}
