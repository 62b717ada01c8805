package main

import (
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/runner/become"
	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec"
)

// reach opens the targets of one run.
type reach struct {
	ssh    *backends.SSH
	docker *backends.Docker
}

// newReach prepares it; warn is told what users should know of their configuration.
func newReach(warn func(string)) *reach {
	options := backends.SSHOptions{Warn: warn}
	if tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		tty.Close()
		options.AskPassphrase = func(path string) ([]byte, error) { return askSecret("passphrase of " + path + ": ") }
	}
	return &reach{ssh: backends.NewSSH(options), docker: backends.NewDocker()}
}

func (r *reach) close() error { return errors.Join(r.docker.Close(), r.ssh.Close()) }

// backendsByName are the ways to a target.
var backendsByName = map[string]func(*reach, spec.Target) runner.Machine{
	"local":  (*reach).local,
	"ssh":    (*reach).overSSH,
	"docker": (*reach).inDocker,
	"image":  (*reach).inImage,
	"exec":   (*reach).byCommand,
}

func (r *reach) machines(suite *spec.Suite) ([]runner.Machine, error) {
	var out []runner.Machine
	for _, t := range suite.Targets {
		open := backendsByName[t.Backend]
		if open == nil {
			return nil, fmt.Errorf("no way to reach a target of the backend %q", t.Backend)
		}
		m := open(r, t)
		m.Target = t
		m.As = func(a spec.Account) shell.Shell { return become.Shell(m.Shell, become.Account(a)) }
		out = append(out, m)
	}
	return out, nil
}

func (r *reach) local(spec.Target) runner.Machine {
	return runner.Machine{Shell: backends.Local{}.Shell, Dial: (&net.Dialer{}).DialContext, StartLimit: startLimit}
}

func (r *reach) byCommand(t spec.Target) runner.Machine {
	return runner.Machine{Shell: backends.Exec{Command: texts(t.Args["command"])}.Shell, StartLimit: startLimit + t.Wait}
}

// startLimit is how long a shell may take to come up, also as another account. Backends and become bound and
// name each step themselves; this is for a shell that does not speak.
const startLimit = 30 * time.Second

func (r *reach) overSSH(t spec.Target) runner.Machine {
	target := sshTarget(t)
	host := r.ssh.Host(target)
	return runner.Machine{
		Shell: host.Shell, Dial: host.DialContext, Close: host.Close,
		Identity:   func() map[string]string { return map[string]string{"host_key": host.HostKeyFingerprint()} },
		Contact:    func(c runner.Contact) { host.Follow(backends.SSHContact(c)) },
		StartLimit: startLimit,
		ReachLimit: t.Wait + time.Duration(1+len(target.Jump))*max(target.ConnectTimeout, 10*time.Second),
	}
}

func sshTarget(t spec.Target) backends.SSHTarget {
	out := backends.SSHTarget{
		Host: t.Args.Text("host"), User: t.Args.Text("user"),
		IdentityFiles: texts(t.Args["identity_file"]), KnownHosts: texts(t.Args["known_hosts"]), Jump: texts(t.Args["jump"]),
		Password: t.Args.Text("password"), HostKey: t.Args.Text("host_key"),
		ConnectTimeout: t.Args.Duration("connect_timeout"), Wait: t.Wait,
	}
	if port, ok := t.Args["port"].(*big.Float); ok {
		n, _ := port.Int64()
		out.Port = int(n)
	}
	if config, ok := t.Args["ssh_config"].(string); ok {
		out.ConfigFile = &config
	}
	return out
}

func texts(value any) []string {
	list, _ := value.([]any)
	var out []string
	for _, s := range list {
		out = append(out, s.(string))
	}
	return out
}
