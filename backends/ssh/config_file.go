package ssh

import (
	"cmp"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
)

// paths returns the files of a key with one file on each line.
func (c hostConfig) paths(s *Client, w words, key string, fallback ...string) []string {
	if len(w[key]) > 0 && lower(w[key][0]) == "none" {
		return nil
	}
	return c.files(s, w[key], fallback...)
}

func (c hostConfig) files(s *Client, names []string, fallback ...string) []string {
	if names == nil {
		names = fallback
	}
	var files []string
	for _, name := range names {
		files = append(files, s.tilde(c.expand(strings.Trim(name, `"`))))
	}
	return files
}

// socket returns the socket of the agent.
func (c hostConfig) socket(w words, env func(string) string) string {
	name := w["identityagent"]
	switch {
	case len(name) == 0 || name[0] == "SSH_AUTH_SOCK":
		return env("SSH_AUTH_SOCK")
	case name[0] == "none":
		return ""
	case strings.HasPrefix(name[0], "$"):
		return env(strings.Trim(name[0], "${}"))
	}
	path := c.expand(name[0])
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		path = filepath.Join(c.home, rest)
	}
	return path
}

// expand replaces the tokens of ssh_config(5).
func (c hostConfig) expand(text string) string {
	local, _ := os.Hostname()
	short, _, _ := strings.Cut(local, ".")
	me := ""
	if u, err := user.Current(); err == nil {
		me = u.Username
	}
	return strings.NewReplacer("%%", "%", "%h", c.host, "%n", c.original, "%p", strconv.Itoa(c.port), "%r", c.user,
		"%k", cmp.Or(c.alias, c.original), "%d", c.home, "%u", me, "%i", strconv.Itoa(os.Getuid()),
		"%l", local, "%L", short).Replace(text)
}

func (s *Client) tilde(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return filepath.Join(s.home(), rest)
	}
	return path
}

func (s *Client) home() string {
	if home := s.options.Env("HOME"); home != "" {
		return home
	}
	if u, err := user.Current(); err == nil {
		return u.HomeDir
	}
	return "/"
}

func (s *Client) user() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return s.options.Env("USER")
}

func family(word string) string {
	switch word {
	case "inet":
		return "tcp4"
	case "inet6":
		return "tcp6"
	}
	return "tcp"
}

func commas(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
