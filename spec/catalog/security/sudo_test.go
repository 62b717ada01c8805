package security_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/security"
	"github.com/avow-dev/avow/spec/resource"
)

// target returns files of a target: PATH, CONTENT, PATH, CONTENT.
func target(files ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[strings.TrimPrefix(files[i], "/")] = &fstest.MapFile{Data: []byte(files[i+1]), Mode: 0o644}
	}
	return fsys
}

// factsIn returns the facts of a subject in files, a line each.
func factsIn(typ *resource.Type, fsys fstest.MapFS, subject resource.Params) map[string]string {
	facts := catalogtest.LinesOf(catalogtest.InFilesOf(typ, fsys, subject)[0])
	delete(facts, subject.Text(typ.Label))
	return facts
}

func sudoTarget(sudoers string, more ...string) fstest.MapFS {
	return target(append([]string{
		"/etc/sudoers", sudoers, "/etc/hostname", "web1.example.com\n",
		"/etc/passwd", "root:x:0:0::/:/bin/sh\nalice:x:1001:100::/:/bin/sh\nbob:x:1002:1002::/:/bin/sh\n",
		"/etc/group", "root:x:0:\nsudo:x:27:alice\nusers:x:100:\ndomain users:x:200:bob\n",
	}, more...)...)
}

func TestSudoRules(t *testing.T) {
	for name, c := range map[string]struct {
		sudoers, user, rules   string
		nopasswd, unrestricted string
	}{
		"nothing":                    {"", "alice", `[]`, "false", "false"},
		"by name":                    {"alice ALL=(ALL:ALL) ALL", "alice", `["(ALL:ALL) ALL"]`, "false", "true"},
		"of another":                 {"bob ALL=(ALL) NOPASSWD: ALL", "alice", `[]`, "false", "false"},
		"by group":                   {"%sudo ALL=(ALL) NOPASSWD:ALL", "alice", `["(ALL) NOPASSWD: ALL"]`, "true", "true"},
		"by primary group":           {"%users ALL=ALL", "alice", `["(root) ALL"]`, "false", "true"},
		"by number":                  {"#1001 ALL=ALL", "alice", `["(root) ALL"]`, "false", "true"},
		"by group number":            {"%#27 ALL=ALL", "alice", `["(root) ALL"]`, "false", "true"},
		"all users":                  {"ALL ALL=/bin/id", "alice", `["(root) /bin/id"]`, "false", "false"},
		"excluded user":              {"ALL, !alice ALL=ALL", "alice", `[]`, "false", "false"},
		"last mention wins":          {"!alice, ALL ALL=/bin/id", "alice", `["(root) /bin/id"]`, "false", "false"},
		"group with a blank":         {`%domain\ users ALL=ALL`, "bob", `["(root) ALL"]`, "false", "true"},
		"group in quotes":            {`"%domain users" ALL=ALL`, "bob", `["(root) ALL"]`, "false", "true"},
		"other host":                 {"alice db1=ALL", "alice", `[]`, "false", "false"},
		"short host":                 {"alice web1=ALL", "alice", `["(root) ALL"]`, "false", "true"},
		"long host, pattern":         {"alice *.example.com=ALL", "alice", `["(root) ALL"]`, "false", "true"},
		"hosts after a colon":        {"alice db1=/bin/a : web1=/bin/b, /bin/c", "alice", `["(root) /bin/b", "(root) /bin/c"]`, "false", "false"},
		"tags hold for the next":     {"alice ALL=(bob) NOPASSWD: /bin/a, PASSWD: /bin/b", "alice", `["(bob) NOPASSWD: /bin/a", "(bob) /bin/b"]`, "true", "false"},
		"as not root":                {"alice ALL=(ALL, !root) ALL", "alice", `["(ALL, !root) ALL"]`, "false", "false"},
		"with a group only":          {"alice ALL=(:adm) ALL", "alice", `["(:adm) ALL"]`, "false", "false"},
		"exceptions do not restrict": {"alice ALL=ALL, !/bin/su", "alice", `["(root) ALL", "(root) !/bin/su"]`, "false", "true"},
		"last match wins":            {"alice ALL=(ALL) NOPASSWD: ALL\n%sudo ALL=(ALL:ALL) ALL", "alice", `["(ALL:ALL) ALL"]`, "false", "true"},
		"a narrow rule later":        {"%sudo ALL=(ALL) ALL\nalice ALL=(ALL) NOPASSWD: /bin/id", "alice", `["(ALL) ALL", "(ALL) NOPASSWD: /bin/id"]`, "true", "true"},
		"forbidden again":            {"alice ALL=ALL\nalice ALL=!ALL", "alice", `["(root) !ALL"]`, "false", "false"},
		"!authenticate":              {"Defaults:alice !authenticate\nalice ALL=/bin/id", "alice", `["(root) /bin/id"]`, "true", "false"},
		"!authenticate and PASSWD":   {"Defaults !authenticate\nalice ALL=PASSWD: /bin/id", "alice", `["(root) /bin/id"]`, "false", "false"},
		"aliases": {
			"User_Alias ADMINS = bob, OPS : OPS = alice\nHost_Alias WEB = web1, web2\nRunas_Alias DB = postgres, mysql\n" +
				"Cmnd_Alias A = /bin/a x, !/bin/b : B = A, /bin/c\nADMINS WEB = (DB) B, !A",
			"alice", `["(postgres, mysql) /bin/c", "(postgres, mysql) !/bin/a x", "(postgres, mysql) /bin/b"]`, "false", "false",
		},
		"alias of itself": {"Cmnd_Alias A = A\nalice ALL=A", "alice", `["(root) A"]`, "false", "false"},
		"escapes, comments and continued lines": {
			"# nobody ALL=ALL\nalice \\\n  ALL = /bin/a --x\\=1\\,2  b # why\n#includes are not this", "alice", `["(root) /bin/a --x=1,2 b"]`, "false", "false",
		},
		"digests and options": {"alice ALL=CWD=/srv NOEXEC: sha256:AbC= /bin/a", "alice", `["(root) CWD=/srv NOEXEC: sha256:AbC= /bin/a"]`, "false", "false"},
		"regular expression":  {"alice ALL=/bin/a ^x(,|:)[0-9]{1,2}$, /bin/b", "alice", `["(root) /bin/a ^x(,|:)[0-9]{1,2}$", "(root) /bin/b"]`, "false", "false"},
		"group label":         {"alice ALL=ALL\n%sudo ALL=/bin/a\nALL ALL=/bin/b\n%users ALL=/bin/c", "%sudo", `["(root) /bin/a", "(root) /bin/b"]`, "false", "false"},
	} {
		got := factsIn(security.Sudo, sudoTarget(c.sudoers), resource.Params{"name": c.user})
		catalogtest.ExpectFacts(t, name, got, map[string]string{
			"rules": "= " + c.rules, "nopasswd": "= " + c.nopasswd, "unrestricted": "= " + c.unrestricted, "valid": "= true",
		})
	}
}

func TestSudoIncludesAndIgnoredFiles(t *testing.T) {
	fsys := sudoTarget("alice ALL=/bin/0\n@includedir /etc/sudoers.d\n#includedir /etc/none.d\n@include \"more %h\"\nalice ALL=/bin/9\n",
		"/etc/sudoers.d/20-b", "alice ALL=/bin/2", "/etc/sudoers.d/10-a", "alice ALL=/bin/1\n",
		"/etc/sudoers.d/30.conf", "alice ALL=/bin/dot", "/etc/sudoers.d/40~", "alice ALL=/bin/tilde", "/etc/more web1", "alice ALL=/bin/3")
	got := factsIn(security.Sudo, fsys, resource.Params{"name": "alice"})
	want := `= ["(root) /bin/0", "(root) /bin/1", "(root) /bin/2", "(root) /bin/3", "(root) /bin/9"]`
	if got["rules"] != want {
		t.Errorf("%s, not %s", got["rules"], want)
	}
}

func TestSudoWithoutItsFileGrantsNothing(t *testing.T) {
	fsys := sudoTarget("")
	delete(fsys, "etc/sudoers")
	catalogtest.ExpectFacts(t, "", factsIn(security.Sudo, fsys, resource.Params{"name": "alice"}), map[string]string{
		"rules": "= []  (there is no /etc/sudoers)", "unrestricted": "= false  (there is no /etc/sudoers)",
		"valid": "missing: there is no /etc/sudoers",
	})
	fsys["usr/etc/sudoers"] = &fstest.MapFile{Data: []byte("alice ALL=ALL")}
	catalogtest.ExpectFacts(t, "openSUSE", factsIn(security.Sudo, fsys, resource.Params{"name": "alice"}), map[string]string{
		"unrestricted": "= true", "valid": "= true",
	})
}

// TestSudoThatIsUnclearIsUnknown: neither form of a promise holds where Avow cannot decide what applies.
func TestSudoThatIsUnclearIsUnknown(t *testing.T) {
	for name, c := range map[string]struct {
		sudoers, user, why string
		more               []string
	}{
		"netgroup":         {"+admins ALL=ALL", "alice", "the netgroup +admins decides, which Avow does not look up", nil},
		"host netgroup":    {"alice +web=ALL", "alice", "the netgroup +web decides, which Avow does not look up", nil},
		"address":          {"alice 10.0.0.0/8=ALL", "alice", "the address 10.0.0.0/8 decides", nil},
		"plugin":           {"%:Admins ALL=ALL", "alice", "the group %:Admins of a plugin decides", nil},
		"LDAP":             {"", "alice", "rules also come from sss, which only sudo itself can look up", []string{"/etc/nsswitch.conf", "sudoers: files sss\n"}},
		"unknown user":     {"%sudo ALL=ALL", "carol", "the target does not find the user carol, who may be known to ldap", []string{"/etc/nsswitch.conf", "passwd: files [NOTFOUND=continue] ldap\n"}},
		"syntax error":     {"alice ALL=ALL\nbob ALL\n", "alice", "/etc/sudoers is not valid: line 2: it is not a setting, an alias or a rule", nil},
		"missing include":  {"@include /etc/none", "alice", "/etc/none is not valid: it is included, and there is no such file", nil},
		"alias twice":      {"User_Alias A = alice\nUser_Alias A = bob\nA ALL=ALL", "alice", "/etc/sudoers is not valid: line 2: the alias A is defined twice", nil},
		"unknown tag":      {"alice ALL=NOPASWD: ALL", "alice", "/etc/sudoers is not valid: line 1: NOPASWD is not a tag of sudo", nil},
		"includes itself":  {"@include sudoers", "alice", "/etc/sudoers is not valid: too many levels of includes", nil},
		"empty list":       {"alice ALL=/bin/a,,/bin/b", "alice", "/etc/sudoers is not valid: line 1: a command is missing", nil},
		"relative command": {"alice ALL=id", "alice", `/etc/sudoers is not valid: line 1: "id" is not a command`, nil},
	} {
		got := factsIn(security.Sudo, sudoTarget(c.sudoers, c.more...), resource.Params{"name": c.user})
		for _, promise := range []string{"rules", "nopasswd", "unrestricted", "defaults"} {
			if got[promise] != "unknown: "+c.why {
				t.Errorf("%s: %s is %s, not unknown: %s", name, promise, got[promise], c.why)
			}
		}
		if broken := strings.Contains(c.why, "not valid"); (got["valid"] != "= true") != broken {
			t.Errorf("%s: valid is %s", name, got["valid"])
		}
	}
}

func TestSudoDefaults(t *testing.T) {
	fsys := sudoTarget(`Defaults:alice env_keep += "B", !lecture
Defaults env_reset, env_keep = "A C", passwd_tries=1
Defaults env_keep -= C
Defaults@db1 passwd_tries=9
Defaults>root umask=0
Defaults!/bin/x noexec
Defaults secure_path="/a:/b"
`)
	got := factsIn(security.Sudo, fsys, resource.Params{"name": "alice"})["defaults"]
	want := `= { env_keep = "A B", env_reset = "true", lecture = "false", passwd_tries = "1", secure_path = "/a:/b" }`
	if got != want {
		t.Errorf("%s\nnot %s", got, want)
	}
	got = factsIn(security.Sudo, fsys, resource.Params{"name": "alice", "host": "db1"})["defaults"]
	if !strings.Contains(got, `passwd_tries = "9"`) {
		t.Error("host = db1:", got)
	}
}

func TestSudoRuleIsReadInEveryNotation(t *testing.T) {
	for text, want := range map[string]string{
		"ALL": "(root) ALL", "NOPASSWD:ALL": "(root) NOPASSWD: ALL", "( ALL : ALL )  PASSWD: ALL": "(ALL:ALL) ALL",
		"(root) ! /bin/su": "(root) !/bin/su", "/bin/a  x\t y": "(root) /bin/a x y",
	} {
		if got, err := security.SudoRule.Read(cty.StringVal(text)); got != want || err != nil {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "id", "ALL=(ALL) ALL", "alice ALL=(ALL) ALL", "(ALL ALL", "NOPASWD: ALL"} {
		if got, err := security.SudoRule.Read(cty.StringVal(text)); err == nil {
			t.Errorf("%q is accepted as %v", text, got)
		}
	}
}

func TestSudoNamesThatNobodyHas(t *testing.T) {
	for _, name := range []string{"/etc/sudoers", "ALL", "#0", "+admins", "a*", "%a:b", "alice "} {
		if security.Sudo.Prepare(resource.Params{"name": name}) == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}

const liveSudoers = `Defaults env_reset
@includedir /etc/sudoers.d
#include "/etc/sudo more"
%#0 ALL=(ALL:ALL) ALL
`

const sudoSetup = `mount -t tmpfs none /etc
printf 'root:x:0:0::/:/bin/sh\nalice:x:1001:1001::/:/bin/sh\n' >/etc/passwd
printf 'root:x:0:\nalice:x:1001:\nops:x:27:alice\n' >/etc/group
printf 'passwd: files\ngroup: files\n' >/etc/nsswitch.conf
uname -n >/etc/hostname
mkdir /etc/sudoers.d
printf '` + `%%ops ALL=(root) NOPASSWD: /bin/id\n' >/etc/sudoers.d/ops
printf 'alice ALL=ALL\n' >/etc/sudoers.d/no.conf
printf 'alice ALL=/bin/more\n' >'/etc/sudo more'
printf '%s' "$SUDOERS" >/etc/sudoers
chmod 440 /etc/sudoers
`

// TestSudoLive runs the script in every shell, for hostile names, too.
func TestSudoLive(t *testing.T) {
	t.Setenv("SUDOERS", liveSudoers)
	subjects := catalogtest.WithNames("alice", "-x", "root", "%ops", "a b", "$(reboot)", "a\nb", `"`, "nosuch")
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
			jail := catalogtest.Jailed(t, shell, sudoSetup)
			facts, err := catalogtest.RunProbe(t, jail, security.Sudo, security.Sudo.Probe, env, subjects...)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range facts {
				got = append(got, catalogtest.DescribeFact(security.Sudo.Attribute("rules").Kind, f["rules"]))
			}
			none := "= []  (the target has no user "
			want := []string{
				`= ["(root) NOPASSWD: /bin/id", "(root) /bin/more"]`, none + "-x)", `= ["(ALL:ALL) ALL"]`,
				`unknown: the group number #0 decides, which may be that of ops`, none + "a b)", none + "$(reboot))", none + "a\nb)", none + `")`, none + "nosuch)",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
	})
}

func TestSudoRefused(t *testing.T) {
	t.Setenv("SUDOERS", liveSudoers)
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		jail := catalogtest.Jailed(t, shell, sudoSetup+catalogtest.AsUnprivileged)
		facts, err := catalogtest.RunProbe(t, jail, security.Sudo, security.Sudo.Probe, nil, catalogtest.WithNames("alice", "%ops")...)
		if err != nil {
			t.Fatal(err)
		}
		catalogtest.WantAllUnknown(t, facts, "permission denied on /etc/sudoers")
	})
}

// TestSudoBothWays: without a shell, the facts are the same.
func TestSudoBothWays(t *testing.T) {
	subjects := catalogtest.WithNames("root", "nobody", "%sudo")
	catalogtest.BothWays(t, security.Sudo, catalogtest.HereFiles{}, []string{"sh"}, nil, subjects)
}

// TestSudoReadsWhatSudoReads compares files with sudo's own check of them.
func TestSudoReadsWhatSudoReads(t *testing.T) {
	visudo, err := exec.LookPath("visudo")
	if err != nil {
		t.Skip("no visudo here")
	}
	for _, sudoers := range []string{
		"", "alice ALL=ALL", "alice ALL", "alice ALL=", "alice = ALL", "ALL=ALL", "User_Alias A=b", "User_Alias a=b", "alice ALL=(root ALL",
		"alice ALL=(root) NOPASSWD ALL", "alice ALL=NOPASSWD:ALL", "Defaults x=", "Defaults env_reset,, use_pty", "alice ALL=id", "alice ALL=/bin/a,",
		"alice, bob ALL, web=/bin/a", "alice,bob ALL=/bin/a", "alice ,bob ALL=/bin/a", "! alice ALL=/bin/a", "#1001 ALL=ALL", "%#27 ALL=ALL",
		"Host_Alias H = fe80::1, 10.0.0.0/8 : I = x", "alice ALL=/bin/a : web=/bin/b", "alice ALL=/bin/a : web", "alice ALL=(a:b,c) ALL", "alice ALL=()ALL",
		"Cmnd_Alias C = /bin/a, sha224:0GomF8mNN3wlDt1HD9XldjJ3SNgpFdbjO1+NsQ== /bin/b", "alice ALL=sudoedit /etc/x", "alice ALL=/bin/", "alice ALL=TIMEOUT=10m /bin/a",
		"Defaults", "Defaults:alice !lecture", "Defaults:alice", "Defaults!/bin/x noexec", "DefaultsX", "alice ALL=(root) /bin/a b\\,c", "alice ALL=!ALL",
		"alice\tALL=(ALL)\tALL # x", "\"al ice\" ALL=ALL", `%dom\ ain ALL=ALL`, "alice ALL=/bin/a\\\n, /bin/b", "alice ALL=PASSWD:NOEXEC:/bin/a",
	} {
		path := filepath.Join(t.TempDir(), "sudoers")
		catalogtest.MakeFile(t, path, sudoers+"\n", 0o440)
		out, err := exec.Command(visudo, "-c", "-f", path).CombinedOutput()
		want := map[bool]string{true: "= true", false: "= false"}[err == nil]
		got := factsIn(security.Sudo, sudoTarget(sudoers+"\n"), resource.Params{"name": "alice"})["valid"]
		if got != want && !strings.HasPrefix(got, want+" ") {
			t.Errorf("%q: %s, and visudo: %s", sudoers, got, out)
		}
	}
}

func FuzzSudo(f *testing.F) {
	for _, s := range []string{
		liveSudoers, "alice ALL=(ALL:ALL) NOPASSWD: ALL : db = sha256:x /bin/a", "User_Alias A = B : B = A\nA ALL=ALL\nDefaults:A x+=\"y\"", "alice ALL=^x", "!,= :", "a b=(",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sudoers string) {
		if strings.Contains(sudoers, "\x00") {
			return
		}
		out := "host web1\nuid=1001(alice) gid=1001(alice) groups=1001(alice),27(sudo)\nstatus 0\nstatus 1\n\x00file\x00/etc/sudoers\x00" + sudoers + "\x00"
		catalogtest.ParseAll(t, security.Sudo, out, resource.Params{"name": "alice"})
		fsys := sudoTarget(sudoers)
		for _, facts := range security.Sudo.Probe.Files(fsys, []resource.Params{{"name": "alice"}}) {
			rules, _ := facts["rules"].Value.([]any)
			for _, r := range rules {
				if got, err := security.SudoRule.Read(cty.StringVal(r.(string))); err != nil || got != r {
					t.Errorf("%q is read as %v, %v", r, got, err)
				}
			}
		}
	})
}
