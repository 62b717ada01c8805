package resource

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// SSHKey is the kind of public keys: type and base64, as authorized_keys and .pub files have them. Options, the comment
// and the line break are not part of it on either side. The type is the one in the key itself: sshd takes rsa-sha2-512
// for ssh-rsa.
var SSHKey = textKind(ReadKey, Kind{
	Name: `an SSH key such as file("alice.pub")`, Part: keyPart,
	Canonical: func(found any) any { return cmp.Or(keyIn(found.(string)), found.(string)) },
	Texts:     func() []string { return slices.Clone(sampleKeys()) },
})

// keyTypes are the types that OpenSSH knows.
var keyTypes = []string{
	"ssh-ed25519", "ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
	"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
}

// sampleKeys begin as every key of a type does, for patterns to be tried with.
var sampleKeys = sync.OnceValue(func() []string {
	var keys []string
	for _, name := range keyTypes {
		for _, s := range []string{name, strings.TrimSuffix(name, "@openssh.com") + "-cert-v01@openssh.com"} {
			blob := append(binary.BigEndian.AppendUint32(nil, uint32(len(s))), s...)
			keys = append(keys, s+" "+base64.StdEncoding.EncodeToString(blob))
		}
	}
	return keys
})

// ReadKey reads the one key of a .pub file, or of a line of authorized_keys. Its errors never show what may be a
// private key.
func ReadKey(text string) (string, error) {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	switch {
	// First of all, and without a quote: no message may show any of it.
	case strings.Contains(text, "PRIVATE KEY"):
		return "", errors.New(`this is a private key; write the public one: file("alice.pub")`)
	case len(lines) == 0:
		return "", errors.New(`an SSH key is missing; write file("alice.pub")`)
	case len(lines) > 1:
		return "", fmt.Errorf(`these are %d lines; each key is an element of its own: consists_of(compact(split("\n", `+
			`file("keys")))...)`, len(lines))
	}
	if key := keyIn(lines[0]); key != "" {
		return key, nil
	}
	return "", noKey(lines[0])
}

func noKey(line string) error {
	first, _, _ := strings.Cut(line, " ")
	switch {
	case strings.Contains(line, "SHA256:") || strings.Contains(line, "MD5:"):
		return fmt.Errorf(`%.80q is the fingerprint of a key; write the key itself: file("alice.pub")`, line)
	case strings.HasSuffix(line, ".pub"):
		return fmt.Errorf(`%.80q is the name of a file; write file(%.80q)`, line, line)
	case slices.Contains(keyTypes, first):
		return fmt.Errorf(`this key is incomplete: the part after %q is cut short, or is the base64 of another type; `+
			`write file("alice.pub")`, first)
	}
	return fmt.Errorf(`%.40q is not a public SSH key, which is a type and base64 as in a .pub file; write `+
		`file("alice.pub")`, line)
}

// keyIn returns type and base64 of a line: after options, and before a comment.
func keyIn(line string) string {
	for _, text := range []string{line, strings.TrimLeft(AfterOptions(line), " \t")} {
		f := strings.Fields(text)
		if len(f) >= 2 {
			if name := blobType(f[1]); name != "" && sameKeyType(f[0], name) {
				bare := strings.TrimRight(f[1], "=")
				return name + " " + bare + strings.Repeat("=", -len(bare)&3)
			}
		}
	}
	return ""
}

// sameKeyType reports whether a written type is the key's own, or another name by which sshd knows RSA.
func sameKeyType(written, inside string) bool {
	if written == inside {
		return true
	}
	rest, rsa := strings.CutPrefix(inside, "ssh-rsa")
	return rsa && (written == "rsa-sha2-256"+rest || written == "rsa-sha2-512"+rest)
}

// blobType returns the type that a key itself contains, or "" for an incomplete key: strings, each after its length.
func blobType(text string) string {
	blob, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return ""
	}
	name, parts := "", 0
	for ; len(blob) > 0; parts++ {
		// A certificate has numbers between its strings.
		if parts > 0 && strings.Contains(name, "-cert-") {
			return name
		}
		if len(blob) < 4 || uint64(len(blob)-4) < uint64(binary.BigEndian.Uint32(blob)) {
			return ""
		}
		length := binary.BigEndian.Uint32(blob)
		if parts == 0 {
			name = string(blob[4 : 4+length])
		}
		blob = blob[4+length:]
	}
	if parts < 2 || strings.ContainsAny(name, " \t\"=,") {
		return ""
	}
	return name
}

// longBase64 matches a piece of a key, which no user or host is called.
var longBase64 = regexp.MustCompile(`^[A-Za-z0-9+/]{16,}={0,2}$`)

// keyPart checks a part of the type, with which keys begin. A comment is not part of a key.
func keyPart(part string) (string, error) {
	if slices.ContainsFunc(sampleKeys(), func(key string) bool { return strings.Contains(key, part) }) ||
		longBase64.MatchString(part) {
		return part, nil
	}
	return "", fmt.Errorf(`%.40q is not part of the type of a key, and comments are ignored; write the key itself: `+
		`contains(file("alice.pub"))`, part)
}

func AfterOptions(line string) string {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		// Inside of quotes, sshd escapes a quote by a backslash, and nothing else.
		case c == '\\' && i+1 < len(line) && line[i+1] == '"':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ' ' || c == '\t'):
			return line[i:]
		}
	}
	return ""
}
