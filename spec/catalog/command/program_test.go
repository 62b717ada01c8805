package command

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

func programFactsOf(t *testing.T, shell, env []string, name string) map[string]string {
	t.Helper()
	return catalogtest.LinesOf(catalogtest.AllFacts(t, Program, shell, env, resource.Params{"name": name}))
}

// programTree has a folder with programs of all kinds, and one that only root may search.
func programTree(t *testing.T) (dir string, env []string) {
	t.Helper()
	dir = t.TempDir()
	for d := dir; d != "/" && d != os.TempDir(); d = filepath.Dir(d) {
		_ = os.Chmod(d, 0o755)
	}
	for name, mode := range map[string]fs.FileMode{
		"good": 0o755, "plain": 0o644, "private": 0o700, "a b": 0o755, "$(reboot)": 0o755, "-x": 0o755, "it's": 0o755,
	} {
		catalogtest.MakeFile(t, filepath.Join(dir, name), "#!/bin/sh\necho \"$0 version 1.2.3-rc1, of ${1#--}\"\n", mode)
	}
	for name, script := range map[string]string{
		"failing": "echo 1.2.3\nexit 2", "silent": ":", "error": "echo v4.5 >&2", "reading": "read -r x || echo \"2.0 $#\"",
	} {
		catalogtest.MakeFile(t, filepath.Join(dir, name), "#!/bin/sh\n"+script+"\n", 0o755)
	}
	catalogtest.MakeLink(t, "nowhere", filepath.Join(dir, "dangling"))
	catalogtest.MakeLink(t, "good", filepath.Join(dir, "link"))
	for _, d := range []string{"folder", "closed"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	catalogtest.MakeFile(t, filepath.Join(dir, "closed", "inside"), "#!/bin/sh\n", 0o755)
	_ = os.Chmod(filepath.Join(dir, "closed"), 0o700)
	return dir, []string{"PATH=relative::" + dir + "/:/usr/bin:/bin"}
}

func TestProgramIsFoundAlongThePATH(t *testing.T) {
	dir, env := programTree(t)
	t.Chdir(dir)
	_ = os.Mkdir("relative", 0o755)
	catalogtest.MakeFile(t, "relative/here", "#!/bin/sh\n", 0o755)
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, name := range []string{"good", "a b", "$(reboot)", "-x", "it's", "link", "private", dir + "/good"} {
			at := `"` + dir + "/" + filepath.Base(name) + `"`
			catalogtest.ExpectFacts(t, name, programFactsOf(t, shell, env, name), map[string]string{"exists": "= true", "path": "= " + at})
		}
		for name, why := range map[string]string{
			"no-such": "no such program", "dangling": dir + "/dangling is a dangling symlink", "folder": dir + "/folder is not a regular file",
			"plain": dir + "/plain is not executable", "cd": "no such program", "here": "no such program", "*": "no such program",
			dir + "/no/such": "no such program",
		} {
			catalogtest.ExpectFacts(t, name, programFactsOf(t, shell, env, name), map[string]string{"exists": "= false", "path": "missing: " + why, "version": "missing: " + why})
		}
	})
}

// TestProgramThatMayBeThereIsUnknown: an ordinary user sees neither what only root may execute nor what is in a folder of root's.
func TestProgramThatMayBeThereIsUnknown(t *testing.T) {
	dir, env := programTree(t)
	env = []string{env[0] + ":" + dir + "/closed"}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		nobody := catalogtest.AsNobody(t, shell)
		for name, why := range map[string]string{
			"inside": "permission denied on " + dir + "/closed", "no-such": "permission denied on " + dir + "/closed",
			dir + "/closed/inside": "permission denied on " + dir + "/closed", dir + "/private": dir + "/private is not executable for this user",
		} {
			want := map[string]string{"exists": "unknown: " + why, "path": "unknown: " + why, "version": "unknown: " + why}
			catalogtest.ExpectFacts(t, name, programFactsOf(t, nobody, env, name), want)
		}
		catalogtest.ExpectFacts(t, "good", programFactsOf(t, nobody, env, "good"), map[string]string{"exists": "= true"})
	})
}

func TestProgramVersion(t *testing.T) {
	dir, env := programTree(t)
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for name, want := range map[string]string{
			"good": `= "1.2.3-rc1"`, "error": `= "4.5"`, "reading": `= "2.0"`,
			"failing": "unknown: " + dir + "/failing --version ends with status 2", "silent": "unknown: " + dir + "/silent --version prints no version",
		} {
			catalogtest.ExpectFacts(t, name, programFactsOf(t, shell, env, name), map[string]string{"version": want})
		}
	})
}

func TestProgramsWithBusyboxOnly(t *testing.T) {
	env := catalogtest.BusyboxOnly(t)
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		if got := programFactsOf(t, shell, env, "grep")["exists"]; got != "= true" {
			t.Errorf("grep: %s", got)
		}
		if got := programFactsOf(t, shell, env, "no-such")["exists"]; got != "= false" {
			t.Errorf("no-such: %s", got)
		}
	})
}

// TestVersionIn has what programs print.
func TestVersionIn(t *testing.T) {
	for text, want := range map[string]string{
		"git version 2.39.5\n": "2.39.5", "nginx version: nginx/1.22.1\n": "1.22.1", "GNU bash, version 5.2.15(1)-release (x86_64)": "5.2.15",
		"OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.15": "9.2p1", "less 590 (GNU regular expressions)": "590", "jq-1.6": "1.6", "v20.1.0\n": "20.1.0",
		"\nThis is perl 5, version 36, subversion 0 (v5.36.0) built": "5.36.0", "Docker version 20.10.24+dfsg1, build 297e128": "20.10.24+dfsg1",
		"ip utility, iproute2-6.1.0, libbpf 1.1.0": "6.1.0", "openjdk 17.0.13 2024-10-15\n": "17.0.13", "app 1.0.": "1.0", "": "", "no digits": "",
		"1.0.0-beta.2 of x": "1.0.0-beta.2",
	} {
		if got := versionIn(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestProgramMistakes(t *testing.T) {
	for name, part := range map[string]string{
		"": "not the name", "bin/x": "relative path", "~/bin/x": "absolute path", "python*": "for_each", "python[23]": "for_each", "nginx -t": "use command", "/usr/bin/": "not the name", "/usr/bin/x\ny": "not the name",
	} {
		if err := prepareProgram(resource.Params{"name": name}); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q: %v, want %q", name, err, part)
		}
	}
	for _, name := range []string{"nginx", "-x", "/opt/My App/run", "g++", "["} {
		if err := prepareProgram(resource.Params{"name": name}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestProgramInFiles(t *testing.T) {
	file := func(mode fs.FileMode, to string) *fstest.MapFile {
		return &fstest.MapFile{Mode: mode, Data: []byte(to)}
	}
	tree := fstest.MapFS{
		"usr/bin/app": file(0o755, ""), "usr/local/bin/app": file(0o644, ""), "usr/bin/plain": file(0o644, ""),
		"usr/bin/dangling": file(fs.ModeSymlink|0o777, "nowhere"), "usr/bin/link": file(fs.ModeSymlink|0o777, "app"), "usr/bin/folder/x": file(0o644, ""),
	}
	for name, want := range map[string]resource.Facts{
		"app": {"exists": resource.Seen(true), "path": resource.Seen("/usr/bin/app")}, "link": {"exists": resource.Seen(true), "path": resource.Seen("/usr/bin/link")},
		"/usr/bin/app": {"exists": resource.Seen(true), "path": resource.Seen("/usr/bin/app")},
		"no-such":      {"exists": resource.Seen(false).With("no such program"), "path": resource.Missing("no such program")},
		"plain":        {"exists": resource.Seen(false).With("/usr/bin/plain is not executable"), "path": resource.Missing("/usr/bin/plain is not executable")},
		"folder":       {"exists": resource.Seen(false).With("/usr/bin/folder is not a regular file"), "path": resource.Missing("/usr/bin/folder is not a regular file")},
		"dangling":     {"exists": resource.Seen(false).With("/usr/bin/dangling is a dangling symlink"), "path": resource.Missing("/usr/bin/dangling is a dangling symlink")},
	} {
		got := catalogtest.InFiles(Program, "exists", tree, resource.Params{"name": name})[0]
		if got["exists"] != want["exists"] || got["path"] != want["path"] {
			t.Errorf("%s: %+v", name, got)
		}
	}
	broken := catalogtest.BrokenFiles{HereFiles: catalogtest.Rooted(t.TempDir()), Broken: map[string]error{"/usr": catalogtest.ErrEngine}}
	catalogtest.AllUnknown(t, Program, broken, resource.Params{"name": "app"}, catalogtest.ErrEngine.Error()+" on /usr", "exists", "path")
}

// FuzzProgram: any bytes give facts or an error.
func FuzzProgram(f *testing.F) {
	f.Add("program /usr/bin/x\nx 1.2")
	f.Add("absent \n")
	f.Add("unknown permission denied on /x\nabsent note\n")
	f.Fuzz(func(t *testing.T, out string) { catalogtest.ParseAll(t, Program, out, resource.Params{"name": "x"}) })
}
