package resource

import (
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCommandPrepare(t *testing.T) {
	env := func(name, value string) Params { return Params{"line": "x", "env": map[string]any{name: value}} }
	for _, bad := range []Params{
		{},
		{"line": " \n"},
		{"line": "a\x00b"},
		{"line": strings.Repeat("x", 200_000)},
		{"line": "x", "dir": "srv"},
		{"line": "x", "dir": ""},
		{"line": "x", "user": ""},
		{"line": "x", "user": "0"},
		{"line": "x", "user": "-x"},
		{"line": "x", "timeout": time.Duration(0)},
		{"line": "x", "timeout": -time.Second},
		{"line": "x", "stdin": "\x00"},
		env("", "x"), env("A B", "x"), env("1A", "x"), env("A;id", "x"), env("UID", "0"), env("AVOW_LINE", "x"), env("avow_how", "x"), env("A", "\x00"),
	} {
		if Command.Prepare(bad) == nil {
			t.Errorf("%v was accepted", bad)
		}
	}
	for _, good := range []Params{{"line": "-x"}, {"line": "x", "dir": "/a b", "user": "www-data", "timeout": time.Millisecond}, env("A_1", "'\n\"")} {
		if err := Command.Prepare(good); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
}

// runCommand runs a command as the runner would: what it leaves behind is not waited for.
func runCommand(t *testing.T, shell, env []string, p Params) (Facts, error) {
	t.Helper()
	script := "LC_ALL=C; export LC_ALL\ncannot() { printf 'CANNOT %s' \"$*\" >&2; exit 250; }\n" +
		"probe() {\n" + commandScript + "\n}\n( probe \"$@\" ) </dev/null\n"
	cmd := exec.Command(shell[0], append(append(slices.Clone(shell[1:]), "-c", script, "probe"), commandWords(p)...)...)
	cmd.Env = append(cmd.Environ(), env...)
	dir := t.TempDir()
	stdout, _ := os.Create(dir + "/stdout")
	stderr, _ := os.Create(dir + "/stderr")
	defer stdout.Close()
	defer stderr.Close()
	cmd.Stdout, cmd.Stderr = stdout, stderr
	begin := time.Now()
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	a := Answer{Status: cmd.ProcessState.ExitCode(), Elapsed: time.Since(begin)}
	a.Stdout, _ = os.ReadFile(dir + "/stdout")
	a.Stderr, _ = os.ReadFile(dir + "/stderr")
	if _, reason, ok := strings.Cut(string(a.Stderr), "CANNOT "); ok {
		return nil, errors.New(reason)
	}
	facts, err := parseCommand(a, []Params{p})
	if err != nil {
		return nil, err
	}
	return facts[0], nil
}

// withoutTimeout is a PATH that has BusyBox's applets, and among them no timeout. (yash has its own printf,
// echo and test only where PATH has them, too.)
func withoutTimeout(t *testing.T) []string {
	t.Helper()
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("no busybox here")
	}
	dir := t.TempDir()
	for _, applet := range []string{"sh", "sleep", "cat", "id", "true", "kill", "printf", "pwd", "od", "[", "test", "echo", "env", "setsid"} {
		if err := os.Symlink(busybox, dir+"/"+applet); err != nil {
			t.Fatal(err)
		}
	}
	return []string{"PATH=" + dir}
}

// withOldTimeout has a timeout that does not know -k.
func withOldTimeout(t *testing.T) []string {
	t.Helper()
	env := withoutTimeout(t)
	dir := strings.TrimPrefix(env[0], "PATH=")
	placeFile(t, dir+"/timeout", "#!/bin/sh\necho 'timeout: invalid option -- k' >&2\nexit 1\n")
	os.Chmod(dir+"/timeout", 0o755)
	return env
}

func withBusyBoxTimeout(t *testing.T) []string {
	t.Helper()
	env := withoutTimeout(t)
	busybox, _ := exec.LookPath("busybox")
	if err := os.Symlink(busybox, strings.TrimPrefix(env[0], "PATH=")+"/timeout"); err != nil {
		t.Fatal(err)
	}
	return env
}

// everywhere runs a test in each shell, with each kind of timeout.
func everywhere(t *testing.T, test func(t *testing.T, shell, env []string)) {
	kinds := map[string]func(*testing.T) []string{
		"own timeout": func(*testing.T) []string { return nil }, "BusyBox": withBusyBoxTimeout,
		"no timeout": withoutTimeout, "old timeout": withOldTimeout,
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			env := kind(t)
			inEachShell(t, func(t *testing.T, shell []string) {
				t.Parallel()
				path, err := exec.LookPath(shell[0])
				if err != nil {
					t.Fatal(err)
				}
				test(t, append([]string{path}, shell[1:]...), env)
			})
		})
	}
}

type outcome struct {
	params         Params
	status         int64
	stdout, stderr string
	signal         string
}

const nastyText = "a'b\"c$d`e\\f\n%s *\n"

var outcomes = []outcome{
	{Params{"line": "true"}, 0, "", "", ""},
	{Params{"line": "exit 7"}, 7, "", "", ""},
	{Params{"line": "exit 250"}, 250, "", "", ""},
	{Params{"line": "exit 255"}, 255, "", "", ""},
	{Params{"line": "exit 124"}, 124, "", "", ""},
	{Params{"line": "echo out; echo err >&2"}, 0, "out\n", "err\n", ""},
	{Params{"line": `printf '\000\377\n\n'`}, 0, "\x00\xff\n\n", "", ""},
	{Params{"line": "kill -9 $$"}, 137, "", "", "KILL"},
	{Params{"line": "kill -TERM $$"}, 143, "", "", "TERM"},
	{Params{"line": "cat"}, 0, "", "", ""},
	{Params{"line": "cat; exit 3", "stdin": nastyText}, 3, nastyText, "", ""},
	{Params{"line": "exit 3", "stdin": strings.Repeat("x", 100_000)}, 3, "", "", ""},
	{Params{"line": "pwd", "dir": "/usr/lib"}, 0, "/usr/lib\n", "", ""},
	{Params{"line": `printf %s "$A$B"`, "env": map[string]any{"A": nastyText, "B": "-x", "line": "1", "i": "2", "IFS": "x"}}, 0, nastyText + "-x", "", ""},
	{Params{"line": "printf '%s' \"a'b\" '$x' '`' '\\'"}, 0, "a'b$x`\\", "", ""},
	{Params{"line": "# a remark\necho 'two\nlines'"}, 0, "two\nlines\n", "", ""},
	{Params{"line": `echo "${AVOW_LINE-none} $#"`}, 0, "none 0\n", "", ""},
	{Params{"line": "cat /dev/fd/3 2>/dev/null"}, 1, "", "", ""},
	{Params{"line": "echo $LC_ALL"}, 0, "C\n", "", ""},
	{Params{"line": "/bin/cat; echo \"$PATH ${AVOW_PATH-none}\"", "stdin": "in ", "env": map[string]any{"PATH": "/no where"}}, 0, "in /no where none\n", "", ""},
	{Params{"line": "/bin/echo kept", "env": map[string]any{"PATH": "/nowhere"}}, 0, "kept\n", "", ""},
}

func TestCommandOutcomes(t *testing.T) {
	everywhere(t, func(t *testing.T, shell, env []string) {
		for _, want := range outcomes {
			facts, err := runCommand(t, shell, env, want.params)
			if err != nil {
				t.Errorf("%q: %v", want.params.Text("line"), err)
				continue
			}
			got := outcome{params: want.params, stdout: facts["stdout"].Value.(string), stderr: facts["stderr"].Value.(string)}
			got.status, _ = facts["exit_status"].Value.(*big.Float).Int64()
			got.signal, _ = facts["signal"].Value.(string)
			if got.status != want.status || got.stdout != want.stdout || got.stderr != want.stderr || got.signal != want.signal {
				t.Errorf("%.80q: found %d %.80q %.80q %q", want.params.Text("line"), got.status, got.stdout, got.stderr, got.signal)
			}
		}
	})
}

func TestCommandNotFound(t *testing.T) {
	everywhere(t, func(t *testing.T, shell, env []string) {
		for line, note := range map[string]string{"no-such-command": "not found", "/etc/passwd": "found, but it could not be run"} {
			facts, err := runCommand(t, shell, env, Params{"line": line})
			if err != nil {
				t.Fatal(err)
			}
			if f := facts["exit_status"]; f.Note != note || !strings.Contains(facts["stderr"].Value.(string), line) {
				t.Errorf("%s: %+v", line, facts)
			}
		}
	})
}

func TestCommandLeavesAChildBehind(t *testing.T) {
	everywhere(t, func(t *testing.T, shell, env []string) {
		begin := time.Now()
		facts, err := runCommand(t, shell, env, Params{"line": "sleep 4 & echo bg"})
		if err != nil || facts["stdout"].Value != "bg\n" || time.Since(begin) > 3*time.Second {
			t.Errorf("%v after %v: %v", facts, time.Since(begin), err)
		}
	})
}

func TestCommandTimesOut(t *testing.T) {
	everywhere(t, func(t *testing.T, shell, env []string) {
		if name := filepath.Base(shell[0]); name != "dash" && name != "busybox" {
			t.Skip("two shells are enough for what takes seconds")
		}
		for _, line := range []string{"echo so far; sleep 9", "trap '' TERM; echo so far; while :; do sleep 1; done"} {
			begin := time.Now()
			facts, err := runCommand(t, shell, env, Params{"line": line, "timeout": time.Second})
			if err != nil {
				t.Fatal(err)
			}
			f := facts["exit_status"]
			if f.Unknown != "timed out after 1s" || f.Note != `stdout so far: "so far\n"` || time.Since(begin) > 5*time.Second {
				t.Errorf("%q: %+v after %v", line, f, time.Since(begin))
			}
		}
	})
}

// What a command has started ends with it when its time is over.
func TestCommandTimesOutWithItsChildren(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, shell, env []string) {
		if name := filepath.Base(shell[0]); name != "dash" && name != "busybox" {
			t.Skip("two shells are enough for what takes seconds")
		}
		facts, err := runCommand(t, shell, env, Params{"line": "sleep 600 & echo $!; wait", "timeout": time.Second})
		if err != nil {
			t.Fatal(err)
		}
		var child int
		if _, err := fmt.Sscanf(facts["stdout"].Note, `stdout so far: "%d\n"`, &child); err != nil {
			t.Fatal(err, facts)
		}
		time.Sleep(300 * time.Millisecond)
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", child))
		if len(stat) > 0 && !strings.Contains(string(stat), ") Z ") {
			t.Errorf("the child lives: %s", stat)
		}
	})
}

func TestCommandIsNotInTheProcessList(t *testing.T) {
	everywhere(t, func(t *testing.T, shell, env []string) {
		p := Params{"line": "cat /proc/$$/cmdline /proc/$PPID/cmdline # l1ne", "stdin": "st0in", "env": map[string]any{"A": "s3cret"}}
		facts, err := runCommand(t, shell, env, p)
		if err != nil {
			t.Fatal(err)
		}
		shown, _, _ := strings.Cut(facts["stdout"].Value.(string), "avow_seconds=") // the test's own -c is no part of it
		for _, secret := range []string{"l1ne", "st0in", "s3cret"} {
			if strings.Contains(shown, secret) {
				t.Errorf("%q is seen in %q", secret, shown)
			}
		}
	})
}

func TestCommandLimit(t *testing.T) {
	if got := commandLimit(Params{"timeout": 5 * time.Second}); got < 7*time.Second || got > 10*time.Second {
		t.Error(got)
	}
	if got := commandWords(Params{"line": "x", "timeout": 1500 * time.Millisecond})[0]; got != "2" {
		t.Errorf("a part of a second is %s", got)
	}
}

func FuzzCommand(f *testing.F) {
	files, _ := filepath.Glob("testdata/command/*.txt")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		f.Add(text, []byte(nil), 0, int64(1))
	}
	f.Add([]byte("\xff"), []byte("x"), 393, int64(time.Hour))
	f.Add([]byte(nil), []byte(nil), -1, int64(-1))
	f.Fuzz(func(t *testing.T, stdout, stderr []byte, status int, elapsed int64) {
		a := Answer{Stdout: stdout, Stderr: stderr, Status: status, Elapsed: time.Duration(elapsed)}
		facts, err := parseCommand(a, []Params{{"line": "x"}})
		if err != nil || len(facts) != 1 {
			t.Fatal(facts, err)
		}
		if f := facts[0]["stdout"]; f.Unknown == "" && f.Value != string(stdout) {
			t.Fatal("stdout was changed")
		}
	})
}

// TestCommandOutOfTime: a begin that came late makes a command look quicker than it was; it stays unknown.
func TestCommandOutOfTime(t *testing.T) {
	p := Params{"line": "sleep 5", "timeout": time.Second}
	for elapsed, unknown := range map[time.Duration]bool{1100 * time.Millisecond: true, 999 * time.Millisecond: true, 100 * time.Millisecond: false} {
		facts, err := parseCommand(Answer{Status: 124, Elapsed: elapsed}, []Params{p})
		if err != nil || (facts[0]["exit_status"].Unknown != "") != unknown {
			t.Errorf("after %s: %v, %v", elapsed, facts, err)
		}
	}
}
