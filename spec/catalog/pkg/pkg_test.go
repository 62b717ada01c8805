package pkg

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

func TestPackagePrepare(t *testing.T) {
	for _, bad := range []resource.Params{{}, {"name": ""}, {"name": "x", "manager": "pip"}, {"name": "x", "manager": ""}, {"name": "-x"}, {"name": "bas*"}, {"name": "bash:any"}, {"name": "bash:native"}, {"name": "bash:AMD64"}} {
		if Package.Prepare(bad) == nil {
			t.Errorf("%v was accepted", bad)
		}
	}
	for _, good := range []resource.Params{{"name": "libstdc++6"}, {"name": ".build-deps"}, {"name": "libc6:amd64"}, {"name": "ImageMagick"}, {"name": "any"}, {"name": "glibc.i686"}, {"name": "x", "manager": "apk"}} {
		if err := Package.Prepare(good); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
}

// inRoot is the package probe with its databases under root.
func inRoot(root string) *resource.Probe {
	probe := *Package.Probe
	for _, dir := range []string{"/var/lib/dpkg", "/lib/apk", "/usr/lib/apk", "/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm"} {
		for _, before := range []string{" ", "<"} {
			probe.Script = strings.ReplaceAll(probe.Script, before+dir, before+"'"+root+"'"+dir)
		}
	}
	return &probe
}

var strangePackageNames = []string{"no-such", "bas*", "Bash", "bas", "-x", "--help", "a b", `q'"q`, "a\nbash", "\nstatus 0\n", "$HOME", "`id`", "%s", `ba\sh`, "ba?h", "[b]ash"}

func TestPackageOnThisMachine(t *testing.T) {
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		t.Skip("no dpkg here")
	}
	catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
		subjects := catalogtest.PackagesNamed("", append([]string{"bash", "dpkg"}, strangePackageNames...)...)
		facts, err := catalogtest.RunProbe(t, shell, Package, Package.Probes()[0], nil, subjects...)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range facts {
			if want := i < 2; f["installed"].Value != want {
				t.Errorf("%q: installed is %v, want %v", subjects[i].Text("name"), f["installed"], want)
			}
		}
		if v := facts[0]["version"].Value.(resource.PackageVersion); v.Scheme != "deb" || v.Text == "" {
			t.Errorf("version of bash: %+v", v)
		}
	})
}

const dpkgStatus = `Package: libc6
Status: install ok installed
Maintainer: A <a@example.com>
Architecture: i386
Multi-Arch: same
Version: 2.36-9
Description: x

Package: nginx
Status: deinstall ok config-files
Maintainer: A <a@example.com>
Architecture: amd64
Version: 1.22.1-9
Description: x
`

func TestPackageForeignArchitecture(t *testing.T) {
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		t.Skip("no dpkg here")
	}
	root := t.TempDir()
	catalogtest.PlaceFile(t, root+"/var/lib/dpkg/status", dpkgStatus)
	catalogtest.PlaceFile(t, root+"/var/lib/dpkg/arch", "amd64\ni386\n")
	env := []string{"DPKG_ADMINDIR=" + root + "/var/lib/dpkg"}
	catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
		facts, err := catalogtest.RunProbe(t, shell, Package, inRoot(root), env, catalogtest.PackagesNamed("", "libc6", "libc6:amd64", "libc6:i386", "nginx")...)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []bool{true, false, true, false} {
			if facts[i]["installed"].Value != want {
				t.Errorf("%d: %v", i, facts[i]["installed"])
			}
		}
		if got := facts[3]["version"].Missing; got != "not installed (config files remain)" {
			t.Errorf("version of nginx: %q", got)
		}
	})
}

const apkInstalled = `C:Q1abc=
P:musl
V:1.2.5-r0
A:x86_64
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755

C:Q1def=
P:zlib
V:1.3.1-r1
A:x86_64
`

func TestPackageApk(t *testing.T) {
	for _, dir := range []string{"/lib", "/usr/lib"} {
		root := filepath.Join(t.TempDir(), "a 'b'")
		root = strings.ReplaceAll(root, "'", "")
		catalogtest.PlaceFile(t, root+dir+"/apk/db/installed", apkInstalled+"\n")
		catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
			facts, err := catalogtest.RunProbe(t, shell, Package, inRoot(root), nil, catalogtest.PackagesNamed("", append([]string{"musl", "zlib"}, strangePackageNames...)...)...)
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range facts {
				if want := i < 2; f["installed"].Value != want {
					t.Errorf("%d: %v", i, f["installed"])
				}
			}
			if got := facts[1]["version"].Value; got != (resource.PackageVersion{Text: "1.3.1-r1", Scheme: "apk"}) {
				t.Errorf("version of zlib: %v", got)
			}
		})
	}
}

// rpmDatabase builds a database with one package, or skips.
func rpmDatabase(t *testing.T, root string) {
	t.Helper()
	if _, err := exec.LookPath("rpmbuild"); err != nil {
		t.Skip("no rpmbuild here")
	}
	catalogtest.PlaceFile(t, root+"/alpha.spec", "Name: alpha\nVersion: 1.0\nRelease: 1.el9\nEpoch: 2\nSummary: a\nLicense: MIT\nBuildArch: noarch\n%description\na\n%files\n")
	for _, argv := range [][]string{
		{"rpmbuild", "--define", "_topdir " + root + "/top", "-bb", root + "/alpha.spec"},
		{"rpm", "--dbpath", root + "/var/lib/rpm", "--nodeps", "--justdb", "-i", root + "/top/RPMS/noarch/alpha-1.0-1.el9.noarch.rpm"},
	} {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Env = append(os.Environ(), "HOME="+root)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", argv, err, out)
		}
	}
}

// skipApplets skips a shell that prefers its own applet to the tool in PATH, as Debian's BusyBox does.
func skipApplets(t *testing.T, shell []string, tool string) {
	t.Helper()
	out, _ := exec.Command(shell[0], append(shell[1:], "-c", "command -v "+tool)...).Output()
	if strings.TrimSpace(string(out)) == tool {
		t.Skip("this shell has its own " + tool)
	}
}

func TestPackageRpm(t *testing.T) {
	root := t.TempDir()
	rpmDatabase(t, root)
	catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
		skipApplets(t, shell, "rpm")
		subjects := catalogtest.PackagesNamed("", append([]string{"alpha", "alpha.noarch", "alpha-1.0", "alpha*", "alph"}, strangePackageNames...)...)
		facts, err := catalogtest.RunProbe(t, shell, Package, inRoot(root), nil, subjects...)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range facts {
			if want := i < 2; f["installed"].Value != want {
				t.Errorf("%q: %v", subjects[i].Text("name"), f["installed"])
			}
		}
		if got := facts[0]["version"].Value; got != (resource.PackageVersion{Text: "2:1.0-1.el9", Scheme: "rpm"}) {
			t.Errorf("version: %v", got)
		}
	})
}

func FuzzPackage(f *testing.F) {
	files, _ := filepath.Glob("../testdata/package/*.txt")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		f.Add(string(text), "", "bash")
	}
	f.Add("default rpm\nmanager rpm\na\t1\t1-1\tx\nstatus 0\n", "error: x", "a")
	f.Add("default rpm\nmanager rpm\na\t1\t1-1\tx\na\t\t:~^-\tx\nstatus 0\n", "", "a")
	f.Add("default dpkg\nmanager dpkg amd64\na\tamd64\t1\tinstalled\tinstall\nstatus 1\n", "", "a")
	f.Add("manager apk\nP:a\nV:1\n\nstatus 0\ndefault apk\n", "", "a")
	f.Fuzz(func(t *testing.T, stdout, stderr, name string) {
		subjects := catalogtest.PackagesNamed("", name, name+"x")
		facts, err := parsePackages(resource.Answer{Stdout: []byte(stdout), Stderr: []byte(stderr)}, subjects)
		if err == nil && len(facts) != len(subjects) {
			t.Fatalf("%d facts", len(facts))
		}
	})
}
