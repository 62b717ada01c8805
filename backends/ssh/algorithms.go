package ssh

import (
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

const (
	certificateSuffix = "-cert-v01@openssh.com"
	curve25519LibSSH  = "curve25519-sha256@libssh.org"
)

// leastRSA is OpenSSH's minimum of bits for an RSA key without RequiredRSASize.
const leastRSA = 1024

// The defaults of OpenSSH, in its order, as far as they are implemented here: nothing with SHA-1 but for MACs, no DSA,
// no CBC.
const (
	plainAlgorithms = "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521," +
		"rsa-sha2-512,rsa-sha2-256"
	certAlgorithms = "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com," +
		"ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521-cert-v01@openssh.com," +
		"rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com"
	tokenAlgorithms = "sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com," +
		"sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com"
)

// algorithmKeyword is a keyword of ssh_config whose value is a list of algorithms.
type algorithmKeyword struct {
	name, usual string
	implemented []string
	optional    bool // without any, only some logins are not tried
}

func algorithmKeywords() []algorithmKeyword {
	safe, old := ssh.SupportedAlgorithms(), ssh.InsecureAlgorithms()
	hostKeys := slices.Concat(safe.HostKeys, old.HostKeys)
	authorities := slices.Concat(safe.PublicKeyAuths, old.PublicKeyAuths)
	tokens := []string{ssh.CertAlgoSKED25519v01, ssh.CertAlgoSKECDSA256v01}
	return []algorithmKeyword{
		{
			name: "HostKeyAlgorithms", implemented: hostKeys,
			usual: certAlgorithms + "," + plainAlgorithms,
		},
		{
			// The library has no constant for the older name of curve25519-sha256.
			name: "KexAlgorithms", implemented: slices.Concat(safe.KeyExchanges, old.KeyExchanges, []string{curve25519LibSSH}),
			usual: "mlkem768x25519-sha256,curve25519-sha256,curve25519-sha256@libssh.org," +
				"ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521," +
				"diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group14-sha256",
		},
		{
			name: "Ciphers", implemented: slices.Concat(safe.Ciphers, old.Ciphers),
			usual: "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr," +
				"aes128-gcm@openssh.com,aes256-gcm@openssh.com",
		},
		{
			name: "MACs", implemented: slices.Concat(safe.MACs, old.MACs),
			usual: "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1",
		},
		{
			name: "CASignatureAlgorithms", implemented: authorities, optional: true,
			usual: plainAlgorithms + "," + tokenAlgorithms,
		},
		{
			// A key may log in with its certificate, too.
			name: "PubkeyAcceptedAlgorithms", implemented: slices.Concat(authorities, hostKeys, tokens), optional: true,
			usual: certAlgorithms + "," + plainAlgorithms + "," + tokenAlgorithms,
		},
	}
}

// choose returns the algorithms of the configuration that are implemented here, in the configuration's order; without
// any, OpenSSH's defaults. As in OpenSSH, "+" adds patterns to the defaults, "-" removes them and "^" puts them first;
// `ssh -G` prints the outcome, but a file that is read here has the user's text.
func (k algorithmKeyword) choose(w words) ([]string, error) {
	wanted, usual := k.usual, commas(k.usual)
	if len(w[lower(k.name)]) > 0 {
		wanted = w[lower(k.name)][0]
	}
	patterns, found := strings.TrimLeft(wanted, "+-^"), []string{}
	for _, a := range slices.Concat(commas(patterns), k.implemented) {
		if matchHosts(a, patterns) {
			found = append(found, a)
		}
	}
	switch {
	case strings.HasPrefix(wanted, "+"):
		found = append(usual, found...)
	case strings.HasPrefix(wanted, "^"):
		found = append(found, usual...)
	case strings.HasPrefix(wanted, "-"):
		found = slices.DeleteFunc(usual, func(a string) bool { return matchHosts(a, patterns) })
	}
	var chosen []string
	for _, a := range found {
		if slices.Contains(k.implemented, a) && !slices.Contains(chosen, a) {
			chosen = append(chosen, a)
		}
	}
	if len(chosen) == 0 && !k.optional {
		return nil, fmt.Errorf("ssh_config: %s allows %q, none of which Avow implements; it has %s",
			k.name, strings.Join(found, ","), strings.Join(k.implemented, ","))
	}
	return chosen, nil
}

func isCertificate(algorithm string) bool { return strings.HasSuffix(algorithm, certificateSuffix) }

// keyKind returns the kind of the keys of an algorithm. RSA has several algorithms for one kind.
func keyKind(algorithm string) string {
	kind := strings.TrimSuffix(algorithm, certificateSuffix)
	switch {
	case kind == ssh.KeyAlgoRSASHA256 || kind == ssh.KeyAlgoRSASHA512:
		return ssh.KeyAlgoRSA
	// sk-ssh-ed25519-cert-v01@openssh.com certifies a key of the type sk-ssh-ed25519@openssh.com.
	case strings.HasPrefix(kind, "sk-") && isCertificate(algorithm):
		return kind + "@openssh.com"
	}
	return kind
}

// algorithmRules are the algorithms that the configuration allows, of hosts and of keys.
type algorithmRules struct {
	hostKeys, exchanges, ciphers, macs []string
	authorities                        []string // how authorities may sign
	logins                             []string // how keys may log in
	leastRSA                           int
	checkAddress                       bool
}

func newAlgorithmRules(w words) (algorithmRules, error) {
	r := algorithmRules{leastRSA: max(leastRSA, w.number("requiredrsasize")), checkAddress: w.yes("checkhostip")}
	keywords := algorithmKeywords()
	for i, list := range []*[]string{&r.hostKeys, &r.exchanges, &r.ciphers, &r.macs, &r.authorities, &r.logins} {
		var err error
		if *list, err = keywords[i].choose(w); err != nil {
			return r, err
		}
	}
	return r, nil
}

// strong returns why a key is too weak, or nil.
func (r algorithmRules) strong(key ssh.PublicKey) error {
	inner, ok := bare(key).(ssh.CryptoPublicKey)
	if !ok {
		return nil
	}
	if public, ok := inner.CryptoPublicKey().(*rsa.PublicKey); ok && public.N.BitLen() < r.leastRSA {
		return fmt.Errorf("it has %d bits, and RequiredRSASize is %d", public.N.BitLen(), r.leastRSA)
	}
	return nil
}

// signatures returns the algorithms with which a key may log in; for a certificate, those of its key.
func (r algorithmRules) signatures(key ssh.PublicKey) []string {
	kind := bare(key).Type()
	candidates := []string{kind}
	// An RSA key signs with SHA-2 first: OpenSSH 8.8 and later refuse its oldest algorithm, with SHA-1.
	if kind == ssh.KeyAlgoRSA {
		candidates = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSA}
	}
	return slices.DeleteFunc(candidates, func(a string) bool {
		if _, ok := key.(*ssh.Certificate); ok {
			a = strings.TrimSuffix(a, "@openssh.com") + certificateSuffix
		}
		return !slices.Contains(r.logins, a)
	})
}
