package backends

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	xknownhosts "golang.org/x/crypto/ssh/knownhosts"
)

// knownHosts are the files that say which keys hosts have.
type knownHosts struct {
	db    *knownhosts.HostKeyDB
	files []string          // those that exist
	names map[string]string // of files that were read from a copy
	first string            // where a new line would go
}

// knownHosts reads the files once per run.
func (s *SSH) knownHosts(files []string) (*knownHosts, error) {
	key := strings.Join(files, "\x00")
	s.mu.Lock()
	k, ok := s.known[key]
	s.mu.Unlock()
	if ok {
		return k, nil
	}
	k, err := s.readKnownHosts(files)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[key] = k
	return k, nil
}

func (s *SSH) readKnownHosts(files []string) (*knownHosts, error) {
	k := &knownHosts{first: "known_hosts", names: map[string]string{}}
	if len(files) > 0 {
		k.first = files[0]
	}
	for _, file := range files {
		if info, err := os.Stat(file); errors.Is(err, os.ErrNotExist) || err == nil && info.Mode()&os.ModeCharDevice != 0 {
			continue
		}
		readable, err := s.readable(file)
		if err != nil {
			return nil, err
		}
		if readable != file {
			defer os.Remove(readable)
		}
		k.names[readable] = file
		k.files = append(k.files, readable)
	}
	db, err := knownhosts.NewDB(k.files...)
	k.db = db
	return k, err
}

var complaintLine = regexp.MustCompile(`:([0-9]+): `)

// readable is the file itself, or a copy without the lines that the library does not know. It would refuse the
// whole file for one. A revocation that it does not know is not passed over.
func (s *SSH) readable(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("known_hosts: %w", err)
	}
	lines := bytes.Split(text, []byte("\n"))
	for readable := file; ; {
		_, complaint := knownhosts.NewDB(readable)
		if complaint == nil {
			return readable, nil
		}
		if readable != file {
			os.Remove(readable)
		}
		if err := s.passOver(file, lines, complaint); err != nil {
			return "", err
		}
		if readable, err = temporaryFile(bytes.Join(lines, []byte("\n"))); err != nil {
			return "", err
		}
	}
}

// passOver empties the line that is complained about.
func (s *SSH) passOver(file string, lines [][]byte, complaint error) error {
	n := 0
	if place := complaintLine.FindStringSubmatch(complaint.Error()); place != nil {
		n, _ = strconv.Atoi(place[1])
	}
	if n < 1 || n > len(lines) || len(lines[n-1]) == 0 {
		return fmt.Errorf("known_hosts: %s cannot be read: %w", file, complaint)
	}
	if bytes.HasPrefix(bytes.TrimSpace(lines[n-1]), []byte("@revoked")) {
		return fmt.Errorf("known_hosts: %s:%d cannot be read, and it revokes a key", file, n)
	}
	s.warn(fmt.Sprintf("%s:%d is not heeded: it cannot be read", file, n))
	lines[n-1] = nil
	return nil
}

func temporaryFile(text []byte) (string, error) {
	f, err := os.CreateTemp("", "avow-known-hosts-")
	if err != nil {
		return "", err
	}
	defer f.Close()
	_, err = f.Write(text)
	return f.Name(), err
}

// hostKeyCheck decides about the key of one host. It can only say no to what it does not know.
type hostKeyCheck struct {
	known  *knownHosts
	lookup string // host:port
	pin    string
	skip   []string // kinds of keys that are not asked for
}

var (
	plainAlgorithms = []string{
		ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
		ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
	}
	certAlgorithms = []string{
		ssh.CertAlgoED25519v01, ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01,
		ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01,
	}
)

// algorithms are what the server is asked for: first those by which it can be verified. The others follow so that
// a changed key is told as one.
func (c *hostKeyCheck) algorithms() []string {
	var first, plain []string
	keys := c.known.keys(c.where())
	if c.pin != "" {
		keys = nil
		if key := c.pinned(); key != nil {
			keys = []knownhosts.PublicKey{{PublicKey: key}}
		}
	}
	for _, key := range keys {
		if key.Cert && first == nil {
			first = certAlgorithms
		} else if !key.Cert {
			plain = append(plain, signatures(key.Type())...)
		}
	}
	all := slices.Concat(first, plain, plainAlgorithms)
	var algorithms []string
	for _, a := range all {
		usual := slices.Contains(certAlgorithms, a) || slices.Contains(plainAlgorithms, a) // no SHA-1, no DSA
		if usual && !slices.Contains(algorithms, a) && !slices.Contains(c.skip, a) {
			algorithms = append(algorithms, a)
		}
	}
	return algorithms
}

// signatures are the algorithms of a kind of key.
func signatures(kind string) []string {
	if kind == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA}
	}
	return []string{kind}
}

func (k *knownHosts) keys(where string) []knownhosts.PublicKey { return k.db.HostKeys(where) }

// where is the name in the files. Where they have none with the port, OpenSSH takes the one without.
func (c *hostKeyCheck) where() string {
	host, port, err := net.SplitHostPort(c.lookup)
	if err != nil || port == "22" || len(c.known.keys(c.lookup)) > 0 {
		return c.lookup
	}
	if general := net.JoinHostPort(host, "22"); len(c.known.keys(general)) > 0 {
		return general
	}
	return c.lookup
}

// verify accepts the key of a known host, and nothing else.
func (c *hostKeyCheck) verify(key ssh.PublicKey) error {
	if c.pin != "" {
		return c.verifyPin(key)
	}
	err := c.ask(key)
	cert, isCert := key.(*ssh.Certificate)
	switch {
	case err == nil:
		return nil
	case isCert && !strings.Contains(err.Error(), "revoked") && c.ask(cert.Key) == nil:
		return nil // as OpenSSH does: a bad certificate of a key that is known itself
	case isCert && !isRevoked(err):
		return fmt.Errorf("the host certificate (%s, signed by %s) is refused: %s", describe(cert.Key), describe(cert.SignatureKey),
			strings.TrimPrefix(err.Error(), "ssh: "))
	}
	return c.explain(key, err)
}

// ask is the library's word. A certificate authority's own key is no host's.
func (c *hostKeyCheck) ask(key ssh.PublicKey) error {
	where := c.where()
	if err := c.known.db.HostKeyCallback()(where, &net.TCPAddr{IP: net.IPv4zero}, key); err != nil {
		return err
	}
	if _, isCert := key.(*ssh.Certificate); isCert {
		return nil
	}
	for _, known := range c.known.keys(where) {
		if !known.Cert && bytes.Equal(known.Marshal(), key.Marshal()) {
			return nil
		}
	}
	return &xknownhosts.KeyError{}
}

func isRevoked(err error) bool { return errors.As(err, new(*xknownhosts.RevokedError)) }

// explain says what to do.
func (c *hostKeyCheck) explain(key ssh.PublicKey, err error) error {
	var revoked *xknownhosts.RevokedError
	var mismatch *xknownhosts.KeyError
	switch {
	case errors.As(err, &revoked):
		return fmt.Errorf("host key %s is revoked by %s", describe(key), c.known.place(revoked.Revoked))
	case !errors.As(err, &mismatch):
		return err
	}
	// The entry for this host at another port is no word about this one.
	if len(mismatch.Want) == 0 || c.where() != c.lookup {
		return fmt.Errorf("unknown host key %s; when you have made sure that it is the host's, add to %s: %s",
			describe(key), c.known.first, xknownhosts.Line([]string{c.lookup}, key))
	}
	var old []string
	for _, want := range mismatch.Want {
		old = append(old, c.known.place(want)+" has "+describe(want.Key))
	}
	return fmt.Errorf("the host key has changed, or somebody else answers: it is %s, but %s",
		describe(key), strings.Join(old, ", "))
}

func (k *knownHosts) place(key xknownhosts.KnownKey) string {
	file := key.Filename
	if name, ok := k.names[file]; ok {
		file = name
	}
	return fmt.Sprintf("%s:%d", file, key.Line)
}

func describe(key ssh.PublicKey) string { return ssh.FingerprintSHA256(key) + " (" + key.Type() + ")" }

// pinned is the key in the target, if it is a whole one.
func (c *hostKeyCheck) pinned() ssh.PublicKey {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(c.pin))
	if err != nil {
		return nil
	}
	return key
}

func (c *hostKeyCheck) verifyPin(key ssh.PublicKey) error {
	if err := c.ask(key); isRevoked(err) {
		return c.explain(key, err)
	}
	want := c.pin
	if pinned := c.pinned(); pinned != nil {
		want = ssh.FingerprintSHA256(pinned)
	} else if !strings.HasPrefix(want, "SHA256:") {
		return fmt.Errorf("host_key %q is neither SHA256:... nor a public key", c.pin)
	}
	if got := ssh.FingerprintSHA256(key); got != strings.TrimRight(want, "=") {
		return fmt.Errorf("%w: the host key is %s, but the target says %s", errOtherPin, describe(key), want)
	}
	return nil
}

// errOtherPin may be about another one of the host's keys.
var errOtherPin = errors.New("not the pinned key")
