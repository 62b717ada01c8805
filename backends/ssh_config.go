package backends

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
)

// sshConfig is what holds for a host: the target's own words, and what the configuration of OpenSSH adds.
type sshConfig struct {
	original       string // the host as the target names it
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
	timeout        time.Duration
	aliveInterval  time.Duration
	aliveCount     int
}

// words are the values of one key, by its name in small letters.
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

// all are the blank-separated values of a key.
func (w words) all(key string) []string {
	var all []string
	for _, line := range w[key] {
		all = append(all, strings.Fields(line)...)
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "none" })
}

// config is remembered for the targets that ask the same.
func (s *SSH) config(ctx context.Context, t SSHTarget) (sshConfig, error) {
	if t.Host == "" || t.Host[0] == '-' || t.User != "" && t.User[0] == '-' || strings.ContainsAny(t.Host, "\x00\n") {
		return sshConfig{}, fmt.Errorf("%q is no host", t.Host)
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
		return sshConfig{}, err
	}
	config = s.merge(t, found)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.configs[key] = config
	return config, nil
}

// configured asks `ssh -G`, which knows all of the language; where there is none, the files are read here.
func (s *SSH) configured(ctx context.Context, t SSHTarget) (words, error) {
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
		if err == nil || ctx.Err() != nil {
			return w, err
		}
		s.warn(fmt.Sprintf("ssh -G %s: %v; the configuration is read without it", t.Host, err))
	}
	return s.readConfig(t), nil
}

func (s *SSH) evaluate(ctx context.Context, path string, t SSHTarget) (words, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	args := []string{"-G"}
	if t.ConfigFile != nil {
		args = append(args, "-F", s.tilde(*t.ConfigFile))
	}
	if t.User != "" {
		args = append(args, "-l", t.User)
	}
	if t.Port != 0 {
		args = append(args, "-p", strconv.Itoa(t.Port))
	}
	cmd := exec.CommandContext(ctx, path, append(args, "--", t.Host)...)
	cmd.WaitDelay = grace
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return nil, errors.New(oneLine(fmt.Sprintf("%v: %s", err, complaint.Bytes())))
	}
	w := words{}
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		w[key] = append(w[key], value)
	}
	return w, nil
}

// merge lets the target's own words win.
func (s *SSH) merge(t SSHTarget, w words) sshConfig {
	c := sshConfig{original: t.Host, host: t.Host, alias: w.one("hostkeyalias"), home: s.home(), network: family(w.one("addressfamily"))}
	c.port = cmp.Or(t.Port, w.number("port"), 22)
	c.user = cmp.Or(t.User, w.one("user"), s.user())
	if name := w.one("hostname"); name != "" {
		c.host = strings.NewReplacer("%h", t.Host, "%%", "%").Replace(name)
	}
	c.timeout = cmp.Or(t.ConnectTimeout, time.Duration(w.number("connecttimeout"))*time.Second, 10*time.Second)
	c.aliveInterval = cmp.Or(time.Duration(w.number("serveraliveinterval"))*time.Second, 5*time.Second)
	c.aliveCount = cmp.Or(w.number("serveralivecountmax"), 3)
	c.proxyCommand, c.proxyJump = w.one("proxycommand"), commas(w.one("proxyjump"))
	c.identitiesOnly = w.one("identitiesonly") == "yes"
	c.agent = c.socket(w, s.options.Env)
	for _, file := range t.IdentityFiles {
		c.explicit = append(c.explicit, s.tilde(file))
	}
	c.identities = c.paths(s, w, "identityfile", "~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")
	c.certificates = c.paths(s, w, "certificatefile")
	c.known = s.knownFiles(c, t, w)
	switch strict := w.one("stricthostkeychecking"); strict {
	case "no", "off", "false", "accept-new":
		s.warn("StrictHostKeyChecking " + strict + " is not heeded: host keys are always verified")
	}
	return c
}

func (s *SSH) knownFiles(c sshConfig, t SSHTarget, w words) []string {
	if len(t.KnownHosts) == 0 {
		user := c.files(s, w.all("userknownhostsfile"), "~/.ssh/known_hosts", "~/.ssh/known_hosts2")
		return append(user, c.files(s, w.all("globalknownhostsfile"), "/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")...)
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

// lookup is the name under which the host's key is known.
func (c sshConfig) lookup() string {
	if c.alias != "" {
		return net.JoinHostPort(c.alias, "22")
	}
	return net.JoinHostPort(c.host, strconv.Itoa(c.port))
}
