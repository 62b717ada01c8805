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
func (c hostConfig) paths(names []string, fallback ...string) []string {
	if len(names) > 0 && lower(names[0]) == "none" {
		return nil
	}
	return c.files(names, fallback...)
}

func (c hostConfig) files(names []string, fallback ...string) []string {
	if names == nil {
		names = fallback
	}
	var files []string
	for _, name := range names {
		files = append(files, tilde(c.expand(strings.Trim(name, `"`))))
	}
	return files
}

func (c hostConfig) socket(w words) string {
	name := w["identityagent"]
	switch {
	case len(name) == 0 || name[0] == "SSH_AUTH_SOCK":
		return os.Getenv("SSH_AUTH_SOCK")
	case name[0] == "none":
		return ""
	case strings.HasPrefix(name[0], "$"):
		return os.Getenv(strings.Trim(name[0], "${}"))
	}
	return tilde(c.expand(name[0]))
}

// expand replaces the tokens of ssh_config(5).
func (c hostConfig) expand(text string) string {
	local, _ := os.Hostname()
	short, _, _ := strings.Cut(local, ".")
	return strings.NewReplacer("%%", "%", "%h", c.host, "%n", c.original, "%p", strconv.Itoa(c.port), "%r", c.user,
		"%k", cmp.Or(c.alias, c.original), "%d", homeFolder(), "%u", localUser(), "%i", strconv.Itoa(os.Getuid()),
		"%l", local, "%L", short).Replace(text)
}

func tilde(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return filepath.Join(homeFolder(), rest)
	}
	return path
}

func homeFolder() string {
	if home := os.Getenv("HOME"); home != "" {
		return home
	}
	if u, err := user.Current(); err == nil {
		return u.HomeDir
	}
	return "/"
}

func localUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	// A container may run with a user ID that has no name.
	return os.Getenv("USER")
}

func commas(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
