package ssh

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// hostKeyCheck verifies the key of one host, as OpenSSH does with StrictHostKeyChecking yes (sshconnect.c). It rejects
// all keys that it does not know.
type hostKeyCheck struct {
	known   *knownHosts
	revoked []*revokedKeys
	rules   algorithmRules
	host    string // as in known_hosts, or the HostKeyAlias
	port    int    // 0 with an alias
	pin     string
	pinned  ssh.PublicKey // the pin, if it is a whole key
	skip    []string      // kinds of keys that are not requested
}

// algorithms returns the algorithms to request: first those by which the server can be verified, and among them
// certificates first. The others follow so that a changed key is reported as one, and a revoked certificate is seen.
func (c *hostKeyCheck) algorithms() []string {
	var first, last []string
	kinds, authority := c.expected()
	for _, a := range c.rules.hostKeys {
		kind := keyKind(a)
		switch {
		case slices.Contains(c.skip, kind):
		case slices.Contains(kinds, kind), authority && isCertificate(a):
			first = append(first, a)
		default:
			last = append(last, a)
		}
	}
	return append(first, last...)
}

// expected returns the kinds of keys that would be accepted, and whether certificates would.
func (c *hostKeyCheck) expected() (kinds []string, authority bool) {
	if c.pin != "" {
		if c.pinned != nil {
			kinds = []string{c.pinned.Type()}
		}
		return kinds, false
	}
	lines := c.known.of(c.name())
	if len(lines) == 0 {
		lines = c.known.of(c.host)
	}
	for _, line := range lines {
		switch line.marker {
		case "":
			kinds = append(kinds, line.key.Type())
		case markerCA:
			authority = true
		}
	}
	return kinds, authority
}

func (c *hostKeyCheck) name() string { return knownName(c.host, c.port) }

// verify accepts the key of a known host, and nothing else.
func (c *hostKeyCheck) verify(key ssh.PublicKey, remote net.Addr) error {
	if err := c.rules.strong(key); err != nil {
		return fmt.Errorf("host key %s: %w", describe(key), err)
	}
	cert, isCert := key.(*ssh.Certificate)
	if isCert && !wellFormed(cert) {
		return fmt.Errorf("the host certificate of %s is damaged or forged", describe(cert.Key))
	}
	for _, list := range c.revoked {
		if list.revokes(key) {
			return fmt.Errorf("host key %s is revoked by %s", describe(key), list.file)
		}
	}
	if c.pin != "" {
		return c.verifyPin(key)
	}
	if err := c.trusted(key); err != nil {
		return err
	}
	// A certificate has no addresses; OpenSSH switches CheckHostIP off for it, too.
	if isCert {
		return nil
	}
	return c.verifyAddress(key, remote)
}

// trusted searches the key under the host's name and port and, without entries for those, under its name. A certificate
// that is not valid for the host leaves the key in it, which may be known by itself.
func (c *hostKeyCheck) trusted(key ssh.PublicKey) error {
	cert, isCert := key.(*ssh.Certificate)
	v := c.judge(c.name(), key)
	// OpenSSH falls back to entries without a port where known_hosts has none with the port of the host.
	if v.status == keyNew && c.name() != c.host {
		general := c.judge(c.host, key)
		switch {
		case general.status == keyKnown:
			return nil
		case general.status == keyRevoked:
			v = general
		case isCert && c.judge(c.host, cert.Key).status == keyKnown:
			return nil
		case isCert && general.err != nil:
			v.err = general.err
		}
	}
	if v.status == keyKnown || v.status == keyRevoked || !isCert {
		return v.err
	}
	err := c.trusted(cert.Key)
	if err != nil && v.err != nil {
		err = fmt.Errorf("the host certificate (%s, signed by %s) is refused: %w",
			describe(cert), describe(cert.SignatureKey), v.err)
	}
	return err
}

// keyStatus is the result of the lines for a name about a key.
type keyStatus int

const (
	keyNew     keyStatus = iota // nothing
	keyKnown                    // the key belongs to the name
	keyUnfit                    // a known authority signed the certificate, but not for this
	keyChanged                  // the name has other keys
	keyRevoked                  // it is revoked, or a revocation cannot be read
)

// verdict is a status and, of all but keyKnown, its error. A certificate without a known authority may have none.
type verdict struct {
	status keyStatus
	err    error
}

// judge evaluates the lines for a name. For a certificate only @cert-authority lines count, for a key never.
func (c *hostKeyCheck) judge(name string, key ssh.PublicKey) verdict {
	lines := c.known.of(name)
	cert, isCert := key.(*ssh.Certificate)
	for _, line := range lines {
		switch {
		case line.marker != markerRevoked:
		// OpenSSH skips a @revoked line that it cannot read. It may be about this very key.
		case line.key == nil:
			return verdict{keyRevoked, fmt.Errorf("known_hosts: %s cannot be read, and it revokes a key", line.place())}
		case sameKey(bare(key), bare(line.key)), isCert && sameKey(cert.SignatureKey, bare(line.key)):
			return verdict{keyRevoked, fmt.Errorf("host key %s is revoked by %s", describe(key), line.place())}
		}
	}
	if isCert {
		return c.judgeCertificate(name, cert, lines)
	}
	var old []string
	for _, line := range lines {
		if line.marker != "" {
			continue
		}
		if sameKey(key, line.key) {
			return verdict{status: keyKnown}
		}
		old = append(old, line.place()+" has "+describe(line.key))
	}
	if old != nil {
		return verdict{keyChanged, fmt.Errorf("the host key has changed, or another host answers: it is %s, but %s",
			describe(key), strings.Join(old, ", "))}
	}
	return verdict{keyNew, fmt.Errorf(
		"unknown host key %s; after verifying that it belongs to the host, add to %s: %s %s",
		describe(key), c.known.first, c.name(), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))))}
}

func (c *hostKeyCheck) judgeCertificate(name string, cert *ssh.Certificate, lines []knownLine) (v verdict) {
	for _, line := range lines {
		if line.marker != markerCA {
			continue
		}
		if !sameKey(cert.SignatureKey, bare(line.key)) {
			v.err = fmt.Errorf("none of the authorities of %s has signed it", name)
			continue
		}
		if err := checkCertificate(cert, c.host, c.rules.authorities); err != nil {
			return verdict{keyUnfit, err}
		}
		return verdict{status: keyKnown}
	}
	return v
}

// verifyAddress implements CheckHostIP: the key of a name must be that of its address, if that has one.
func (c *hostKeyCheck) verifyAddress(key ssh.PublicKey, remote net.Addr) error {
	address, ok := remote.(*net.TCPAddr)
	// OpenSSH skips this machine and names that are addresses; behind a proxy or a jump host, the address is unknown.
	if !c.rules.checkAddress || !ok || address.IP.IsLoopback() || address.IP.String() == c.host {
		return nil
	}
	port := cmp.Or(c.port, address.Port) // an alias has no port, but the address has
	if v := c.judge(knownName(address.IP.String(), port), key); v.status != keyNew && v.status != keyKnown {
		return fmt.Errorf("CheckHostIP: the key is that of %s, but for %s %w", c.name(), address.IP, v.err)
	}
	return nil
}

// describe describes a key as `ssh-keygen -l` does: by the fingerprint of the key, also for one in a certificate.
func describe(key ssh.PublicKey) string {
	return ssh.FingerprintSHA256(bare(key)) + " (" + key.Type() + ")"
}

// verifyPin compares the key alone, also if the server has a certificate of it.
func (c *hostKeyCheck) verifyPin(key ssh.PublicKey) error {
	for _, name := range []string{c.name(), c.host} {
		if v := c.judge(name, key); v.status == keyRevoked {
			return v.err
		}
	}
	want := c.pin
	if c.pinned != nil {
		want = ssh.FingerprintSHA256(c.pinned)
	} else if !strings.HasPrefix(want, "SHA256:") {
		return fmt.Errorf("host_key %q is neither SHA256:... nor a public key", c.pin)
	}
	// ssh-keygen prints fingerprints without the padding of base64; other programs may keep it.
	if got := ssh.FingerprintSHA256(bare(key)); got != strings.TrimRight(want, "=") {
		return fmt.Errorf("%w: the host key is %s, but the target says %s", errOtherPin, describe(bare(key)), want)
	}
	return nil
}

// errOtherPin means that the server presented another key, maybe another one of the host's.
var errOtherPin = errors.New("not the pinned key")
