package catalogtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// AdoptOrphans makes this process the parent of orphans among its descendants.
func AdoptOrphans(t *testing.T) {
	t.Helper()
	const subreaper = 36 // PR_SET_CHILD_SUBREAPER
	if _, _, err := syscall.RawSyscall(syscall.SYS_PRCTL, subreaper, 1, 0); err != 0 {
		t.Skip(err)
	}
	t.Cleanup(func() {
		_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, subreaper, 0, 0)
		for _, child := range Children(t) {
			var pid int
			if _, err := fmt.Sscan(child, &pid); err == nil {
				_ = syscall.Kill(pid, syscall.SIGKILL)
				_, _ = syscall.Wait4(pid, nil, 0, nil)
			}
		}
	})
}

// Children returns the children of this process: number, name, state and command line of each.
func Children(t *testing.T) (found []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(files) == 0 {
		t.Fatal("no /proc", err)
	}
	for _, file := range files {
		stat, _ := os.ReadFile(file)
		head, rest, _ := strings.Cut(string(stat), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == fmt.Sprint(os.Getpid()) {
			argv, _ := os.ReadFile(filepath.Dir(file) + "/cmdline")
			found = append(found, head+") "+fields[0]+" "+string(argv))
		}
	}
	return found
}
