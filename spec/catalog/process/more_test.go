package process

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// TestMoreOfAProcess compares what the kernel has of a process that this test has made.
func TestMoreOfAProcess(t *testing.T) {
	path := copyOf(t, "sleep", "avow-more")
	for dir := filepath.Dir(path); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		_ = os.Chmod(dir, 0o755)
	}
	cmd := &exec.Cmd{Path: "/bin/sh", Args: []string{"sh", "-c", `ulimit -Sn 77; exec "$0" 600`, path}, Env: []string{"A=1"}}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 4, Groups: []uint32{27, 4242}}}
	cmd.Dir = "/"
	pid := runProcess(t, cmd)
	for comm := ""; comm != "avow-more\n"; time.Sleep(10 * time.Millisecond) {
		raw, err := os.ReadFile("/proc/" + pid + "/comm")
		if comm = string(raw); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir("/proc/" + pid + "/fd")
	if err != nil {
		t.Fatal(err)
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, names := range [][]string{{"nofile"}, {"no-such"}} {
			subject := resource.Params{"name": "avow-more", "limits": names, "environment": []string{"A", "B"}}
			got := catalogtest.LinesOf(catalogtest.AllFacts(t, Process, shell, nil, subject))
			want := map[string]string{
				"threads": "= 1", "states": `= ["sleeping"]`, "open_files": fmt.Sprintf("= %d", len(files)), "executables": `= ["` + path + `"]`, "oom_score_adj": "= 0",
				"groups": `= ["4242", "adm", "sudo"]`, "environment": `= { A = "1" }`,
			}
			catalogtest.ExpectFacts(t, "details", got, want)
			if limits := got["limits"]; names[0] == "nofile" && !strings.Contains(limits, "nofile = 77,") || names[0] == "no-such" && !strings.HasPrefix(limits, "unknown") {
				t.Errorf("limits %s", limits)
			}
			if !strings.HasPrefix(got["elapsed"], `= "`) {
				t.Errorf("elapsed %s", got["elapsed"])
			}
		}
	})
}

// TestMoreOfAnotherUsersProcess is unknown where the kernel hides it, and only there.
func TestMoreOfAnotherUsersProcess(t *testing.T) {
	pid := started(t, "avow-roots")
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		subject := resource.Params{"name": "avow-roots", "limits": []string{"nofile"}, "environment": []string{"HOME"}}
		got := catalogtest.LinesOf(catalogtest.AllFacts(t, Process, catalogtest.AsNobody(t, shell), nil, subject))
		catalogtest.ExpectFacts(t, "nobody", got, map[string]string{
			"threads": "= 1", "open_files": "unknown: permission denied on /proc/" + pid + "/fd", "executables": "unknown: permission denied on /proc/" + pid + "/exe",
			"environment": "unknown: permission denied on /proc/" + pid + "/environ", "oom_score_adj": "= 0",
		})
		if !strings.HasPrefix(got["limits"], "= {") {
			t.Errorf("limits %s", got["limits"])
		}
	})
}
