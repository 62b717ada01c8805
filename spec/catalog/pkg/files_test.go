package pkg

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// packagesBothWays holds the databases below root to what the programs say of them.
func packagesBothWays(t *testing.T, root string, env []string, subjects []resource.Params) {
	t.Helper()
	facts, err := catalogtest.RunProbe(t, catalogtest.Installed(t)[0], Package, inRoot(root), env, subjects...)
	if err != nil {
		t.Fatal(err)
	}
	for i, said := range catalogtest.InFilesOf(Package, catalogtest.Rooted(root), subjects...) {
		want := catalogtest.DescribeFacts(Package, "name", subjects[i:i+1], facts[i:i+1], nil)
		if diff := cmp.Diff(want, said); diff != "" {
			t.Errorf("%v (-shell +files)\n%s", subjects[i], diff)
		}
	}
}

// TestPackagesBothWays: all packages of this machine, and none.
func TestPackagesBothWays(t *testing.T) {
	out, err := exec.Command("dpkg-query", "-W", "-f", "${Package}\n${Package}:${Architecture}\n").Output()
	if err != nil {
		t.Skip("no dpkg here")
	}
	names := append(strings.Fields(string(out)), "bash:any", "bash:all", "bash:i386", "bash:", "adduser:all", "adduser:amd64")
	packagesBothWays(t, "", nil, catalogtest.PackagesNamed("", append(names, strangePackageNames...)...))
}

const dpkgStates = `Package: libc6
Status: install ok installed
Architecture: i386
Multi-Arch: same
Version: 2.36-9
Maintainer: A <a@example.com>
Description: x
 more
 .
 Status: purge ok not-installed

Package: libc6
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Version: 2.36-9
Maintainer: A <a@example.com>
Description: x

Package: three
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Version: 1
Maintainer: A <a@example.com>
Description: x

Package: three
Status: install ok installed
Architecture: alpha
Multi-Arch: same
Version: 2
Maintainer: A <a@example.com>
Description: x

Package: kept
status: hold ok installed
Architecture: all
Version: 1:2.0~rc1-1+b2
Maintainer: A <a@example.com>
Description: x

Package: foreign
Status: install ok installed
Architecture: i386
Version: 1
Maintainer: A <a@example.com>
Description: x

Package: half
Status: install reinstreq half-installed
Architecture: amd64
Version: 1
Maintainer: A <a@example.com>
Description: x

Package: configs
Status: deinstall ok config-files
Architecture: amd64
Version: 3
Maintainer: A <a@example.com>
Config-Version: 3
Description: x

Package: heard-of
Status: unknown ok not-installed
Architecture: amd64

Package: last
Status: install ok unpacked
Architecture: amd64
Version: 1-1
Config-Version: 1-0
Maintainer: A <a@example.com>
Description: x
`

// TestDpkgStatesBothWays: packages in every state, with a foreign architecture and without.
func TestDpkgStatesBothWays(t *testing.T) {
	if _, err := exec.LookPath("dpkg-query"); err != nil {
		t.Skip("no dpkg here")
	}
	names := []string{"libc6", "libc6:amd64", "libc6:i386", "kept", "foreign", "half", "configs", "heard-of", "last", "last:amd64", "three", "three:alpha"}
	for name, arch := range map[string]string{"one": "", "two": "amd64\ni386\nalpha\n"} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			catalogtest.PlaceFile(t, root+"/var/lib/dpkg/status", dpkgStates)
			if arch != "" {
				catalogtest.PlaceFile(t, root+"/var/lib/dpkg/arch", arch)
			}
			subjects := catalogtest.PackagesNamed("", append(names, strangePackageNames...)...)
			packagesBothWays(t, root, []string{"DPKG_ADMINDIR=" + root + "/var/lib/dpkg"}, append(subjects, catalogtest.PackagesNamed("apk", "x")...))
		})
	}
}

// TestApkBothWays: the database of apk in both places, and the first one counts.
func TestApkBothWays(t *testing.T) {
	for _, dirs := range [][]string{{"/lib"}, {"/usr/lib"}, {"/usr/lib", "/lib"}} {
		root := t.TempDir()
		for i, dir := range dirs {
			catalogtest.PlaceFile(t, root+dir+"/apk/db/installed", strings.Replace(apkInstalled, "1.3.1", "1.3."+string(rune('1'+i)), 1)+"\n")
		}
		subjects := catalogtest.PackagesNamed("", append([]string{"musl", "zlib"}, strangePackageNames...)...)
		packagesBothWays(t, root, nil, append(subjects, catalogtest.PackagesNamed("dpkg", "x")...))
	}
}

// TestRpmBothWays: rpm's own database.
func TestRpmBothWays(t *testing.T) {
	root := t.TempDir()
	rpmDatabase(t, root)
	packagesBothWays(t, root, nil, catalogtest.PackagesNamed("", append([]string{"alpha", "alpha.noarch", "alpha-1.0"}, strangePackageNames...)...))
}

func packageIn(tree fstest.MapFS, subject resource.Params) string {
	return strings.Join(catalogtest.InFilesOf(Package, tree, subject), "")
}

func texts(files map[string]string) fstest.MapFS {
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}

const distroless = "var/lib/dpkg/status.d/"

// TestDistrolessPackages: a file for each package, named as it may be, without a status, with its checksums beside it.
func TestDistrolessPackages(t *testing.T) {
	tree := texts(map[string]string{
		distroless + "base-files":         "Package: base-files\nVersion: 12.4+deb12u5\nArchitecture: amd64\nDescription: x\n y\n",
		distroless + "base-files.md5sums": "d41d8cd98f00b204e9800998ecf8427e  etc/debian_version\n",
		distroless + "bGliYzY=":           "Package: libc6\nVersion: 2.36-9\nArchitecture: amd64\nHomepage: https://example.com/",
		distroless + "tzdata":             "Package: tzdata\nStatus: hold ok installed\nVersion: 2024a-0\nArchitecture: all\n",
	})
	for name, lines := range map[string]string{
		"base-files": "  arch = \"amd64\"\n  held = false\n  installed = true\n  status = \"installed\"\n  version = \"12.4+deb12u5\"\n  versions = [\"12.4+deb12u5\"]\n",
		"libc6":      "  arch = \"amd64\"\n  held = false\n  installed = true\n  status = \"installed\"\n  version = \"2.36-9\"\n  versions = [\"2.36-9\"]\n",
		"tzdata":     "  arch = \"all\"\n  held = true\n  installed = true\n  status = \"installed\"\n  version = \"2024a-0\"\n  versions = [\"2024a-0\"]\n",
		"bGliYzY=":   notInstalled,
		"d41d8":      notInstalled,
	} {
		if diff := cmp.Diff(name+"\n"+lines, packageIn(tree, resource.Params{"name": name})); diff != "" {
			t.Error(diff)
		}
	}
	tree["var/lib/dpkg/status"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(dpkgStates, "2.36-9", "2.36-10"))}
	if said := packageIn(tree, resource.Params{"name": "libc6:amd64"}); !strings.Contains(said, `versions = ["2.36-10"]`) {
		t.Errorf("the status file comes before status.d: %s", said)
	}
}

const notInstalled = "  arch missing: not installed\n  held missing: not installed\n  installed = false\n" +
	"  status missing: not installed\n  version missing: not installed\n  versions missing: not installed\n"

// TestNoPackageDatabase: nobody knows what is installed where there is no database, or not that one.
func TestNoPackageDatabase(t *testing.T) {
	for _, tree := range []fstest.MapFS{{}, texts(map[string]string{"var/lib/dpkg/status": ""}), texts(map[string]string{distroless + "x.md5sums": "x"})} {
		catalogtest.AllUnknown(t, Package, tree, resource.Params{"name": "x"}, "no package database on the target (tried dpkg, apk, rpm)", catalogtest.Observed(Package, "installed")...)
		for _, manager := range packageManagers {
			catalogtest.AllUnknown(t, Package, tree, resource.Params{"name": "x", "manager": manager}, "no "+manager+" database on the target", catalogtest.Observed(Package, "installed")...)
		}
	}
}

// TestBrokenPackageDatabases: what was cut short, or makes no sense, never says that something is not installed.
func TestBrokenPackageDatabases(t *testing.T) {
	status, apk := "/var/lib/dpkg/status ", "/lib/apk/db/installed "
	for _, c := range []struct{ file, text, reason string }{
		{"var/lib/dpkg/status", strings.TrimSuffix(dpkgStates, "\n"), status + "ends in the middle of a line"},
		{"var/lib/dpkg/status", "Package: a\nStatus: install ok installed\nArchitecture: all\n", status + `has no version or no architecture of "a"`},
		{"var/lib/dpkg/status", "Package: a\nStatus: install ok installed\nVersion: 1\n", status + `has no version or no architecture of "a"`},
		{"var/lib/dpkg/status", "Package: a\nVersion: 1\nArchitecture: all\n", status + `says "" as the status of "a"`},
		{"var/lib/dpkg/status", "Package: a\nStatus: install ok\nVersion: 1\n", status + `says "install ok" as the status of "a"`},
		{"var/lib/dpkg/status", "Status: install ok installed\nVersion: 1\n", status + "has a stanza without a package"},
		{"var/lib/dpkg/status", "Package: a\nPackage: b\n", status + `says package of "a" twice`},
		{"var/lib/dpkg/status", "\x00\x00\x00\x00\n", status + `is malformed at "\x00\x00\x00\x00"`},
		{"var/lib/dpkg/status", " begins with more\n", status + `is malformed at " begins with more"`},
		{"var/lib/dpkg/status", "no field\n", status + `is malformed at "no field"`},
		{"var/lib/dpkg/status/x", "", "/var/lib/dpkg/status is not a regular file"},
		{distroless + "a", "", "/" + distroless + `a is malformed at ""`},
		{distroless + "a", "Package: a\nArchitecture: all\nVersion: 1", "/" + distroless + "a ends in the middle of a line"},
		{distroless + "a", "Package: a\nArchitecture: all\n", "/" + distroless + `a has no version or no architecture of "a"`},
		{distroless + "a/b", "", "/" + distroless + "a is not a regular file"},
		{"lib/apk/db/installed", apkInstalled, apk + "ends in the middle of a package"},
		{"lib/apk/db/installed", apkInstalled[:40], apk + "ends in the middle of a package"},
		{"lib/apk/db/installed", "P:a\n\n", apk + `has no version of "a"`},
		{"lib/apk/db/installed", "P:a\nV:1\nrubbish\n\n", apk + `is malformed at "rubbish"`},
		{"var/lib/rpm/rpmdb.sqlite", "no database", ""},
	} {
		tree := texts(map[string]string{c.file: c.text})
		if c.reason == "" {
			c.reason = catalogtest.InFiles(Package, "installed", tree, catalogtest.PackagesNamed("", "x")...)[0]["installed"].Unknown
		}
		for _, name := range []string{"a", "musl", "no-such"} {
			catalogtest.AllUnknown(t, Package, tree, resource.Params{"name": name}, c.reason, catalogtest.Observed(Package, "installed")...)
		}
		if c.reason == "" || strings.HasPrefix(c.reason, "no package") {
			t.Errorf("%s %q: %q", c.file, c.text, c.reason)
		}
	}
}

// TestDpkgInterrupted: what dpkg has not written into its status file yet is not guessed at.
func TestDpkgInterrupted(t *testing.T) {
	tree := texts(map[string]string{"var/lib/dpkg/status": dpkgStates, "var/lib/dpkg/updates/tmp.i": ""})
	if said := packageIn(tree, resource.Params{"name": "kept"}); !strings.Contains(said, "installed = true") {
		t.Error(said)
	}
	tree["var/lib/dpkg/updates/0001"] = &fstest.MapFile{Data: []byte("Package: x\n")}
	reason := "dpkg was interrupted: /var/lib/dpkg/updates/0001 is not in /var/lib/dpkg/status yet"
	catalogtest.AllUnknown(t, Package, tree, resource.Params{"name": "kept"}, reason, catalogtest.Observed(Package, "installed")...)
}

// TestPackageUnknownWithoutShell: whatever keeps a database from being read, nothing is known.
func TestPackageUnknownWithoutShell(t *testing.T) {
	root := t.TempDir()
	catalogtest.PlaceFile(t, root+"/var/lib/dpkg/status", dpkgStates)
	catalogtest.PlaceFile(t, root+"/"+distroless+"a", "Package: a\nVersion: 1\nArchitecture: all\n")
	catalogtest.PlaceFile(t, root+"/var/lib/dpkg/arch", "amd64\n")
	if err := os.Mkdir(root+"/var/lib/dpkg/updates", 0o755); err != nil {
		t.Fatal(err)
	}
	for path, ops := range map[string][]string{
		"/var/lib/dpkg/status": {"stat", "open"}, "/var/lib/dpkg/status.d": {"stat", "readdir"}, "/" + distroless + "a": {"stat", "open"},
		"/var/lib/dpkg/updates": {"stat", "readdir"}, "/var/lib/dpkg/arch": {"stat", "open"},
	} {
		for _, op := range ops {
			for _, name := range []string{"kept", "no-such"} {
				fsys := catalogtest.BrokenFiles{HereFiles: catalogtest.Rooted(root), Broken: map[string]error{path: catalogtest.ErrEngine}, Only: op}
				catalogtest.AllUnknown(t, Package, fsys, resource.Params{"name": name}, catalogtest.ErrEngine.Error()+" on "+path, catalogtest.Observed(Package, "installed")...)
			}
		}
	}
	for _, path := range []string{"/lib/apk/db/installed", "/usr/lib/apk/db/installed", "/var/lib/dpkg/status"} {
		fsys := catalogtest.BrokenFiles{HereFiles: catalogtest.Rooted(t.TempDir()), Broken: map[string]error{path: syscall.EIO}, Only: ""}
		for _, name := range []string{"installed", "version"} {
			if fact := catalogtest.InFiles(Package, name, fsys, catalogtest.PackagesNamed("", "x")...)[0][name]; !strings.HasPrefix(fact.Unknown, "input/output error on /") {
				t.Errorf("%s: %+v", path, fact)
			}
		}
	}
}

func dpkgRecords(text string) (records []packageRecord, err error) {
	err = eachDpkgRecord(strings.NewReader(text), func(r packageRecord) error { records = append(records, r); return nil })
	return records, err
}

// FuzzDpkgStatus: any bytes give records that are whole, or an error; and what comes after a cut is never lost silently.
func FuzzDpkgStatus(f *testing.F) {
	f.Add(dpkgStates, 100)
	f.Add("Package: a\nVersion: 1\nArchitecture: all\n", 3)
	f.Add(" x\n\n\n:y\n", 1)
	f.Fuzz(func(t *testing.T, text string, cut int) {
		records, err := dpkgRecords(text)
		for _, r := range records {
			if err == nil && (r.name == "" || r.status == "" || r.status == "installed" && r.version == "") {
				t.Errorf("%+v", r)
			}
		}
		if single, err := parseDpkgSingle(strings.NewReader(text)); err == nil && single.name == "" {
			t.Errorf("%+v", single)
		}
		if err != nil || cut < 0 || cut >= len(text) || cut > 0 && text[cut-1] == '\n' {
			return
		}
		if _, err := dpkgRecords(text[:cut]); err == nil && cut > 0 {
			t.Errorf("cut at %d in the middle of a line, and believed", cut)
		}
	})
}
