package kernel_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/kernel"
	"github.com/avow-dev/avow/spec/resource"
)

// fakeModules is a machine with some modules: Debian's kernel 6.1, in /proc, /sys/module and /lib/modules.
const fakeModules = overlaid + `
mount -t tmpfs none /proc; mkdir -p /proc/sys/kernel; echo 6.1.0 >/proc/sys/kernel/osrelease; echo Linux >/proc/version
cat >/proc/modules <<-E
ip_tables 32768 2 iptable_filter, Live 0x0000000000000000
usb_storage 81920 0 - Live 0x0000000000000000
going 81920 0 - Unloading 0x0000000000000000 (OE)
E
mkdir -p /usr/lib/modules/6.1.0
printf '%s\n' kernel/fs/ext4/ext4.ko kernel/drivers/char/hw-random/rng-core.ko.xz >/usr/lib/modules/6.1.0/modules.builtin
mount -t tmpfs none /sys/module; cd /sys/module; mkdir -p ip_tables usb_storage/parameters printk/parameters
touch ip_tables/initstate usb_storage/initstate
echo 1.2.3-k >usb_storage/version; echo N >printk/parameters/time
printf 'a:b\t c\n' >usb_storage/parameters/quirks; echo 5 >usb_storage/parameters/delay_use; chmod 0 usb_storage/parameters/delay_use
cd /`

// fakeStates are what the list knows: loaded and builtin.
var fakeStates = map[string]map[string]string{
	"ip_tables":   {"loaded": "= true", "builtin": "= false"},
	"ip":          {"loaded": "= false", "builtin": "= false"}, // not ip_tables
	"tables":      {"loaded": "= false"},
	"usb-storage": {"loaded": "= true", "builtin": "= false", "version": `= "1.2.3-k"`},
	"usb_storage": {"loaded": "= true"},
	"usb":         {"loaded": "= false", "version": "missing: there is no /sys/module/usb", "parameters": "missing: there is no /sys/module/usb"},
	"ext4":        {"loaded": "= true", "builtin": "= true"},
	"ext":         {"loaded": "= false", "builtin": "= false"},
	"rng-core":    {"loaded": "= true", "builtin": "= true"},
	"printk":      {"loaded": "= true", "builtin": "= true", "parameters": `= { time = "N" }`, "version": "missing: the module has no version"},
	"going":       {"loaded": "unknown: the state of the module is Unloading", "builtin": "= false"},
	"Live":        {"loaded": "= false"},
	"$(reboot)":   {"loaded": "= false"},
	"a b\n*":      {"loaded": "= false", "version": "missing: there is no /sys/module/a b\n*"},
	"-x":          {"loaded": "= false"},
}

// ofModules runs two probes for all subjects at once.
func ofModules(t *testing.T, shell, env []string, want map[string]map[string]string) {
	t.Helper()
	var subjects []resource.Params
	for name := range want {
		subjects = append(subjects, resource.Params{"name": name, "parameters": []string{"time", "quirks"}})
	}
	got := map[string]map[string]string{}
	for _, attribute := range []string{"loaded", "version"} {
		facts, err := catalogtest.RunProbe(t, shell, kernel.Module, kernel.Module.ProbeOf(attribute), env, subjects...)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range subjects {
			for name, fact := range facts[i] {
				if got[s.Text("name")] == nil {
					got[s.Text("name")] = map[string]string{}
				}
				got[s.Text("name")][name] = catalogtest.DescribeFact(kernel.Module.Attribute(name).Kind, fact.With(""))
			}
		}
	}
	for name, facts := range want {
		catalogtest.ExpectFacts(t, name, got[name], facts)
	}
}

func TestModules(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
			ofModules(t, catalogtest.Jailed(t, shell, fakeModules+catalogtest.AsUnprivileged), env, fakeStates)
		}
	})
}

// TestModulesThatMayBeBuiltIn: without the list, neither loaded nor not loaded is sure.
func TestModulesThatMayBeBuiltIn(t *testing.T) {
	file := "/lib/modules/6.1.0/modules.builtin"
	for setup, why := range map[string]string{
		"rm /usr" + file: "it may be built in: there is no " + file, "chmod 0 /usr" + file: "it may be built in: permission denied on " + file,
	} {
		shell := catalogtest.Jailed(t, []string{"sh"}, fakeModules+"\n"+setup+catalogtest.AsUnprivileged)
		ofModules(t, shell, nil, map[string]map[string]string{
			"ip":        {"loaded": "unknown: " + why, "builtin": "unknown: " + why},
			"ip_tables": {"loaded": "= true", "builtin": "= false"}, "printk": {"loaded": "= true", "builtin": "= true"},
		})
		if found := allModules(t, shell); found.Hidden != why || len(found.List) != 4 {
			t.Errorf("%+v", found)
		}
	}
}

func TestModulesThatCannotBeSeen(t *testing.T) {
	for setup, why := range map[string]string{
		"mount -t tmpfs none /proc":                         "no /proc on the target",
		fakeModules + "\nchmod 0 /proc/modules":             "permission denied on /proc/modules",
		fakeModules + "\necho sometext x >/proc/modules":    "\"sometext x\" is not a line of /proc/modules",
		fakeModules + "\nprintf 'a\\0b' >/proc/modules":     "the lists of modules are not whole\nthe configuration files cannot be distinguished",
		fakeModules + "\nrm /proc/modules; chmod 0 /proc":   "no /proc on the target",
		fakeModules + "\nrm /proc/modules; mkdir /proc/nil": "",
	} {
		shell := catalogtest.Jailed(t, []string{"sh"}, setup+catalogtest.AsUnprivileged)
		facts, err := catalogtest.RunProbe(t, shell, kernel.Module, kernel.Module.Probe, nil, resource.Params{"name": "ip_tables"})
		got := fmt.Sprint(err)
		if err == nil {
			got = facts[0]["loaded"].Unknown
		}
		if got != why || why == "" && facts[0]["loaded"].Value != false { // a kernel without modules to load
			t.Errorf("%s: %s, want %s", setup[max(0, len(setup)-40):], got, why)
		}
	}
}

func allModules(t *testing.T, shell []string) resource.Elements {
	t.Helper()
	facts, err := catalogtest.RunProbe(t, shell, kernel.Modules, kernel.Modules.Probe, nil, resource.Params{"name": "all"})
	if err != nil {
		t.Fatal(err)
	}
	return facts[0]["every"].Value.(resource.Elements)
}

func TestListOfModules(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		found, names := allModules(t, catalogtest.Jailed(t, shell, fakeModules)), ""
		for _, e := range found.List {
			names += fmt.Sprintf("%s %v %v, ", e.Name, e.Facts["loaded"].Value, e.Facts["builtin"].Value)
		}
		want := "ext4 true true, going <nil> false, ip_tables true false, printk true true, rng_core true true, usb_storage true false, "
		if names != want || found.Hidden != "" {
			t.Errorf("%s %s", names, found.Hidden)
		}
	})
}

// TestUnreadParameters: what only root can read is unknown if a promise names it, and otherwise does not matter.
func TestUnreadParameters(t *testing.T) {
	why := "unknown: permission denied on /sys/module/usb_storage/parameters/delay_use"
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for names, want := range map[string]string{"quirks": `= { quirks = "a:b c" }`, "delay_use": why, "": why, "nosuch": `= { quirks = "a:b c" }`} {
			subject := resource.Params{"name": "usb-storage", "parameters": strings.Fields(names)}
			shell := catalogtest.Jailed(t, shell, fakeModules+catalogtest.AsUnprivileged)
			facts, err := catalogtest.RunProbe(t, shell, kernel.Module, kernel.Module.ProbeOf("parameters"), nil, subject, subject)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range facts {
				f["parameters"] = f["parameters"].With("")
				if got := catalogtest.DescribeFact(resource.MapOf(kernel.Value), f["parameters"]); got != want {
					t.Errorf("%q: %s", names, got)
				}
			}
		}
	})
}

// moduleCases: files, the command line, and blacklisted and disabled of usb-storage.
var moduleCases = []struct{ name, files, line, blacklisted, disabled string }{
	{"nothing", "", "quiet", "= false", "= false"},
	{"blacklisted", "etc/modprobe.d/a.conf:blacklist usb_storage", "", "= true", "= false"},
	{"dashes", "etc/modprobe.d/a.conf:\\t blacklist  usb-storage # x", "", "= true", "= false"},
	{"the name has an end", "etc/modprobe.d/a.conf:blacklist usb-storage-x\\nblacklist usb\\n#blacklist usb-storage\\nblacklist", "", "= false", "= false"},
	{"continued", "etc/modprobe.d/a.conf:blacklist \\\\n usb-storage", "", "= true", "= false"},
	{"other suffix", "etc/modprobe.d/a.conf.bak:blacklist usb-storage", "", "= false", "= false"},
	{"masked", "usr/lib/modprobe.d/a.conf:blacklist usb-storage|etc/modprobe.d/a.conf>/dev/null", "", "= false", "= false"},
	{"disabled", "etc/modprobe.d/a.conf:install usb-storage /bin/false", "", "= false", "= true"},
	{"disabled by true", "usr/lib/modprobe.d/a.conf:install usb_storage /usr/bin/true --all", "", "= false", "= true"},
	{"by pattern", "etc/modprobe.d/a.conf:install usb-* /bin/false", "", "= false", "= true"},
	{"by class", "etc/modprobe.d/a.conf:install [t-v]sb_[!a]* /bin/false", "", "= false", "= true"},
	{"another command", "etc/modprobe.d/a.conf:install usb-storage /sbin/modprobe --ignore-install usb-storage", "", "= false", "= false"},
	{"the first counts", "etc/modprobe.d/a.conf:install usb-storage /bin/echo|usr/lib/modprobe.d/b.conf:install usb-storage /bin/false", "", "= false", "= false"},
	{"others", "etc/modprobe.d/a.conf:install usb /bin/false\\ninstall usb-storage\\noptions usb-storage x=1", "", "= false", "= false"},
	{"command line", "", "ro modprobe.blacklist=a,usb-storage quiet", "= true", "= false"},
	{"the kernel's list", "", "module_blacklist=usb_storage", "= true", "= true"},
	{"for the init program", "", "quiet -- module_blacklist=usb_storage", "= false", "= false"},
	{"others on the command line", "", "module_blacklist=usb_storage2,usb xmodule_blacklist=usb_storage", "= false", "= false"},
	{"unread", "etc/modprobe.d/a.conf!x", "", "unknown: permission denied on /etc/modprobe.d/a.conf", "unknown: permission denied on /etc/modprobe.d/a.conf"},
	{"unread, and another", "etc/modprobe.d/a.conf!x|etc/modprobe.d/b.conf:blacklist usb-storage\\ninstall usb-storage /bin/false", "", "= true", "unknown: permission denied on /etc/modprobe.d/a.conf"},
	{"unread later", "etc/modprobe.d/b.conf!x|etc/modprobe.d/a.conf:install usb-storage /bin/false", "", "unknown: permission denied on /etc/modprobe.d/b.conf", "= true"},
	{"an unread folder may mask", "usr/lib/modprobe.d/a.conf:blacklist usb-storage|etc/modprobe.d!", "", "unknown: permission denied on /etc/modprobe.d", "unknown: permission denied on /etc/modprobe.d"},
	{"no command line", "etc/modprobe.d/a.conf:install usb-storage /bin/echo", "!", "unknown: no /proc/cmdline on the target", "unknown: no /proc/cmdline on the target"},
	{"no command line, but a file", "etc/modprobe.d/a.conf:blacklist usb-storage\\ninstall usb-storage /bin/false", "!", "= true", "= true"},
}

func TestModuleConfiguration(t *testing.T) {
	for _, c := range moduleCases {
		t.Run(c.name, func(t *testing.T) {
			dir := publicDir(t)
			arrangeTree(t, dir, c.files)
			want := map[string]string{"blacklisted": c.blacklisted, "disabled": c.disabled}
			check := func(facts resource.Facts) {
				got := map[string]string{}
				for name, fact := range facts {
					got[name] = catalogtest.DescribeFact(resource.Bool, fact.With(""))
				}
				catalogtest.ExpectFacts(t, c.name, got, want)
			}
			inShells(t, c.name == "masked", func(t *testing.T, shell []string) {
				jail := inTree(t, shell, dir)
				setup := "mount -t tmpfs none /proc; echo '" + c.line + "' >/proc/cmdline\n"
				if c.line == "!" {
					setup = "mount -t tmpfs none /proc\n"
				}
				for i, word := range jail {
					if strings.Contains(word, "mount --bind") {
						jail[i] = strings.Replace(word, "set -e\n", "set -e\n"+setup, 1)
					}
				}
				facts, err := catalogtest.RunProbe(t, jail, kernel.Module, kernel.Module.ProbeOf("disabled"), nil, resource.Params{"name": "usb-storage"})
				if err != nil {
					t.Fatal(err)
				}
				check(facts[0])
			})
			if c.line == "" && !strings.Contains(c.files, "!") {
				check(catalogtest.InFiles(kernel.Module, "disabled", catalogtest.Rooted(dir), resource.Params{"name": "usb-storage"})[0])
			}
		})
	}
}

func TestModuleNames(t *testing.T) {
	for name, hint := range map[string]string{
		"usb*": "use kernel_modules", "kernel/fs/ext4": "is a file", "ext4.ko": "is a file", "ext4.ko.xz": "is a file", "": "is not a kernel module",
		"a b": "is not a kernel module", "x=1": "is not a kernel module", "..": "is not a kernel module",
	} {
		if err := kernel.Module.Prepare(resource.Params{"name": name}); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := kernel.Module.Prepare(resource.Params{"name": "snd-hda_codec"}); err != nil {
		t.Error(err)
	}
}

func FuzzModules(f *testing.F) {
	for _, seed := range []string{
		"machine\nprintk\n\nfile\x00/proc/modules\x00ip 1 2 - Live 0\n\x00absent\x00/lib\x00\x00\n", "x\n\nunknown\x00a\x00b\x00file\x00/\x00/\n\x00",
		"machine\n/sys/module/ip\n/sys/module/ip/parameters/a\n/sys/module/ip/version\nvalues\n/sys/module/ip/version:1\n", "\nvalues\n",
		"file\x00/etc/modprobe.d/a.conf\x00install ip [\nblacklist\ninstall [ x\n\x00file\x00/proc/cmdline\x00modprobe.blacklist=ip \"\x00\n", "\n\n\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, out string) {
		catalogtest.ParseAll(t, kernel.Module, out, resource.Params{"name": "ip"})
		kernel.Modules.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{{"name": "all"}})
	})
}
