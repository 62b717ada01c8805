package pkg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
)

// rpmSpec makes 150 packages of one spec; each tenth has an epoch and a long description, each fifteenth a longer one,
// so that headers of every size are in the database.
func rpmSpec() string {
	var b strings.Builder
	b.WriteString("Name: alpha\nVersion: 1.0\nRelease: 1.el9\nSummary: a\nLicense: MIT\nBuildArch: noarch\n%description\na\n%files\n")
	for i := range 149 {
		fmt.Fprintf(&b, "%%package -n alpha-%d\nVersion: 2.%d~rc1\nSummary: b\n", i, i)
		if i%10 == 0 {
			fmt.Fprintf(&b, "Epoch: %d\n", i*1000)
		}
		fmt.Fprintf(&b, "%%description -n alpha-%d\n", i)
		if i%10 == 0 {
			b.WriteString(strings.Repeat("A description of one line.\n", 100+i*10))
		}
		if i%15 == 0 {
			b.WriteString(strings.Repeat("x", i*i*4) + "\n")
		}
		fmt.Fprintf(&b, "%%files -n alpha-%d\n", i)
	}
	return b.String()
}

// realRpmDatabase builds a database of SQLite under root with the real rpm, and gives the environment to ask it.
func realRpmDatabase(t *testing.T, root, place string) {
	t.Helper()
	if _, err := exec.LookPath("rpmbuild"); err != nil {
		t.Skip("no rpmbuild here")
	}
	catalogtest.PlaceFile(t, root+"/alpha.spec", rpmSpec())
	rpmOutput(t, root, "rpmbuild", "--define", "_topdir "+root+"/top", "-bb", root+"/alpha.spec")
	built, _ := os.ReadDir(root + "/top/RPMS/noarch")
	argv := []string{"rpm", "--define", "_db_backend sqlite", "--dbpath", root + "/" + place, "--nodeps", "--justdb", "-i"}
	for _, file := range built {
		argv = append(argv, root+"/top/RPMS/noarch/"+file.Name())
	}
	rpmOutput(t, root, argv...)
	rpmOutput(t, root, "rpm", "--define", "_db_backend sqlite", "--dbpath", root+"/"+place, "--justdb", "-e", "alpha-7", "alpha-8")
}

func rpmOutput(t *testing.T, root string, argv ...string) string {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "HOME="+root, "LC_ALL=C")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", argv[0], err, errs.String())
	}
	return string(out)
}

func TestRpmDatabase(t *testing.T) {
	root := t.TempDir()
	realRpmDatabase(t, root, rpmPlaces[1])
	out := rpmOutput(t, root, "rpm", "--dbpath", root+"/"+rpmPlaces[1], "-qa", "--qf", "%{NAME} %{EPOCH} %{VERSION} %{RELEASE} %{ARCH}\\n")
	want := strings.Split(strings.TrimSpace(strings.ReplaceAll(out, " (none) ", "  ")), "\n")
	packages, err := allRpmPackages(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range packages {
		got = append(got, strings.Join([]string{p.Name, p.Epoch, p.Version, p.Release, p.Arch}, " "))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 148 {
		t.Errorf("%d packages: %s", len(got), diff)
	}
	wantDeepDatabase(t, root+"/"+rpmPlaces[1]+"/rpmdb.sqlite")
}

// wantDeepDatabase holds the test to its purpose: the table has interior pages, and rows that overflow.
func wantDeepDatabase(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	interior := 0
	for at := 0; at < len(data); at += 4096 {
		if data[at] == 0x05 {
			interior++
		}
	}
	if interior == 0 || !bytes.Contains(data, bytes.Repeat([]byte("x"), 4000)) {
		t.Errorf("%d interior pages in %d bytes", interior, len(data))
	}
}

func TestRpmDatabaseThatCannotBeRead(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for want, files := range map[string]fstest.MapFS{
		"older format":           {"var/lib/rpm/Packages": file("x")},
		"older format (":         {"usr/lib/sysimage/rpm/Packages.db": file("x")},
		"not written back":       {"var/lib/rpm/rpmdb.sqlite": file("x"), "var/lib/rpm/rpmdb.sqlite-wal": file("x")},
		"are not written back":   {"usr/share/rpm/rpmdb.sqlite": file("x"), "usr/share/rpm/rpmdb.sqlite-journal": file("x")},
		"beside it":              {"var/lib/rpm/rpmdb.sqlite": file("x"), "var/lib/rpm/Packages": file("x")},
		"not an SQLite database": {"var/lib/rpm/rpmdb.sqlite": file("")},
		"rpmdb.sqlite":           {"var/lib/rpm/rpmdb.sqlite/x": file("")},
	} {
		packages, err := allRpmPackages(files)
		if err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", want, packages, err)
		}
	}
	for name, files := range map[string]fs.FS{"nothing": fstest.MapFS{}, "an empty folder": fstest.MapFS{"var/lib/rpm/.lock": file("")}, "an empty file": fstest.MapFS{"var/lib/rpm/Packages": file("")}} {
		if _, err := allRpmPackages(files); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// deniedFS refuses what is below one folder, and has nothing else.
type deniedFS string

func (d deniedFS) Open(name string) (fs.File, error) {
	err := fs.ErrNotExist
	if strings.HasPrefix(name, string(d)) {
		err = fs.ErrPermission
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: err}
}

func TestRpmDatabaseDenied(t *testing.T) {
	for _, place := range rpmPlaces {
		if _, err := allRpmPackages(deniedFS(place)); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", place, err)
		}
	}
}

// sqliteDatabase makes a database with real SQLite, or skips.
func sqliteDatabase(t testing.TB, statements string) []byte {
	t.Helper()
	if _, err := exec.LookPath("sqlite3"); err != nil {
		t.Skip("no sqlite3 here")
	}
	file := t.TempDir() + "/db"
	if out, err := exec.Command("sqlite3", file, statements).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSqliteTable(t *testing.T) {
	for _, page := range []int{512, 1024, 4096, 65536} {
		data := sqliteDatabase(t, fmt.Sprintf("PRAGMA page_size=%d; CREATE TABLE a(x); CREATE TABLE Packages(i INTEGER PRIMARY KEY, s TEXT, n INTEGER, b BLOB);"+
			"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<900) INSERT INTO Packages SELECT i, printf('%%.*c', i*3, 'x'), -i*i*i, zeroblob(i*7) FROM c;", page))
		i := 0
		err := eachSqliteRow(data, "Packages", func(row []any) error {
			i++
			text, _ := row[1].(string)
			blob, _ := row[3].([]byte)
			if row[2] != int64(-i*i*i) || len(text) != 3*i || strings.Trim(text, "x") != "" || len(blob) != 7*i {
				t.Errorf("page size %d, row %d: %d, %v, %d", page, i, len(text), row[2], len(blob))
			}
			return nil
		})
		if err != nil || i != 900 {
			t.Errorf("page size %d: %d rows, %v", page, i, err)
		}
	}
}

// rpmHeader is a header with these strings, and an epoch of 3.
func rpmHeader(tags map[uint32]string) []byte {
	index, store := []byte{}, []byte{0, 0, 0, 3}
	entry := func(numbers ...uint32) {
		for _, n := range numbers {
			index = binary.BigEndian.AppendUint32(index, n)
		}
	}
	entry(rpmTagEpoch, rpmTypeInt32, 0, 1)
	for tag, text := range tags {
		entry(tag, rpmTypeString, uint32(len(store)), 1)
		store = append(store, text+"\x00"...)
	}
	header := binary.BigEndian.AppendUint32(nil, uint32(len(index)/16))
	header = binary.BigEndian.AppendUint32(header, uint32(len(store)))
	return append(append(header, index...), store...)
}

func TestRpmHeader(t *testing.T) {
	whole := rpmHeader(map[uint32]string{rpmTagName: "a", rpmTagVersion: "1", rpmTagRelease: "2", 5000: "other"})
	if p, err := parseRpmHeader(whole); err != nil || p != (rpmPackage{"a", "3", "1", "2", "(none)"}) {
		t.Errorf("%+v, %v", p, err)
	}
	for i := range whole {
		if _, err := parseRpmHeader(whole[:i]); err == nil {
			t.Errorf("half a header, of %d bytes, is read", i)
		}
	}
	if _, err := parseRpmHeader(rpmHeader(map[uint32]string{rpmTagName: "a", rpmTagVersion: "1"})); err == nil {
		t.Error("a package without a release is read")
	}
}

// FuzzRpmDatabase: any bytes give packages or an error, and no more packages than there is room for.
func FuzzRpmDatabase(f *testing.F) {
	f.Add([]byte("SQLite format 3\x00"))
	if _, err := exec.LookPath("sqlite3"); err == nil {
		header := rpmHeader(map[uint32]string{rpmTagName: "a", rpmTagVersion: "1", rpmTagRelease: "2", 5000: strings.Repeat("x", 3000)})
		f.Add(sqliteDatabase(f, fmt.Sprintf("PRAGMA page_size=512; CREATE TABLE Packages(hnum INTEGER PRIMARY KEY, blob BLOB);"+
			"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<40) INSERT INTO Packages SELECT i, X'%x' FROM c;", header)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		packages, err := allRpmPackages(fstest.MapFS{"var/lib/rpm/rpmdb.sqlite": {Data: data}})
		if len(packages)*60 > len(data) {
			t.Errorf("%d packages in %d bytes", len(packages), len(data))
		}
		if errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	})
}

func allRpmPackages(fsys fs.FS) (packages []rpmPackage, err error) {
	err = rpmPackages(fsys, func(p rpmPackage) error { packages = append(packages, p); return nil })
	return packages, err
}
