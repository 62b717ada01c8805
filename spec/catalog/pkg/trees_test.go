package pkg

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

const (
	statusFile = "/var/lib/dpkg/status"
	singleFile = "/var/lib/dpkg/status.d/"
	apkFile    = "/lib/apk/db/installed"
)

func dpkgStanzaOf(name, arch, status string) string {
	return "Package: " + name + "\nStatus: " + status + "\nArchitecture: " + arch + "\nMulti-Arch: same\nVersion: 1-" + arch +
		"\nMaintainer: A <a@example.com>\nDescription: x\n\n"
}

var (
	dpkgBash = dpkgStanzaOf("bash", "amd64", "install ok installed")
	dpkgTool = dpkgStanzaOf("tool", "amd64", "install ok installed")
	apkBash  = "C:Q1x\nP:bash\nV:5-r0\nA:x86_64\nF:bin\nR:bash\n\n"
	apkTool  = "C:Q1y\nP:tool\nV:1-r0\nA:x86_64\n\n"
)

// packageTrees are targets, and what is true of the package "tool" there: "installed", "not installed", or a part of the
// reason why nobody knows.
var packageTrees = []struct {
	name, tool string
	files      map[string]string
}{
	{"dpkg has it", "installed", map[string]string{statusFile: dpkgBash + dpkgTool}},
	{"dpkg does not", "not installed", map[string]string{statusFile: dpkgBash}},
	{"dpkg, no last empty line", "installed", map[string]string{statusFile: strings.TrimSuffix(dpkgTool, "\n")}},
	{"dpkg is empty", "no package database", map[string]string{statusFile: ""}},
	{"dpkg has empty lines alone", "no package database", map[string]string{statusFile: "\n\n"}},
	{"dpkg is a folder", statusFile + " is not a regular file", map[string]string{statusFile + "/x": ""}},
	{"dpkg is garbage", `is malformed at "garbage"`, map[string]string{statusFile: "garbage\n"}},
	{"dpkg is binary", "is malformed at", map[string]string{statusFile: "\x01\xff\x01\n\n"}},
	{"dpkg is cut in a line", "?", map[string]string{statusFile: dpkgBash + dpkgTool[:60]}},
	{"dpkg is cut in a stanza", "?", map[string]string{statusFile: dpkgBash + "Package: tool\nStatus: install ok installed\n"}},
	{"dpkg removed it and left files", "not installed", map[string]string{statusFile: dpkgBash + dpkgStanzaOf("tool", "amd64", "deinstall ok config-files")}},
	{"left files do not outrank another architecture", "installed", map[string]string{
		statusFile: dpkgStanzaOf("tool", "amd64", "deinstall ok config-files") + dpkgStanzaOf("tool", "i386", "install ok installed"), "/var/lib/dpkg/arch": "amd64\ni386\n",
	}},
	{"left files of both architectures", "not installed", map[string]string{
		statusFile: dpkgStanzaOf("tool", "amd64", "deinstall ok config-files") + dpkgStanzaOf("tool", "i386", "deinstall ok config-files"), "/var/lib/dpkg/arch": "amd64\ni386\n",
	}},
	{"half of it here, and all of it for another architecture", "so the spec has to name one: tool:amd64", map[string]string{
		statusFile: dpkgStanzaOf("tool", "amd64", "install ok half-configured") + dpkgStanzaOf("tool", "i386", "install ok installed"), "/var/lib/dpkg/arch": "amd64\ni386\n",
	}},
	{"distroless has it", "installed", map[string]string{singleFile + "t": "Package: tool\nVersion: 1\nArchitecture: amd64\n", singleFile + "t.md5sums": "x"}},
	{"distroless, no last newline", "installed", map[string]string{singleFile + ".t": "Package: tool\nVersion: 1\nArchitecture: amd64\nHomepage: x"}},
	{"distroless does not", "not installed", map[string]string{singleFile + "b": "Package: bash\nVersion: 1\nArchitecture: amd64\n"}},
	{"distroless is cut", singleFile + "b ends in the middle of a line", map[string]string{singleFile + "b": "Package: bash\nVersion: 1\nArchitecture: am"}},
	{"distroless has two in a file", "has more than one package", map[string]string{singleFile + "b": dpkgBash + dpkgTool}},
	{"distroless has an empty file", singleFile + "b is malformed", map[string]string{singleFile + "b": ""}},
	{"distroless has a folder", singleFile + "b is not a regular file", map[string]string{singleFile + "b/x": ""}},
	{"distroless has checksums alone", "no package database", map[string]string{singleFile + "t.md5sums": "x"}},
	{"status and status.d", "installed", map[string]string{statusFile: dpkgBash, singleFile + "t": "Package: tool\nVersion: 1\nArchitecture: amd64\n"}},
	{"status and status.d, interrupted", "dpkg was interrupted", map[string]string{
		statusFile: dpkgBash, singleFile + "b": "Package: bash\nVersion: 1\nArchitecture: amd64\n", "/var/lib/dpkg/updates/0001": "Package: tool\n",
	}},
	{"apk has it", "installed", map[string]string{apkFile: apkBash + apkTool}},
	{"apk does not", "not installed", map[string]string{apkFile: apkBash}},
	{"apk 3 has it", "installed", map[string]string{"/usr" + apkFile: apkTool}},
	{"apk is empty", apkFile + " has no package", map[string]string{apkFile: ""}},
	{"apk has empty lines alone", apkFile + " has no package", map[string]string{apkFile: "\n\n"}},
	{"apk is a folder", apkFile + " is not a regular file", map[string]string{apkFile + "/x": ""}},
	{"apk is garbage", `is malformed at "garbage"`, map[string]string{apkFile: apkBash + "garbage\n\n"}},
	{"apk is binary", "is malformed at", map[string]string{apkFile: apkBash + "\x01\xff\x01\n\n"}},
	{"apk is cut before an end", "ends in the middle of a package", map[string]string{apkFile: apkBash + strings.TrimSuffix(apkTool, "\n")}},
	{"apk is cut in a line", "ends in the middle of a package", map[string]string{apkFile: apkBash + apkTool[:12]}},
	{"apk is cut in what is not read", "ends in the middle of a package", map[string]string{apkFile: apkBash + "C:Q1"}},
	{"apk is cut after what is not read", "ends in the middle of a package", map[string]string{apkFile: apkBash + "C:Q1y\n"}},
	{"apk is cut in its files", "ends in the middle of a package", map[string]string{apkFile: apkTool + apkBash[:len(apkBash)-5]}},
	{"apk has no version", "has no version", map[string]string{apkFile: apkBash + "P:tool\nA:x86_64\n\n"}},
	{"apk has no name", "has an entry without a package", map[string]string{apkFile: apkBash + "V:1\nA:x86_64\n\n"}},
	{"apk lost an empty line", "twice", map[string]string{apkFile: strings.TrimSuffix(apkBash, "\n") + apkTool}},
	{"two databases, and one has it", "installed", map[string]string{apkFile: apkTool, statusFile: dpkgBash}},
	{"two databases, and the other has it", "installed", map[string]string{apkFile: apkBash, statusFile: dpkgTool}},
	{"two databases, and both have it", "a package of dpkg and apk", map[string]string{apkFile: apkTool, statusFile: dpkgTool}},
	{"two databases, and none has it", "not installed", map[string]string{apkFile: apkBash, statusFile: dpkgBash}},
	{"two databases, one removed it", "installed", map[string]string{apkFile: apkTool, statusFile: dpkgStanzaOf("tool", "amd64", "deinstall ok config-files")}},
	{"two databases, one is cut", "ends in the middle of a package", map[string]string{apkFile: apkBash + "P:", statusFile: dpkgBash}},
	{"two databases, one is cut, the other has it", "installed", map[string]string{apkFile: apkBash + "P:", statusFile: dpkgTool}},
	{"two databases, one is empty", apkFile + " has no package", map[string]string{apkFile: "", statusFile: dpkgBash}},
	{"two databases, and dpkg's is empty", "not installed", map[string]string{apkFile: apkBash, statusFile: ""}},
	{"dangling folder", "is a dangling symlink", map[string]string{apkFile: apkBash, "/var/lib/dpkg -> ": "/nowhere"}},
	{"nothing", "no package database", nil},
}

func plantTree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		if link, ok := strings.CutSuffix(name, " -> "); ok {
			catalogtest.PlaceFile(t, root+link[:strings.LastIndexByte(link, '/')]+"/x", "")
			catalogtest.MakeLink(t, text, root+link)
			continue
		}
		catalogtest.PlaceFile(t, root+name, text)
	}
	return root
}

// holds compares what is said of "tool" with what is true.
func holds(f resource.Facts, tool string) bool {
	said := f["installed"]
	switch tool {
	case "installed":
		return said.Value == true && f["version"].Value != nil
	case "not installed":
		return said.Value == false && f["version"].Missing != ""
	case "?":
		return said.Unknown != ""
	}
	return strings.Contains(said.Unknown, tool) || said.Value == true && strings.Contains(f["version"].Unknown, tool)
}

// TestPackageTreesBothWays: a shell, with dpkg-query and without, and the files say the same of the same databases; and no
// database that is damaged says that something is not installed.
func TestPackageTreesBothWays(t *testing.T) {
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		t.Skip("no dpkg here")
	}
	applets := catalogtest.BusyboxPath(t)
	for i, tree := range packageTrees {
		root := plantTree(t, tree.files)
		env := []string{"DPKG_ADMINDIR=" + root + "/var/lib/dpkg"}
		subject := resource.Params{"name": "tool"}
		inFiles := catalogtest.InFiles(Package, "installed", catalogtest.Rooted(root), subject)[0]
		if !holds(inFiles, tree.tool) {
			t.Errorf("%s, files: %+v", tree.name, inFiles["installed"])
		}
		want := catalogtest.DescribeFacts(Package, "name", []resource.Params{subject}, []resource.Facts{inFiles}, nil)
		for k, shell := range catalogtest.Installed(t) {
			if k != i%len(catalogtest.Installed(t)) && shell[0] != "dash" {
				continue
			}
			for _, env := range [][]string{env, append([]string{"PATH=" + applets}, env...)} {
				sameTree(t, tree.name, tree.tool, want, shell, env, root)
			}
		}
	}
}

func sameTree(t *testing.T, name, tool, want string, shell, env []string, root string) {
	t.Helper()
	subject := resource.Params{"name": "tool"}
	facts, err := catalogtest.RunProbe(t, shell, Package, inRoot(root), env, subject)
	if err != nil {
		facts = catalogtest.Complete(Package, Package.Probe, []resource.Facts{resource.Every(resource.Unknown(err.Error()))})
	}
	got := strings.ReplaceAll(catalogtest.DescribeFacts(Package, "name", []resource.Params{subject}, facts, nil), root, "")
	if !holds(facts[0], tool) {
		t.Errorf("%s, %s %s: %+v", name, shell[0], env[0], facts[0]["installed"])
	} else if diff := cmp.Diff(want, got); diff != "" && tool != "?" {
		t.Errorf("%s, %s %s (-files +shell):\n%s", name, shell[0], env[0], diff)
	}
}

// TestPackageTreesNobodyMayRead: a database that may not be looked at is not passed over for another one.
func TestPackageTreesNobodyMayRead(t *testing.T) {
	shell := catalogtest.Unprivileged(t)
	files := map[string]string{statusFile: dpkgBash, apkFile: apkBash, singleFile + "b": "Package: bash\nVersion: 1\nArchitecture: amd64\n"}
	for _, path := range []string{"/var/lib/dpkg", "/lib/apk", "/lib/apk/db", apkFile, statusFile, "/var/lib/dpkg/status.d", singleFile + "b"} {
		root := plantTree(t, files)
		os.Chmod(root, 0o755)
		os.Chmod(strings.TrimSuffix(root, "/001"), 0o755)
		if err := os.Chmod(root+path, 0); err != nil {
			t.Fatal(err)
		}
		env := []string{"DPKG_ADMINDIR=" + root + "/var/lib/dpkg"}
		facts, err := catalogtest.RunProbe(t, shell, Package, inRoot(root), env, catalogtest.PackagesNamed("", "bash", "tool")...)
		if err != nil {
			t.Fatal(err)
		}
		if got := facts[1]["installed"].Unknown; got != "permission denied on "+root+path {
			t.Errorf("%s: %q, %+v", path, got, facts[1]["installed"])
		}
		if facts[0]["installed"].Value != true {
			t.Errorf("%s: the other database has bash: %+v", path, facts[0]["installed"])
		}
	}
}

// TestRpmBesideDpkg: one stanza of dpkg on a system of rpm does not hide the packages of rpm.
func TestRpmBesideDpkg(t *testing.T) {
	root := t.TempDir()
	rpmDatabase(t, root)
	catalogtest.PlaceFile(t, root+statusFile, dpkgBash)
	env := []string{"DPKG_ADMINDIR=" + root + "/var/lib/dpkg"}
	wants := []bool{true, true, false}
	catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
		skipApplets(t, shell, "rpm")
		facts, err := catalogtest.RunProbe(t, shell, Package, inRoot(root), env, catalogtest.PackagesNamed("", "alpha", "bash", "tool")...)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range wants {
			if facts[i]["installed"].Value != want {
				t.Errorf("%d: %+v", i, facts[i]["installed"])
			}
		}
	})
	for i, facts := range catalogtest.InFiles(Package, "installed", catalogtest.Rooted(root), catalogtest.PackagesNamed("", "alpha", "bash", "tool")...) {
		if facts["installed"].Value != wants[i] {
			t.Errorf("files, %d: %+v", i, facts["installed"])
		}
	}
	catalogtest.PlaceFile(t, root+"/bin/rpm", "#!/bin/sh\necho 'error: cannot open Packages' >&2\nexit 1\n")
	os.Chmod(root+"/bin/rpm", 0o755)
	facts, err := catalogtest.RunProbe(t, catalogtest.Installed(t)[0], Package, inRoot(root), append(env, "PATH="+root+"/bin:"+os.Getenv("PATH")), catalogtest.PackagesNamed("", "bash", "tool")...)
	if err != nil {
		t.Fatal(err)
	}
	if facts[0]["installed"].Value != true || facts[1]["installed"].Unknown != "rpm: cannot open Packages" {
		t.Errorf("%+v %+v", facts[0]["installed"], facts[1]["installed"])
	}
}
