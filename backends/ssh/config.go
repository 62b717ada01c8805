package ssh

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
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
	original       string // as in the target
	host           string
	alias          string // HostKeyAlias
	user           string
	home           string
	port           int
	network        string // "tcp", or one family of it
	explicit       []string
	identities     []string
	certificates   []string
	identitiesOnly bool
	agent          string // a socket; "" for none
	proxyJump      []string
	proxyCommand   string
	known          []string
	revoked        []string
	bind           string   // the address to connect from, or ""
	preferred      []string // methods of login, if the configuration has any
	switchedOff    []string // methods of login
	batch          bool     // no prompts
	rules          algorithmRules
	timeout        time.Duration
	aliveInterval  time.Duration
	aliveCount     int
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

func (w words) no(key string) bool {
	return slices.Contains([]string{"no", "false"}, lower(w.one(key)))
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
			if exists(strings.Join(names[:n], " ")) {
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
		if w.no(key) {
			off = append(off, method)
		}
	}
	return off
}

// config returns the configuration, cached for targets with the same arguments.
func (s *Client) config(ctx context.Context, t Target) (hostConfig, error) {
	if t.Host == "" || t.Host[0] == '-' || t.User != "" && t.User[0] == '-' || strings.ContainsAny(t.Host, "\x00\n") {
		return hostConfig{}, fmt.Errorf("%q is not a host", t.Host)
	}
	key := fmt.Sprintf("%+v", t)
	if t.ConfigFile != nil {
		key += "\x00" + *t.ConfigFile
	}
	s.mu.Lock()
	config, ok := s.configs[key]
	s.mu.Unlock()
	if ok {
		return config, nil
	}
	found, err := s.configured(ctx, t)
	if err != nil {
		return hostConfig{}, err
	}
	if config, err = s.merge(t, found); err != nil {
		return hostConfig{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.configs[key] = config
	return config, nil
}

// configured runs `ssh -G`, which supports all of the language; without an OpenSSH client, it reads the files itself.
func (s *Client) configured(ctx context.Context, t Target) (words, error) {
	if t.ConfigFile != nil && *t.ConfigFile == "" {
		return words{}, nil
	}
	if t.ConfigFile != nil {
		file, err := os.Open(s.tilde(*t.ConfigFile))
		if err != nil {
			return nil, fmt.Errorf("ssh_config: %w", err)
		}
		file.Close()
	}
	if path, err := exec.LookPath("ssh"); err == nil {
		w, err := s.evaluate(ctx, path, t)
		if err == nil {
			err = s.checkKeywords(w, true)
		}
		return w, err
	}
	w, err := s.readConfig(t)
	if err == nil {
		err = s.checkKeywords(w, false)
	}
	return w, err
}

// evaluate runs `ssh -G`. If that fails, ssh would refuse to connect, too.
func (s *Client) evaluate(ctx context.Context, path string, t Target) (words, error) {
	var config []string
	if t.ConfigFile != nil {
		config = []string{"-F", s.tilde(*t.ConfigFile)}
	}
	w, err := printed(ctx, path, t, config...)
	if err != nil {
		return nil, err
	}
	for name := range w {
		if _, ok := findKeyword(name); ok {
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

// evaluateLimit is how long `ssh -G` may take, which may run programs for Match exec.
const evaluateLimit = 10 * time.Second

// printed returns the output of `ssh -G`.
func printed(ctx context.Context, path string, t Target, args ...string) (words, error) {
	ctx, cancel := transport.WithLimit(ctx, evaluateLimit)
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
		original: t.Host, host: t.Host, alias: lower(w.one("hostkeyalias")), home: s.home(),
		network: family(w.one("addressfamily")),
	}
	c.port = cmp.Or(t.Port, w.number("port"), 22)
	c.user = cmp.Or(t.User, w.one("user"), s.user())
	if name := w.one("hostname"); name != "" {
		c.host = strings.NewReplacer("%h", t.Host, "%%", "%").Replace(name)
	}
	c.timeout = cmp.Or(t.ConnectTimeout, w.duration("connecttimeout"), 10*time.Second)
	c.aliveInterval = cmp.Or(w.duration("serveraliveinterval"), 5*time.Second)
	c.aliveCount = cmp.Or(w.number("serveralivecountmax"), 3)
	c.proxyCommand, c.proxyJump = w.one("proxycommand"), commas(w.one("proxyjump"))
	c.bind, c.batch = w.one("bindaddress"), w.yes("batchmode")
	c.identitiesOnly = w.yes("identitiesonly")
	c.agent = c.socket(w, s.options.Env)
	for _, file := range t.IdentityFiles {
		c.explicit = append(c.explicit, s.tilde(file))
	}
	c.identities = c.paths(s, w, "identityfile", "~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")
	c.certificates = c.paths(s, w, "certificatefile")
	c.known = s.knownFiles(c, t, w)
	c.revoked = existing(w.all("revokedhostkeys"))
	c.preferred, c.switchedOff = commas(w.one("preferredauthentications")), w.switchedOff()
	var err error
	c.rules, err = newAlgorithmRules(w)
	return c, err
}

func (s *Client) knownFiles(c hostConfig, t Target, w words) []string {
	if len(t.KnownHosts) == 0 {
		user := c.files(s, w.all("userknownhostsfile"), "~/.ssh/known_hosts", "~/.ssh/known_hosts2")
		system := w.all("globalknownhostsfile")
		global := c.files(s, system, "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
		return append(existing(user), existing(global)...)
	}
	known := make([]string, len(t.KnownHosts))
	for i, file := range t.KnownHosts {
		known[i] = s.tilde(file)
		if _, err := os.Stat(known[i]); err != nil {
			s.warn(fmt.Sprintf("known_hosts: %v", err))
		}
	}
	return known
}

// lookup returns the name under which the host's key is known, and its port. An alias has none.
func (c hostConfig) lookup() (host string, port int) {
	if c.alias != "" {
		return c.alias, 0
	}
	return canonical(c.host), c.port
}
