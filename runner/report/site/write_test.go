package site

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"

	"github.com/google/go-cmp/cmp"
)

func save(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestStaleFilesGo(t *testing.T) {
	dir := written(t, fleet(9, 20, noon), words.Options{})
	save(t, dir, "hosts/notes.html", "somebody's own")
	save(t, dir, "README", "somebody's own")
	save(t, dir, "hosts/web008.html", "changed by hand")
	if err := writeRun(dir, fleet(3, 20, noon), words.Options{}); err != nil {
		t.Fatal(err)
	}
	got := files(t, dir)
	for _, name := range []string{"hosts/notes.html", "README", "hosts/web008.html"} {
		if got[name] == "" {
			t.Errorf("%s was removed, and was not ours", name)
		}
		delete(got, name)
	}
	if diff := cmp.Diff(files(t, written(t, fleet(3, 20, noon), words.Options{})), got); diff != "" {
		t.Error(diff)
	}
}

func TestOthersFilesAreSpared(t *testing.T) {
	for _, name := range []string{"index.html", "site.css", "hosts/web001.html"} {
		dir := t.TempDir()
		save(t, dir, name, "somebody's own")
		err := writeRun(dir, fleet(1, 4, noon), words.Options{})
		if err == nil || !strings.Contains(err.Error(), "choose a folder of its own") {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(map[string]string{name: "somebody's own"}, files(t, dir)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestOthersFilesAreToldAtOnce: before any host was looked at.
func TestOthersFilesAreToldAtOnce(t *testing.T) {
	dir := t.TempDir()
	save(t, dir, "index.html", "somebody's own")
	if err := New(dir, words.Options{})(fleet(1, 4, noon)[0], record.NewRun()); err == nil {
		t.Error("the first event went well")
	}
}

func TestManifestIsNotBelieved(t *testing.T) {
	outside := t.TempDir()
	save(t, outside, "precious.html", "x")
	dir := filepath.Join(t.TempDir(), "site")
	save(t, dir, manifestFile, `{"files": {"../precious.html": "`+digest("x")+`", "notes.txt": "`+digest("x")+`", "hosts/../notes.txt": "`+digest("x")+`"}}`)
	save(t, dir, "notes.txt", "x")
	save(t, filepath.Dir(dir), "precious.html", "x")
	if err := writeRun(dir, fleet(1, 4, noon), words.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "notes.txt"), filepath.Join(filepath.Dir(dir), "precious.html")} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

func TestNothingIsWrittenOutside(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "hosts")); err != nil {
		t.Fatal(err)
	}
	if err := writeRun(dir, fleet(1, 4, noon), words.Options{}); err == nil {
		t.Error("it was written through a link that leaves the folder")
	}
	if all := files(t, outside); len(all) > 0 {
		t.Errorf("outside there is %v", all)
	}
}

// TestFrontPageComesLast: what a broken write leaves is the old front page, not one with links to nothing.
func TestFrontPageComesLast(t *testing.T) {
	dir := written(t, fleet(2, 4, noon), words.Options{})
	before := files(t, dir)["index.html"]
	if err := os.MkdirAll(filepath.Join(dir, "hosts/web003.html"), 0o755); err != nil {
		t.Fatal(err)
	}
	m := files(t, dir)[manifestFile]
	save(t, dir, manifestFile, strings.Replace(m, `"files": {`, `"files": {"hosts/web003.html": "",`, 1))
	if err := writeRun(dir, fleet(3, 4, noon), words.Options{}); err == nil {
		t.Fatal("a page replaced a folder")
	}
	if files(t, dir)["index.html"] != before {
		t.Error("the front page was replaced")
	}
	if err := os.Remove(filepath.Join(dir, "hosts/web003.html")); err != nil {
		t.Fatal(err)
	}
	if err := writeRun(dir, fleet(3, 4, noon), words.Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(files(t, written(t, fleet(3, 4, noon), words.Options{})), files(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestSlug(t *testing.T) {
	safe := regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,70}[a-z0-9])?$`)
	seen := map[string]string{}
	for _, name := range []string{
		"web1", "WEB1", "web1.example.com", "web[web1.example.com]", "web-web1.example.com", "web(web1.example.com)", "", " ", "-", "..", ".", "../web1", "a/b", `a\b`,
		"con", "nul.example.com", "com1", "a..b", "ü", "日本", strings.Repeat("a", 300), strings.Repeat("a", 301), "index", "a.", ".a", "a\x00", evil,
	} {
		s := slug(name)
		if !safe.MatchString(s) || strings.Contains(s, "..") || isDevice(s) {
			t.Errorf("%q is %q", name, s)
		}
		if other, taken := seen[s]; taken {
			t.Errorf("%q and %q are both %q", name, other, s)
		}
		seen[s] = name
	}
	for _, name := range []string{"web1", "web1.example.com", "db-2"} {
		if slug(name) != name {
			t.Errorf("%q is %q", name, slug(name))
		}
	}
}

// TestEqualNamesHaveTheirOwnPages: what two targets of one name answer is never mixed up.
func TestEqualNamesHaveTheirOwnPages(t *testing.T) {
	taken := map[string]bool{}
	first, second := unique(taken, "hosts/", "web1"), unique(taken, "hosts/", "web1")
	if first == second || first != "hosts/web1.html" || !isPage(second) {
		t.Errorf("%q and %q", first, second)
	}
}
