package security_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/security"
	"github.com/avow-dev/avow/spec/resource"
)

// TestAuditRuleHasOneForm has what a file may say on the left, and on the right what auditctl -l of audit 3.0.9 printed
// of the same rule, which is brought to the same form.
func TestAuditRuleHasOneForm(t *testing.T) {
	for written, listed := range map[string]string{
		"-w /etc/passwd -p wa -k identity":                                                    "-w /etc/passwd -p wa -k identity",
		"-w /etc/sudoers.d/ -p aw -k scope":                                                   "-w /etc/sudoers.d -p wa -k scope",
		"-a always,exit -F arch=b64 -S adjtimex,settimeofday -S clock_settime -k time-change": "-a always,exit -F arch=b64 -S adjtimex,settimeofday,clock_settime -F key=time-change",
		"-a always,exit -F arch=b32 -S adjtimex -F auid>=1000 -F auid!=4294967295 -F key=t32": "-a always,exit -F arch=b32 -S adjtimex -F auid>=1000 -F auid!=-1 -F key=t32",
		"-a exit,always -F path=/usr/bin/sudo -F perm=x -F auid>=1000 -F auid!=unset -k priv": "-a always,exit -S all -F path=/usr/bin/sudo -F perm=x -F auid>=1000 -F auid!=-1 -F key=priv",
		"-a always,exit -F arch=b64 -S open -F exit=-EACCES -F auid!=-1 -k access":            "-a always,exit -F arch=b64 -S open -F exit=-EACCES -F auid!=-1 -F key=access",
		"-a always,exit -F dir=/etc/selinux -F perm=wa -k mac":                                "-w /etc/selinux -p wa -k mac",
		"-a never,exclude -F msgtype=CWD":                                                     "-a never,exclude -F msgtype=CWD",
		"-a always,exit -S execve -C uid!=euid -F euid=root -k a -k b":                        "-a always,exit -S execve -C uid!=euid -F euid=0 -F key=a -F key=b",
		"-a always,exit -F arch=b64 -S all -F a0&4 -F success=no":                             "-a always,exit -F arch=b64 -S all -F a0&0x4 -F success=0",
		"-a never,task": "-a never,task",
		"-w /tmp/x":     "-w /tmp/x -p rwxa",
		"-a always,exit -F auid!=unset -F arch=b64 -F auid>=1000 -S rename -S unlink -F loginuid!=5": "-a always,exit -F arch=b64 -S unlink,rename -F auid>=1000 -F auid!=-1 -F auid!=5",
	} {
		a, err := security.AuditRuleText.Read(cty.StringVal(written))
		if err != nil {
			t.Error(err)
		}
		if b := security.AuditRuleText.Form(listed); a != b {
			t.Errorf("%q\nis    %q\nlisted %q", written, a, b)
		}
	}
	for _, a := range []string{"-w /etc/passwd -p wa", "-w /etc/passwd -p w -k identity", "-w /etc/passwd -p wa -k other"} {
		if security.AuditRuleText.Form(a) == security.AuditRuleText.Form("-w /etc/passwd -p wa -k identity") {
			t.Errorf("%q is taken for another rule", a)
		}
	}
	for _, nonsense := range []string{"", "-w", "-w passwd", "-k x", "-a always", "-a always,exti", "-D", "-w /x -p z", "-a always,exit -F x", "/etc/passwd", "-a always,exit -F path=x"} {
		if got, err := security.AuditRuleText.Read(cty.StringVal(nonsense)); err == nil {
			t.Errorf("%q is accepted as %v", nonsense, got)
		}
	}
}

func TestAuditLockedIsEnabled(t *testing.T) {
	for out, want := range map[string]map[string]string{
		"enabled 2\nfailure 2\npid 612\nrate_limit 0\nbacklog_limit 8192\nlost 0\n": {
			"enabled": "= true", "immutable": "= true", "running": "= true", "failure": `= "panic"`, "backlog_limit": "= 8192",
		},
		"enabled 1\nfailure 1\npid 0\nbacklog_limit 64\n": {
			"enabled": "= true", "immutable": "= false", "running": "= false", "failure": `= "printk"`,
		},
		"AUDIT_STATUS: enabled=0 flag=0 pid=7 rate_limit=0 backlog_limit=320 lost=0 backlog=0\n": {
			"enabled": "= false", "running": "= true", "failure": `= "silent"`, "backlog_limit": "= 320",
		},
	} {
		facts, err := security.Audit.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{this})
		text := catalogtest.DescribeFacts(security.Audit, "name", []resource.Params{this}, facts, err)
		catalogtest.ExpectFacts(t, out, catalogtest.LinesOf(text), want)
	}
	for _, nonsense := range []string{"", "enabled 1\n", "enabled 7\nfailure 1\npid 0\nbacklog_limit 64\n"} {
		if facts, err := security.Audit.Probe.Parse(resource.Answer{Stdout: []byte(nonsense)}, []resource.Params{this}); err == nil {
			t.Errorf("%q: %v", nonsense, facts)
		}
	}
}

func TestAuditConfiguredRules(t *testing.T) {
	fsys := target("/etc/audit/audit.rules", "-w /stale\n", "/etc/audit/rules.d/10-b.rules", "-D\n-b 8192\n## x\n-w /b -p w\n",
		"/etc/audit/rules.d/9-a.rules", "-w /a -p w\n", "/etc/audit/rules.d/99-end.rules", "-e 2\n--backlog_wait_time 60000\n", "/etc/audit/rules.d/x.conf", "-w /c\n")
	rules := func() string { return factsIn(security.Audit, fsys, this)["configured_rules"] }
	if got := rules(); got != `= ["-w /a -p w", "-w /b -p w"]` {
		t.Error(got)
	}
	fsys["etc/audit/rules.d/50.rules"] = fsys["etc/audit/rules.d/9-a.rules"]
	fsys = target("/etc/audit/audit.rules", "-w /only -p w")
	if got := rules(); got != `= ["-w /only -p w"]` {
		t.Error(got)
	}
	fsys = target("/etc/audit/audit.rules", "-x /only")
	if got := rules(); got != `unknown: /etc/audit/audit.rules: "-x /only" is not a rule of audit: -x is not part of a rule` {
		t.Error(got)
	}
	fsys = target("/etc/passwd", "")
	if got := rules(); got != "missing: the target has no rules in /etc/audit" {
		t.Error(got)
	}
	catalogtest.AllUnknown(t, security.Audit, catalogtest.FailingFiles{Err: fs.ErrPermission}, this, "permission denied on /", "configured_rules")
}

// TestAuditLive has an auditctl that answers as the real one does: with rules, without, refused.
func TestAuditLive(t *testing.T) {
	tool := func(script string) string {
		return "mount -t tmpfs none /usr/local/sbin\nprintf '%s\\n' '#!/bin/sh' '" + script + "' >/usr/local/sbin/auditctl\nchmod 755 /usr/local/sbin/auditctl\n" +
			"PATH=/usr/local/sbin:$PATH\n"
	}
	etc := "mount -t tmpfs none /etc\nmkdir -p /etc/audit/rules.d\nprintf -- '-w /a -p w -k x\\n' >/etc/audit/rules.d/a.rules\nchmod 750 /etc/audit\n"
	denied := "unknown: permission denied for auditctl -OPTION, which needs root and the capability CAP_AUDIT_CONTROL"
	for name, c := range map[string]struct {
		setup string
		want  map[string]string
	}{
		"rules": {
			etc + tool(`case $1 in -s) printf "enabled 1\nfailure 1\npid 9\nbacklog_limit 64\n" ;; -l) echo "-w /a -p w -k x" ;; esac`),
			map[string]string{"enabled": "= true", "running": "= true", "rules": `= ["-w /a -p w -k x"]`, "configured_rules": `= ["-w /a -p w -k x"]`},
		},
		"no rules": {tool(`echo No rules`), map[string]string{"rules": "= []"}},
		"refused": {
			etc + tool(`echo "You must be root to run this program." >&2; exit 4`) + catalogtest.AsUnprivileged,
			map[string]string{
				"enabled": strings.Replace(denied, "OPTION", "s", 1), "running": strings.Replace(denied, "OPTION", "s", 1),
				"rules": strings.Replace(denied, "OPTION", "l", 1), "configured_rules": "unknown: permission denied on /etc/audit",
			},
		},
		"silent": {tool(`:`), map[string]string{"enabled": "unknown: the state of audit has no enabled", "rules": "unknown: auditctl printed nothing"}},
	} {
		catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
			got := catalogtest.LinesOf(catalogtest.AllFacts(t, security.Audit, catalogtest.Jailed(t, shell, c.setup), nil, this))
			catalogtest.ExpectFacts(t, name, got, c.want)
			single := catalogtest.AllFacts(t, security.AuditRule, catalogtest.Jailed(t, shell, c.setup), nil, resource.Params{"rule": "-w /a/ -k x -p w"})
			want := map[string]string{"rules": "= true", "no rules": "= false", "refused": strings.Replace(denied, "OPTION", "l", 1), "silent": "unknown: auditctl printed nothing"}
			catalogtest.ExpectFacts(t, name, catalogtest.LinesOf(single), map[string]string{"exists": want[name]})
		})
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		got := catalogtest.LinesOf(catalogtest.AllFacts(t, security.Audit, shell, catalogtest.BusyboxOnly(t), this))
		if _, err := os.Stat("/usr/sbin/auditctl"); err != nil {
			catalogtest.ExpectFacts(t, "BusyBox", got, map[string]string{"enabled": "unknown: no auditctl on the target"})
		}
	})
}

func TestAuditRulesList(t *testing.T) {
	out := "-w /etc/passwd -p wa -k identity\n-a always,exit -F arch=b64 -S open -F auid!=4294967295 -F key=a -F key=b\n"
	facts, err := security.AuditRules.Probe.Parse(resource.Answer{Stdout: []byte(out)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	elements := facts[0]["every"].Value.(resource.Elements).List
	for name, want := range map[string]string{"path": "/etc/passwd", "permissions": "wa", "key": "identity", "list": "exit", "action": "always"} {
		if got := elements[0].Facts[name].Value; got != want {
			t.Errorf("%s is %v, not %s", name, got, want)
		}
	}
	if got := elements[1].Facts["key"].Value; got != "a,b" || elements[1].Facts["path"].Missing == "" {
		t.Errorf("%+v", elements[1].Facts)
	}
	if got := security.AuditRule.Attribute("fields").Kind.Text(elements[1].Facts["fields"].Value); got != "arch=b64, auid!=-1" {
		t.Error(got)
	}
}

func FuzzAudit(f *testing.F) {
	for _, s := range []string{"-w /a -p wa -k x", "-a always,exit -F arch=b64 -S a,b -F a0&4 -C uid!=euid", "enabled 1\nfailure 1\npid 0\nbacklog_limit 64", "No rules", "-w / -p r"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, out string) {
		catalogtest.ParseAll(t, security.Audit, out, this)
		catalogtest.ParseAll(t, security.AuditRule, out, resource.Params{"rule": out})
		if text, err := security.AuditRuleText.Read(cty.StringVal(out)); err == nil {
			if again, err := security.AuditRuleText.Read(cty.StringVal(text.(string))); err != nil || again != text {
				t.Errorf("%q is read as %q, and that as %v, %v", out, text, again, err)
			}
		}
	})
}
