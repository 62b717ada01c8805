package pkg

import (
	"os"
	"os/exec"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// TestListOfPackages: the list has every package of this machine that is installed, with the facts that a block of its own
// would get, by every shell and without one.
func TestListOfPackages(t *testing.T) {
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		t.Skip("no dpkg here")
	}
	dpkg := resource.Params{"manager": "dpkg"}
	check := func(t *testing.T, facts resource.Facts) resource.Elements {
		t.Helper()
		list, ok := facts.Of("every").Value.(resource.Elements)
		if !ok || list.Hidden != "" || len(list.List) < 50 {
			t.Fatalf("%+v", facts)
		}
		for _, e := range list.List {
			if e.Name == "dpkg" {
				if e.Facts["installed"].Value != true || e.Facts["version"].Value == nil || e.Params.Text("manager") != "dpkg" {
					t.Errorf("%+v", e)
				}
				return list
			}
		}
		t.Fatal("dpkg is not listed")
		return list
	}
	byFiles := check(t, Packages.Probe.Files(os.DirFS("/"), []resource.Params{dpkg})[0])
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		facts, err := catalogtest.RunProbe(t, shell, Packages, Packages.Probe, nil, dpkg)
		if err != nil {
			t.Fatal(err)
		}
		if list := check(t, facts[0]); len(list.List) != len(byFiles.List) {
			t.Errorf("%d packages by dpkg-query, and %d by its files", len(list.List), len(byFiles.List))
		}
	})
}

// TestListThatCannotBeRead: a database that may not be read is no list without packages.
func TestListThatCannotBeRead(t *testing.T) {
	shell := catalogtest.Jailed(t, []string{"dash"}, "mount -t tmpfs -o mode=700 none /var/lib/dpkg; : >/var/lib/dpkg/status")
	facts, err := catalogtest.RunProbe(t, catalogtest.AsNobody(t, shell), Packages, Packages.Probe, nil, resource.Params{})
	if err == nil && facts[0].Of("count").Unknown == "" {
		t.Errorf("%+v", facts)
	}
	_, err = catalogtest.RunProbe(t, catalogtest.Jailed(t, []string{"dash"}, "mount -t tmpfs none /var/lib"), Packages, Packages.Probe, nil,
		resource.Params{})
	if err == nil {
		t.Error("a target without a database has a list")
	}
}

// TestListOfRPMThatFails: rpm -qa has nothing to count, so a status of its own is no whole list, whatever it printed.
func TestListOfRPMThatFails(t *testing.T) {
	for status, known := range map[string]bool{"0": true, "1": false} {
		dir := t.TempDir()
		script := "#!/bin/sh\nprintf 'bash\\t(none)\\t5-1\\tx86_64\\n'\nexit " + status + "\n"
		if err := os.WriteFile(dir+"/rpm", []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		jail := catalogtest.Jailed(t, []string{"dash"}, "mount -t tmpfs none /var/lib; mkdir /var/lib/rpm; : >/var/lib/rpm/rpmdb.sqlite")
		facts, err := catalogtest.RunProbe(t, jail, Packages, Packages.Probe, []string{"PATH=" + dir + ":" + os.Getenv("PATH")},
			resource.Params{"manager": "rpm"})
		if err != nil || (facts[0].Of("count").Unknown == "") != known {
			t.Errorf("status %s: %+v, %v", status, facts, err)
		}
	}
}
