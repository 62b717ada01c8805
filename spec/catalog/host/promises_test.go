package host

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

var this = resource.Params{"label": "this"}

func promised(t *testing.T, shell, env []string) map[string]string {
	t.Helper()
	return catalogtest.LinesOf(catalogtest.AllFacts(t, Promises, shell, env, this))
}

// TestHostOnThisMachine: every kernel of today has these.
func TestHostOnThisMachine(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for who, shell := range map[string][]string{"root": shell, "nobody": catalogtest.AsNobody(t, shell)} {
			got := promised(t, shell, nil)
			for _, name := range []string{"name", "arch", "kernel", "os", "cpus", "memory", "memory_available", "load", "uptime", "boot_time", "oom_kills", "entropy", "timezone"} {
				if !strings.HasPrefix(got[name], "= ") {
					t.Errorf("%s, %s: %s", who, name, got[name])
				}
			}
		}
	})
}

func TestHostWithBusyboxOnly(t *testing.T) {
	env := catalogtest.BusyboxOnly(t)
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		got := promised(t, shell, env)
		catalogtest.ExpectFacts(t, "busybox", got, map[string]string{
			"security_updates": "unknown: no dpkg on the target, and only apt's lists name security updates",
		})
		for _, name := range []string{"cpus", "memory", "load", "timezone", "fqdn"} {
			if !strings.HasPrefix(got[name], "= ") {
				t.Errorf("%s: %s", name, got[name])
			}
		}
		if got["clock_synchronized"] != "= true" && got["clock_synchronized"] != "= false" {
			t.Errorf("the clock: %s", got["clock_synchronized"])
		}
	})
}

// TestHostWithoutProc: nothing is made up.
func TestHostWithoutProc(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		got := promised(t, catalogtest.Jailed(t, shell, "mount -t tmpfs none /proc"), nil)
		for _, name := range []string{"cpus", "memory", "load", "uptime", "boot_time", "oom_kills", "entropy"} {
			if got[name] != "unknown: no /proc on the target" {
				t.Errorf("%s: %s", name, got[name])
			}
		}
	})
}

const tools = `mount -t tmpfs none /usr/local/sbin
tool() { printf '#!/bin/sh\n%s\n' "$2" >/usr/local/sbin/$1; chmod 755 /usr/local/sbin/$1; }
PATH=/usr/local/sbin:$PATH
mkdir -p /run/x; mount -t tmpfs none /run
`

// TestClockIsOnlySynchronizedIfSomethingSaysSo has each program that knows of it, and one that fails.
func TestClockIsOnlySynchronizedIfSomethingSaysSo(t *testing.T) {
	none := "tool adjtimex 'exit 1'; tool busybox 'exit 1'; tool chronyc 'echo 506 Cannot talk to daemon; exit 1'; tool ntpq 'exit 1'\n"
	shell := catalogtest.Installed(t)[0]
	for setup, want := range map[string]string{
		none: "unknown: none of adjtimex, systemd-timesyncd, chronyc and ntpq reports the state of the clock",
		none + "tool adjtimex 'echo \"    return value: 0 (clock synchronized)\"'":               "= true",
		none + "tool adjtimex 'echo \"    return value: 5 (clock not synchronized)\"'":           "= false",
		none + "tool adjtimex 'echo Usage'; mkdir -p /run/systemd/timesync":                      "= false",
		none + "mkdir -p /run/systemd/timesync; : >/run/systemd/timesync/synchronized":           "= true",
		none + "tool chronyc 'echo A29FC87B,162.159.200.123,4,1.5,0,0,0,0,0,0,0,0,64,Normal'":    "= true",
		none + "tool chronyc 'echo 7F7F0101,,0,0.0,0,0,0,0,0,0,0,0,0,Not synchronised'":          "= false",
		none + "tool ntpq 'echo associd=0 status=0615 leap_none, sync_ntp, 1 event, clock_sync'": "= true",
		none + "tool ntpq 'echo associd=0 status=c016 leap_alarm, sync_unspec, 1 event'":         "= false",
	} {
		if got := promised(t, catalogtest.Jailed(t, shell, tools+setup), nil)["clock_synchronized"]; got != want {
			t.Errorf("%s: %s", setup, got)
		}
	}
}

// TestRebootIsNotRuledOutWithoutARecord: the file alone proves nothing where nothing would make it.
func TestRebootIsNotRuledOutWithoutARecord(t *testing.T) {
	none := tools + "tool rpm 'exit 1'\nmount -t tmpfs none /etc/kernel 2>/dev/null || :\n"
	hook := "mkdir -p /etc/kernel/postinst.d; : >/etc/kernel/postinst.d/unattended-upgrades; chmod 755 /etc/kernel/postinst.d/unattended-upgrades\n"
	if os.MkdirAll("/etc/kernel", 0o755) != nil {
		t.Skip("needs root")
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for setup, want := range map[string]string{
			none:                                    "unknown: rpm does not know when the system's packages were installed",
			none + hook:                             "= false",
			none + hook + ": >/run/reboot-required": "= true",
			none + ": >/run/reboot-needed":          "= true",
			none + "tool rpm 'echo 9999999999 glibc; echo package x is not installed'": "= true",
			none + "tool rpm 'echo 5 glibc'":                                           "= false",
		} {
			if strings.Contains(setup, "tool rpm 'echo") && shell[0] == "busybox" {
				continue // which takes its own rpm, that knows no such option
			}
			if got := promised(t, catalogtest.Jailed(t, shell, setup), nil)["reboot_required"]; got != want {
				t.Errorf("%s: %s", setup, got)
			}
		}
	})
}

// TestSecurityUpdatesFromLists: without lists it is unknown, which is not the same as none.
func TestSecurityUpdatesFromLists(t *testing.T) {
	lists := tools + "tool dpkg-query 'echo installed jq amd64 1.6-2; echo installed tar amd64 1.34'\nmkdir -p /var/lib/apt/lists; mount -t tmpfs none /var/lib/apt/lists\ncd /var/lib/apt/lists\n"
	list := `printf 'Package: jq\nArchitecture: amd64\nVersion: 1.6-3\nDescription: x\n\n' >m_debian-security_dists_x-security_main_binary-amd64_Packages` + "\n"
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for setup, want := range map[string]string{
			lists:                   "unknown: apt has no lists of security updates (none was fetched, or they were removed)",
			lists + list:            `= ["jq"]`,
			lists + list + "gzip *": `= ["jq"]`,
			lists + list + "for f in *; do : >$f; done":               "= []",
			lists + list + "mv * x.lz4":                               "unknown: apt has no lists of security updates (none was fetched, or they were removed)",
			lists + list + "chmod 700 ." + catalogtest.AsUnprivileged: "unknown: /var/lib/apt/lists cannot be read",
			lists + list + "tool dpkg-query 'exit 2'":                 "unknown: dpkg-query ended with status 2",
		} {
			if got := promised(t, catalogtest.Jailed(t, shell, setup), nil)["security_updates"]; got != want {
				t.Errorf("%s: %s", setup, got)
			}
		}
	})
}

func TestTimezoneAndLocaleInFiles(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	link := func(to string) *fstest.MapFile {
		return &fstest.MapFile{Mode: fs.ModeSymlink | 0o777, Data: []byte(to)}
	}
	for _, c := range []struct {
		tree         fstest.MapFS
		zone, locale string
	}{
		{fstest.MapFS{}, "UTC", ""},
		{fstest.MapFS{"etc/localtime": link("/usr/share/zoneinfo/Europe/Berlin"), "etc/locale.conf": file("LANG=\"de_DE.utf8\"\n"), "etc/default/locale": file("LANG=C\n")}, "Europe/Berlin", "de_DE.utf8"},
		{fstest.MapFS{"etc/localtime": link("../usr/share/zoneinfo/posix/Etc/UTC"), "etc/default/locale": file("# LANG=x\nLANG=C.UTF-8\n")}, "Etc/UTC", "C.UTF-8"},
		{fstest.MapFS{"etc/localtime": file("TZif2"), "etc/timezone": file("Asia/Tokyo\n")}, "Asia/Tokyo", ""},
		{fstest.MapFS{"etc/localtime": file("TZif2")}, "", ""},
	} {
		got := catalogtest.InFiles(Promises, "timezone", c.tree, this)[0]
		zone, _ := got["timezone"].Value.(string)
		locale, _ := got["locale"].Value.(string)
		if zone != c.zone || locale != c.locale || c.zone == "" && got["timezone"].Unknown == "" {
			t.Errorf("%v: %+v", c.tree, got)
		}
	}
	for _, path := range []string{"/etc/localtime", "/etc/locale.conf"} {
		dir := t.TempDir()
		catalogtest.PlaceFile(t, dir+path, "LANG=C")
		broken := catalogtest.BrokenFiles{HereFiles: catalogtest.Rooted(dir), Broken: map[string]error{path: errors.New("broken")}}
		name := map[string]string{"/etc/localtime": "timezone", "/etc/locale.conf": "locale"}[path]
		if got := catalogtest.InFiles(Promises, name, broken, this)[0][name]; got.Unknown == "" {
			t.Errorf("%s: %+v", path, got)
		}
	}
	catalogtest.BothWays(t, Promises, catalogtest.HereFiles{}, catalogtest.Installed(t)[0], nil, []resource.Params{this}, "  name", "  arch", "  kernel", "  init", "  virtualization")
}

func TestTimezoneAndLocaleByShell(t *testing.T) {
	if _, err := os.Stat("/etc/localtime"); err != nil {
		t.Skip(err)
	}
	etc := "mount -t tmpfs none /etc; mkdir /etc/default\n"
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for setup, want := range map[string][2]string{
			etc: {`= "UTC"`, "missing: neither /etc/locale.conf nor /etc/default/locale sets LANG"},
			etc + "ln -s /usr/share/zoneinfo/Europe/Berlin /etc/localtime; echo LANG=C.utf8 >/etc/default/locale": {`= "Europe/Berlin"`, `= "C.utf8"`},
			etc + ": >/etc/localtime; echo Asia/Tokyo >/etc/timezone":                                             {`= "Asia/Tokyo"`, "missing: neither /etc/locale.conf nor /etc/default/locale sets LANG"},
			etc + ": >/etc/localtime; : >/etc/locale.conf; chmod 0 /etc/locale.conf" + catalogtest.AsUnprivileged: {
				"unknown: /etc/localtime does not have the name of its zone, and neither does /etc/timezone", "unknown: permission denied on /etc/locale.conf",
			},
		} {
			got := promised(t, catalogtest.Jailed(t, shell, setup), nil)
			catalogtest.ExpectFacts(t, setup, got, map[string]string{"timezone": want[0], "locale": want[1]})
		}
	})
}

// TestFQDNThatCannotBeResolvedIsUnknown: the resolver's failure is no name.
func TestFQDNThatCannotBeResolvedIsUnknown(t *testing.T) {
	dir := t.TempDir()
	env := []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		if shell[0] == "busybox" {
			t.Skip("takes its own hostname")
		}
		catalogtest.MakeFile(t, filepath.Join(dir, "hostname"), "#!/bin/sh\necho 'hostname: Name or service not known' >&2; exit 1\n", 0o755)
		why := "unknown: hostname -f: Name or service not known"
		catalogtest.ExpectFacts(t, "failing", promised(t, shell, env), map[string]string{"fqdn": why, "domain": why})
		catalogtest.MakeFile(t, filepath.Join(dir, "hostname"), "#!/bin/sh\necho web1.example.com.\n", 0o755)
		catalogtest.ExpectFacts(t, "fine", promised(t, shell, env), map[string]string{"fqdn": `= "web1.example.com"`, "domain": `= "example.com"`})
	})
}

// FuzzPromises: any bytes give facts or an error.
func FuzzPromises(f *testing.F) {
	for _, out := range []string{
		"kernel=6.1\nname=x\nos-release\nID=a\n", "/proc/stat:cpu0 1\n/proc/uptime:1e9 1\n/proc/loadavg:1 2 x\n", "rpm 5\n6 x\n",
		"list\nPackage: a\nVersion: 1\n\ninstalled\ninstalled a b 0\n", "link /usr/share/zoneinfo/x\n", "kernel (clock synchronized)", "sys_vendor=\nmodel",
	} {
		f.Add(out)
	}
	f.Fuzz(func(t *testing.T, out string) { catalogtest.ParseAll(t, Promises, out, this) })
}
