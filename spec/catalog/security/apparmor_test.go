package security_test

import (
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/security"
	"github.com/avow-dev/avow/spec/resource"
)

const aaJail = `mount -t tmpfs none /sys
mkdir -p /sys/module/apparmor/parameters /sys/kernel/security
echo Y >/sys/module/apparmor/parameters/enabled
`

const aaProfiles = `mkdir /sys/kernel/security/apparmor
printf '%s\n' '/usr/sbin/cupsd (enforce)' '/usr/sbin/cupsd//third_party (complain)' 'a b (c) (kill)' >/sys/kernel/security/apparmor/profiles
`

func TestAppArmorLive(t *testing.T) {
	all := func(fact string) map[string]string {
		return map[string]string{"loaded": fact, "mode": fact, "processes": fact}
	}
	for name, c := range map[string]struct {
		setup, profile string
		want           map[string]string
	}{
		"loaded":      {aaJail + aaProfiles, "/usr/sbin/cupsd", map[string]string{"loaded": "= true", "mode": `= "enforce"`, "processes": "= 0"}},
		"not loaded":  {aaJail + aaProfiles, "$(reboot)", map[string]string{"loaded": "= false", "mode": "missing: no such profile is loaded"}},
		"odd name":    {aaJail + aaProfiles, "a b (c)", map[string]string{"loaded": "= true", "mode": `= "kill"`}},
		"turned off":  {aaJail + "echo N >/sys/module/apparmor/parameters/enabled", "a", map[string]string{"loaded": "= false", "mode": "missing: AppArmor is turned off"}},
		"none":        {"mount -t tmpfs none /sys\nmkdir /sys/module", "a", map[string]string{"loaded": "= false", "mode": "missing: the kernel has no AppArmor"}},
		"no sys":      {"mount -t tmpfs none /sys", "a", all("unknown: no /sys/module on the target")},
		"not mounted": {aaJail, "a", all("unknown: the file system of AppArmor is not mounted, as in a container")},
		"refused": {
			aaJail + aaProfiles + "chmod 600 /sys/kernel/security/apparmor/profiles" + catalogtest.AsUnprivileged, "/usr/sbin/cupsd",
			all("unknown: permission denied on /sys/kernel/security/apparmor/profiles"),
		},
		"refused folder": {
			aaJail + aaProfiles + "chmod 700 /sys/kernel/security" + catalogtest.AsUnprivileged, "/usr/sbin/cupsd",
			all("unknown: permission denied on /sys/kernel/security"),
		},
		"refused module": {
			aaJail + aaProfiles + "chmod 600 /sys/module/apparmor/parameters/enabled" + catalogtest.AsUnprivileged, "/usr/sbin/cupsd",
			all("unknown: permission denied on /sys/module/apparmor/parameters/enabled"),
		},
	} {
		catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
			got := catalogtest.LinesOf(catalogtest.AllFacts(t, security.AppArmor, catalogtest.Jailed(t, shell, c.setup), nil, resource.Params{"profile": c.profile}))
			catalogtest.ExpectFacts(t, name, got, c.want)
		})
	}
}

func TestAppArmorProcesses(t *testing.T) {
	out := "profiles\na (enforce)\nb (complain)\nprocesses\na (enforce)\nunconfined\na (enforce)\n"
	facts, err := security.AppArmorProfiles.Probe.Parse(resource.Answer{Stdout: []byte(out)}, nil)
	want := "a(loaded=true mode=enforce processes=2) b(loaded=true mode=complain processes=0)"
	if got := resource.OfEach.Text(facts[0]["every"].Value); err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
	answer := resource.Answer{Stdout: []byte(out), Stderr: []byte("grep: /proc/9/attr/current: Permission denied\n")}
	one, err := security.AppArmor.Probe.Parse(answer, []resource.Params{{"profile": "a"}})
	if err != nil || one[0]["processes"].Unknown != "permission denied on /proc/9/attr/current" || one[0]["mode"].Value != "enforce" {
		t.Errorf("%v %v", one, err)
	}
	for _, nonsense := range []string{"", "profiles\n", "profiles\na\nprocesses\n", "a (enforce)\nprocesses\n", "profiles\na (what)\nprocesses\n"} {
		if facts, err := security.AppArmor.Probe.Parse(resource.Answer{Stdout: []byte(nonsense)}, []resource.Params{{"profile": "a"}}); err == nil {
			t.Errorf("%q: %v", nonsense, facts)
		}
	}
	for _, name := range []string{"a (enforce)", " a", "a\nb"} {
		if security.AppArmor.Prepare(resource.Params{"profile": name}) == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}

func FuzzAppArmor(f *testing.F) {
	for _, s := range []string{"profiles\na (enforce)\nprocesses\na (enforce)\n", "none x\n", "profiles\nunread\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, out string) {
		catalogtest.ParseAll(t, security.AppArmor, out, resource.Params{"profile": "a"})
	})
}
