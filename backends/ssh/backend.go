package ssh

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
	"github.com/avow-dev/avow/spec/target"
)

// Backend reaches hosts over SSH. Arguments that are left out come from the user's ssh_config.
var Backend = &target.Backend{
	Name:    "ssh",
	Summary: "hosts over SSH, as OpenSSH's client would reach them",
	Arguments: []target.Argument{
		{
			Name: "hosts", Kind: resource.ListOf(resource.String),
			Doc: "The hosts, each `[user@]host[:port]`. By default the target's name, which may be an alias of your ssh_config.",
		},
		{Name: "user", Kind: resource.String, Doc: "The user to log in as, for the hosts that do not name one."},
		{Name: "port", Kind: resource.Number, Doc: "The port, for the hosts that do not name one; 22 by default."},
		{
			Name: "identity_file", Kind: paths, UsesFiles: true,
			Doc: "A private key, or a list. Avow offers them before all others, " +
				"so that an agent with many keys does not exhaust the server's login attempts.",
		},
		{
			Name: "known_hosts", Kind: paths, UsesFiles: true,
			Doc: "Files of known host keys, instead of the user's and the system's.",
		},
		{
			Name: "jump", Kind: resource.ListOf(resource.String),
			Doc: "The hops to the host, the nearest first, each `[user@]host[:port]`.",
		},
		{
			Name: "ssh_config", Kind: resource.String, UsesFiles: true,
			Doc: "The ssh_config, instead of the user's and the system's; `\"\"` for none.",
		},
		{
			Name: "password", Kind: resource.String, Sensitive: true, Secret: true,
			Doc: "For servers that accept nothing else. Give it as a sensitive variable.",
		},
		{
			Name: "host_key", Kind: resource.String,
			Doc: "The only key that the host may have: `ssh-ed25519 AAAA...`, or its fingerprint `SHA256:...`.",
		},
		{
			Name: "connect_timeout", Kind: resource.Duration,
			Doc: "The limit from the name to the session; 10 s by default, and longer while other hosts of the run are slow, " +
				"too.",
		},
	},
	Place: []string{"hosts", "host", "port"},
	URI:   "ssh://[user@]host[:port]",
	Parse: func(rest string) (target.Target, error) {
		t := target.Target{Args: resource.Params{}}
		if err := setHost(&t, strings.TrimSuffix(rest, "/")); errors.Is(err, target.ErrPassword) {
			return target.Target{}, err
		} else if err != nil {
			return target.Target{}, fmt.Errorf("ssh://%s: %w", rest, err)
		}
		t.Name = t.Address
		return t, nil
	},
	Expand: expandHosts,
	Start: func(run target.Run) (func(target.Target) target.Connection, func() error) {
		options := Options{Warn: run.Warn}
		if run.AskSecret != nil {
			options.AskPassphrase = func(path string) ([]byte, error) { return run.AskSecret("passphrase of " + path + ": ") }
		}
		client := New(options)
		return client.open, client.Close
	},
}

func (s *Client) open(t target.Target) target.Connection {
	at := Target{
		Host: t.Args.Text("host"), User: t.Args.Text("user"),
		IdentityFiles: target.Strings(t.Args, "identity_file"), KnownHosts: target.Strings(t.Args, "known_hosts"),
		Jump:     target.Strings(t.Args, "jump"),
		Password: t.Args.Text("password"), HostKey: t.Args.Text("host_key"),
		ConnectTimeout: t.Args.Duration("connect_timeout"), Wait: t.Wait,
	}
	if port, ok := t.Args["port"].(*big.Float); ok {
		n, _ := port.Int64()
		at.Port = int(n)
	}
	if config, ok := t.Args["ssh_config"].(string); ok {
		at.ConfigFile = &config
	}
	host := s.Host(at)
	return target.Connection{
		Shell: host.Shell, Dial: host.DialContext, Close: host.Close,
		Identity:   func() map[string]string { return map[string]string{"host_key": host.HostKeyFingerprint()} },
		Contact:    host.Follow,
		StartLimit: target.StartLimit,
		ReachLimit: t.Wait + time.Duration(1+len(at.Jump))*max(at.ConnectTimeout, 10*time.Second),
	}
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

// expandHosts returns a target for each host; with several, each is named TARGET[HOST].
func expandHosts(t target.Target) ([]target.Target, error) {
	if slices.ContainsFunc(target.Strings(t.Args, "jump"), target.HasPassword) {
		return nil, target.ErrPassword
	}
	hosts := target.Strings(t.Args, "hosts")
	if len(hosts) == 0 {
		if _, written := t.Args["hosts"]; written {
			return nil, errors.New(`hosts is empty; write hosts = ["web1.example.com"]`)
		}
		hosts = []string{t.Name}
	}
	var out []target.Target
	for _, host := range hosts {
		one := t
		one.Args = maps.Clone(t.Args)
		if err := setHost(&one, host); err != nil {
			return nil, err
		}
		if len(hosts) > 1 {
			one.Name = fmt.Sprintf("%s[%s]", t.Name, host)
		}
		out = append(out, one)
	}
	return out, nil
}

// setHost sets the host of a target; the parts of the address win over the target's own user and port.
func setHost(t *target.Target, address string) error {
	if target.HasPassword(address) {
		return target.ErrPassword
	}
	at, err := parseHost(address)
	if err != nil {
		return err
	}
	if at.User != "" {
		t.Args["user"] = at.User
	}
	if at.Port != 0 {
		t.Args["port"] = resource.Int(int64(at.Port))
	}
	t.Args["host"], t.Address = at.Host, address
	return nil
}

// parseHost parses [user@]host[:port]. An IPv6 address may be in brackets.
func parseHost(text string) (Target, error) {
	t := Target{Host: text}
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		t.User, t.Host = text[:i], text[i+1:]
	}
	if host, port, err := net.SplitHostPort(t.Host); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return t, fmt.Errorf("%q is not a port", port)
		}
		t.Host, t.Port = host, int(n)
	} else if inner, ok := strings.CutPrefix(t.Host, "["); ok && strings.HasSuffix(inner, "]") {
		t.Host = strings.TrimSuffix(inner, "]")
	}
	half := strings.HasPrefix(t.Host, "[") || strings.HasSuffix(t.Host, "]") // of a pair of brackets
	if t.Host == "" || t.Host[0] == '-' || half || strings.ContainsAny(t.Host, " \t\n\x00/") {
		return t, fmt.Errorf("%q is not a host; write [user@]host[:port]", text)
	}
	return t, nil
}
