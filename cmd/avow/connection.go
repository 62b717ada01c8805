package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/runner/become"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/resource"
)

// connectionFlags are the flags for the targets of -t.
type connectionFlags struct {
	identities, knownHosts, jump []string
	sshConfig, become            string
	askBecome                    bool
	wait                         time.Duration
}

func (f *connectionFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.identities, "identity", nil, "with -t: offer the private key in `FILE` (repeatable)")
	flags.StringArrayVar(&f.knownHosts, "known-hosts", nil,
		"with -t: trust the host keys in `FILE`, instead of the user's known_hosts (repeatable)")
	flags.StringArrayVar(&f.jump, "jump", nil,
		"with -t: connect through `[user@]host[:port]` (repeatable, in the order of the hops)")
	flags.StringVar(&f.sshConfig, "ssh-config", "",
		"with -t: read the ssh_config `FILE`, instead of the user's and the system's")
	flags.StringVar(&f.become, "become", "", "with -t: check as this `USER`, through sudo")
	flags.Lookup("become").NoOptDefVal = "root"
	flags.BoolVar(&f.askBecome, "ask-become-password", false,
		"prompt once for the password of all become blocks that have none")
	flags.DurationVar(&f.wait, "wait", 0, "with -t: wait up to this `DURATION` for a host that is still booting")
}

// flagOf maps the arguments of a target to the flags that set them.
var flagOf = map[string]string{
	"identity_file": "identity", "known_hosts": "known-hosts", "jump": "jump", "ssh_config": "ssh-config",
}

// given returns the arguments of targets that come from flags.
func (f *connectionFlags) given() resource.Params {
	given := resource.Params{}
	for name, list := range map[string][]string{
		"identity_file": f.identities, "known_hosts": f.knownHosts, "jump": f.jump,
	} {
		if len(list) > 0 {
			given[name] = resource.Strings(list)
		}
	}
	if f.sshConfig != "" {
		given["ssh_config"] = f.sshConfig
	}
	return given
}

// unused returns an error for a flag without effect, since -t is not given.
func (f *connectionFlags) unused(cmd *cobra.Command) error {
	for _, name := range []string{"identity", "known-hosts", "jump", "ssh-config", "become", "wait"} {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s needs a target given with -t; for a target of the spec, write it in its block", name)
		}
	}
	return nil
}

// askSecret prompts on the controlling terminal of the process, whatever its streams are.
func askSecret(prompt string) ([]byte, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, errors.New("there is no terminal to prompt on")
	}
	defer tty.Close()
	defer leaves()() // the terminal has no echo until the prompt is answered
	fmt.Fprint(tty, spec.Printable(prompt))
	secret, err := term.ReadPassword(int(tty.Fd()))
	fmt.Fprintln(tty)
	return secret, err
}

// parse parses a value of -t: a URI, or NAME=URI.
func (f *connectionFlags) parse(flag string) (name string, t spec.Target, err error) {
	uri := flag
	// An equals sign behind the scheme is part of the address.
	if before, _, ok := strings.Cut(flag, "://"); ok && strings.Contains(before, "=") {
		name, uri, _ = strings.Cut(flag, "=")
	}
	if t, err = backends.All.Parse(uri); err != nil {
		return name, t, err
	}
	for argument, value := range f.given() {
		// Targets of several backends share the flags; each takes its own.
		if backends.All.Find(t.Backend).Takes(argument) {
			t.Args[argument] = value
		}
	}
	if f.become != "" {
		t.Become = spec.Account{Method: become.Methods[0].Name, User: f.become}
	}
	t.Wait = f.wait
	if err := become.Check(t.Become); err != nil {
		return name, t, fmt.Errorf("--become: %w", err)
	}
	return name, t, nil
}
