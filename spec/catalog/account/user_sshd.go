package account

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
)

// sshdLine is a directive of sshd's configuration. Depth counts the Includes that lead to it.
type sshdLine struct {
	depth int
	text  string
}

// sshdConfig is the configuration of sshd as far as it concerns the keys of a user. Included lines take the place of
// their Include; an Include among its lines is one that could not be resolved.
type sshdConfig struct {
	lines  []sshdLine
	unread string // why some of it could not be read
}

// sshdPlaces are the paths of sshd's configuration; the second one is used only if the first is absent (openSUSE).
var sshdPlaces = []string{"/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config"}

const (
	sshdFolder    = "/etc/ssh" // the folder of an Include that is a relative path
	maxSSHDDepth  = 16         // as in sshd
	sshdKeyFiles  = "authorizedkeysfile"
	sshdKeyAsked  = "authorizedkeyscommand"
	sshdTrustedCA = "trustedusercakeys"
)

// defaultKeyFiles are the key files of sshd's default configuration.
var defaultKeyFiles = []string{".ssh/authorized_keys", ".ssh/authorized_keys2"}

// sshdState is whether the following lines apply to a user.
type sshdState int

const (
	sshdNever sshdState = iota
	sshdMaybe           // a Match by address, host, group, ...
	sshdAlways
	sshdGlobal // before any Match
)

// sshdValue collects the values of one directive. Those of a matching Match take precedence over global ones, and of
// either the first one counts.
type sshdValue struct{ global, matched []string }

// keyFiles returns the patterns of the files that hold a user's keys, or why they are unknown.
func (c sshdConfig) keyFiles(user string) (patterns []string, unknown string) {
	if c.unread != "" {
		return nil, c.unread
	}
	values, err := c.values(user)
	if err != nil {
		return nil, err.Error()
	}
	if program := values[sshdKeyAsked].get(); sshdNames(program) {
		return nil, "sshd asks a program for keys: AuthorizedKeysCommand " + strings.Join(program, " ")
	}
	if trusted := values[sshdTrustedCA].get(); sshdNames(trusted) {
		return nil, "sshd accepts every key that a CA has signed: TrustedUserCAKeys " + strings.Join(trusted, " ")
	}
	if patterns = values[sshdKeyFiles].get(); patterns == nil {
		return defaultKeyFiles, ""
	}
	return slices.DeleteFunc(slices.Clone(patterns), func(p string) bool { return strings.EqualFold(p, "none") }), ""
}

func sshdNames(words []string) bool { return len(words) > 0 && !strings.EqualFold(words[0], "none") }

func (v *sshdValue) get() []string {
	if v.matched != nil {
		return v.matched
	}
	return v.global
}

// values returns the directives that select the keys for logging in, as they apply to one user.
func (c sshdConfig) values(user string) (map[string]*sshdValue, error) {
	values := map[string]*sshdValue{sshdKeyFiles: {}, sshdKeyAsked: {}, sshdTrustedCA: {}}
	states := []sshdState{sshdGlobal}
	for _, line := range c.lines {
		// A Match in an included file ends with the file.
		for len(states) <= line.depth {
			states = append(states, states[len(states)-1])
		}
		states = states[:line.depth+1]
		keyword, words, err := sshdWords(line.text)
		value := values[keyword]
		switch {
		// Other directives may even be malformed: they do not decide where the keys are.
		case keyword != "match" && keyword != "include" && value == nil:
		case err != nil, keyword == "include":
			return nil, fmt.Errorf("a line of sshd's configuration could not be resolved: %.100q", line.text)
		case keyword == "match":
			states[line.depth] = sshdMatch(words, user)
			if line.depth > 0 {
				states[line.depth] = min(states[line.depth], states[line.depth-1])
			}
		default:
			if err := value.set(states[line.depth], words); err != nil {
				return nil, fmt.Errorf("%w: %.100q", err, line.text)
			}
		}
	}
	return values, nil
}

var errSSHDMatch = errors.New("a Match of sshd's configuration decides which files have the keys")

func (v *sshdValue) set(state sshdState, words []string) error {
	switch {
	case len(words) == 0:
		return errors.New("a line of sshd's configuration is malformed")
	case state == sshdGlobal && v.global == nil:
		v.global = words
	case state == sshdAlways && v.matched == nil:
		v.matched = words
	case state == sshdMaybe && v.matched == nil:
		return errSSHDMatch
	}
	return nil
}

// sshdMatch returns whether the criteria of a Match apply to a user.
func sshdMatch(words []string, user string) sshdState {
	if len(words) == 1 && strings.EqualFold(words[0], "all") {
		return sshdAlways
	}
	state := sshdAlways
	for len(words) > 1 {
		criterion, value, joined := strings.Cut(words[0], "=")
		if words = words[1:]; !joined {
			value, words = words[0], words[1:]
		}
		switch {
		// Addresses and hosts are those of a connection that does not exist yet, and groups are not looked up.
		case !strings.EqualFold(criterion, "user"):
			state = sshdMaybe
		case !sshdMatchesList(value, user):
			return sshdNever
		}
	}
	if len(words) > 0 {
		return sshdMaybe
	}
	return state
}

// sshdMatchesList matches a name with patterns separated by commas; a pattern with ! before it excludes.
func sshdMatchesList(list, name string) bool {
	found := false
	for pattern := range strings.SplitSeq(list, ",") {
		pattern, excludes := strings.CutPrefix(pattern, "!")
		if !sshdMatches(pattern, name) {
			continue
		}
		if excludes {
			return false
		}
		found = true
	}
	return found
}

// sshdMatches matches a name with a pattern in which only * and ? are special.
func sshdMatches(pattern, name string) bool {
	// path.Match gives brackets, backslashes and slashes a meaning, which sshd does not.
	plain := strings.NewReplacer(`\`, `\\`, `[`, `\[`).Replace(pattern)
	ok, err := path.Match(plain, strings.ReplaceAll(name, "/", "\x00"))
	return ok && err == nil
}

// sshdWords splits a line into its keyword, in lower case, and its arguments. Since OpenSSH 8.7 a word that begins with
// # is a comment; older ones refuse such a line.
func sshdWords(line string) (keyword string, words []string, err error) {
	line = strings.TrimLeft(line, " \t\r")
	var rest string
	if quoted, ok := strings.CutPrefix(line, `"`); ok {
		keyword, rest, _ = strings.Cut(quoted, `"`)
	} else {
		end := strings.IndexAny(line+"=", " \t\r=\"")
		keyword, rest = line[:end], line[end:]
	}
	keyword = strings.ToLower(keyword)
	rest = strings.TrimPrefix(strings.TrimLeft(rest, " \t"), "=")
	for rest = strings.Trim(rest, " \t\r\n"); rest != "" && rest[0] != '#'; rest = strings.TrimLeft(rest, " \t") {
		var word string
		if word, rest, err = sshdWord(rest); err != nil {
			return keyword, nil, err
		}
		words = append(words, word)
	}
	return keyword, words, nil
}

// sshdWord cuts the first word off a line. A word with quotes inside, or with a backslash, is parsed differently by
// different versions of sshd.
func sshdWord(text string) (word, rest string, err error) {
	if quote := text[0]; quote == '"' || quote == '\'' {
		word, rest, closed := strings.Cut(text[1:], string(quote))
		if !closed || strings.Contains(word, `\`) || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
			return "", "", errors.New("quotes that are not understood")
		}
		return word, rest, nil
	}
	end := strings.IndexAny(text, " \t")
	if end < 0 {
		end = len(text)
	}
	if word = text[:end]; strings.ContainsAny(word, `"'\`) {
		return "", "", errors.New("quotes that are not understood")
	}
	return word, text[end:], nil
}

// sshdKeyFile expands the pattern of a file for a user: %h, %u and %U are the home, the name and the number.
func sshdKeyFile(pattern, name, uid, home string) (string, error) {
	var file strings.Builder
	for rest := pattern; rest != ""; {
		before, after, found := strings.Cut(rest, "%")
		file.WriteString(before)
		if rest = after; !found {
			break
		}
		token := rest[:min(1, len(rest))]
		value, known := map[string]string{"h": home, "u": name, "U": uid, "%": "%"}[token]
		if !known {
			return "", fmt.Errorf("AuthorizedKeysFile %s has an unknown token", pattern)
		}
		file.WriteString(value)
		rest = rest[1:]
	}
	text := file.String()
	// Since OpenSSH 10.0 it may be a pattern of names; a file of an older one may have such a name.
	if strings.ContainsAny(pattern, "*?[") {
		return "", fmt.Errorf("AuthorizedKeysFile %s is a pattern, which is not expanded", pattern)
	}
	if !strings.HasPrefix(text, "/") {
		text = home + "/" + text
	}
	if !strings.HasPrefix(text, "/") {
		return "", errors.New("the home directory is not an absolute path: " + home)
	}
	return text, nil
}

// parseSSHD parses the lines "sshd DEPTH LINE" and "nosshd REASON" of an answer.
func parseSSHD(out string) sshdConfig {
	var config sshdConfig
	for why := range lookup.After(out, "nosshd ") {
		config.unread = why
		break
	}
	for rest := range lookup.After(out, "sshd ") {
		number, text, _ := strings.Cut(rest, " ")
		depth, err := strconv.Atoi(number)
		if err != nil || depth < 0 || depth > maxSSHDDepth {
			config.unread = "sshd's configuration could not be read"
			continue
		}
		config.lines = append(config.lines, sshdLine{depth, text})
	}
	return config
}
