package command

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// TestCommandInAnotherShell runs a line that only bash understands, as this user and as another.
func TestCommandInAnotherShell(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip(err)
	}
	params := resource.Params{"line": "a=(x y); echo ${#a[@]} $BASH_SUBSHELL $A", "shell": "bash", "env": map[string]any{"A": "b"}}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, user := range []string{"", "nobody"} {
			p := resource.Params{"user": user}
			if user == "" || os.Geteuid() != 0 {
				p = resource.Params{}
			}
			for name, value := range params {
				p[name] = value
			}
			for _, sh := range []string{"bash", "/bin/bash"} {
				p["shell"] = sh
				answer, reason := catalogtest.RunScript(t, shell, withAside(), nil, p)
				if string(answer.Stdout) != "2 0 b\n" || reason != "" {
					t.Errorf("%s as %q: %q %q %s", sh, user, answer.Stdout, answer.Stderr, reason)
				}
			}
		}
		_, reason := catalogtest.RunScript(t, shell, withAside(), nil, resource.Params{"line": "true", "shell": "/no/such/zsh"})
		if reason != "no shell /no/such/zsh on the target" {
			t.Errorf("an absent shell: %s", reason)
		}
	})
}

// withAside returns the probe with the function that the prelude has.
func withAside() *resource.Probe {
	p := *Command.Probe
	p.Script = "aside() { :; }\nexec 9>/dev/null\n" + p.Script
	return &p
}

func TestCommandShellMistakes(t *testing.T) {
	for shell, ok := range map[string]bool{
		"bash": true, "/usr/local/bin/zsh": true, "/bin/sh": true, "fish": false, "/usr/bin/python3": false, "bin/bash": false, "bash -e": false, "csh": false,
	} {
		err := prepareCommand(resource.Params{"line": "x", "shell": shell})
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "POSIX shell") {
			t.Errorf("%s: %v", shell, err)
		}
	}
}
