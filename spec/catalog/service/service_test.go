package service

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

func TestServicePrepare(t *testing.T) {
	for _, bad := range []string{"", "ssh*", "s?h", "[s]sh", "a b", "a\nb", "/etc/x", "dev/sda", `a"b`, "a'b", "$x", "%s", "é", strings.Repeat("x", 300)} {
		if Service.Prepare(resource.Params{"name": bad}) == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	for _, good := range []string{"ssh", "-.mount", "getty@tty1", `dev-disk-by\x2duuid.swap`, "--help"} {
		if err := Service.Prepare(resource.Params{"name": good, "manager": "systemd"}); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	if Service.Prepare(resource.Params{"name": "ssh", "manager": "openrc"}) == nil {
		t.Error("openrc was accepted")
	}
}

func TestUnit(t *testing.T) {
	for name, want := range map[string]string{"ssh": "ssh.service", "a.b": "a.b.service", "x.socket": "x.socket", "getty@": "getty@.service", "org.freedesktop": "org.freedesktop.service"} {
		if got := unit(resource.Params{"name": name}); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

// fakeSystemctl is a systemctl with that body, and the environment that finds it.
func fakeSystemctl(t *testing.T, body string) []string {
	t.Helper()
	dir := t.TempDir()
	catalogtest.PlaceFile(t, dir+"/systemctl", "#!/bin/sh\n"+body+"\n")
	os.Chmod(dir+"/systemctl", 0o755)
	return []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
}

func TestServiceWithoutManager(t *testing.T) {
	if _, err := os.Stat("/run/systemd/system"); err == nil {
		t.Skip("this machine runs systemd")
	}
	comm, err := os.ReadFile("/proc/1/comm")
	if err != nil {
		t.Skip(err)
	}
	want := "no service manager: PID 1 is " + strings.TrimSpace(string(comm))
	catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
		facts, err := catalogtest.RunProbe(t, shell, Service, Service.Probes()[0], nil, resource.Params{"name": "ssh"}, resource.Params{"name": "no-such"})
		if err != nil && err.Error() != want {
			t.Fatal(err)
		}
		for _, f := range facts {
			for _, name := range []string{"running", "status", "restarts", "user"} {
				if f[name].Unknown != want {
					t.Errorf("%s: %v, want unknown: %s", name, f[name], want)
				}
			}
		}
		facts, err = catalogtest.RunProbe(t, shell, Service, Service.Probes()[1], nil, resource.Params{"name": "ssh", "properties": []string{"Restart"}})
		if err == nil && facts[0]["properties"].Unknown != want || err != nil && err.Error() != want {
			t.Errorf("%v %v", facts, err)
		}
	})
}

// A systemctl that fails without a word, or that may not read a folder, has not said that there is no such unit.
func TestServiceUnreadableFolders(t *testing.T) {
	systemctl := fakeSystemctl(t, `[ "$1" = show ] && echo "System has not been booted with systemd as init system (PID 1)." >&2; exit ${STATUS-1}`)
	catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
		facts, err := catalogtest.RunProbe(t, shell, Service, Service.Probes()[0], append(systemctl, "STATUS=137"), resource.Params{"name": "no-such"})
		if err != nil || facts[0]["exists"].Unknown != "systemctl: list-unit-files ended with status 137" {
			t.Errorf("%v %v", facts, err)
		}
		setup := "mkdir -p /etc/systemd/system\nmount -t tmpfs -o mode=700 none /etc/systemd\nmkdir /etc/systemd/system"
		facts, err = catalogtest.RunProbe(t, catalogtest.Jailed(t, catalogtest.AsNobody(t, shell), setup), Service, Service.Probes()[0], systemctl, resource.Params{"name": "no-such"})
		if err != nil || facts[0]["exists"].Unknown != "systemctl: permission denied on /etc/systemd" || facts[0]["enabled"].Unknown == "" {
			t.Errorf("%v %v", facts, err)
		}
		facts, err = catalogtest.RunProbe(t, shell, Service, Service.Probes()[0], systemctl, resource.Params{"name": "no-such"})
		if err != nil || facts[0]["exists"].Value != false || facts[0]["enabled"].Value != false || facts[0]["running"].Unknown == "" {
			t.Errorf("%v %v", facts, err)
		}
	})
}

func TestServiceWithoutSystemctl(t *testing.T) {
	probe := *Service.Probes()[0]
	probe.Script = strings.ReplaceAll(probe.Script, "systemctl", "no-such-systemctl")
	catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
		_, err := catalogtest.RunProbe(t, shell, Service, &probe, nil, resource.Params{"name": "ssh"})
		if err == nil || !strings.HasPrefix(err.Error(), "no service manager: PID 1 is ") {
			t.Error(err)
		}
	})
}

// Forty units are two processes, which run at once: each waits here for the other. A third one is only for a unit that no
// list has.
func TestServiceAsksOnce(t *testing.T) {
	env := fakeSystemctl(t, `for a; do printf '[%s]' "$a" >>"$SYSTEMCTL/$1"; done
case $1 in show) other=list-unit-files ;; list-unit-files) other=show ;; *) exit 1 ;; esac
i=0; while [ $i -lt 100 ] && [ ! -e "$SYSTEMCTL/$other" ]; do i=$((i + 1)); sleep 0.1; done
[ $i -lt 100 ] || printf '[alone]' >>"$SYSTEMCTL/$1"
exit 1`)
	const units = `[--][avowd.service][--help.service][a\x2db.mount][getty@tty1.service]`
	want := map[string]string{
		"list-unit-files": "[list-unit-files][--no-pager][--no-legend][--full]" + units,
		"is-enabled":      "[is-enabled][--][getty@tty1.service]",
		"show":            "[show][--no-pager][--all][-p][" + serviceProperties + "]" + units,
	}
	catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
		log := t.TempDir()
		catalogtest.RunScript(t, shell, Service.Probes()[0], append(env, "SYSTEMCTL="+log), resource.Params{"name": "avowd"}, resource.Params{"name": "getty@"},
			resource.Params{"name": "--help"}, resource.Params{"name": `a\x2db.mount`}, resource.Params{"name": "getty@tty1"})
		for verb, words := range want {
			if got, err := os.ReadFile(filepath.Join(log, verb)); string(got) != words {
				t.Errorf("systemctl was called with %s, %v\nwant %s", got, err, words)
			}
		}
	})
}

func TestServiceNeverCallsSystemctlWithoutAUnit(t *testing.T) {
	env := fakeSystemctl(t, `echo called`)
	catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
		for i := range Service.Probes() {
			answer, reason := catalogtest.RunScript(t, shell, Service.Probes()[i], env, resource.Params{"name": "getty@"})
			if strings.Contains(string(answer.Stdout), "called") || reason != "" {
				t.Errorf("%s: %s %s", Service.Probes()[i].Name, answer.Stdout, reason)
			}
		}
	})
}

func TestIsTemplate(t *testing.T) {
	for name, want := range map[string]bool{"getty@.service": true, "a@b.service": false, "a@.hidden.service": false, "a.service": false, "@.timer": true} {
		if isTemplate(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}

func TestServiceFaults(t *testing.T) {
	env := fakeSystemctl(t, `echo "Failed to get properties: Connection timed out" >&2; exit 1`)
	catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
		for _, name := range []string{"avowd", "avow@d"} {
			facts, err := catalogtest.RunProbe(t, shell, Service, Service.Probes()[0], env, resource.Params{"name": name})
			for _, attribute := range catalogtest.Observed(Service, "state") {
				if err != nil || !strings.HasSuffix(facts[0][attribute].Unknown, "Connection timed out") {
					t.Errorf("%s: %v %v", attribute, facts[0][attribute], err)
				}
			}
		}
		if facts, err := catalogtest.RunProbe(t, shell, Service, Service.Probes()[0], env, resource.Params{"name": "avowd"}, resource.Params{"name": "ssh"}); err == nil {
			t.Errorf("several units are not asked one by one: %v", facts)
		}
		facts, err := catalogtest.RunProbe(t, shell, Service, Service.Probes()[0], env, resource.Params{"name": "getty@"})
		if err != nil {
			t.Error(err)
		}
		catalogtest.WantAllUnknown(t, facts, "getty@.service is a template; name an instance")
	})
}

func FuzzService(f *testing.F) {
	files, _ := filepath.Glob("../testdata/service/*.txt")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		f.Add(string(text), "", "ssh")
	}
	f.Add("pid1 systemd\nId=ssh.service\nLoadState=loaded\nActiveState=active\nNRestarts=x\n", "Failed to connect to bus", "ssh")
	f.Fuzz(func(t *testing.T, stdout, stderr, name string) {
		subjects := []resource.Params{{"name": name, "properties": []string{"A", "B"}}}
		answer := resource.Answer{Stdout: []byte(stdout), Stderr: []byte(stderr)}
		if facts, err := parseServices(answer, subjects); err == nil && len(facts) != 1 {
			t.Fatal(facts)
		}
		if facts, err := parseProperties(answer, subjects); err == nil && len(facts) != 1 {
			t.Fatal(facts)
		}
	})
}
