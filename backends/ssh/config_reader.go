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
	host   string // as the target names it
	found  words
	folder string // where included files are
}

// readConfig reads the user's and the system's file, or the target's own.
func readConfig(t Target) (words, error) {
	r := &configReader{host: t.Host, found: words{}}
	files := []string{tilde("~/.ssh/config"), "/etc/ssh/ssh_config"}
	if t.ConfigFile != nil {
		files = []string{tilde(*t.ConfigFile)}
	}
	for _, file := range files {
		r.folder = tilde("~/.ssh")
		if strings.HasPrefix(file, "/etc/ssh/") {
			r.folder = "/etc/ssh"
		}
		if err := r.file(file, true, 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("ssh_config: %w", err)
		}
	}
	for i, file := range r.found["revokedhostkeys"] {
		r.found["revokedhostkeys"][i] = tilde(file)
	}
	return r.found, nil
}

// file reads a file. One that is included for other hosts is read, too: OpenSSH reports its mistakes.
func (r *configReader) file(path string, enabled bool, depth int) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	active := enabled
	for i, line := range strings.Split(string(text), "\n") {
		name, args, err := parseLine(strings.Trim(line, " \t\r\n\f"))
		fits := true
		switch {
		case err != nil || name == "":
		case name == "host":
			active = enabled && matchAny(r.host, args)
		case name == "match":
			fits, err = r.match(args)
			active = enabled && fits
		case name == "include":
			err = r.include(args, active, depth)
		default:
			err = r.set(name, strings.Join(args, " "), active)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", path, i+1, err)
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

// parseLine returns the keyword of a line and its arguments; "" for an empty line.
func parseLine(text string) (name string, args []string, err error) {
	if text == "" || text[0] == '#' {
		return "", nil, nil
	}
	end := strings.IndexAny(text, " \t=")
	if end < 0 {
		return "", nil, fmt.Errorf("%q has no value", text)
	}
	name, rest := keywordName(text[:end]), strings.TrimLeft(text[end:], " \t")
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "="), " \t")
	args, err = splitArguments(rest)
	switch {
	case err != nil || len(args) == 0:
		return "", nil, fmt.Errorf("%s has an invalid value", name)
	case slices.Contains(verbatim, name):
		args = []string{rest}
	}
	return name, args, nil
}

// set keeps the first value, as OpenSSH does. Mistakes count everywhere, as in OpenSSH.
func (r *configReader) set(name, value string, active bool) error {
	if !isKeyword(name) {
		if matchHosts(name, r.found.one("ignoreunknown")) {
			return nil
		}
		return fmt.Errorf("unknown keyword %q", name)
	}
	if active && (len(r.found[name]) == 0 || slices.Contains(repeated, name)) {
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
	for ; len(args) > 0; args = args[2:] {
		name, criterion := r.host, lower(args[0])
		if other := r.found.one("hostname"); other != "" && criterion == "host" {
			name = strings.ReplaceAll(other, "%h", r.host)
		}
		if criterion != "host" && criterion != "originalhost" || len(args) == 1 {
			return false, fmt.Errorf("%q needs the ssh client of OpenSSH, which is not installed here", "Match "+args[0])
		}
		fits = fits && matchHosts(name, args[1])
	}
	return fits, nil
}

// include reads other files. Their Host blocks end with them.
func (r *configReader) include(args []string, active bool, depth int) error {
	if depth == mostIncludes {
		return fmt.Errorf("more than %d files include each other", mostIncludes)
	}
	for _, pattern := range args {
		pattern = tilde(pattern)
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(r.folder, pattern)
		}
		paths, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, path := range paths {
			if err := r.file(path, active, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
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
