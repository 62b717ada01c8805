package resource

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// shells are the POSIX shells that every script has to work in, where they are installed.
var shells = [][]string{{"dash"}, {"bash", "--posix"}, {"busybox", "ash"}, {"mksh"}, {"yash", "-o", "posix"}, {"ksh93"}}

// installed are the shells that this machine has; dash or bash is always among them.
func installed(t *testing.T) [][]string {
	t.Helper()
	var have [][]string
	for _, shell := range shells {
		if _, err := exec.LookPath(shell[0]); err == nil {
			have = append(have, shell)
		}
	}
	if len(have) == 0 {
		t.Fatal("no POSIX shell to test with")
	}
	return have
}

// look asks a probe about subjects on this machine with the given shell and parses the answer. An answer
// that ends in `cannot` comes back as an error with its reason. Extra environment is KEY=VALUE.
func look(t *testing.T, shell []string, probe *Probe, env []string, subjects ...Params) ([]Facts, error) {
	t.Helper()
	answer, reason := ask(t, shell, probe, env, subjects...)
	if reason != "" {
		return nil, errors.New(reason)
	}
	return probe.Parse(answer, subjects)
}

func ask(t *testing.T, shell []string, probe *Probe, env []string, subjects ...Params) (Answer, string) {
	t.Helper()
	script := "LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/sbin:/sbin\n" +
		"cannot() { printf 'CANNOT %s' \"$*\" >&2; exit 250; }\n" +
		"probe() {\n" + probe.Script + "\n}\n( probe \"$@\" ) </dev/null\n"
	args := append(shell[1:len(shell):len(shell)], "-c", script, "probe")
	if probe.Words != nil {
		for _, subject := range subjects {
			args = append(args, probe.Words(subject)...)
		}
	}
	cmd := exec.Command(shell[0], args...)
	cmd.Env = append(cmd.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v: %v", shell, err)
	}
	if _, reason, ok := strings.Cut(errs.String(), "CANNOT "); ok && cmd.ProcessState.ExitCode() == 250 {
		return Answer{}, reason
	}
	return Answer{Stdout: out.Bytes(), Stderr: errs.Bytes(), Status: cmd.ProcessState.ExitCode()}, ""
}

// everyShell runs a test in each shell that this machine has.
func everyShell(t *testing.T, test func(t *testing.T, shell []string)) {
	for _, shell := range installed(t) {
		t.Run(strings.Join(shell, " "), func(t *testing.T) { test(t, shell) })
	}
}

// asNobody is the shell as an ordinary user.
func asNobody(t *testing.T, shell []string) []string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can become nobody")
	}
	if _, err := exec.LookPath("setpriv"); err != nil {
		t.Skip("no setpriv here")
	}
	return append([]string{"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"}, shell...)
}

// jailed is the shell in a mount namespace of its own, after commands that change what it sees.
func jailed(t *testing.T, shell []string, setup string) []string {
	t.Helper()
	if os.Geteuid() != 0 || exec.Command("unshare", "-m", "true").Run() != nil {
		t.Skip("no mount namespaces here")
	}
	jail := []string{"unshare", "-mpf", "--mount-proc", "--propagation", "private", "/bin/sh", "-c", "set -e\n" + setup + "\nexec \"$@\"", "jail"}
	path, err := exec.LookPath(shell[0])
	if err != nil {
		t.Fatal(err)
	}
	return append(append(jail, path), shell[1:]...)
}

// busyboxOnly is an environment in which all programs are BusyBox's: there is no getent.
func busyboxOnly(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("busybox", "--install", "-s", dir).CombinedOutput(); err != nil {
		t.Skipf("no busybox: %v %s", err, out)
	}
	os.Chmod(filepath.Dir(dir), 0o755)
	os.Chmod(dir, 0o755)
	return []string{"PATH=" + dir}
}

func allFacts(t *testing.T, typ *Type, shell, env []string, subject Params) string {
	t.Helper()
	all := Facts{}
	for i := range typ.Probes {
		facts, err := look(t, shell, &typ.Probes[i], env, subject)
		if err != nil {
			facts = []Facts{Every(Unknown(err.Error()), typ.Probes[i].Observes...)}
		}
		for name, fact := range facts[0] {
			fact.Note = ""
			all[name] = fact
		}
	}
	text := describeFacts(typ, typ.Label, []Params{subject}, []Facts{all}, nil)
	return text[strings.Index(text, "\n")+1:]
}

// placeFile makes a file and its folders.
func placeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// inEachShell runs a test in each shell that this machine has.
func inEachShell(t *testing.T, test func(t *testing.T, shell []string)) {
	for _, shell := range installed(t) {
		t.Run(strings.Join(shell, " "), func(t *testing.T) { test(t, shell) })
	}
}

// busyboxPath is a folder with BusyBox's applets alone, or "".
func busyboxPath(t *testing.T) string {
	t.Helper()
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		return ""
	}
	dir := t.TempDir()
	if err := exec.Command(busybox, "--install", "-s", dir).Run(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func makeFile(t *testing.T, path, content string, mode os.FileMode) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func makeLink(t *testing.T, target, path string) string {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// arrange runs a program that prepares a test, and skips the test where that is not possible.
func arrange(t *testing.T, argv ...string) {
	t.Helper()
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		t.Skipf("%v: %v: %s", argv, err, out)
	}
}
