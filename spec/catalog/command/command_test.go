package command

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

func TestCommandPrepare(t *testing.T) {
	env := func(name, value string) resource.Params {
		return resource.Params{"line": "x", "env": map[string]any{name: value}}
	}
	for _, bad := range []resource.Params{
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
	for _, good := range []resource.Params{{"line": "-x"}, {"line": "x", "dir": "/a b", "user": "www-data", "timeout": time.Millisecond}, env("A_1", "'\n\"")} {
		if err := Command.Prepare(good); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
}

// runCommand runs a command as the runner does, in a conversation with a real shell. Where dirs is not empty, that is
// the PATH of the script.
func runCommand(t *testing.T, argv []string, dirs string, p resource.Params) (resource.Facts, error) {
	t.Helper()
	talk := shell.New(program(argv), shell.Options{})
	defer talk.Close()
	facts, err := tellCommand(t, talk, dirs, p)
	return facts, err
}

func tellCommand(t *testing.T, talk *shell.Conversation, dirs string, p resource.Params) (facts resource.Facts, failed error) {
	t.Helper()
	body := commandScript
	if dirs != "" {
		body = "PATH=" + dirs + body
	}
	q := shell.Query{Function: &shell.Function{Name: "command", Body: body}, Args: commandWords(p), Limit: commandLimit(p), Slow: true}
	talk.Run(t.Context(), []shell.Query{q}, func(_ int, a shell.Result, err error) {
		if failed = err; err == nil {
			var all []resource.Facts
			if all, failed = parseCommand(resource.Answer(a), []resource.Params{p}); failed == nil {
				all = catalogtest.Complete(Command, Command.Probe, all)
				facts = all[0]
			}
		}
	})
	return facts, failed
}

// program is a shell of this machine.
func program(argv []string) shell.Shell {
	return func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		cmd := exec.CommandContext(ctx, argv[0], append(slices.Clone(argv[1:]), "-s")...)
		cmd.Stdout, cmd.Stderr, cmd.WaitDelay = stdout, stderr, time.Second/10
		in, err := cmd.StdinPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		go func() {
			defer in.Close()
			_, _ = io.Copy(in, stdin)
		}()
		return cmd.Wait()
	}
}

// applets is a PATH that has BusyBox's programs and no others.
func applets(t *testing.T, more ...string) string {
	t.Helper()
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("no busybox here")
	}
	dir := t.TempDir()
	for _, applet := range append([]string{"sh", "sleep", "cat", "id", "true", "kill", "printf", "pwd", "od", "[", "test", "echo", "env", "wc", "tr"}, more...) {
		if err := os.Symlink(busybox, dir+"/"+applet); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// everywhere runs a test in each shell, with the programs of this machine, with BusyBox's, and without setsid.
func everywhere(t *testing.T, test func(t *testing.T, argv []string, dirs string)) {
	kinds := map[string]func(*testing.T) string{
		"own": func(*testing.T) string { return "" }, "BusyBox": func(t *testing.T) string { return applets(t, "setsid") },
		"no setsid": func(t *testing.T) string { return applets(t) },
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			dirs := kind(t)
			catalogtest.InEachShell(t, func(t *testing.T, argv []string) {
				t.Parallel()
				test(t, argv, dirs)
			})
		})
	}
}

type outcome struct {
	params         resource.Params
	status         int64
	stdout, stderr string
	signal         string
}

const nastyText = "a'b\"c$d`e\\f\n%s *\n"

var outcomes = []outcome{
	{resource.Params{"line": "true"}, 0, "", "", ""},
	{resource.Params{"line": "exit 7"}, 7, "", "", ""},
	{resource.Params{"line": "exit 250"}, 250, "", "", ""},
	{resource.Params{"line": "exit 255"}, 255, "", "", ""},
	{resource.Params{"line": "exit 124"}, 124, "", "", ""},
	{resource.Params{"line": "echo out; echo err >&2"}, 0, "out\n", "err\n", ""},
	{resource.Params{"line": `printf '\000\377\n\n'`}, 0, "\x00\xff\n\n", "", ""},
	{resource.Params{"line": "kill -9 $$"}, 137, "", "", "KILL"},
	{resource.Params{"line": "kill -TERM $$"}, 143, "", "", "TERM"},
	{resource.Params{"line": "exit 137"}, 137, "", "", ""},
	{resource.Params{"line": "cat"}, 0, "", "", ""},
	{resource.Params{"line": "cat; exit 3", "stdin": nastyText}, 3, nastyText, "", ""},
	{resource.Params{"line": "exit 3", "stdin": strings.Repeat("x", 100_000)}, 3, "", "", ""},
	{resource.Params{"line": "wc -c | tr -d ' '", "stdin": strings.Repeat("long ", 60_000)}, 0, "300000\n", "", ""},
	{resource.Params{"line": "cat", "stdin": "caf\u00e9 \xe9 %s \\0\\n no end"}, 0, "caf\u00e9 \xe9 %s \\0\\n no end", "", ""},
	{resource.Params{"line": "pwd", "dir": "/usr/lib"}, 0, "/usr/lib\n", "", ""},
	{resource.Params{"line": `printf %s "$A$B"`, "env": map[string]any{"A": nastyText, "B": "-x", "line": "1", "i": "2", "IFS": "xs", "TMOUT": "1"}}, 0, nastyText + "-x", "", ""},
	{resource.Params{"line": "printf '%s' \"a'b\" '$x' '`' '\\'"}, 0, "a'b$x`\\", "", ""},
	{resource.Params{"line": "# a remark\necho 'two\nlines'"}, 0, "two\nlines\n", "", ""},
	{resource.Params{"line": `echo "${AVOW_LINE-none} $#"`}, 0, "none 0\n", "", ""},
	{resource.Params{"line": "for n in 3 4 5 6 9; do { true >&$n; } 2>/dev/null && echo $n; done; :"}, 0, "", "", ""},
	{resource.Params{"line": "echo $LC_ALL"}, 0, "C\n", "", ""},
	{resource.Params{"line": "/bin/cat; echo \"$PATH ${AVOW_PATH-none}\"", "stdin": "in ", "env": map[string]any{"PATH": "/no where"}}, 0, "in /no where none\n", "", ""},
	{resource.Params{"line": "/bin/echo kept", "env": map[string]any{"PATH": "/nowhere"}}, 0, "kept\n", "", ""},
}

func TestCommandOutcomes(t *testing.T) {
	everywhere(t, func(t *testing.T, argv []string, dirs string) {
		talk := shell.New(program(argv), shell.Options{})
		defer talk.Close()
		for _, want := range outcomes {
			facts, err := tellCommand(t, talk, dirs, want.params)
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
			if out := facts["signal"].Output; out == nil || out.Stdout != want.stdout || out.Stderr != want.stderr {
				t.Errorf("%.80q: its facts do not bring what it printed: %v", want.params.Text("line"), out)
			}
		}
	})
}

// TestCommandInterrupted: INT alone does not end what waits for the command; which shells are sure that it was INT differs.
func TestCommandInterrupted(t *testing.T) {
	everywhere(t, func(t *testing.T, argv []string, dirs string) {
		for _, sig := range []string{"INT", "QUIT", "PIPE"} {
			facts, err := runCommand(t, argv, dirs, resource.Params{"line": "ulimit -c 0; kill -" + sig + " $$", "timeout": 20 * time.Second})
			if err != nil || facts["exit_status"].Value == nil || facts["signal"].Unknown == "" && facts["signal"].Value != sig {
				t.Errorf("%s: %v %+v %+v", sig, err, facts["exit_status"], facts["signal"])
			}
		}
	})
}

// TestCommandThatCouldNotRun: what a shell says by 126 or 127 is no output of the command, unless the exit status is
// promised, too.
func TestCommandThatCouldNotRun(t *testing.T) {
	everywhere(t, func(t *testing.T, argv []string, dirs string) {
		for line, note := range map[string]string{"no-such-command": "not found", "/etc/passwd": "found, but it could not be run"} {
			facts, err := runCommand(t, argv, dirs, resource.Params{"line": line})
			if err != nil {
				t.Fatal(err)
			}
			if f := facts["exit_status"]; f.Note != note || f.Doubt != "" || !strings.Contains(facts["stderr"].Value.(string), line) {
				t.Errorf("%s: %+v", line, facts)
			}
			for _, name := range []string{"stdout", "stderr", "signal", "duration"} {
				if f := facts[name]; !strings.HasSuffix(f.Doubt, ": "+note) || f.Settled != "exit_status" {
					t.Errorf("%s: %s: %+v", line, name, f)
				}
			}
		}
	})
}

func TestCommandLeavesAChildBehind(t *testing.T) {
	everywhere(t, func(t *testing.T, argv []string, dirs string) {
		begin := time.Now()
		facts, err := runCommand(t, argv, dirs, resource.Params{"line": "sleep 4 & echo bg"})
		if err != nil || facts["stdout"].Value != "bg\n" || time.Since(begin) > 3*time.Second {
			t.Errorf("%v after %v: %v", facts, time.Since(begin), err)
		}
	})
}

func TestCommandLimit(t *testing.T) {
	if got := commandLimit(resource.Params{"timeout": 5 * time.Second}); got < 7*time.Second || got > 10*time.Second {
		t.Error(got)
	}
	if got := commandWords(resource.Params{"line": "x", "timeout": 1500 * time.Millisecond})[0]; got != "2" {
		t.Errorf("a part of a second is %s", got)
	}
}

// TestCommandSignals: a status above 128 is a signal only where that is sure.
func TestCommandSignals(t *testing.T) {
	for _, test := range []struct {
		status int
		how    string
		want   resource.Fact
	}{
		{137, "killed--", resource.Seen("KILL")},
		{137, "ended--", resource.Unknown("exit status 137 may stand for a signal, or be the program's own")},
		{192, "killed--", resource.Unknown("exit status 192 may stand for a signal, or be the program's own")},
		{193, "ended--", resource.Missing("exited with 193")},
		{128, "ended--", resource.Missing("exited with 128")},
		{0, "ended--", resource.Missing("exited with 0")},
	} {
		facts, err := parseCommand(resource.Answer{Status: test.status, Aside: test.how}, []resource.Params{{"line": "x"}})
		if err != nil {
			t.Fatal(err)
		}
		facts[0]["signal"] = resource.Fact{Value: facts[0]["signal"].Value, Missing: facts[0]["signal"].Missing, Unknown: facts[0]["signal"].Unknown}
		catalogtest.SameFact(t, resource.String, fmt.Sprint(test.status, test.how), facts[0]["signal"], test.want)
	}
}

// TestCommandDuration: neither a slow way nor a busy machine makes a command slower than it was.
func TestCommandDuration(t *testing.T) {
	for _, test := range []struct {
		here  time.Duration
		aside string
		want  time.Duration
	}{
		{4 * time.Millisecond, "ended-100.00-100.00", 4 * time.Millisecond},
		{3 * time.Second, "ended-100.00-100.05", 60 * time.Millisecond},
		{5 * time.Millisecond, "ended-99.99-101.99", 1990 * time.Millisecond},
		{3 * time.Second, "ended--", 3 * time.Second},
		{3 * time.Second, "ended-100.05-100.00", 3 * time.Second},
		{3 * time.Second, "ended-x-1", 3 * time.Second},
	} {
		facts, err := parseCommand(resource.Answer{Aside: test.aside, Elapsed: test.here}, []resource.Params{{"line": "x"}})
		if err != nil || facts[0]["duration"].Value != test.want {
			t.Errorf("%s here, %s: %v, %v", test.here, test.aside, facts[0]["duration"], err)
		}
	}
}

// TestCommandWithASecret: what a command prints may hold what was derived from a sensitive parameter.
func TestCommandWithASecret(t *testing.T) {
	answer := resource.Answer{Aside: "ended--", Stdout: []byte("out"), Stderr: []byte("err")}
	for _, secret := range []bool{true, false} {
		p := resource.Params{"line": "x"}
		if secret {
			p[resource.Derived] = true
		}
		facts, err := parseCommand(answer, []resource.Params{p})
		if err != nil {
			t.Fatal(err)
		}
		for name, fact := range facts[0] {
			if (fact.Output == nil) != secret || fact.Private != (secret && (name == "stdout" || name == "stderr")) {
				t.Errorf("secret %v: %s: %+v", secret, name, fact)
			}
		}
	}
}

func FuzzCommand(f *testing.F) {
	f.Add([]byte("\xff"), []byte("x"), "killed-1.00-2.00", 393, int64(time.Hour))
	f.Add([]byte(nil), []byte(nil), "ended-1.0-99999999999999.99", -1, int64(-1))
	f.Add([]byte(nil), []byte(nil), "over", 124, int64(1))
	f.Fuzz(func(t *testing.T, stdout, stderr []byte, aside string, status int, elapsed int64) {
		a := resource.Answer{Stdout: stdout, Stderr: stderr, Aside: aside, Status: status, Elapsed: time.Duration(elapsed)}
		facts, err := parseCommand(a, []resource.Params{{"line": "x"}})
		switch how, _, _ := strings.Cut(aside, "-"); how {
		case "over", "ended", "killed":
		default:
			if err == nil {
				t.Fatal("a command that nobody saw end has facts")
			}
			return
		}
		if err != nil || len(facts) != 1 {
			t.Fatal(facts, err)
		}
		if f := facts[0].Of("stdout"); f.Unknown == "" && f.Value != string(stdout) {
			t.Fatal("stdout was changed")
		}
	})
}
