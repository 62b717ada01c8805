package resource

import (
	"bytes"
	"errors"
	"os/exec"
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
