package spec

import (
	"errors"
	"path/filepath"

	"github.com/avow-dev/avow/spec/resource"
)

// execBackend is everything that gives a shell: kubectl exec, podman exec, chroot, vagrant ssh, and so on.
var execBackend = &Backend{
	Name:    "exec",
	Summary: "any command of this machine that gives a POSIX shell on its standard input",
	Arguments: []resource.Attribute{
		{Name: "command", Kind: resource.ListOf(resource.String), Parameter: true, Doc: "The program and its arguments, which no shell reads: `[\"kubectl\", \"exec\", \"-i\", \"web-0\", \"--\", \"/bin/sh\", \"-s\"]`."},
	},
	Place: []string{"command"},
	Parse: func(string) (Target, error) {
		return Target{}, errors.New(`a command is no URI: write target "exec" "NAME" { command = ["kubectl", "exec", "-i", ...] }`)
	},
	Expand: func(t Target) ([]Target, error) {
		command, _ := t.Args["command"].([]any)
		if len(command) == 0 || command[0] == "" {
			return nil, errors.New(`command is missing; write command = ["kubectl", "exec", "-i", "web-0", "--", "/bin/sh", "-s"]`)
		}
		t.Address = filepath.Base(command[0].(string))
		return []Target{t}, nil
	},
}
