package spec

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

// sshBackend reaches hosts over SSH. What is not written is as the user's ssh_config has it.
var sshBackend = &Backend{
	Name:    "ssh",
	Summary: "hosts over SSH, as OpenSSH's client would reach them",
	Arguments: []resource.Attribute{
		{Name: "hosts", Kind: resource.ListOf(resource.String), Parameter: true, Doc: "The hosts, each `[user@]host[:port]`. By default the target's name."},
		{Name: "user", Kind: resource.String, Parameter: true, Doc: "Who logs in."},
		{Name: "port", Kind: resource.Number, Parameter: true, Doc: "The port; 22 by default."},
		{Name: "identity_file", Kind: paths, Parameter: true, Doc: "A private key, or a list; they are offered before all others."},
		{Name: "known_hosts", Kind: paths, Parameter: true, Doc: "Files of known host keys, instead of the user's and the system's."},
		{Name: "jump", Kind: resource.ListOf(resource.String), Parameter: true, Doc: "The hops to the host, each `[user@]host[:port]`."},
		{Name: "ssh_config", Kind: resource.String, Parameter: true, Doc: "The ssh_config, instead of the user's and the system's; `\"\"` for none."},
		{Name: "password", Kind: resource.String, Parameter: true, Doc: "For servers that take nothing else. Give it as a sensitive variable."},
		{Name: "host_key", Kind: resource.String, Parameter: true, Doc: "The one key that the host has, as in known_hosts, or its fingerprint `SHA256:...`."},
		{Name: "connect_timeout", Kind: resource.Duration, Parameter: true, Doc: "For everything from the name to the session; 10 s by default."},
	},
	Place: []string{"hosts", "host", "port"},
	Parse: func(rest string) (Target, error) {
		t := Target{Args: resource.Params{}}
		if err := t.setHost(strings.TrimSuffix(rest, "/")); errors.Is(err, errPassword) {
			return Target{}, err
		} else if err != nil {
			return Target{}, fmt.Errorf("ssh://%s: %w", rest, err)
		}
		t.Name = t.Address
		return t, nil
	},
	Expand: expandHosts,
}

// paths is a path, or a list of them.
var paths = &resource.Kind{
	Name: "a path or a list of paths",
	Elem: resource.String,
	Text: resource.ListOf(resource.String).Text,
	Read: func(v cty.Value) (any, error) {
		if v.Type() == cty.String {
			return []any{v.AsString()}, nil
		}
		return resource.ListOf(resource.String).Read(v)
	},
}

// expandHosts makes a target of each host; with several, each is named TARGET[HOST].
func expandHosts(t Target) ([]Target, error) {
	jump, _ := t.Args["jump"].([]any)
	if slices.ContainsFunc(jump, func(hop any) bool { return hasPassword(hop.(string)) }) {
		return nil, errPassword
	}
	hosts, _ := t.Args["hosts"].([]any)
	if len(hosts) == 0 {
		if _, written := t.Args["hosts"]; written {
			return nil, errors.New(`hosts is empty; write hosts = ["web1.example.com"]`)
		}
		hosts = []any{t.Name}
	}
	var out []Target
	for _, host := range hosts {
		one := t
		one.Args = maps.Clone(t.Args)
		if err := one.setHost(host.(string)); err != nil {
			return nil, err
		}
		if len(hosts) > 1 {
			one.Name = fmt.Sprintf("%s[%s]", t.Name, host)
		}
		out = append(out, one)
	}
	return out, nil
}

// setHost reads [user@]host[:port]; the parts that are there win over the target's own user and port.
func (t *Target) setHost(address string) error {
	host := address
	if hasPassword(address) {
		return errPassword
	}
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		t.Args["user"], host = address[:at], address[at+1:]
	}
	if name, port, err := net.SplitHostPort(host); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return fmt.Errorf("%q is no port", port)
		}
		t.Args["port"], host = resource.Int(int64(n)), name
	}
	host = strings.Trim(host, "[]")
	if host == "" || strings.HasPrefix(host, "-") || strings.ContainsAny(host, " \t\n\x00/") {
		return fmt.Errorf("%q is no host; write [user@]host[:port]", address)
	}
	t.Args["host"], t.Address = host, address
	return nil
}

// errPassword does not say which address: it has a password in it.
var errPassword = errors.New("an address has a password in it, which every report would show; write [user@]host[:port], and give the password as a sensitive variable to the target's `password`")

// hasPassword says whether something like user:password stands before the last @ of an address.
func hasPassword(address string) bool {
	at := strings.LastIndexByte(address, '@')
	return at >= 0 && strings.ContainsRune(address[:at], ':')
}
