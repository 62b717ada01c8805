package file

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// TestInodeOfHardLinks is one number, and that of a symlink its own only if it is not followed.
func TestInodeOfHardLinks(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	catalogtest.MakeFile(t, at("a"), "", 0o644)
	if err := os.Link(at("a"), at("b c")); err != nil {
		t.Skip(err)
	}
	catalogtest.MakeLink(t, "a", at("link"))
	number := func(name string) resource.Fact {
		info, err := os.Lstat(at(name))
		if err != nil {
			t.Fatal(err)
		}
		return resource.Seen(resource.Int(int64(info.Sys().(*syscall.Stat_t).Ino)))
	}
	subjects := []resource.Params{
		{"path": at("link"), "follow": false}, {"path": at("a"), "follow": true}, {"path": at("b c"), "follow": true}, {"path": at("link"), "follow": true}, {"path": at("no"), "follow": true},
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		facts, err := catalogtest.RunProbe(t, shell, File, inodeNumber, nil, subjects...)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []resource.Fact{number("link"), number("a"), number("a"), number("a")} {
			catalogtest.SameFact(t, resource.Count, fmt.Sprint(subjects[i]), facts[i]["inode"], want)
		}
		if facts[4]["inode"].Missing == "" {
			t.Errorf("%v", facts[4])
		}
	})
}
