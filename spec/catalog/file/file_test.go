package file

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

func TestFileHostileNames(t *testing.T) {
	dir := t.TempDir()
	var there, nowhere []resource.Params
	for _, name := range hostileNames {
		catalogtest.MakeFile(t, filepath.Join(dir, name), "content of "+name, 0o640)
		there = append(there, at(filepath.Join(dir, name)))
		nowhere = append(nowhere, at(dir+"/no/"+name))
	}
	inFileShells(t, func(t *testing.T, shell, env []string) {
		there, nowhere := speakable(shell, there), speakable(shell, nowhere)
		for i, subject := range there {
			name := hostileNames[i]
			catalogtest.SameFact(t, resource.Bool, name, fileFacts(t, File, shell, env, "exists", subject)[0], resource.Seen(true))
			catalogtest.SameFact(t, resource.Mode, name, fileFacts(t, File, shell, env, "mode", subject)[0], resource.Seen("0640"))
			catalogtest.SameFact(t, resource.Text, name, fileFacts(t, File, shell, env, "content", subject)[0], resource.Seen("content of "+name))
			catalogtest.SameFact(t, resource.Bool, name, fileFacts(t, File, shell, env, "exists", nowhere[i])[0], resource.Seen(false))
			catalogtest.SameFact(t, resource.Text, name, fileFacts(t, File, shell, env, "content", nowhere[i])[0], resource.Missing("no such file"))
		}
		for i, fact := range fileFacts(t, File, shell, env, "mode", there...) {
			catalogtest.SameFact(t, resource.Mode, hostileNames[i], fact, resource.Seen("0640"))
		}
		for i, fact := range fileFacts(t, File, shell, env, "content", there...) {
			catalogtest.SameFact(t, resource.Text, hostileNames[i], fact, resource.Seen("content of "+hostileNames[i]))
		}
	})
}

func TestFileGroupWithMissingHostileNames(t *testing.T) {
	dir := t.TempDir()
	subjects := []resource.Params{at(dir), at(dir + "/a: No such file or directory"), at(dir + "/-x"), at(dir + "/ "), at("/etc/passwd/x")}
	inFileShells(t, func(t *testing.T, shell, env []string) {
		for i, fact := range fileFacts(t, File, shell, env, "exists", subjects...) {
			catalogtest.SameFact(t, resource.Bool, subjects[i].Text("path"), fact, resource.Seen(i == 0))
		}
		broken := append(subjects, at(dir+"/a\nb"))
		if facts, err := catalogtest.RunProbe(t, shell, File, File.ProbeOf("exists"), env, broken...); err == nil {
			t.Errorf("a name with a line break among missing ones has to be asked alone, got %v", facts)
		}
	})
}

// makeTree makes a thing of each kind, and links to them and to nowhere.
func makeTree(t *testing.T, dir string) {
	t.Helper()
	catalogtest.MakeFile(t, dir+"/file", "x", 0o644)
	if err := errorsOf(os.Mkdir(dir+"/directory", 0o755), syscall.Mkfifo(dir+"/fifo", 0o644)); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", dir+"/socket")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	catalogtest.MakeLink(t, "file", dir+"/relative")
	catalogtest.MakeLink(t, dir+"/directory", dir+"/to directory")
	catalogtest.MakeLink(t, "no\nwhere\n", dir+"/dangling")
	catalogtest.MakeLink(t, "loop", dir+"/loop")
}

func TestFileTypesAndLinks(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	makeTree(t, dir)
	want := []struct {
		path, kind   string
		target, mode resource.Fact
	}{
		{path("file"), "file", resource.Missing("not a symlink, but a file"), resource.Seen("0644")},
		{path("directory"), "directory", resource.Missing("not a symlink, but a directory"), resource.Seen("0755")},
		{path("fifo"), "fifo", resource.Missing("not a symlink, but a fifo"), resource.Seen("0644")},
		{path("socket"), "socket", resource.Missing("not a symlink, but a socket"), resource.Seen("0755")},
		{"/dev/null", "char_device", resource.Missing("not a symlink, but a character device"), resource.Seen("0666")},
		{path("relative"), "symlink", resource.Seen("file"), resource.Seen("0644")},
		{path("to directory"), "symlink", resource.Seen(path("directory")), resource.Seen("0755")},
		{path("dangling"), "symlink", resource.Seen("no\nwhere\n"), resource.Missing("broken symlink -> no\nwhere\n")},
		{path("loop"), "symlink", resource.Seen("loop"), resource.Missing("broken symlink -> loop")},
		{path("loop/x"), "", resource.Missing("no such file"), resource.Missing("no such file")},
	}
	var subjects []resource.Params
	for _, w := range want {
		subjects = append(subjects, at(w.path))
	}
	inFileShells(t, func(t *testing.T, shell, env []string) {
		exists := fileFacts(t, File, shell, env, "exists", subjects...)
		kinds := fileFacts(t, File, shell, env, "type", subjects...)
		targets := fileFacts(t, File, shell, env, "target", subjects...)
		modes := fileFacts(t, File, shell, env, "mode", subjects...)
		for i, w := range want {
			catalogtest.SameFact(t, resource.Bool, w.path+" exists", exists[i], resource.Seen(w.kind != ""))
			if w.kind != "" {
				catalogtest.SameFact(t, resource.String, w.path+" type", kinds[i], resource.Seen(w.kind))
			}
			catalogtest.SameFact(t, resource.String, w.path+" target", targets[i], w.target)
			catalogtest.SameFact(t, resource.Mode, w.path+" mode", modes[i], w.mode)
		}
	})
}

func TestFileSizesOfLinks(t *testing.T) {
	dir := t.TempDir()
	makeTree(t, dir)
	subjects := []resource.Params{at(dir + "/relative"), unfollowed(dir + "/relative"), at(dir + "/file"), unfollowed(dir + "/dangling")}
	inFileShells(t, func(t *testing.T, shell, env []string) {
		sizes := fileFacts(t, File, shell, env, "size", subjects...)
		for i, want := range []int64{1, 4, 1, 9} {
			catalogtest.SameFact(t, resource.Number, subjects[i].Text("path"), sizes[i], resource.Seen(resource.Int(want)))
		}
	})
}

func TestFileStatus(t *testing.T) {
	dir := t.TempDir()
	path := catalogtest.MakeFile(t, dir+"/file", "12345", 0o644)
	when := time.Date(2021, 2, 3, 4, 5, 6, 0, time.UTC)
	err := errorsOf(os.Chown(path, 54321, 12345), os.Chmod(path, 0o755|os.ModeSetuid|os.ModeSetgid), os.Chtimes(path, when, when),
		os.Chmod(dir, 0o777|os.ModeSticky))
	if err != nil {
		t.Skip(err)
	}
	inFileShells(t, func(t *testing.T, shell, env []string) {
		facts, err := catalogtest.RunProbe(t, shell, File, File.ProbeOf("mode"), env, at(path), at(dir))
		if err != nil {
			t.Fatal(err)
		}
		want := resource.Facts{
			"mode": resource.Seen("6755"), "at_most": resource.Seen("6755"), "owner": resource.Seen("54321"), "uid": resource.Seen(resource.Int(54321)), "group": resource.Seen("12345"),
			"gid": resource.Seen(resource.Int(12345)), "size": resource.Seen(resource.Int(5)), "modified": resource.Seen(when), "setuid": resource.Seen(true), "setgid": resource.Seen(true), "sticky": resource.Seen(false),
		}
		for name, fact := range want {
			catalogtest.SameFact(t, File.Attribute(name).Kind, name, facts[0][name], fact)
		}
		catalogtest.SameFact(t, resource.Bool, "sticky", facts[1]["sticky"], resource.Seen(true))
		catalogtest.SameFact(t, resource.Owner, "owner", facts[1]["owner"], resource.Seen("root"))
	})
}

// bareProbe is a probe that finds no program but printf, which some shells do not have built in.
func bareProbe(t *testing.T, probe *resource.Probe) *resource.Probe {
	t.Helper()
	printf, err := exec.LookPath("printf")
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	catalogtest.MakeLink(t, printf, dir+"/printf")
	bare := *probe
	bare.Script = "PATH=" + dir + "\n" + bare.Script
	return &bare
}

func TestFileWithoutPrograms(t *testing.T) {
	dir := t.TempDir()
	path := catalogtest.MakeFile(t, dir+"/file", "x", 0o644)
	for _, shell := range catalogtest.Installed(t) {
		// BusyBox finds its applets without a PATH, and yash does not even find [ without one.
		if shell[0] == "busybox" || shell[0] == "yash" {
			continue
		}
		t.Run(shell[0], func(t *testing.T) {
			exists := bareProbe(t, File.ProbeOf("exists"))
			for subject, want := range map[string]resource.Fact{path: resource.Seen(true), dir + "/no": resource.Seen(false), path + "/x": resource.Seen(false)} {
				facts, err := catalogtest.RunProbe(t, shell, File, exists, nil, at(subject))
				if err != nil {
					t.Fatal(err)
				}
				catalogtest.SameFact(t, resource.Bool, subject, facts[0]["exists"], want)
			}
			for _, attribute := range []string{"mode", "sha256", "content", "acl", "capabilities", "immutable", "selinux_label", "readable_by"} {
				_, err := catalogtest.RunProbe(t, shell, File, bareProbe(t, File.ProbeOf(attribute)), nil, at(path))
				if err == nil || !strings.HasPrefix(err.Error(), "no ") || !strings.HasSuffix(err.Error(), " on the target") {
					t.Errorf("%s without its program: %v", attribute, err)
				}
			}
		})
	}
}

func TestFileTargetsOfManyShapes(t *testing.T) {
	dir := t.TempDir()
	var subjects []resource.Params
	for _, name := range hostileNames {
		subjects = append(subjects, at(catalogtest.MakeLink(t, "to/"+name, filepath.Join(dir, name))))
	}
	inFileShells(t, func(t *testing.T, shell, env []string) {
		for i, fact := range fileFacts(t, File, shell, env, "target", speakable(shell, subjects)...) {
			catalogtest.SameFact(t, resource.String, hostileNames[i], fact, resource.Seen("to/"+hostileNames[i]))
		}
	})
}

func TestFileChecksums(t *testing.T) {
	path := catalogtest.MakeFile(t, t.TempDir()+"/-abc", "abc", 0o644)
	want := map[string]string{
		"md5":    "900150983cd24fb0d6963f7d28e17f72",
		"sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"sha512": "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	}
	inFileShells(t, func(t *testing.T, shell, env []string) {
		for tool, sum := range want {
			catalogtest.SameFact(t, resource.String, tool, fileFacts(t, File, shell, env, tool, at(path))[0], resource.Seen(sum))
			catalogtest.SameFact(t, resource.String, tool, fileFacts(t, File, shell, env, tool, at("/dev"))[0], resource.Unknown("not a regular file but a directory"))
			catalogtest.SameFact(t, resource.String, tool, fileFacts(t, File, shell, env, tool, at(path+"x"))[0], resource.Missing("no such file"))
		}
	})
	if limit := File.ProbeOf("sha256").Limit(resource.Params{"timeout": 5 * time.Second}); limit != 5*time.Second {
		t.Error(limit)
	}
}

func TestFileProbesFit(t *testing.T) {
	for _, typ := range []*resource.Type{File, Directory} {
		for _, a := range typ.Attributes {
			if !a.Parameter && typ.ProbeOf(a.Name) == nil {
				t.Errorf("nobody observes %s.%s", typ.Name, a.Name)
			}
		}
	}
}

func TestFilePrepare(t *testing.T) {
	good := []resource.Params{at("/"), at("/a b"), {"path": "/x", "max_content": resource.Int(0), "timeout": time.Second}}
	bad := []resource.Params{
		at(""), at("etc/passwd"), at("~/x"), at("./x"), at("/a\x00b"),
		{"path": "/x", "max_content": resource.Int(-1)},
		{"path": "/x", "timeout": -time.Second},
	}
	for _, p := range good {
		if err := File.Prepare(p); err != nil {
			t.Error(err)
		}
	}
	for _, p := range bad {
		if File.Prepare(p) == nil {
			t.Errorf("%v passes", p)
		}
	}
	if !slices.ContainsFunc(bad, func(p resource.Params) bool { return Directory.Prepare(p) != nil }) {
		t.Error("a directory takes every path")
	}
}

func TestFileAncestor(t *testing.T) {
	got := []string{lookup.Ancestor("/a/b/c", 1), lookup.Ancestor("/a/b/c", 2), lookup.Ancestor("/a", 1), lookup.Ancestor("/a//b/", 2), lookup.Ancestor("/", 9)}
	if diff := cmp.Diff([]string{"/a/b", "/a", "/", "/a", "/"}, got); diff != "" {
		t.Error(diff)
	}
}
