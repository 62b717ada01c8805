package ssh

import (
	"cmp"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

const certificateSuffix = "-cert-v01@openssh.com"

// leastRSA is OpenSSH's minimum of bits for an RSA key without RequiredRSASize.
const leastRSA = 1024

// The defaults of OpenSSH, in its order, as far as they are implemented here: nothing with SHA-1 but for MACs, no DSA,
// no CBC.
const (
	plainAlgorithms = "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521," +
		"rsa-sha2-512,rsa-sha2-256"
	tokenAlgorithms = "sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com," +
		"sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com"
)

// choose returns the algorithms of a keyword that are implemented here, in the configuration's order. As in OpenSSH,
// "+" adds patterns to the usual ones, "-" removes them and "^" puts them first; `ssh -G` prints the outcome, but a
// file that is read here has the user's text.
func choose(w words, keyword string, implemented []string, usual string) ([]string, error) {
	wanted := usual
	if len(w[lower(keyword)]) > 0 {
		wanted = w[lower(keyword)][0]
	}
	patterns, found := strings.TrimLeft(wanted, "+-^"), []string{}
	for _, a := range slices.Concat(commas(patterns), implemented) {
		if matchHosts(a, patterns) {
			found = append(found, a)
		}
	}
	switch {
	case strings.HasPrefix(wanted, "+"):
		found = append(commas(usual), found...)
	case strings.HasPrefix(wanted, "^"):
		found = append(found, commas(usual)...)
	case strings.HasPrefix(wanted, "-"):
		found = slices.DeleteFunc(commas(usual), func(a string) bool { return matchHosts(a, patterns) })
	}
	var chosen []string
	for _, a := range found {
		if slices.Contains(implemented, a) && !slices.Contains(chosen, a) {
			chosen = append(chosen, a)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("ssh_config: %s allows %q, none of which Avow implements; it has %s",
			keyword, strings.Join(found, ","), strings.Join(implemented, ","))
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
	safe, old := ssh.SupportedAlgorithms(), ssh.InsecureAlgorithms()
	certAlgorithms := strings.ReplaceAll(plainAlgorithms, ",", certificateSuffix+",") + certificateSuffix
	hostKeys := slices.Concat(safe.HostKeys, old.HostKeys)
	authorities := slices.Concat(safe.PublicKeyAuths, old.PublicKeyAuths)
	// A key may log in with its certificate, too.
	logins := slices.Concat(authorities, hostKeys, []string{ssh.CertAlgoSKED25519v01, ssh.CertAlgoSKECDSA256v01})
	// The library has no constant for the older name of curve25519-sha256.
	exchanges := slices.Concat(safe.KeyExchanges, old.KeyExchanges, []string{"curve25519-sha256@libssh.org"})
	var errs [4]error
	r.hostKeys, errs[0] = choose(w, "HostKeyAlgorithms", hostKeys, certAlgorithms+","+plainAlgorithms)
	r.exchanges, errs[1] = choose(w, "KexAlgorithms", exchanges,
		"mlkem768x25519-sha256,curve25519-sha256,curve25519-sha256@libssh.org,"+
			"ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"+
			"diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group14-sha256")
	r.ciphers, errs[2] = choose(w, "Ciphers", slices.Concat(safe.Ciphers, old.Ciphers),
		"chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com")
	r.macs, errs[3] = choose(w, "MACs", slices.Concat(safe.MACs, old.MACs),
		"hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1")
	// Without any of these, only some certificates count for nothing, and some keys are not offered.
	r.authorities, _ = choose(w, "CASignatureAlgorithms", authorities, plainAlgorithms+","+tokenAlgorithms)
	r.logins, _ = choose(w, "PubkeyAcceptedAlgorithms", logins,
		certAlgorithms+","+plainAlgorithms+","+tokenAlgorithms)
	return r, cmp.Or(errs[:]...)
}

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
