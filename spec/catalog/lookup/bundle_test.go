package lookup_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// bundleDir makes drop-in folders with everything that they can have.
func bundleDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for ; dir != "/" && len(dir) > len(os.TempDir()); dir = filepath.Dir(dir) {
		os.Chmod(dir, 0o755)
	}
	dir = t.TempDir()
	os.Chmod(dir, 0o755)
	script := `cd "$1" && mkdir etc run lib secret lib/sub.conf && printf 'main\n' >main.conf &&
	printf 'etc 50\n' >etc/50-a.conf && printf 'lib 50\n' >lib/50-a.conf && printf 'run 10' >run/10-b.conf &&
	printf 'lib 70\n' >lib/70-c.conf && ln -s /dev/null etc/70-c.conf && printf 'no\n' >etc/20-d.conf~ &&
	printf 'no\n' >etc/.20-hidden.conf && ln -s nowhere run/90-e.conf && mkfifo run/91-f.conf && : >lib/92-g.conf &&
	ln -s ../main.conf "lib/93 h.conf" && printf 'x\n' >secret/1.conf && printf 'y\n' >run/94-i.conf &&
	chmod 600 run/94-i.conf && chmod 700 secret`
	if out, err := exec.Command("/bin/sh", "-c", script, "sh", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	return dir
}

var bundlePlaces = []string{"main.conf", "etc", "run", "lib", "secret", "none", "main.conf/none", "run/90-e.conf/x"}

func wantBundle(dir string, root bool) []lookup.ConfigFile {
	want := []lookup.ConfigFile{
		{Path: dir + "/run/10-b.conf", Content: "run 10"},
		{Path: dir + "/etc/50-a.conf", Content: "etc 50\n"},
		{Path: dir + "/etc/70-c.conf"},
		{Path: dir + "/run/90-e.conf", Unknown: dir + "/run/90-e.conf is a dangling symlink"},
		{Path: dir + "/run/91-f.conf", Unknown: dir + "/run/91-f.conf is not a regular file"},
		{Path: dir + "/lib/92-g.conf"},
		{Path: dir + "/lib/93 h.conf", Content: "main\n"},
		{Path: dir + "/run/94-i.conf", Content: "y\n"},
	}
	if root {
		return append(want[:0:0], append([]lookup.ConfigFile{{Path: dir + "/secret/1.conf", Content: "x\n"}}, want...)...)
	}
	want[7] = lookup.ConfigFile{Path: dir + "/run/94-i.conf", Unknown: "permission denied on " + dir + "/run/94-i.conf"}
	return append([]lookup.ConfigFile{{Path: dir + "/secret", Unknown: "permission denied on " + dir + "/secret"}}, want...)
}

// TestBundle: the same files by every shell, as root and as an ordinary user, and without a shell.
func TestBundle(t *testing.T) {
	dir := bundleDir(t)
	var places []string
	for _, p := range bundlePlaces {
		places = append(places, dir+"/"+p)
	}
	check := func(t *testing.T, bundle lookup.Bundle, root bool) {
		t.Helper()
		got := bundle.DropIns(".conf", dir+"/etc", dir+"/run", dir+"/lib", dir+"/secret", dir+"/none")
		slicesByName := cmpopts.IgnoreUnexported(lookup.ConfigFile{})
		if diff := cmp.Diff(wantBundle(dir, root), got, slicesByName); diff != "" {
			t.Error(diff)
		}
		if f := bundle.File(dir + "/main.conf"); f.Content != "main\n" || f.Absent {
			t.Errorf("%+v", f)
		}
		for _, none := range []string{"/none", "/main.conf/none"} {
			if f := bundle.File(dir + none); !f.Absent || f.Unknown != "" {
				t.Errorf("%+v", f)
			}
		}
		if f := bundle.File(dir + "/run/90-e.conf/x"); f.Absent || !strings.Contains(f.Unknown, "is a dangling symlink") {
			t.Errorf("%+v", f)
		}
	}
	probe := &resource.Probe{Script: lookup.BundleScript + "bundle \"$@\"", Words: func(resource.Params) []string { return places }}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, root := range []bool{true, false} {
			shell := shell
			if !root {
				shell = catalogtest.AsNobody(t, shell)
			}
			answer, reason := catalogtest.RunScript(t, shell, probe, nil, resource.Params{})
			bundle, err := lookup.ParseBundle(answer.Stdout)
			if err != nil || reason != "" {
				t.Fatal(err, reason, string(answer.Stderr))
			}
			check(t, bundle, root)
		}
	})
	check(t, lookup.NewFiles(os.DirFS("/")).Bundle(places...), true)
}

// TestBundleOfNonsense: an answer that cannot be told apart is an error, and never a shorter bundle.
func TestBundleOfNonsense(t *testing.T) {
	for _, out := range []string{"x", "file\x00/a\x00b", "file\x00/a\x00b\x00c\x00", "odd\x00/a\x00b\x00", "file\x00/a\x00x\x00y\x00file\x00/b\x00z\x00"} {
		if bundle, err := lookup.ParseBundle([]byte(out)); err == nil {
			t.Errorf("%q: %+v", out, bundle)
		}
	}
}
