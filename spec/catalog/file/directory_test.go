package file

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

func TestDirectoryExists(t *testing.T) {
	dir := t.TempDir()
	file := catalogtest.MakeFile(t, dir+"/file", "x", 0o644)
	link, dangling := catalogtest.MakeLink(t, dir, dir+"/link"), catalogtest.MakeLink(t, "nowhere", dir+"/dangling")
	inFileShells(t, func(t *testing.T, shell, env []string) {
		exists := fileFacts(t, Directory, shell, env, "exists", at(dir), at(file), at(link), unfollowed(link), at(dangling),
			at(dir+"/no"), at("/dev/null"))
		for i, want := range []resource.Fact{
			resource.Seen(true), resource.Seen(false).With("a file is there"), resource.Seen(true), resource.Seen(false).With("a symlink is there"),
			resource.Seen(false).With("broken symlink -> nowhere"), resource.Seen(false), resource.Seen(false).With("a character device is there"),
		} {
			catalogtest.SameFact(t, resource.Bool, "exists", exists[i], want)
		}
		modes := fileFacts(t, Directory, shell, env, "mode", at(file), at(link), unfollowed(link), at(dir+"/no"))
		for i, want := range []resource.Fact{resource.Missing("not a directory, but a file"), resource.Seen("0755"), resource.Missing("not a directory, but a symlink"), resource.Missing("no such file")} {
			catalogtest.SameFact(t, resource.Mode, "mode", modes[i], want)
		}
	})
}

// speakableNames are the hostile names that a shell can hold.
func speakableNames(shell []string) []string {
	if shell[0] == "yash" {
		return hostileNames[:len(hostileNames)-1]
	}
	return hostileNames
}

func TestDirectoryEntries(t *testing.T) {
	dir := t.TempDir()
	full, empty := dir+"/full", dir+"/empty"
	if err := errorsOf(os.Mkdir(full, 0o755), os.Mkdir(empty, 0o755), os.Mkdir(full+"/sub", 0o755)); err != nil {
		t.Fatal(err)
	}
	catalogtest.MakeFile(t, full+"/sub/below", "", 0o644)
	catalogtest.MakeLink(t, "nowhere", full+"/dangling")
	catalogtest.MakeLink(t, "full", dir+"/link")
	inFileShells(t, func(t *testing.T, shell, env []string) {
		names := append([]string{"sub", "dangling"}, speakableNames(shell)...)
		for _, name := range hostileNames {
			os.Remove(full + "/" + name)
		}
		for _, name := range speakableNames(shell) {
			catalogtest.MakeFile(t, full+"/"+name, "", 0o644)
		}
		slices.Sort(names)
		for _, how := range []string{"", "find() { return 1; }\n"} {
			probe := *Directory.ProbeOf("entries")
			probe.Script = how + probe.Script
			facts, err := catalogtest.RunProbe(t, shell, Directory, &probe, env, at(full), at(empty), at(dir+"/link"), at(dir+"/no"), at(full+"/dangling"), unfollowed(dir+"/link"), at(full))
			if err != nil {
				t.Fatal(err)
			}
			missing := []resource.Fact{resource.Missing("no such file"), resource.Missing("broken symlink -> nowhere"), resource.Missing("not a directory, but a symlink")}
			entries := []resource.Fact{resource.Seen(resource.Strings(names)), resource.Seen([]any{}), resource.Seen(resource.Strings(names)), missing[0], missing[1], missing[2], resource.Seen(resource.Strings(names))}
			bare := []resource.Fact{resource.Seen(false), resource.Seen(true), resource.Seen(false), missing[0], missing[1], missing[2], resource.Seen(false)}
			for i := range facts {
				catalogtest.SameFact(t, resource.ListOf(resource.String), how+"entries", facts[i]["entries"], entries[i])
				catalogtest.SameFact(t, resource.Bool, how+"empty", facts[i]["empty"], bare[i])
			}
		}
	})
}

// A directory that cannot be read is not empty.
func TestDirectoryRefused(t *testing.T) {
	dir := t.TempDir()
	searchable, readable := dir+"/searchable", dir+"/readable"
	if err := errorsOf(os.Mkdir(searchable, 0o711), os.Mkdir(readable, 0o755)); err != nil {
		t.Fatal(err)
	}
	catalogtest.MakeFile(t, readable+"/file", "", 0o644)
	if err := os.Chmod(readable, 0o744); err != nil {
		t.Fatal(err)
	}
	inFileShells(t, func(t *testing.T, shell, env []string) {
		shell = asOrdinary(t, dir, shell)
		for _, how := range []string{"", "find() { return 1; }\n"} {
			probe := *Directory.ProbeOf("empty")
			probe.Script = how + probe.Script
			for _, path := range []string{searchable, readable} {
				facts, err := catalogtest.RunProbe(t, shell, Directory, &probe, env, at(path))
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range []string{"entries", "empty"} {
					catalogtest.SameFact(t, resource.Bool, how+path+" "+name, facts[0][name], resource.Unknown("permission denied on "+path))
				}
				if facts, err := catalogtest.RunProbe(t, shell, Directory, &probe, env, at(dir), at(path)); err == nil {
					t.Error("read among others:", facts)
				}
			}
		}
	})
}

func TestDirectoryWithoutPrograms(t *testing.T) {
	if _, err := exec.LookPath("dash"); err != nil {
		t.Skip(err)
	}
	_, err := catalogtest.RunProbe(t, []string{"dash"}, Directory, bareProbe(t, Directory.ProbeOf("empty")), nil, at("/etc"))
	if err == nil || !strings.Contains(err.Error(), "neither find nor ls") {
		t.Error(err)
	}
}
