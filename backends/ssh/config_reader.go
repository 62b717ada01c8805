package ssh

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mostIncludes limits the nesting of included files, as in OpenSSH.
const mostIncludes = 16

// configReader reads ssh_config(5) if there is no OpenSSH client. It does everything that a line says, or fails: a
// skipped line may be the one that forbids a host.
type configReader struct {
	ssh    *Client
	host   string // as the target names it
	found  words
	active bool   // what follows is for this host
	folder string // where included files are
}

// readConfig reads the user's and the system's file, or the target's own.
func (s *Client) readConfig(t Target) (words, error) {
	r := &configReader{ssh: s, host: t.Host, found: words{}}
	files := []string{s.tilde("~/.ssh/config"), "/etc/ssh/ssh_config"}
	if t.ConfigFile != nil {
		files = []string{s.tilde(*t.ConfigFile)}
	}
	for _, file := range files {
		r.active, r.folder = true, s.tilde("~/.ssh")
		if strings.HasPrefix(file, "/etc/ssh/") {
			r.folder = "/etc/ssh"
		}
		if err := r.file(file, 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("ssh_config: %w", err)
		}
	}
	for i, file := range r.found["revokedhostkeys"] {
		r.found["revokedhostkeys"][i] = s.tilde(file)
	}
	return r.found, nil
}

func (r *configReader) file(path string, depth int) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		if err := r.line(strings.Trim(line, " \t\r\n\f"), depth); err != nil {
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	return nil
}

// verbatim are the keywords whose value is the rest of the line.
var verbatim = []string{"proxycommand", "localcommand", "remotecommand", "knownhostscommand"}

// repeated are the keywords that may be given several times.
var repeated = []string{
	"identityfile", "certificatefile", "localforward", "remoteforward", "dynamicforward", "sendenv", "setenv",
}

func (r *configReader) line(text string, depth int) error {
	if text == "" || text[0] == '#' {
		return nil
	}
	end := strings.IndexAny(text, " \t=")
	if end < 0 {
		return fmt.Errorf("%q has no value", text)
	}
	name, rest := keywordName(text[:end]), strings.TrimLeft(text[end:], " \t")
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "="), " \t")
	args, err := splitArguments(rest)
	if err != nil || len(args) == 0 {
		return fmt.Errorf("%s has an invalid value", name)
	}
	switch name {
	case "host":
		r.active = matchAny(r.host, args)
		return nil
	case "match":
		r.active, err = r.match(args)
		return err
	case "include":
		return r.include(args, depth)
	}
	if slices.Contains(verbatim, name) {
		args = []string{rest}
	}
	return r.set(name, strings.Join(args, " "))
}

// set keeps the first value, as OpenSSH does. Mistakes count everywhere, as in OpenSSH.
func (r *configReader) set(name, value string) error {
	if _, ok := findKeyword(name); !ok {
		if matchHosts(name, r.found.one("ignoreunknown")) {
			return nil
		}
		return fmt.Errorf("unknown keyword %q", name)
	}
	if r.active && (len(r.found[name]) == 0 || slices.Contains(repeated, name)) {
		r.found[name] = append(r.found[name], value)
	}
	return nil
}

// match evaluates the criteria that need no program and no second pass.
func (r *configReader) match(args []string) (bool, error) {
	if len(args) == 1 && lower(args[0]) == "all" {
		return true, nil
	}
	fits := true
	for ; len(args) > 1; args = args[2:] {
		name := r.host
		switch lower(args[0]) {
		case "host":
			if other := r.found.one("hostname"); other != "" {
				name = strings.ReplaceAll(other, "%h", r.host)
			}
		case "originalhost":
		default:
			return false, fmt.Errorf("%q needs the ssh client of OpenSSH, which is not installed here", "Match "+args[0])
		}
		fits = fits && matchHosts(name, args[1])
	}
	if len(args) > 0 {
		return false, fmt.Errorf("%q needs the ssh client of OpenSSH, which is not installed here", "Match "+args[0])
	}
	return fits, nil
}

// include reads other files. Their Host blocks end with them.
func (r *configReader) include(args []string, depth int) error {
	if depth == mostIncludes {
		return fmt.Errorf("more than %d files include each other", mostIncludes)
	}
	active := r.active
	defer func() { r.active = active }()
	for _, pattern := range args {
		pattern = r.ssh.tilde(pattern)
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(r.folder, pattern)
		}
		paths, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, path := range paths {
			r.active = active
			if err := r.included(path, active, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

// included reads a file; in a block for other hosts, only to find mistakes, which OpenSSH reports, too.
func (r *configReader) included(path string, active bool, depth int) error {
	if active {
		return r.file(path, depth+1)
	}
	aside := &configReader{ssh: r.ssh, host: r.host, folder: r.folder, found: words{}}
	aside.found["ignoreunknown"] = r.found["ignoreunknown"]
	return aside.file(path, depth+1)
}

// matchAny reports whether a name matches one of several patterns, and none that begins with "!". Unlike in
// known_hosts, case matters.
func matchAny(name string, patterns []string) bool {
	fits := false
	for _, pattern := range patterns {
		pattern, negated := strings.CutPrefix(pattern, "!")
		if matchPattern(name, pattern) {
			if negated {
				return false
			}
			fits = true
		}
	}
	return fits
}

// splitArguments splits at blanks that are not in quotes, and ends at a comment.
func splitArguments(text string) ([]string, error) {
	var args []string
	for text = strings.TrimLeft(text, " \t"); text != "" && text[0] != '#'; text = strings.TrimLeft(text, " \t") {
		var arg []byte
		quote := byte(0)
		i := 0
		for ; i < len(text) && (quote != 0 || text[i] != ' ' && text[i] != '\t'); i++ {
			c := text[i]
			switch {
			case c == '\\' && i+1 < len(text) && strings.IndexByte(`"'\`, text[i+1]) >= 0:
				i++
				arg = append(arg, text[i])
			case quote == 0 && (c == '"' || c == '\''):
				quote = c
			case c == quote:
				quote = 0
			default:
				arg = append(arg, c)
			}
		}
		if quote != 0 {
			return nil, errors.New("a quote is not closed")
		}
		args, text = append(args, string(arg)), text[i:]
	}
	return args, nil
}
