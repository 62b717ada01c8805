package security_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/security"
	"github.com/avow-dev/avow/spec/resource"
)

func TestLimits(t *testing.T) {
	for name, c := range map[string]struct{ conf, domain, item, exists, soft, hard string }{
		"none":               {"# * soft nofile 1\n", "alice", "nofile", "false", "", ""},
		"last wins":          {"* soft nofile 1\n* soft nofile 2", "*", "nofile", "true", "2", ""},
		"both":               {"* - nofile 5", "*", "nofile", "true", "5", "5"},
		"user beats group":   {"alice soft nproc 1\n@sudo soft nproc 2\n* soft nproc 3", "alice", "nproc", "true", "1", ""},
		"group beats all":    {"@sudo soft nproc 2\n* soft nproc 3", "alice", "nproc", "true", "2", ""},
		"each by itself":     {"@sudo soft nproc 2\n* - nproc 3", "alice", "nproc", "true", "2", "3"},
		"all":                {"* - nproc 3", "alice", "nproc", "true", "3", "3"},
		"not for root":       {"* - nproc 3\n@root - nproc 4", "root", "nproc", "false", "", ""},
		"for root":           {"* - nproc 3\nroot - nproc 4", "root", "nproc", "true", "4", "4"},
		"group label":        {"@sudo soft nproc 2\n* - nproc 3", "@sudo", "nproc", "true", "2", ""},
		"another item":       {"* - nproc 3", "alice", "nofile", "false", "", ""},
		"unlimited":          {"* soft core -1\n* hard core INFINITY", "*", "core", "true", "unlimited", "unlimited"},
		"-1 of nice":         {"* soft nice -1", "*", "nice", "true", "-1", ""},
		"upper case":         {"* SOFT NoFile 7", "*", "nofile", "true", "7", ""},
		"uid range":          {"1000:1999 soft cpu 1\n:1002 soft cpu 2", "alice", "cpu", "true", "1", ""},
		"gid":                {"@:27 soft cpu 1", "alice", "cpu", "true", "1", ""},
		"primary gid range":  {"@20:30 soft cpu 1", "alice", "cpu", "false", "", ""},
		"everything is off":  {"* soft cpu 1\n@sudo -", "alice", "cpu", "false", "", ""},
		"nonsense":           {"* soft nofile many\n* sfot nofile 1\n* soft nofiles 1\n* soft nofile", "*", "nofile", "false", "", ""},
		"a comment behind":   {"* soft nofile 8 # 9", "*", "nofile", "true", "8", ""},
		"group by its name@": {"@nogroup soft nofile 8", "alice", "nofile", "false", "", ""},
	} {
		fsys := sudoTarget("", "/etc/security/limits.conf", c.conf)
		got := factsIn(security.Limit, fsys, resource.Params{"domain": c.domain, "item": c.item})
		for promise, want := range map[string]string{"exists": c.exists, "soft": c.soft, "hard": c.hard} {
			if want == "" {
				want = "missing:"
			} else {
				want = "= " + want
			}
			if got[promise] != want && !strings.HasPrefix(got[promise], want+" ") {
				t.Errorf("%s: %s is %s, not %s", name, promise, got[promise], want)
			}
		}
	}
}

func TestLimitsOfDropIns(t *testing.T) {
	fsys := sudoTarget("", "/etc/security/limits.conf", "* soft nofile 1", "/etc/security/limits.d/20-a.conf", "* soft nofile 20",
		"/etc/security/limits.d/10-b.conf", "* soft nofile 10\n@audio - rtprio 95", "/etc/security/limits.d/30-c", "* soft nofile 30")
	catalogtest.ExpectFacts(t, "", factsIn(security.Limit, fsys, resource.Params{"domain": "*", "item": "nofile"}), map[string]string{
		"soft": "= 20  (set in /etc/security/limits.d/20-a.conf for *)", "hard": "missing: no line of limits.conf sets it",
	})
	catalogtest.ExpectFacts(t, "", factsIn(security.Limits, fsys, resource.Params{"name": "all"}), map[string]string{
		"names": `= ["* nofile", "@audio rtprio"]`, "count": "= 2",
	})
}

func TestLimitOfUnknownUserIsUnknown(t *testing.T) {
	fsys := sudoTarget("", "/etc/nsswitch.conf", "passwd: files sss", "/etc/security/limits.conf", "@sudo soft nofile 1")
	for user, want := range map[string]string{
		"alice": "= 1  (set in /etc/security/limits.conf for @sudo)", "carol": "unknown: the target does not find the user carol, who may be known to sss",
	} {
		if got := factsIn(security.Limit, fsys, resource.Params{"domain": user, "item": "nofile"})["soft"]; got != want {
			t.Errorf("%s: %s", user, got)
		}
	}
}

func TestLimitPrepare(t *testing.T) {
	for _, p := range []resource.Params{
		{"domain": "alice"}, {"domain": "%sudo", "item": "cpu"}, {"domain": "1000:", "item": "cpu"}, {"domain": "@a*", "item": "cpu"}, {"domain": "a ", "item": "cpu"},
	} {
		if security.Limit.Prepare(p) == nil {
			t.Errorf("%v is accepted", p)
		}
	}
}

func TestLimitLive(t *testing.T) {
	setup := sudoSetup + `mkdir -p /etc/security/limits.d
printf '* soft nofile 1\n' >/etc/security/limits.conf
printf '@ops hard nofile 2\n' >/etc/security/limits.d/a.conf
`
	subjects := []resource.Params{}
	for _, domain := range []string{"alice", "*", "@ops", "root", "-x", "$(reboot)", "a\nb"} {
		subjects = append(subjects, resource.Params{"domain": domain, "item": "nofile"})
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
			facts, err := catalogtest.RunProbe(t, catalogtest.Jailed(t, shell, setup), security.Limit, security.Limit.Probe, env, subjects...)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range facts {
				text := ""
				for _, promise := range []string{"soft", "hard"} {
					f[promise] = f[promise].With("")
					text += " " + catalogtest.DescribeFact(security.LimitValue, f[promise])
				}
				got = append(got, strings.ReplaceAll(text, "missing: no line of limits.conf sets it", "-"))
			}
			want := []string{" = 1 = 2", " = 1 -", " - = 2", " - -", " = 1 -", " = 1 -", " = 1 -"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
		refused := catalogtest.Jailed(t, shell, setup+"chmod 700 /etc/security/limits.d"+catalogtest.AsUnprivileged)
		facts, err := catalogtest.RunProbe(t, refused, security.Limit, security.Limit.Probe, nil, subjects...)
		if err != nil {
			t.Fatal(err)
		}
		catalogtest.WantAllUnknown(t, facts, "permission denied on /etc/security/limits.d")
		facts, err = catalogtest.RunProbe(t, refused, security.Limits, security.Limits.Probe, nil, resource.Params{"name": "all"})
		if err != nil {
			t.Fatal(err)
		}
		catalogtest.WantAllUnknown(t, facts, "permission denied on /etc/security/limits.d")
	})
}

func FuzzLimit(f *testing.F) {
	for _, s := range []string{"* - nofile 1", "@1:2 soft cpu -1\nalice -", "a:b hard x", "* soft nofile 99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, conf string) {
		if strings.Contains(conf, "\x00") {
			return
		}
		file := "file\x00/etc/security/limits.conf\x00" + conf + "\x00"
		ids := "uid=1001(alice) gid=100 groups=100,27(sudo)\nstatus 1\nstatus 0\n\x00"
		catalogtest.ParseAll(t, security.Limit, ids+file, resource.Params{"domain": "alice", "item": "nofile"})
		if facts, err := security.Limits.Probe.Parse(resource.Answer{Stdout: []byte(file)}, nil); err == nil {
			resource.OfEach.Text(facts[0]["every"].Value)
		}
	})
}
