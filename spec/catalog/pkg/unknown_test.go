package pkg

import (
	"os"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
)

// What cannot be looked at is unknown, with the reason, and never "not installed".

func TestPackageWithoutDatabase(t *testing.T) {
	root := t.TempDir()
	catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
		_, err := catalogtest.RunProbe(t, shell, Package, inRoot(root), nil, catalogtest.PackagesNamed("", "bash")...)
		if err == nil || err.Error() != "no package database on the target (tried dpkg, apk, rpm)" {
			t.Errorf("found by itself: %v", err)
		}
		for _, manager := range packageManagers {
			facts, err := catalogtest.RunProbe(t, shell, Package, inRoot(root), nil, catalogtest.PackagesNamed(manager, "bash", "no-such")...)
			if err != nil {
				t.Fatal(err)
			}
			catalogtest.WantAllUnknown(t, facts, "no "+manager+" database on the target")
		}
	})
	if entries, _ := os.ReadDir(root); len(entries) > 0 {
		t.Errorf("something was written: %v", entries)
	}
}

// A database whose program is gone is not another's, and says what is missing.
func TestPackageWithoutProgram(t *testing.T) {
	applets := catalogtest.BusyboxPath(t)
	if applets == "" {
		t.Skip("no busybox here")
	}
	os.Remove(applets + "/rpm")
	shell := catalogtest.Installed(t)[0]
	for _, test := range []struct{ database, reason string }{
		{"/var/lib/rpm/rpmdb.sqlite", "no rpm on the target"},
	} {
		root := t.TempDir()
		catalogtest.PlaceFile(t, root+test.database, "Package: x\n")
		facts, err := catalogtest.RunProbe(t, shell, Package, inRoot(root), []string{"PATH=" + applets}, catalogtest.PackagesNamed("", "bash")...)
		if err != nil {
			t.Fatal(err)
		}
		catalogtest.WantAllUnknown(t, facts, test.reason)
	}
}

func TestPackageFaults(t *testing.T) {
	tests := []struct{ manager, database, script, reason string }{
		{"dpkg", "/var/lib/dpkg/status", "echo 'dpkg-query: error: parsing file' >&2; exit 2", "dpkg: parsing file"},
		{"dpkg", "/var/lib/dpkg/status", "exit 139", "dpkg-query failed with status 139"},
		{"dpkg", "/var/lib/dpkg/status", "exit 1", "dpkg-query did not answer"},
		{"dpkg", "/var/lib/dpkg/status", "exit 0", "dpkg-query did not answer"},
		{"dpkg", "/var/lib/dpkg/status", "echo 'dpkg-query: no packages found matching bashful' >&2; exit 1", "dpkg-query did not answer"},
		{"rpm", "/var/lib/rpm/Packages", "echo 'error: cannot open Packages' >&2; echo 'package bash is not installed'; exit 1", "rpm: cannot open Packages"},
		{"rpm", "/usr/lib/sysimage/rpm/rpmdb.sqlite", "exit 1", "rpm did not answer"},
		{"rpm", "/usr/lib/sysimage/rpm/Packages.db", "exit 127", "rpm failed with status 127"},
		{"apk", "/lib/apk/db/installed", "echo 'sed: Permission denied' >&2; exit 1", "apk: Permission denied"},
		{"apk", "/lib/apk/db/installed", "exit 1", "/lib/apk/db/installed could not be read"},
	}
	for _, test := range tests {
		root := t.TempDir()
		catalogtest.PlaceFile(t, root+test.database, "Package: x\n")
		tool := map[string]string{"dpkg": "dpkg-query", "rpm": "rpm", "apk": "sed"}[test.manager]
		catalogtest.PlaceFile(t, root+"/bin/"+tool, "#!/bin/sh\n"+test.script+"\n")
		os.Chmod(root+"/bin/"+tool, 0o755)
		catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
			skipApplets(t, shell, tool)
			facts, err := catalogtest.RunProbe(t, shell, Package, inRoot(root), []string{"PATH=" + root + "/bin:" + os.Getenv("PATH")}, catalogtest.PackagesNamed(test.manager, "bash")...)
			if err != nil {
				t.Fatal(err)
			}
			catalogtest.WantAllUnknown(t, facts, test.reason)
		})
	}
}

func TestPackageUnreadable(t *testing.T) {
	shell := catalogtest.Unprivileged(t)
	root, err := os.MkdirTemp("/tmp", "avow")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(root)
	os.Chmod(root, 0o755)
	catalogtest.PlaceFile(t, root+"/var/lib/dpkg/status", dpkgStatus)
	catalogtest.PlaceFile(t, root+"/lib/apk/db/installed", apkInstalled)
	rpmDatabase(t, root)
	for _, file := range []string{"/var/lib/dpkg/status", "/lib/apk/db/installed", "/var/lib/rpm/rpmdb.sqlite"} {
		os.Chmod(root+file, 0o600)
	}
	env := []string{"DPKG_ADMINDIR=" + root + "/var/lib/dpkg", "HOME=/nonexistent"}
	for manager, reason := range map[string]string{"dpkg": "permission denied on ", "apk": "permission denied on ", "rpm": "rpm: "} {
		facts, err := catalogtest.RunProbe(t, shell, Package, inRoot(root), env, catalogtest.PackagesNamed(manager, "alpha", "nginx", "no-such")...)
		if err != nil {
			t.Fatal(err)
		}
		catalogtest.WantAllUnknown(t, facts, reason)
	}
}
