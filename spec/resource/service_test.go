package resource

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestServicePrepare(t *testing.T) {
	for _, bad := range []string{"", "ssh*", "s?h", "[s]sh", "a b", "a\nb", "/etc/x", "dev/sda", `a"b`, "a'b", "$x", "%s", "é", strings.Repeat("x", 300)} {
		if Service.Prepare(Params{"name": bad}) == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	for _, good := range []string{"ssh", "-.mount", "getty@tty1", `dev-disk-by\x2duuid.swap`, "--help"} {
		if err := Service.Prepare(Params{"name": good, "manager": "systemd"}); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	if Service.Prepare(Params{"name": "ssh", "manager": "openrc"}) == nil {
		t.Error("openrc was accepted")
	}
}

func TestUnit(t *testing.T) {
	for name, want := range map[string]string{"ssh": "ssh.service", "a.b": "a.b.service", "x.socket": "x.socket", "getty@": "getty@.service", "org.freedesktop": "org.freedesktop.service"} {
		if got := unit(Params{"name": name}); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

// fakeSystemctl is a systemctl with that body, and the environment that finds it.
func fakeSystemctl(t *testing.T, body string) []string {
	t.Helper()
	dir := t.TempDir()
	placeFile(t, dir+"/systemctl", "#!/bin/sh\n"+body+"\n")
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
	subjects := []Params{{"name": "ssh"}, {"name": "no-such"}}
	inEachShell(t, func(t *testing.T, shell []string) {
		facts, err := look(t, shell, &Service.Probes[0], nil, subjects...)
		if err != nil && err.Error() != want {
			t.Fatal(err)
		}
		wantAllUnknown(t, facts, want)
	})
}

func TestServiceWithoutSystemctl(t *testing.T) {
	probe := Service.Probes[0]
	probe.Script = strings.ReplaceAll(probe.Script, "systemctl", "no-such-systemctl")
	inEachShell(t, func(t *testing.T, shell []string) {
		_, err := look(t, shell, &probe, nil, Params{"name": "ssh"})
		if err == nil || !strings.HasPrefix(err.Error(), "no service manager: PID 1 is ") {
			t.Error(err)
		}
	})
}

func TestServiceAsksOnce(t *testing.T) {
	env := fakeSystemctl(t, `for a; do printf '[%s]' "$a" >&2; done; exit 1`)
	inEachShell(t, func(t *testing.T, shell []string) {
		answer, reason := ask(t, shell, &Service.Probes[0], env, Params{"name": "ssh"}, Params{"name": "getty@"}, Params{"name": "--help"}, Params{"name": `a\x2db.mount`})
		want := `[show][--no-pager][-p][` + serviceProperties + `][--][ssh.service][--help.service][a\x2db.mount]`
		if got := string(answer.Stderr); got != want || reason != "" {
			t.Errorf("systemctl was called with %s %s", got, reason)
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
	inEachShell(t, func(t *testing.T, shell []string) {
		_, err := look(t, shell, &Service.Probes[0], env, Params{"name": "ssh"})
		if err == nil || !strings.Contains(err.Error(), "Connection timed out") {
			t.Error(err)
		}
		facts, err := look(t, shell, &Service.Probes[0], env, Params{"name": "getty@"})
		if err != nil {
			t.Error(err)
		}
		wantAllUnknown(t, facts, "getty@.service is a template; name an instance")
	})
}

func FuzzService(f *testing.F) {
	files, _ := filepath.Glob("testdata/service/*.txt")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		f.Add(string(text), "", "ssh")
	}
	f.Add("pid1 systemd\nId=ssh.service\nLoadState=loaded\nActiveState=active\nNRestarts=x\n", "Failed to connect to bus", "ssh")
	f.Fuzz(func(t *testing.T, stdout, stderr, name string) {
		subjects := []Params{{"name": name, "properties": []string{"A", "B"}}}
		answer := Answer{Stdout: []byte(stdout), Stderr: []byte(stderr)}
		if facts, err := parseServices(answer, subjects); err == nil && len(facts) != 1 {
			t.Fatal(facts)
		}
		if facts, err := parseProperties(answer, subjects); err == nil && len(facts) != 1 {
			t.Fatal(facts)
		}
	})
}
