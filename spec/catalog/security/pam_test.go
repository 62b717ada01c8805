package security_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/security"
	"github.com/avow-dev/avow/spec/resource"
)

func TestPAMRules(t *testing.T) {
	fsys := target(
		"/etc/pam.d/sshd", "# comment\n@include common-auth\nauth\trequired   pam_env.so readenv=1 \\\n  envfile=/x # why\naccount include accounts\n"+
			"-session\t[success=1  default=ignore]\t/lib/security/pam_systemd.so\nSESSION Required pam_limits\nsession substack more\n",
		"/etc/pam.d/common-auth", "auth [success=1 default=ignore] pam_unix.so nullok\nauth requisite pam_deny.so\n",
		"/etc/pam.d/accounts", "auth required pam_never.so\naccount required pam_unix.so\n",
		"/usr/lib/pam.d/more", "session optional pam_more.so [a b]\n", "/etc/pam.d/other", "password required pam_deny.so\nauth required pam_warn.so\n",
		"/etc/pam.d/none", "", "/etc/pam.conf", "sshd auth required pam_ignored.so\n",
	)
	for name, c := range map[string]struct{ service, kind, exists, rules, modules string }{
		"includes": {
			"sshd", "auth", "= true", `= ["auth [success=1 default=ignore] pam_unix.so nullok", "auth requisite pam_deny.so", "auth required pam_env.so readenv=1 envfile=/x"]`,
			`= ["pam_deny.so", "pam_env.so", "pam_unix.so"]`,
		},
		"one type of the included": {"sshd", "account", "= true", `= ["account required pam_unix.so"]`, `= ["pam_unix.so"]`},
		"dash, brackets, case, substack": {
			"sshd", "session", "= true", `= ["-session [success=1 default=ignore] /lib/security/pam_systemd.so", "session required pam_limits", "session optional pam_more.so [a b]"]`,
			`= ["pam_limits.so", "pam_more.so", "pam_systemd.so"]`,
		},
		"a type that it has not": {"sshd", "password", "= true", `= ["password required pam_deny.so"]  (with rules of the service other)`, `= ["pam_deny.so"]  (with rules of the service other)`},
		"no file": {
			"rsh", "auth", "= false  (the rules are those of the service other)", `= ["auth required pam_warn.so"]  (with rules of the service other)`, `= ["pam_warn.so"]  (with rules of the service other)`,
		},
		"an empty file": {"none", "auth", "= true", `= ["auth required pam_warn.so"]  (with rules of the service other)`, `= ["pam_warn.so"]  (with rules of the service other)`},
	} {
		got := factsIn(security.PAM, fsys, resource.Params{"service": c.service, "type": c.kind})
		catalogtest.ExpectFacts(t, name, got, map[string]string{"exists": c.exists, "rules": c.rules, "modules": c.modules})
	}
	got := factsIn(security.PAM, fsys, resource.Params{"service": "other"})["rules"]
	if want := `= ["auth required pam_warn.so", "password required pam_deny.so"]  (with rules of the service other)`; got != want {
		t.Errorf("all types: %s", got)
	}
}

func TestPAMConfWithoutFolder(t *testing.T) {
	fsys := target("/etc/pam.conf", "# x\nSSHD auth required pam_unix.so\nother auth required pam_deny.so\n")
	catalogtest.ExpectFacts(t, "", factsIn(security.PAM, fsys, resource.Params{"service": "sshd", "type": "auth"}), map[string]string{
		"exists": "= true", "rules": `= ["auth required pam_unix.so"]`,
	})
	catalogtest.ExpectFacts(t, "", factsIn(security.PAM, target("/etc/passwd", ""), resource.Params{"service": "sshd"}), map[string]string{
		"exists": "= false  (the target has neither /etc/pam.d nor /etc/pam.conf)", "rules": "missing: the target has neither /etc/pam.d nor /etc/pam.conf",
	})
}

func TestPAMThatCannotBeReadIsUnknown(t *testing.T) {
	for name, c := range map[string]struct{ file, why string }{
		"a wrong type":       {"auht required pam_unix.so", `/etc/pam.d/x has the line "auht required pam_unix.so", which PAM cannot use`},
		"no module":          {"auth required", `/etc/pam.d/x has the line "auth required", which PAM cannot use`},
		"a missing include":  {"auth include none", "/etc/pam.d/x includes none, and there is no such file"},
		"an include outside": {"auth include /opt/pam", "/opt/pam is not in a folder that Avow reads"},
		"itself":             {"@include x", "/etc/pam.d/x has too many levels of includes"},
		"itself, twice":      {"auth required pam_a.so\n@include x\n@include x", "/etc/pam.d/x has too many levels of includes"},
	} {
		got := factsIn(security.PAM, target("/etc/pam.d/x", c.file), resource.Params{"service": "x", "type": "auth"})
		catalogtest.ExpectFacts(t, name, got, map[string]string{"exists": "= true", "rules": "unknown: " + c.why, "modules": "unknown: " + c.why})
	}
	refused := catalogtest.BrokenFiles{HereFiles: catalogtest.HereFiles{}, Broken: map[string]error{"/etc/pam.d": fs.ErrPermission}}
	catalogtest.AllUnknown(t, security.PAM, refused, resource.Params{"service": "nosuch"}, "permission denied on /etc", "exists", "rules", "modules")
}

func TestPAMRuleIsReadInEveryNotation(t *testing.T) {
	for text, want := range map[string]string{
		"auth  required\tpam_a.so": "auth required pam_a.so", "AUTH Required pam_a.so  X": "auth required pam_a.so X",
		"auth [ success=ok  default=die ] pam_a.so": "auth [success=ok default=die] pam_a.so",
	} {
		if got, err := security.PAMRule.Read(cty.StringVal(text)); got != want || err != nil {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "required pam_a.so", "auth include common-auth", "@include x", "auth pam_a.so"} {
		if got, err := security.PAMRule.Read(cty.StringVal(text)); err == nil {
			t.Errorf("%q is accepted as %v", text, got)
		}
	}
	for _, name := range []string{"/etc/pam.d/sshd", "SSHD", "a b", "*", ""} {
		if security.PAM.Prepare(resource.Params{"service": name}) == nil {
			t.Errorf("the service %q is accepted", name)
		}
	}
}

func TestPAMLive(t *testing.T) {
	setup := `mount -t tmpfs none /etc
mkdir /etc/pam.d
printf 'auth required pam_a.so\n' >/etc/pam.d/open
printf 'auth required pam_b.so\n' >/etc/pam.d/closed
printf 'auth include closed\n' >/etc/pam.d/includes
chmod 600 /etc/pam.d/closed
`
	var subjects []resource.Params
	for _, s := range []string{"open", "closed", "includes", "none"} {
		subjects = append(subjects, resource.Params{"service": s, "type": "auth"})
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for user, want := range map[string]string{
			"": `= ["auth required pam_a.so"] = ["auth required pam_b.so"] = ["auth required pam_b.so"] = []`,
			catalogtest.AsUnprivileged: `= ["auth required pam_a.so"] unknown: permission denied on /etc/pam.d/closed ` +
				`unknown: permission denied on /etc/pam.d/closed = []`,
		} {
			facts, err := catalogtest.RunProbe(t, catalogtest.Jailed(t, shell, setup+user), security.PAM, security.PAM.Probe, nil, subjects...)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range facts {
				got = append(got, catalogtest.DescribeFact(security.PAM.Attribute("rules").Kind, f["rules"].With("")))
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s\nnot %s", strings.Join(got, " "), want)
			}
		}
	})
	catalogtest.BothWays(t, security.PAM, catalogtest.HereFiles{}, []string{"sh"}, nil, []resource.Params{{"service": "sudo"}, {"service": "nosuch"}, {"service": "login"}})
}

func FuzzPAM(f *testing.F) {
	for _, s := range []string{"auth required pam_a.so", "@include x", "auth [a=b c=d] x [y z]", "-session include x", "auth\\\n a b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, content string) {
		if strings.Contains(content, "\x00") {
			return
		}
		out := "absent\x00/etc/pam.conf\x00\x00folder\x00/etc/pam.d\x00\x00file\x00/etc/pam.d/x\x00" + content + "\x00"
		catalogtest.ParseAll(t, security.PAM, out, resource.Params{"service": "x"})
		facts, err := security.PAM.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{{"service": "x"}})
		if err != nil {
			return
		}
		rules, _ := facts[0]["rules"].Value.([]any)
		for _, r := range rules {
			if got, err := security.PAMRule.Read(cty.StringVal(r.(string))); err != nil || got != r {
				t.Errorf("%q is read as %v, %v", r, got, err)
			}
		}
	})
}
