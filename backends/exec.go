package backends

import (
	"context"
	"errors"
	"io"
	"path/filepath"

	"github.com/avow-dev/avow/spec/resource"
	"github.com/avow-dev/avow/spec/target"
)

// execBackend runs any command that provides a shell: kubectl exec, podman exec, chroot, vagrant ssh, and so on.
var execBackend = &target.Backend{
	Name:    "exec",
	Summary: "any command of this machine that gives a POSIX shell on its standard input",
	Arguments: []target.Argument{
		{
			Name: "command", Kind: resource.ListOf(resource.String), Sensitive: true,
			Doc: "The program and its arguments, which no shell reads: `[\"kubectl\", \"exec\", \"-i\", \"web-0\", \"--\", " +
				"\"/bin/sh\", \"-s\"]`.",
		},
	},
	Place:    []string{"command"},
	RunsHere: true,
	Parse: func(string) (target.Target, error) {
		return target.Target{}, errors.New(
			`a command has no URI: write target "exec" "NAME" { command = ["kubectl", "exec", "-i", ...] }`)
	},
	Expand: func(t target.Target) ([]target.Target, error) {
		command := target.Strings(t.Args, "command")
		if len(command) == 0 || command[0] == "" {
			return nil, errors.New(
				`command is missing; write command = ["kubectl", "exec", "-i", "web-0", "--", "/bin/sh", "-s"]`)
		}
		t.Address = filepath.Base(command[0])
		return []target.Target{t}, nil
	},
	Start: target.Stateless(func(t target.Target) target.Connection {
		command := Exec{Command: target.Strings(t.Args, "command")}
		return target.Connection{Shell: command.Shell, StartLimit: target.StartLimit + t.Wait}
	}),
}

// Exec is a local command that provides a shell elsewhere: in a container of another engine, a pod, a chroot.
type Exec struct {
	Command []string // the program and its arguments; it runs a POSIX shell that reads stdin
}

// Shell runs the command, without a shell around it, until it ends. Its error describes the end; nil is status 0. When
// ctx is done, the command and all its local descendants are killed; processes elsewhere have to end when their stdin
// does.
func (e Exec) Shell(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	return command(ctx, e.Command, stdin, stdout, stderr)
}
