package command

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// TestCommandEndsItsTimer: whatever /bin/sh is, the sleep that limits a command ends with it, and not when it is over.
func TestCommandEndsItsTimer(t *testing.T) {
	for _, name := range []string{"dash", "bash", "mksh", "ksh93", "yash", "busybox"} {
		t.Run(name, func(t *testing.T) {
			path, err := exec.LookPath(name)
			if err != nil {
				t.Skip(err)
			}
			argv := catalogtest.Jailed(t, []string{"sh"}, "mount --bind '"+path+"' /bin/sh")
			talk := shell.New(program(argv), shell.Options{})
			defer talk.Close()
			if _, err := tellCommand(t, talk, "", resource.Params{"line": "true", "timeout": 4321 * time.Second}); err != nil {
				t.Fatal(err)
			}
			line := `sleep 0.1; for f in /proc/[0-9]*/cmdline; do tr '\0' ' ' <$f; done 2>/dev/null`
			facts, err := tellCommand(t, talk, "", resource.Params{"line": line, "timeout": time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			out, _ := facts["stdout"].Value.(string)
			if !strings.Contains(out, "sleep 60") || strings.Contains(out, "sleep 4321") {
				t.Errorf("left behind: %s", out)
			}
		})
	}
}
