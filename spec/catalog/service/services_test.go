package service

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// listingSystemctl returns an environment whose systemctl lists a file, and ends with a status when it lists units.
func listingSystemctl(t *testing.T, status string) []string {
	t.Helper()
	dir := t.TempDir()
	script := "#!/bin/sh\ncase $1 in list-unit-files) echo 'cron.service enabled enabled' ;;\n" +
		"*) echo 'run-x.service loaded active running x'; exit " + status + " ;; esac\n"
	if err := os.WriteFile(filepath.Join(dir, "systemctl"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
}

// TestListWhereProcessOneIsHidden: whether systemd runs is not known then. Units without a file are listed if it does, and
// if it does not answer, there may be some.
func TestListWhereProcessOneIsHidden(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		jail := catalogtest.Jailed(t, shell, "mount -t tmpfs none /proc")
		for status, want := range map[string]string{
			"0": "", "1": "/proc hides process 1, and systemctl list-units failed: there may be units without a file",
		} {
			facts, err := catalogtest.RunProbe(t, jail, Services, Services.Probe, listingSystemctl(t, status), resource.Params{})
			if err != nil {
				t.Fatal(err)
			}
			list, _ := facts[0].Of("every").Value.(resource.Elements)
			if list.Hidden != want || len(list.List) < 1 {
				t.Errorf("status %s: %+v", status, list)
			}
		}
	})
}
