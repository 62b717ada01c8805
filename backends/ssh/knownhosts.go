package ssh

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/crypto/ssh"
)

// The markers of known_hosts (sshd(8)).
const (
	markerCA      = "@cert-authority"
	markerRevoked = "@revoked"
)

// knownLine is a line of known_hosts, without comments and blank lines.
type knownLine struct {
	file   string
	number int
	marker string        // "", markerCA or markerRevoked
	hosts  string        // patterns, or one hashed name
	key    ssh.PublicKey // nil only in an unreadable revocation
}

func (l knownLine) place() string { return fmt.Sprintf("%s:%d", l.file, l.number) }

// knownHosts are files of host keys, read as OpenSSH reads them (hostfile.c, match.c).
type knownHosts struct {
	lines    []knownLine
	names    map[string][]int // lines by their names, if those are plain ones
	patterns []int            // the other lines
	first    string           // where a new line would go
}

// knownHosts reads the files once per run.
func (s *Client) knownHosts(files []string) (*knownHosts, error) {
	return cached(&s.known, strings.Join(files, "\x00"), func() (*knownHosts, error) {
		k := &knownHosts{first: append(slices.Clone(files), "known_hosts")[0], names: map[string][]int{}}
		for _, file := range files {
			info, err := os.Stat(file)
			missing := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
			// UserKnownHostsFile /dev/null is the usual way to have no file.
			if missing || err == nil && info.Mode()&os.ModeCharDevice != 0 {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, fmt.Errorf("known_hosts: %w", err) // it may revoke keys
			}
			for i, line := range strings.Split(string(text), "\n") {
				s.addKnown(k, file, i+1, line)
			}
		}
		return k, nil
	})
}

// addKnown adds a line. It skips an unreadable one as OpenSSH does, except for a revocation: it may revoke any key.
func (s *Client) addKnown(k *knownHosts, file string, number int, text string) {
	text = strings.Trim(text, " \t\r\n")
	if text == "" || text[0] == '#' {
		return
	}
	line, ok := parseKnownLine(text)
	line.file, line.number = file, number
	if !ok && !strings.HasPrefix(text, markerRevoked) {
		s.warn(line.place() + " is ignored: it cannot be read")
		return
	}
	n := len(k.lines)
	k.lines = append(k.lines, line)
	if strings.ContainsAny(line.hosts, "*?!|") {
		k.patterns = append(k.patterns, n)
		return
	}
	for name := range strings.SplitSeq(lower(line.hosts), ",") {
		k.names[name] = append(k.names[name], n)
	}
}

// parseKnownLine parses a line: an optional marker, hosts, and a key. For an unreadable line it returns a revocation
// for all hosts.
func parseKnownLine(text string) (knownLine, bool) {
	bad := knownLine{marker: markerRevoked, hosts: "*"}
	line := knownLine{}
	if text[0] == '@' {
		line.marker, text = cutBlank(text)
		// OpenSSH ends a marker at the first space of the line, and only where there is none at a tab.
		tab := strings.HasPrefix(text, "\t") && strings.Contains(text, " ")
		if line.marker != markerRevoked && (line.marker != markerCA || tab) {
			return bad, false
		}
		text = strings.TrimLeft(text, " \t")
	}
	line.hosts, text = cutBlank(text)
	if line.hosts == "" || line.hosts[0] == '@' {
		return bad, false
	}
	if line.hosts[0] == '|' {
		if _, _, ok := hashedName(line.hosts); !ok {
			return bad, false
		}
	}
	line.key = parseKey(strings.TrimLeft(text, " \t"))
	if line.key == nil && line.marker == markerRevoked {
		return line, true
	}
	return line, line.key != nil
}

func cutBlank(text string) (before, from string) {
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}

// parseKey parses "ssh-ed25519 AAAA... comment"; nil for an invalid one.
func parseKey(text string) ssh.PublicKey {
	kind, text := cutBlank(text)
	coded, _ := cutBlank(strings.TrimLeft(text, " \t"))
	blob, err := base64.StdEncoding.DecodeString(coded)
	if err != nil {
		return nil
	}
	key, err := ssh.ParsePublicKey(blob)
	// OpenSSH accepts the names of RSA's signatures as the kind of the key.
	if err != nil || key.Type() != kind && keyKind(kind) != key.Type() {
		return nil
	}
	return key
}

// of returns the lines for a name, in their order.
func (k *knownHosts) of(name string) []knownLine {
	found := slices.Clone(k.names[lower(name)])
	for _, n := range k.patterns {
		if k.lines[n].matches(name) {
			found = append(found, n)
		}
	}
	slices.Sort(found)
	lines := make([]knownLine, 0, len(found))
	for _, n := range slices.Compact(found) {
		lines = append(lines, k.lines[n])
	}
	return lines
}

func (l knownLine) matches(name string) bool {
	if l.hosts[0] != '|' {
		return matchHosts(name, l.hosts)
	}
	salt, sum, ok := hashedName(l.hosts)
	if !ok {
		return false
	}
	mac := hmac.New(sha1.New, salt)
	mac.Write([]byte(name))
	return bytes.Equal(mac.Sum(nil), sum)
}

// hashedName parses |1|salt|hash.
func hashedName(text string) (salt, sum []byte, ok bool) {
	coded, ok := strings.CutPrefix(text, "|1|")
	first, second, both := strings.Cut(coded, "|")
	salt, err := base64.StdEncoding.DecodeString(first)
	sum, err2 := base64.StdEncoding.DecodeString(second)
	return salt, sum, ok && both && err == nil && err2 == nil && len(salt) == sha1.Size
}

// matchHosts reports whether a name is in a list, separated by commas. Both are compared in lower case.
func matchHosts(name, list string) bool {
	return matchAny(lower(name), strings.Split(lower(list), ","))
}

// matchAny reports whether a name matches one of several patterns, and none that begins with "!".
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

// matchPattern reports whether a pattern matches; * and ? match dots and colons, too.
func matchPattern(name, pattern string) bool {
	star, from := -1, 0
	n, p := 0, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			n++
			p++
		case star >= 0: // the last star matches one byte more
			from++
			n, p = from, star+1
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// lower folds the letters A to Z only, as OpenSSH does.
func lower(text string) string {
	small := []byte(text)
	for i, c := range small {
		if c >= 'A' && c <= 'Z' {
			small[i] = c + 'a' - 'A'
		}
	}
	return string(small)
}

func knownName(host string, port int) string {
	if port == 0 || port == 22 {
		return host
	}
	return "[" + host + "]:" + strconv.Itoa(port)
}

func sameKey(a, b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }
