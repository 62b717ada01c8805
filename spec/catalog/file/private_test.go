package file

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// guardedFiles are files, and whether others may read them.
var guardedFiles = map[string]bool{
	"public": false, "empty": false, "group": true, "owner": true, "nobody": true, "write-only": true,
	"open/file": false, "search/file": false, "closed/file": true, "closed/inner/file": true, "list-only/file": true,
	"to-public": false, "to-owner": true, "to-closed": true, "folder/file": true, "open/up/public": false,
	"to closed\nsearch/file": true, "search\n/file": true,
}

// plantGuarded makes the files in a folder that others may enter.
func plantGuarded(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	dir := root + "/d"
	for name, text := range map[string]string{
		"public": "x\n", "empty": "", "group": "x\n", "owner": "x\n", "nobody": "x\n", "write-only": "x\n", "open/file": "x\n", "search/file": "x\n",
		"closed/file": "x\n", "closed/inner/file": "x\n", "list-only/file": "x\n", "to closed\nsearch/file": "x\n", "search\n/file": "x\n", "to closed/x": "",
	} {
		catalogtest.PlaceFile(t, dir+"/"+name, text)
	}
	for name, target := range map[string]string{"to-public": "open/../public", "to-owner": "owner", "to-closed": dir + "/closed/inner/file", "folder": "closed/inner", "open/up": ".."} {
		catalogtest.MakeLink(t, target, dir+"/"+name)
	}
	for name, mode := range map[string]os.FileMode{
		"group": 0o640, "owner": 0o600, "nobody": 0, "write-only": 0o602, "open": 0o755, "search": 0o711, "closed": 0o750, "list-only": 0o754,
		"to closed\nsearch": 0o700, "search\n": 0o700, "": 0o755, "..": 0o755, "../..": 0o755,
	} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func wantPrivate(t *testing.T, way, name string, facts resource.Facts, want bool) {
	t.Helper()
	for attribute, fact := range facts {
		if fact.Value == nil || fact.Private != want {
			t.Errorf("%s, %s of %q: %+v, want private %v", way, attribute, name, fact, want)
		}
	}
}

// TestContentThatOthersMayNotRead: its facts are private, alone and among others, in each shell and from files.
func TestContentThatOthersMayNotRead(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root reads them all")
	}
	dir := plantGuarded(t)
	var subjects []resource.Params
	for name := range guardedFiles {
		subjects = append(subjects, resource.Params{"path": dir + "/" + name})
	}
	private := func(p resource.Params) bool { return guardedFiles[strings.TrimPrefix(p.Text("path"), dir+"/")] }
	for _, attribute := range []string{"content", "sha256"} {
		for i, facts := range catalogtest.InFiles(File, attribute, catalogtest.HereFiles{}, subjects...) {
			wantPrivate(t, "files", subjects[i].Text("path"), facts, private(subjects[i]))
		}
	}
	catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
		for name, env := range map[string][]string{"tools": nil, "BusyBox": {"PATH=" + catalogtest.BusyboxPath(t)}} {
			together := File.ProbeOf("content")
			var plain []resource.Params // a name with a line break is asked for alone
			for _, p := range subjects {
				facts, err := catalogtest.RunProbe(t, shell, File, together, env, p)
				if err != nil {
					t.Fatal(err)
				}
				wantPrivate(t, name, p.Text("path"), facts[0], private(p))
				if !strings.Contains(p.Text("path"), "\n") {
					plain = append(plain, p)
				}
			}
			facts, err := catalogtest.RunProbe(t, shell, File, together, env, plain...)
			if err != nil {
				t.Fatal(err)
			}
			for i, p := range plain {
				wantPrivate(t, name+" together", p.Text("path"), facts[i], private(p))
			}
		}
		for _, p := range subjects[:6] {
			facts, err := catalogtest.RunProbe(t, shell, File, File.ProbeOf("md5"), nil, p)
			if err != nil {
				t.Fatal(err)
			}
			wantPrivate(t, "checksum", p.Text("path"), facts[0], private(p))
		}
	})
}

// TestContentOfUnknownMode: where nobody can tell who may read a file, it is private.
func TestContentOfUnknownMode(t *testing.T) {
	dir := plantGuarded(t)
	applets := catalogtest.BusyboxPath(t)
	if applets == "" || os.Remove(applets+"/stat") != nil {
		t.Skip("no busybox here")
	}
	facts, err := catalogtest.RunProbe(t, catalogtest.Installed(t)[0], File, File.ProbeOf("content"), []string{"PATH=" + applets}, resource.Params{"path": dir + "/public"})
	if err != nil {
		t.Fatal(err)
	}
	wantPrivate(t, "without stat", "public", facts[0], true)
	tree := fstest.MapFS{"a/b": {Data: []byte("x"), Mode: 0o644}, "a": {Mode: 0o755 | fs.ModeDir}}
	wantPrivate(t, "tree", "/a/b", catalogtest.InFiles(File, "content", tree, at("/a/b"))[0], false)
	files := catalogtest.BrokenFiles{HereFiles: catalogtest.HereFiles{}, Broken: map[string]error{dir: syscall.EIO}, Only: "stat"}
	wantPrivate(t, "broken", "public", catalogtest.InFiles(File, "content", files, at(dir+"/public"))[0], true)
	line, open, closed := "1 8 1 1 %s a b\n", "0 8 1 1 41ed a b\n", "0 8 1 1 41e8 a b\n"
	for text, want := range map[string]bool{
		strings.Replace(line, "%s", "81a4", 1) + open + open + "guards 0:2\n":   false,
		strings.Replace(line, "%s", "81a0", 1) + open + open + "guards 0:2\n":   true,
		strings.Replace(line, "%s", "81a4", 1) + open + closed + "guards 0:2\n": true,
		strings.Replace(line, "%s", "81a4", 1) + closed + open + "guards 1:2\n": false,
		strings.Replace(line, "%s", "81a4", 1) + open + "guards 0:2\n":          true,
		strings.Replace(line, "%s", "81a4", 1) + open + "guards -\n":            true,
		strings.Replace(line, "%s", "81a4", 1) + open + "guards 0:0\n":          true,
		strings.Replace(line, "%s", "81a4", 1) + open + "guards -1:1\n":         true,
		strings.Replace(line, "%s", "81a4", 1):                                  true,
		strings.Replace(line, "%s", "?", 1) + open + "guards 0:1\n":             true,
		"": true,
	} {
		if _, g, _ := parseGuards(text, 1); g.private(0, 1) != want {
			t.Errorf("%q: want private %v", text, want)
		}
	}
}

// FuzzRealName: any name has one without symlinks that lies inside, or an error.
func FuzzRealName(f *testing.F) {
	f.Add("l/m/../x")
	links := linkedFiles{"l": "a/b", "m": "../../l/..", "o": "o", "p": "/q", "q": "p/.."}
	f.Fuzz(func(t *testing.T, name string) {
		if real, err := lookup.RealName(links, name); err == nil && !fs.ValidPath(real) && fs.ValidPath(name) {
			t.Errorf("%q is %q", name, real)
		}
	})
}
