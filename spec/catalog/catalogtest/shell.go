// Package catalogtest has helpers for the tests of types: it runs probes in every shell that this machine has.
package catalogtest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/resource"
)

// shells are the POSIX shells that every script has to work in, where they are installed.
var shells = [][]string{{"dash"}, {"bash", "--posix"}, {"busybox", "ash"}, {"mksh"}, {"yash", "-o", "posix"}, {"ksh93"}}

// Installed returns the shells that this machine has; dash or bash is always among them.
func Installed(t *testing.T) [][]string {
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

// RunProbe runs a probe for subjects on this machine with the given shell and parses the answer. An answer that ends in
// `cannot` becomes an error with its reason. Extra environment is KEY=VALUE.
func RunProbe(
	t *testing.T, shell []string, typ *resource.Type, probe *resource.Probe, env []string, subjects ...resource.Params,
) ([]resource.Facts, error) {
	t.Helper()
	answer, reason := RunScript(t, shell, probe, env, subjects...)
	if reason != "" {
		return nil, errors.New(reason)
	}
	facts, err := probe.Parse(answer, subjects)
	return Complete(typ, probe, facts), err
}

// Complete returns the facts of all that a probe of a type observes, or a changed copy of such a probe.
func Complete(typ *resource.Type, probe *resource.Probe, facts []resource.Facts) []resource.Facts {
	all := typ.Probes()
	i := slices.IndexFunc(all, func(p *resource.Probe) bool { return p.Name == probe.Name })
	for k := range facts {
		facts[k] = typ.Complete(all[i], facts[k])
	}
	return facts
}

// Observed returns the promises that one probe observes: that of a promise.
func Observed(typ *resource.Type, promise string) []string {
	var names []string
	for _, a := range typ.Observed(typ.ProbeOf(promise)) {
		names = append(names, a.Name)
	}
	return names
}

// InFiles runs the probe of a promise on files.
func InFiles(typ *resource.Type, promise string, fsys fs.FS, subjects ...resource.Params) []resource.Facts {
	probe := typ.ProbeOf(promise)
	return Complete(typ, probe, probe.Files(fsys, subjects))
}

func RunScript(
	t *testing.T, shell []string, probe *resource.Probe, env []string, subjects ...resource.Params,
) (resource.Answer, string) {
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
		return resource.Answer{}, reason
	}
	return resource.Answer{Stdout: out.Bytes(), Stderr: errs.Bytes(), Status: cmd.ProcessState.ExitCode()}, ""
}

// EveryShell runs a test in each shell that this machine has.
func EveryShell(t *testing.T, test func(t *testing.T, shell []string)) {
	for _, shell := range Installed(t) {
		t.Run(strings.Join(shell, " "), func(t *testing.T) { test(t, shell) })
	}
}

// AsNobody returns the shell as run by an ordinary user.
func AsNobody(t *testing.T, shell []string) []string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	if _, err := exec.LookPath("setpriv"); err != nil {
		t.Skip("no setpriv here")
	}
	return append([]string{"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"}, shell...)
}

// Jailed returns the shell in a mount namespace of its own, after commands that change what it sees.
func Jailed(t *testing.T, shell []string, setup string) []string {
	t.Helper()
	if os.Geteuid() != 0 || exec.Command("unshare", "-m", "true").Run() != nil {
		t.Skip("no mount namespaces here")
	}
	jail := []string{
		"unshare", "-mpf", "--mount-proc", "--propagation", "private", "/bin/sh", "-c",
		"set -e\n" + setup + "\nexec \"$@\"", "jail",
	}
	path, err := exec.LookPath(shell[0])
	if err != nil {
		t.Fatal(err)
	}
	return append(append(jail, path), shell[1:]...)
}

// BusyboxOnly returns an environment in which all programs are BusyBox's: there is no getent.
func BusyboxOnly(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("busybox", "--install", "-s", dir).CombinedOutput(); err != nil {
		t.Skipf("no busybox: %v %s", err, out)
	}
	os.Chmod(filepath.Dir(dir), 0o755)
	os.Chmod(dir, 0o755)
	return []string{"PATH=" + dir}
}

func AllFacts(t *testing.T, typ *resource.Type, shell, env []string, subject resource.Params) string {
	t.Helper()
	all := resource.Facts{}
	for _, p := range typ.Probes() {
		facts, err := RunProbe(t, shell, typ, p, env, subject)
		if err != nil {
			facts = Complete(typ, p, []resource.Facts{resource.Every(resource.Unknown(err.Error()))})
		}
		for name, fact := range facts[0] {
			fact.Note = ""
			all[name] = fact
		}
	}
	text := DescribeFacts(typ, typ.Label, []resource.Params{subject}, []resource.Facts{all}, nil)
	return text[strings.Index(text, "\n")+1:]
}

// PlaceFile makes a file and its folders.
func PlaceFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// InEachShell runs a test in each shell that this machine has.
func InEachShell(t *testing.T, test func(t *testing.T, shell []string)) {
	for _, shell := range Installed(t) {
		t.Run(strings.Join(shell, " "), func(t *testing.T) { test(t, shell) })
	}
}

// BusyboxPath returns a folder with BusyBox's applets alone, or "".
func BusyboxPath(t *testing.T) string {
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

func MakeFile(t *testing.T, path, content string, mode os.FileMode) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func MakeLink(t *testing.T, target, path string) string {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// Arrange runs a program that prepares a test, and skips the test where that is not possible.
func Arrange(t *testing.T, argv ...string) {
	t.Helper()
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		t.Skipf("%v: %v: %s", argv, err, out)
	}
}
