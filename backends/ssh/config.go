package ssh

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/backends/transport"
)

// hostConfig is the configuration of a host: the target's own arguments, and those of OpenSSH's configuration.
type hostConfig struct {
	original     string // as in the target
	alias        string // HostKeyAlias
	host, user   string
	port         int
	network      string // "tcp", or one family of it
	bind         string // the address to connect from, or ""
	proxyJump    []string
	proxyCommand string

	timeout, aliveInterval time.Duration
	aliveCount             int

	explicit, identities, certificates []string // files; explicit are the target's own keys
	identitiesOnly                     bool
	agent                              string   // a socket; "" for none
	preferred                          []string // methods of login, if the configuration has any
	switchedOff                        []string // methods of login
	batch                              bool     // no prompts

	known, revoked []string // files
	rules          algorithmRules
}

// words are the values of keys, by their names in lower case.
type words map[string][]string

func (w words) one(key string) string {
	if len(w[key]) == 0 || w[key][0] == "none" {
		return ""
	}
	return w[key][0]
}

func (w words) number(key string) int {
	n, _ := strconv.Atoi(w.one(key))
	return n
}

func (w words) yes(key string) bool {
	return slices.Contains([]string{"yes", "true"}, lower(w.one(key)))
}

// duration reads seconds, or the time format of ssh_config: 1m30s.
func (w words) duration(key string) time.Duration {
	text := lower(w.one(key))
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(n) * time.Second
	}
	d, _ := time.ParseDuration(text)
	return d
}

// all returns the blank-separated values of a key.
func (w words) all(key string) []string {
	var all []string
	for _, line := range w[key] {
		all = append(all, strings.Fields(line)...)
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "none" })
}

// existing joins words that `ssh -G` prints separately: it does not quote blanks in paths. Words without such a file
// stay as they are.
func existing(names []string) []string {
	var paths []string
	for len(names) > 0 {
		n := len(names)
		for ; n > 1; n-- {
			if _, err := os.Stat(strings.Join(names[:n], " ")); err == nil {
				break
			}
		}
		paths = append(paths, strings.Join(names[:n], " "))
		names = names[n:]
	}
	return paths
}

// switchedOff returns the methods of login that the configuration does not allow.
func (w words) switchedOff() []string {
	var off []string
	for key, method := range map[string]string{
		"pubkeyauthentication":         loginByKey,
		"kbdinteractiveauthentication": loginByAnswer,
		"passwordauthentication":       loginByPassword,
	} {
		if slices.Contains([]string{"no", "false"}, lower(w.one(key))) {
			off = append(off, method)
		}
	}
	return off
}

// key identifies targets with the same arguments.
func (t Target) key() string {
	file, given := "", t.ConfigFile != nil
	if given {
		file, t.ConfigFile = *t.ConfigFile, nil // its pointer is another one for each target
	}
	return fmt.Sprintf("%#v %t %q", t, given, file)
}

// config returns the configuration, cached for targets with the same arguments.
func (s *Client) config(ctx context.Context, t Target) (hostConfig, error) {
	if t.Host == "" || t.Host[0] == '-' || t.User != "" && t.User[0] == '-' || strings.ContainsAny(t.Host, "\x00\n") {
		return hostConfig{}, fmt.Errorf("%q is not a host", t.Host)
	}
	return cached(&s.configs, t.key(), func() (hostConfig, error) {
		found, err := s.configured(ctx, t)
		if err != nil {
			return hostConfig{}, err
		}
		return s.merge(t, found)
	})
}

// configured runs `ssh -G`, which supports all of the language; without an OpenSSH client, it reads the files itself.
func (s *Client) configured(ctx context.Context, t Target) (words, error) {
	if t.ConfigFile != nil {
		if *t.ConfigFile == "" {
			return words{}, nil
		}
		file, err := os.Open(tilde(*t.ConfigFile))
		if err != nil {
			return nil, fmt.Errorf("ssh_config: %w", err)
		}
		file.Close()
	}
	path, err := exec.LookPath("ssh")
	byClient := err == nil
	var w words
	if byClient {
		w, err = s.evaluate(ctx, path, t)
	} else {
		w, err = readConfig(t)
	}
	if err != nil {
		return nil, err
	}
	return w, s.checkKeywords(w, byClient)
}

// evaluate runs `ssh -G`. If that fails, ssh would refuse to connect, too.
func (s *Client) evaluate(ctx context.Context, path string, t Target) (words, error) {
	var config []string
	if t.ConfigFile != nil {
		config = []string{"-F", tilde(*t.ConfigFile)}
	}
	w, err := printed(ctx, path, t, config...)
	if err != nil {
		return nil, err
	}
	for name := range w {
		if isKeyword(name) {
			continue
		}
		// A later OpenSSH has keywords that this version of Avow does not know, and prints many of them with their
		// defaults. Only one that the user has set may decide about the host.
		usual, err := printed(ctx, path, t, "-F", os.DevNull)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(usual[name], w[name]) {
			return nil, fmt.Errorf("ssh_config: this version of Avow does not know %s %s", name, strings.Join(w[name], " "))
		}
	}
	return w, nil
}

func printed(ctx context.Context, path string, t Target, args ...string) (words, error) {
	ctx, cancel := transport.WithLimit(ctx, 10*time.Second) // it may run programs for Match exec
	defer cancel()
	args = append([]string{"-G"}, args...)
	if t.User != "" {
		args = append(args, "-l", t.User)
	}
	if t.Port != 0 {
		args = append(args, "-p", strconv.Itoa(t.Port))
	}
	cmd := transport.Program(ctx, path, append(args, "--", t.Host)...)
	cmd.WaitDelay = time.Second // half of the output would be useless, so this is an error, too
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	if err != nil {
		return nil, errors.New(transport.OneLine(fmt.Sprintf("ssh -G %s: %v: %s", t.Host, err, complaint.Bytes())))
	}
	w := words{}
	for line := range strings.Lines(string(out)) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		w[keywordName(name)] = append(w[keywordName(name)], value)
	}
	return w, nil
}

// merge adds the target's own arguments, which win.
func (s *Client) merge(t Target, w words) (hostConfig, error) {
	c := hostConfig{
		original: t.Host, host: t.Host, alias: lower(w.one("hostkeyalias")),
		port: cmp.Or(t.Port, w.number("port"), 22), user: cmp.Or(t.User, w.one("user"), localUser()),
		// Without a family, the dialer tries both.
		network: cmp.Or(map[string]string{"inet": "tcp4", "inet6": "tcp6"}[w.one("addressfamily")], "tcp"),
		timeout: cmp.Or(t.ConnectTimeout, w.duration("connecttimeout"), 10*time.Second),
		// ssh sends none by default. A run should notice within seconds that a host is gone.
		aliveInterval: cmp.Or(w.duration("serveraliveinterval"), 5*time.Second),
		aliveCount:    cmp.Or(w.number("serveralivecountmax"), 3),
		proxyCommand:  w.one("proxycommand"), proxyJump: commas(w.one("proxyjump")),
		bind: w.one("bindaddress"), batch: w.yes("batchmode"), identitiesOnly: w.yes("identitiesonly"),
		revoked:   existing(w.all("revokedhostkeys")),
		preferred: commas(w.one("preferredauthentications")), switchedOff: w.switchedOff(),
	}
	if name := w.one("hostname"); name != "" {
		c.host = strings.NewReplacer("%h", t.Host, "%%", "%").Replace(name)
	}
	c.agent = c.socket(w)
	for _, file := range t.IdentityFiles {
		c.explicit = append(c.explicit, tilde(file))
	}
	c.identities = c.paths(w["identityfile"], "~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")
	c.certificates = c.paths(w["certificatefile"])
	c.known = s.knownFiles(c, t, w)
	var err error
	c.rules, err = newAlgorithmRules(w)
	return c, err
}

func (s *Client) knownFiles(c hostConfig, t Target, w words) []string {
	if len(t.KnownHosts) == 0 {
		user := c.files(w.all("userknownhostsfile"), "~/.ssh/known_hosts", "~/.ssh/known_hosts2")
		global := c.files(w.all("globalknownhostsfile"), "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
		return append(existing(user), existing(global)...)
	}
	known := make([]string, len(t.KnownHosts))
	for i, file := range t.KnownHosts {
		known[i] = tilde(file)
		if _, err := os.Stat(known[i]); err != nil {
			s.warn(fmt.Sprintf("known_hosts: %v", err))
		}
	}
	return known
}

func (c hostConfig) address() string { return net.JoinHostPort(c.host, strconv.Itoa(c.port)) }
