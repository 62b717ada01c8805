package become

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/avow-dev/avow/runner/shell"
)

// secret is the password in all tests.
const secret = "p  w$HOME'\"`é\\"

// command is a shell below: a program of this machine.
func command(env []string, argv ...string) shell.Shell {
	return func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
		cmd.Stdout, cmd.Stderr, cmd.WaitDelay = stdout, stderr, time.Second/10
		cmd.Env, cmd.Dir = append(os.Environ(), env...), "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
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

// fakeSudo speaks like sudo. It writes down its arguments, and each line that it reads for a password.
const fakeSudo = `#!/bin/sh
printf 'argv %s\n' "$*" >>"$FAKE_LOG"
prompt= none=
while [ "$1" != -- ]; do
	case $1 in -p) prompt=$2; shift ;; -n) none=yes ;; esac
	shift
done
shift
ask() {
	printf %s "$prompt" >&2
	IFS= read -r line || { printf '\nsudo: no password was provided\nsudo: %s incorrect password attempt\n' "$1" >&2; exit 1; }
	printf 'read %s\n' "$line" >>"$FAKE_LOG"
	[ "$line" = "$FAKE_PASSWORD" ]
}
`

// theReal is what the real one does.
const theReal = `[ "$none" ] && { echo 'sudo: a password is required' >&2; exit 1; }
for try in 1 2 3; do
	ask "$((try - 1))" && exec "$@"
	echo 'Sorry, try again.' >&2
done
echo 'sudo: 3 incorrect password attempts' >&2
exit 1`

type fake struct {
	dir  string
	env  []string
	base shell.Shell
}

// newFake has a sudo of its own, whose last part is the given script.
func newFake(t *testing.T, script string) fake { return newFakeNamed(t, "sudo", script) }

func newFakeNamed(t *testing.T, name, script string) fake {
	dir := t.TempDir()
	program(t, filepath.Join(dir, name), fakeSudo+script)
	program(t, filepath.Join(dir, "id"), "#!/bin/sh\n[ $1 = -u ] && echo 1000 || echo alice")
	env := []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "FAKE_LOG=" + filepath.Join(dir, "log"), "FAKE_PASSWORD=" + secret}
	return fake{dir, env, command(env, "/bin/sh", "-s")}
}

func program(t *testing.T, path, text string) {
	if err := os.WriteFile(path, []byte(text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func (f fake) log() string {
	text, _ := os.ReadFile(filepath.Join(f.dir, "log"))
	return string(text)
}

// offers is how often a password was sent.
func (f fake) offers() int { return strings.Count(f.log(), "read ") }

// run runs a script, and checks what holds of every run.
func run(t *testing.T, s shell.Shell, script string) (stdout, stderr string, err error) {
	t.Helper()
	return runUntil(t, t.Context(), s, strings.NewReader(script))
}

func runUntil(t *testing.T, ctx context.Context, s shell.Shell, stdin io.Reader) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	err = s(ctx, stdin, &out, &errs)
	if err != nil && strings.Contains(err.Error(), secret) {
		t.Errorf("the error holds the password: %v", err)
	}
	if err != nil && strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
		t.Errorf("the error is not one clean line: %q", err)
	}
	return out.String(), errs.String(), err
}

// refused checks that a script never ran, and why.
func refused(t *testing.T, s shell.Shell, words string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ran")
	stdout, stderr, err := run(t, s, "echo ran; echo ran >"+file+"\n")
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("told %v, want %q", err, words)
	}
	if stdout+stderr != "" {
		t.Errorf("the caller got %q and %q", stdout, stderr)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the script ran")
	}
}
