package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

func environmentFactsOf(t *testing.T, shell, env []string, subject resource.Params) map[string]string {
	t.Helper()
	return catalogtest.LinesOf(catalogtest.AllFacts(t, Environment, shell, env, subject))
}

// withEnvironment starts a process with these variables, and returns its number.
func withEnvironment(t *testing.T, name string, env ...string) string {
	t.Helper()
	path := copyOf(t, "sleep", name)
	return runProcess(t, &exec.Cmd{Path: path, Args: []string{path, "600"}, Env: append(env, "OTHER=secret")})
}

// TestEnvironmentOfTheSession is that before the script has set its own locale.
func TestEnvironmentOfTheSession(t *testing.T) {
	env := []string{"LC_ALL=de_DE.UTF-8", "EMPTY=", "TEXT=a\nb = $(reboot)\nFAKE=x", "PATH=/odd:/usr/bin:/bin", "dotted.name=1", "LANGUAGE=de"}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for name, want := range map[string]string{
			"LC_ALL": `= "de_DE.UTF-8"`, "EMPTY": `= ""`, "TEXT": `= "a\nb = $(reboot)\nFAKE=x"`, "PATH": `= "/odd:/usr/bin:/bin"`,
			"dotted.name": `= "1"`, "LANGUAGE": `= "de"`,
		} {
			catalogtest.ExpectFacts(t, name, environmentFactsOf(t, shell, env, resource.Params{"name": name}), map[string]string{"set": "= true", "value": want})
		}
		for _, name := range []string{"NO_SUCH", "FAKE", "EMPT", "MPTY", "*", "$(reboot)", "-x", "a b"} {
			catalogtest.ExpectFacts(t, name, environmentFactsOf(t, shell, env, resource.Params{"name": name}), map[string]string{"set": "= false", "value": "missing: not set"})
		}
	})
}

// TestEnvironmentAfterBecome: sudo keeps the locale that Avow has set.
func TestEnvironmentAfterBecome(t *testing.T) {
	env := []string{"LC_ALL=C", "LANGUAGE=", "HOME=/x"}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, name := range []string{"PATH", "LC_ALL", "LANGUAGE"} {
			why := "unknown: Avow sets " + name + " before it becomes the user"
			catalogtest.ExpectFacts(t, name, environmentFactsOf(t, shell, env, resource.Params{"name": name}), map[string]string{"set": why, "value": why})
		}
		catalogtest.ExpectFacts(t, "HOME", environmentFactsOf(t, shell, env, resource.Params{"name": "HOME"}), map[string]string{"value": `= "/x"`})
	})
}

func TestEnvironmentOfAProcess(t *testing.T) {
	pid := withEnvironment(t, "avow-env", "A=1", "B=x\ny")
	withEnvironment(t, "avow-env-twice", "A=1", "B=1")
	withEnvironment(t, "avow-env-twice", "A=2", "B=1")
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, c := range []struct{ process, name, set, value string }{
			{"avow-env", "A", "= true", `= "1"`},
			{"avow-env", "B", "= true", `= "x\ny"`},
			{"avow-env", "C", "= false", "missing: not set"},
			{"avow-env-no-such", "A", "= false", "missing: not running"},
			{"avow-env-twice", "B", "= true", `= "1"`},
		} {
			got := environmentFactsOf(t, shell, nil, resource.Params{"name": c.name, "process": c.process})
			catalogtest.ExpectFacts(t, c.process+" "+c.name, got, map[string]string{"set": c.set, "value": c.value})
		}
		got := environmentFactsOf(t, shell, nil, resource.Params{"name": "A", "process": "avow-env-twice"})
		if !strings.Contains(got["set"], "unknown: processes") || !strings.Contains(got["value"], "different values of A") {
			t.Errorf("two that differ: %v", got)
		}
		for _, name := range []string{"A", "C"} {
			got = environmentFactsOf(t, catalogtest.AsNobody(t, shell), nil, resource.Params{"name": name, "process": "avow-env"})
			why := "unknown: permission denied on /proc/" + pid + "/environ"
			catalogtest.ExpectFacts(t, "nobody", got, map[string]string{"set": why, "value": why})
		}
	})
}

// TestOnlyNamedVariablesTravel: the answer has no other one, and the value is private.
func TestOnlyNamedVariablesTravel(t *testing.T) {
	withEnvironment(t, "avow-env-more", "A=1", "SECRET=hush")
	subjects := []resource.Params{{"name": "A", "process": "avow-env-more"}, {"name": "HOME"}}
	answer, why := catalogtest.RunScript(t, catalogtest.Installed(t)[0], Environment.Probe, nil, subjects...)
	if out := string(answer.Stdout); why != "" || !strings.Contains(out, "env A=1\n") || strings.Contains(out, "hush") || strings.Contains(out, "secret") {
		t.Errorf("%s %s", out, why)
	}
	facts, err := Environment.Probe.Parse(answer, subjects)
	if err != nil || !facts[0]["value"].Private || facts[1]["value"].Private || facts[1]["value"].Value == nil {
		t.Errorf("%v %v", facts, err)
	}
}

// TestEnvironmentThatIsWrittenOver has what nginx and postgres leave of theirs.
func TestEnvironmentThatIsWrittenOver(t *testing.T) {
	for _, odd := range []string{`worker process\0`, `\0\0\0`, `A=1\0garbage\0`, `A=1\0\0B=2\0`} {
		dir := t.TempDir()
		catalogtest.PlaceFile(t, filepath.Join(dir, "environ"), strings.ReplaceAll(odd, `\0`, "\x00"))
		catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
			args := append(shell[1:len(shell):len(shell)], "-c", "nl='\n' variables='\nA\n'\n"+moreScript+"environ "+dir)
			if out, err := exec.Command(shell[0], args...).CombinedOutput(); err != nil || !strings.Contains(string(out), "odd\n") {
				t.Errorf("%s: %s %v", odd, out, err)
			}
		})
	}
	var m moreEntry
	m.read("env", "A=1")
	m.read("odd", "")
	if f := variableFacts([]Entry{{moreEntry: m}}, "B", true); f.Of("set").Unknown == "" {
		t.Errorf("%v", f)
	}
}

func TestEnvironmentOfAService(t *testing.T) {
	pid := withEnvironment(t, "avow-env-main", "A=1")
	dir := t.TempDir()
	tool := "#!/bin/sh\ncat <<'END'\nMainPID=0\nNames=dead.service\nLoadState=loaded\n\nMainPID=" + pid + "\nNames=shop.service alias.service\nLoadState=loaded\n\n" +
		"Names=no-such.service\nLoadState=not-found\nMainPID=0\nEND\n"
	catalogtest.MakeFile(t, filepath.Join(dir, "systemctl"), tool, 0o755)
	env := []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for service, want := range map[string]map[string]string{
			"shop": {"set": "= true", "value": `= "1"`}, "alias.service": {"set": "= true", "value": `= "1"`},
			"dead":    {"set": "= false", "value": "missing: the service has no main process"},
			"no-such": {"set": "= false", "value": "missing: no such unit"},
			"other":   {"set": "unknown: systemctl did not show other.service"},
		} {
			catalogtest.ExpectFacts(t, service, environmentFactsOf(t, shell, env, resource.Params{"name": "A", "service": service}), want)
		}
	})
}

// TestEnvironmentOfAServiceWithoutSystemd: no manager is no reason to say that nothing is set.
func TestEnvironmentOfAServiceWithoutSystemd(t *testing.T) {
	env := catalogtest.BusyboxOnly(t)
	dir := strings.TrimPrefix(env[0], "PATH=")
	subject := resource.Params{"name": "A", "service": "shop"}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		os.Remove(filepath.Join(dir, "systemctl"))
		got := environmentFactsOf(t, shell, env, subject)
		if got["set"] != "unknown: no systemctl on the target" {
			t.Errorf("%v", got)
		}
		catalogtest.MakeFile(t, filepath.Join(dir, "systemctl"), "#!/bin/sh\nexit 1\n", 0o755)
		if got = environmentFactsOf(t, shell, env, subject); !strings.HasPrefix(got["set"], "unknown: no service manager: PID 1 is ") {
			t.Errorf("%v", got)
		}
	})
}

func TestEnvironmentMistakes(t *testing.T) {
	for _, c := range []struct {
		params resource.Params
		part   string
	}{
		{resource.Params{"name": "$HOME"}, `write "HOME"`},
		{resource.Params{"name": "${HOME}"}, `write "HOME"`},
		{resource.Params{"name": "A", "process": "x", "service": "y"}, "exclude"},
		{resource.Params{"name": "A", "process": "/usr/bin/x"}, "path"},
		{resource.Params{"name": "A", "service": "x*"}, "not the name"},
		{resource.Params{"name": "A", "service": "x.timer"}, "no process"},
	} {
		if err := prepareEnvironment(c.params); err == nil || !strings.Contains(err.Error(), c.part) {
			t.Errorf("%v: %v", c.params, err)
		}
	}
}

// FuzzEnvironment: any bytes give facts or an error.
func FuzzEnvironment(f *testing.F) {
	f.Add("session\nenv A=1\nunit Names=a.service\nunit MainPID=3\nmain 3\nenv A=2\nprocesses\n")
	f.Add("unit \nunit\nmain\nenv\nodd\nprocesses\nstat 1 S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\ncomm a\nenv A\nended\n")
	f.Fuzz(func(t *testing.T, out string) {
		for _, p := range []resource.Params{{"name": "A"}, {"name": "A", "process": "a"}, {"name": "A", "service": "a"}} {
			catalogtest.ParseAll(t, Environment, out, p)
		}
	})
}

// TestFirstOfTwoVariablesCounts, as getenv finds it.
func TestFirstOfTwoVariablesCounts(t *testing.T) {
	var m moreEntry
	m.read("env", "A=1")
	m.read("env", "A=2")
	if m.variables["A"] != "1" {
		t.Errorf("%v", m.variables)
	}
}
