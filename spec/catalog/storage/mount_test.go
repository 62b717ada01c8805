package storage_test

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/storage"
	"github.com/avow-dev/avow/spec/resource"
)

// setupMounts mounts everything that can be mistaken below /mnt.
const setupMounts = `
mount -t tmpfs -o size=4m,nosuid base /mnt
mkdir "/mnt/a b" '/mnt/-x' '/mnt/$(reboot)' '/mnt/q"\1' '/mnt/*' /mnt/stack /mnt/hidden /mnt/bound /mnt/plain /mnt/private
mkdir "/mnt/n
l" /mnt/hidden/below /mnt/private/in
for dir in "/mnt/a b" '/mnt/-x' '/mnt/$(reboot)' '/mnt/q"\1' '/mnt/*' "/mnt/n
l"; do mount -t tmpfs odd "$dir"; done
mount -t tmpfs -o size=1m,nr_inodes=10 first /mnt/stack
mount -t tmpfs -o noexec,size=2m second /mnt/stack
mount -t tmpfs lost /mnt/hidden/below
mount -t tmpfs over /mnt/hidden
mount --bind /mnt/plain /mnt/bound
mount -o remount,bind,ro /mnt/bound
ln -s stack /mnt/link
ln -s nowhere /mnt/dangling
ln -s / /mnt/root
chmod 700 /mnt/private
mount -t tmpfs none /etc
printf '%s\n' '# <file system>' '/dev/x /mnt/a\040b/ tmpfs' 'x /mnt/stack tmpfs noauto' 'y /mnt/bound none bind,noauto,x-systemd.automount' 'z /mnt/-x' >/etc/fstab
`

func path(p string) resource.Params { return resource.Params{"path": p} }

func enclosing(p string) resource.Params { return resource.Params{"path": p, "enclosing": true} }

// mountCases are what setupMounts makes: promise and fact of each path.
var mountCases = []struct {
	subject       resource.Params
	promise, want string
}{
	{path("/mnt"), "mounted", "= true"},
	{path("/mnt"), "source", `= "base"`},
	{path("/mnt"), "options", `= ["nosuid", "relatime", "rw", "size=4096k"]`},
	{path("/mnt"), "depth", "= 1"},
	{path("/mnt/a b"), "mounted", "= true"},
	{path("/mnt/-x"), "mounted", "= true"},
	{path("/mnt/$(reboot)"), "mounted", "= true"},
	{path(`/mnt/q"\1`), "mounted", "= true"},
	{path("/mnt/*"), "mounted", "= true"},
	{path("/mnt/n\nl"), "mounted", "= true"},
	{path("/mnt/?"), "mounted", "= false  (no such file or directory)"},
	{path("/mnt/stack"), "source", `= "second"`}, // goss and testinfra say the first
	{path("/mnt/stack"), "depth", "= 2"},
	{path("/mnt/stack"), "size", "= 2097152"},
	{path("/mnt/link"), "source", `= "second"`},
	{path("/mnt/root/mnt/stack"), "source", `= "second"`},
	{path("/mnt/dangling"), "mounted", "unknown: /mnt/dangling is a dangling symlink"},
	{path("/mnt/hidden"), "source", `= "over"`},
	{path("/mnt/hidden/below"), "mounted", "= false  (another mount hides the one on it)"},
	{path("/mnt/hidden/below"), "size", "missing: another mount hides the one on it"},
	{path("/mnt/bound"), "root", `= "/plain"`},
	{path("/mnt/bound"), "options", `= ["nosuid", "relatime", "ro", "size=4096k"]`}, // the file system is rw
	{path("/mnt/plain"), "mounted", "= false  (nothing is mounted on it)"},          // df says its parent
	{path("/mnt/plain"), "usage", "missing: nothing is mounted on it"},
	{path("/mnt/plain"), "persistent", "missing: nothing is mounted on it"},
	{enclosing("/mnt/plain"), "source", `= "base"`},
	{enclosing("/mnt/plain"), "size", "= 4194304"},
	{enclosing("/mnt/link"), "source", `= "second"`},
	{enclosing("/mnt/none"), "mounted", "= false  (no such file or directory)"},
	{enclosing("/mnt/none"), "size", "missing: no such file or directory"},
	{path("/proc"), "usage", "missing: it has no size"},
	{path("/proc"), "inodes_usage", "missing: it does not count inodes"},
	{path("/mnt/a b"), "persistent", "= true"},
	{path("/mnt/stack"), "persistent", "= false"},
	{path("/mnt/bound"), "persistent", "= true"},
	{path("/mnt/hidden"), "persistent", "= false  (no entry in /etc/fstab)"},
	{path("/mnt/-x"), "persistent", "unknown: line 5 of /etc/fstab has no file system"},
}

// TestMounts: stacked, hidden, bound and oddly named mounts, in every shell, all subjects of a promise at once.
func TestMounts(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		jailed := catalogtest.Jailed(t, shell, setupMounts)
		for _, promise := range []string{"mounted", "size", "persistent"} {
			probe := storage.Mount.ProbeOf(promise)
			var subjects []resource.Params
			var wants []int
			for i, c := range mountCases {
				if storage.Mount.ProbeOf(c.promise) == probe {
					subjects, wants = append(subjects, c.subject), append(wants, i)
				}
			}
			facts, err := catalogtest.RunProbe(t, jailed, storage.Mount, probe, nil, subjects...)
			if err != nil {
				t.Fatal(promise, err)
			}
			for i, f := range facts {
				c := mountCases[wants[i]]
				if got := catalogtest.DescribeFact(storage.Mount.Attribute(c.promise).Kind, f[c.promise]); got != c.want {
					t.Errorf("%v %s: %s, want %s", c.subject, c.promise, got, c.want)
				}
			}
		}
	})
}

func mountFact(t *testing.T, shell, env []string, promise string, subject resource.Params) string {
	t.Helper()
	facts, err := catalogtest.RunProbe(t, shell, storage.Mount, storage.Mount.ProbeOf(promise), env, subject)
	if err != nil {
		return err.Error()
	}
	return catalogtest.DescribeFact(storage.Mount.Attribute(promise).Kind, facts[0][promise])
}

// TestMountsThatMayNotBeSeen: what an ordinary user cannot see is unknown, and what the table has is known.
func TestMountsThatMayNotBeSeen(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		user := catalogtest.Jailed(t, shell, setupMounts+"mount -t tmpfs in /mnt/private/in\n"+catalogtest.AsUnprivileged)
		for _, c := range []struct{ path, promise, want string }{
			{"/mnt/private/in", "mounted", "= true"},
			{"/mnt/private/in", "size", "unknown: permission denied on /mnt/private/in"},
			{"/mnt/private/none", "mounted", "unknown: permission denied on /mnt/private"},
			{"/mnt/plain", "mounted", "= false  (nothing is mounted on it)"},
			{"/mnt/stack", "size", "= 2097152"},
		} {
			if got := mountFact(t, user, nil, c.promise, path(c.path)); got != c.want {
				t.Errorf("%s %s: %s, want %s", c.path, c.promise, got, c.want)
			}
		}
		noProc := catalogtest.Jailed(t, shell, "mount -t tmpfs none /proc")
		if got := mountFact(t, noProc, nil, "mounted", path("/srv")); got != "no /proc/self/mountinfo on the target" {
			t.Error(got)
		}
		noFstab := catalogtest.Jailed(t, shell, setupMounts+"chmod 0 /etc/fstab"+catalogtest.AsUnprivileged)
		if got := mountFact(t, noFstab, nil, "persistent", path("/mnt")); got != "unknown: permission denied on /etc/fstab" {
			t.Error(got)
		}
	})
}

// TestMountOverRoot: what was mounted over / after a process began is not what its / is.
func TestMountOverRoot(t *testing.T) {
	over := catalogtest.Jailed(t, []string{"/bin/sh"}, "mount -t tmpfs late /")
	if got := mountFact(t, over, nil, "source", path("/")); strings.Contains(got, "late") || !strings.HasPrefix(got, "= ") {
		t.Error(got)
	}
	root := "mount -t tmpfs r /mnt; mkdir /mnt/in; for d in bin usr lib lib64 proc dev srv; do mkdir /mnt/in/$d; " +
		"mount --rbind /$d /mnt/in/$d || :; done; mount -t tmpfs s /mnt/in/srv\nset -- chroot /mnt/in \"$@\""
	chroot := catalogtest.Jailed(t, []string{"/bin/sh"}, root)
	for promise, want := range map[string]string{"mounted": "unknown: /proc/self/mountinfo does not have the mount of /"} {
		if got := mountFact(t, chroot, nil, promise, path("/")); got != want {
			t.Error(got)
		}
	}
	if got := mountFact(t, chroot, nil, "source", path("/srv")); got != `= "s"` {
		t.Error(got)
	}
}

// TestAutofsIsNotUsed: a process that touches such a path waits for a daemon, here one that never answers, as a dead server.
func TestAutofsIsNotUsed(t *testing.T) {
	setup := `mount -t tmpfs none /mnt; mkdir /mnt/auto /mnt/direct /mnt/used; mkfifo /mnt/pipe; exec 3<>/mnt/pipe
setsid sleep 60 & daemon=$!; sleep 0.3
mount -t autofs -o fd=3,pgrp=$daemon,minproto=5,maxproto=5,indirect servers /mnt/auto
mount -t autofs -o fd=3,pgrp=$daemon,minproto=5,maxproto=5,direct later /mnt/direct
mount -t tmpfs now /mnt/used
exec 3<&-
`
	if exec.Command("unshare", "-mpf", "--mount-proc", "--propagation", "private", "sh", "-ec", setup).Run() != nil {
		t.Skip("no autofs here")
	}
	const unused = "unknown: autofs mounts it when it is used"
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		subjects := []resource.Params{
			path("/mnt/auto"), path("/mnt/auto/x"), path("/mnt/direct"), enclosing("/mnt/direct/x"), path("/mnt/used"), path("/mnt/none"),
		}
		for promise, want := range map[string][]string{
			"filesystem": {`= "autofs"`, unused, `= "autofs"`, unused, `= "tmpfs"`, "missing: no such file or directory"},
			"usage":      {unused, unused, unused, unused, "= 0", "missing: no such file or directory"},
		} {
			jailed := catalogtest.Jailed(t, append([]string{"timeout", "5"}, shell...), setup)
			facts, err := catalogtest.RunProbe(t, jailed, storage.Mount, storage.Mount.ProbeOf(promise), nil, subjects...)
			if err != nil {
				t.Fatal(promise, err)
			}
			for i, f := range facts {
				if got := catalogtest.DescribeFact(storage.Mount.Attribute(promise).Kind, f[promise]); got != want[i] {
					t.Errorf("%v %s: %s, want %s", subjects[i], promise, got, want[i])
				}
			}
		}
	})
}

// TestMountsWithBusybox: stat and readlink of BusyBox print the same.
func TestMountsWithBusybox(t *testing.T) {
	env := catalogtest.BusyboxOnly(t)
	shell := catalogtest.Jailed(t, []string{"busybox", "ash"}, setupMounts)
	for _, promise := range []string{"source", "size", "usage", "inodes_usage", "persistent"} {
		want := mountFact(t, shell, nil, promise, path("/mnt/link"))
		if got := mountFact(t, shell, env, promise, path("/mnt/link")); got != want {
			t.Errorf("%s: %s, want %s", promise, got, want)
		}
	}
}

// TestUsageIsThatOfDf: reserved blocks are not free, and parts of a percent count whole.
func TestUsageIsThatOfDf(t *testing.T) {
	out, err := exec.Command("df", "-Pk", "/").Output()
	if err != nil {
		t.Skip(err)
	}
	f := strings.Fields(strings.Split(string(out), "\n")[1])
	size, _ := strconv.ParseInt(f[1], 10, 64)
	if got := mountFact(t, []string{"sh"}, nil, "usage", path("/")); got != "= "+strings.TrimSuffix(f[4], "%") {
		t.Errorf("%s, df says %s", got, f[4])
	}
	if got := mountFact(t, []string{"sh"}, nil, "size", path("/")); got != "= "+strconv.FormatInt(size<<10, 10) {
		t.Errorf("%s, df says %s", got, f[1])
	}
}

// TestMountList: each mount that a path leads to, once, with what the table says.
func TestMountList(t *testing.T) {
	shell := catalogtest.Jailed(t, []string{"/bin/sh"}, setupMounts)
	facts, err := catalogtest.RunProbe(t, shell, storage.Mounts, storage.Mounts.Probe, nil, resource.Params{"name": "all"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range facts[0]["every"].Value.(resource.Elements).List {
		if got[e.Name] != "" {
			t.Errorf("%s is there twice", e.Name)
		}
		got[e.Name] = e.Facts["source"].Value.(string)
	}
	for at, want := range map[string]string{
		"/mnt": "base", "/mnt/stack": "second", "/mnt/hidden": "over", "/mnt/hidden/below": "", "/mnt/n\nl": "odd",
		"/mnt/link": "", "/proc": "proc",
	} {
		if got[at] != want {
			t.Errorf("%s: %q, want %q", at, got[at], want)
		}
	}
}

// TestMistakesOfMounts are what the kernel never shows, and paths that it writes in another way.
func TestMistakesOfMounts(t *testing.T) {
	for at, hint := range map[string]string{"": "empty", "srv": "absolute", "/srv/": `write "/srv"`, "/a/../b": `write "/b"`} {
		if err := storage.Mount.Prepare(path(at)); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: %v", at, err)
		}
	}
	if err := storage.Mount.Prepare(path("/")); err != nil {
		t.Error(err)
	}
	options, source := storage.Mount.Attribute("options").Kind.Elem, storage.Mount.Attribute("source").Kind
	for literal, hint := range map[string]string{
		"exec": `not(contains("noexec"))`, "defaults": "fstab", "rw,noexec": "a list", "": "empty",
	} {
		if _, err := options.Read(cty.StringVal(literal)); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: %v", literal, err)
		}
	}
	if _, err := options.Read(cty.StringVal(`context="a:b:c0,c1"`)); err != nil {
		t.Error(err)
	}
	if _, err := source.Read(cty.StringVal("UUID=1")); err == nil {
		t.Error("a UUID is no source of a mount")
	}
	if _, err := storage.Mount.Attribute("usage").Kind.Read(cty.NumberIntVal(101)); err == nil {
		t.Error("101 %")
	}
}

func FuzzMount(f *testing.F) {
	f.Add("listed\ntop 1\n1 0 8:1 / /srv rw - ext4 /dev/sda1 rw\nend\n4096 1 1 1 1 1\n", "/srv", true)
	f.Add("real /a\ntop \n1 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n2 1 8:1 / /a rw - x  rw\nend\nunknown x\n", "/l", false)
	f.Add("absent\ntop 1\n1 2 8:1 / /a rw - x y rw\n2 1 8:1 / /a rw - x y rw\nend\n", "/a/\xff\\777", false)
	f.Fuzz(func(t *testing.T, out, at string, enclosing bool) {
		subject := resource.Params{"path": at, "enclosing": enclosing}
		catalogtest.ParseAll(t, storage.Mount, out, subject)
		if facts, err := storage.Mounts.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{{}}); err == nil {
			if len(facts) != 1 {
				t.Fatal(len(facts))
			}
		}
	})
}
