package storage_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/storage"
	"github.com/avow-dev/avow/spec/resource"
)

const fstabText = `# /srv/comment /srv/comment ext4
UUID="0B-1C" / ext4 errors=remount-ro 0 1
LABEL=a\040b	/srv/a\040b/	ext4
/dev/sda2 none swap sw 0 0
/dev/sda3 swap swap defaults
//server/share#1 /srv/share cifs credentials=/etc/c,context="a:b:c0,c1",nofail 0 0
first /srv/twice ext4 ro 1 2
second /srv/twice xfs rw 0 0 # of two
/dev/x /srv/short
/dev/y /srv/number ext4 rw x y`

func point(name string) resource.Params { return resource.Params{"mount_point": name} }

var fstabCases = []struct{ name, promise, want string }{
	{"/", "source", `= "UUID=\"0B-1C\""`},
	{"/", "pass", "= 1"},
	{"/srv/a b", "source", `= "LABEL=a b"`},
	{"/srv/a b", "options", `= ["defaults"]`}, // InSpec crashes
	{"/srv/a b", "dump", "= 0"},
	{"/dev/sda2", "filesystem", `= "swap"`},
	{"/dev/sda3", "exists", "= true"},
	{"/srv/share", "source", `= "//server/share#1"`},
	{"/srv/share", "options", `= ["context=\"a:b:c0,c1\"", "credentials=/etc/c", "nofail"]`},
	{"/srv/twice", "source", `= "second"`}, // the last one is mounted over the other
	{"/srv/twice", "options", `= ["rw"]`},
	{"/srv/short", "exists", "unknown: line 9 of /etc/fstab has no file system"},
	{"/srv/number", "pass", `unknown: "y" is not a number`},
	{"/srv/comment", "exists", "= false  (no entry in /etc/fstab)"},
	{"/srv", "exists", "= false  (no entry in /etc/fstab)"},
	{"first", "exists", "= false  (it is the source of the entry /srv/twice)"},
	{"$(reboot)", "exists", "= false  (no entry in /etc/fstab)"},
	{"-x", "source", "missing: no entry in /etc/fstab"},
}

func fstabFact(facts resource.Facts, promise string) string {
	return catalogtest.DescribeFact(storage.Fstab.Attribute(promise).Kind, facts[promise])
}

// TestFstab: by every shell and without one, as root and as a user.
func TestFstab(t *testing.T) {
	var subjects []resource.Params
	for _, c := range fstabCases {
		subjects = append(subjects, point(c.name))
	}
	check := func(t *testing.T, facts []resource.Facts) {
		t.Helper()
		for i, c := range fstabCases {
			if got := fstabFact(facts[i], c.promise); got != c.want {
				t.Errorf("%s %s: %s, want %s", c.name, c.promise, got, c.want)
			}
		}
	}
	setup := "mount -t tmpfs none /etc\ncat >/etc/fstab <<'END'\n" + fstabText + "\nEND\n"
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, user := range []string{"", catalogtest.AsUnprivileged} {
			jailed := catalogtest.Jailed(t, shell, setup+user)
			facts, err := catalogtest.RunProbe(t, jailed, storage.Fstab, storage.Fstab.Probe, nil, subjects...)
			if err != nil {
				t.Fatal(err)
			}
			check(t, facts)
		}
	})
	files := fstest.MapFS{"etc/fstab": {Data: []byte(fstabText)}}
	check(t, catalogtest.InFiles(storage.Fstab, "exists", files, subjects...))
}

// TestFstabThatCannotBeRead: without the file nothing has an entry; one that cannot be read may have any.
func TestFstabThatCannotBeRead(t *testing.T) {
	for setup, want := range map[string]string{
		"mount -t tmpfs none /etc":                                                               "= false  (there is no /etc/fstab)",
		"mount -t tmpfs none /etc; mkdir /etc/fstab":                                             "unknown: /etc/fstab is not a regular file",
		"mount -t tmpfs none /etc; ln -s /none /etc/fstab":                                       "unknown: /etc/fstab is a dangling symlink",
		"mount -t tmpfs none /etc; >/etc/fstab; chmod 0 /etc/fstab":                              "= false  (no entry in /etc/fstab)",
		"mount -t tmpfs none /etc; >/etc/fstab; chmod 0 /etc/fstab" + catalogtest.AsUnprivileged: "unknown: permission denied on /etc/fstab",
	} {
		shell := catalogtest.Jailed(t, []string{"/bin/sh"}, setup)
		facts, err := catalogtest.RunProbe(t, shell, storage.Fstab, storage.Fstab.Probe, nil, point("/srv"))
		if err != nil {
			t.Fatal(err)
		}
		if got := fstabFact(facts[0], "exists"); got != want {
			t.Errorf("%s: %s, want %s", setup, got, want)
		}
	}
	none := catalogtest.InFiles(storage.Fstab, "exists", fstest.MapFS{}, point("/srv"))
	if got := fstabFact(none[0], "exists"); got != "= false  (there is no /etc/fstab)" {
		t.Error(got)
	}
	catalogtest.AllUnknown(t, storage.Fstab, catalogtest.FailingFiles{Err: catalogtest.ErrEngine}, point("/srv"),
		catalogtest.ErrEngine.Error()+" on /etc", "exists", "source")
}

// TestFstabList: each name once, swap by its source.
func TestFstabList(t *testing.T) {
	files := fstest.MapFS{"etc/fstab": {Data: []byte(fstabText)}}
	got := catalogtest.InFilesOf(storage.FstabEntries, files, resource.Params{"name": "all"})[0]
	for _, want := range []string{
		`names = ["/", "/dev/sda2", "/dev/sda3", "/srv/a b", "/srv/number", "/srv/share", "/srv/short", "/srv/twice"]`,
		"count = 8",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	catalogtest.AllUnknown(t, storage.FstabEntries, catalogtest.FailingFiles{Err: catalogtest.ErrEngine},
		resource.Params{}, catalogtest.ErrEngine.Error()+" on /etc", "names", "count", "every")
}

func TestMistakesOfFstab(t *testing.T) {
	for name, hint := range map[string]string{
		"": "empty", "none": "write the source", "swap": "write the source", "/srv/": `write "/srv"`, "/srv/*": "fstab_entries",
	} {
		if err := storage.Fstab.Prepare(point(name)); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: %v", name, err)
		}
	}
	kind := storage.Fstab.Attribute("source").Kind
	want, err := kind.Read(cty.StringVal(`UUID=0B-1C`))
	if err != nil || !kind.Same(`UUID="0B-1C"`, want) || kind.Same(`UUID="0B"`, want) {
		t.Error("quotes of a UUID are not part of it", err)
	}
}

func FuzzFstab(f *testing.F) {
	f.Add("file\x00/etc/fstab\x00"+fstabText+"\x00", "/srv/twice")
	f.Add("absent\x00/etc/fstab\x00\x00", "/")
	f.Add("file\x00/etc/fstab\x00a none\n\\777 \\040\x00", "a")
	f.Fuzz(func(t *testing.T, out, name string) {
		catalogtest.ParseAll(t, storage.Fstab, out, point(name))
		_, _ = storage.FstabEntries.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{{}})
	})
}
