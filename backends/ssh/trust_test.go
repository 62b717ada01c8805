package ssh_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sshd "github.com/gliderlabs/ssh"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

func trustFaults() []fault {
	return []fault{
		{name: "unknown key", arrange: func(r *rig) { r.known() }, run: unknownKey, step: "handshake", words: "unknown host key SHA256: ... add to ... known: [127.0.0.1]:"},
		{name: "no known_hosts", arrange: func(r *rig) { must(r.t, os.Remove(r.target.KnownHosts[0])) }, step: "handshake", words: "unknown host key SHA256:"},
		{name: "unreadable known_hosts", arrange: func(r *rig) { r.target.KnownHosts[0] = r.dir }, step: "handshake", words: "known_hosts"},
		{name: "changed key", run: changedKey, step: "handshake", words: "the host key has changed ... SHA256: ... known:2 has SHA256:"},
		{name: "changed kind of key", arrange: func(r *rig) { r.known(r.line(newKey(r.t, "rsa"))) }, step: "handshake", words: "the host key has changed ... known:1 has ... ssh-rsa"},
		{name: "revoked", arrange: func(r *rig) { r.known(r.line(r.server.host), "@revoked * "+r.server.host.line()) }, step: "handshake", words: "is revoked by ... known:2"},
		{name: "pinned, but revoked", arrange: func(r *rig) { r.known("@revoked * " + r.server.host.line()); r.target.HostKey = r.server.host.print() }, step: "handshake", words: "is revoked by"},
		{name: "only the ed25519 of three known", server: threeKeys, arrange: func(r *rig) { r.known(r.line(r.server.host)) }},
		{name: "only the rsa of three known", server: threeKeys, arrange: func(r *rig) { r.known(r.line(key{signer: r.server.HostSigners[1]})) }},
		{name: "only the ecdsa of three known", server: threeKeys, arrange: func(r *rig) { r.known(r.line(key{signer: r.server.HostSigners[0]})) }},
		{name: "hashed", arrange: func(r *rig) {
			r.known(knownhosts.HashHostname(knownhosts.Normalize(r.server.address)) + " " + r.server.host.line())
		}},
		{name: "wildcard", arrange: func(r *rig) { r.known("127.0.* " + r.server.host.line()) }},
		{name: "known without the port", arrange: func(r *rig) { r.known("127.0.0.1 " + r.server.host.line()) }},
		{name: "another one known without the port", arrange: func(r *rig) { r.known("127.0.0.1 " + newKey(r.t, "ed25519").line()) }, step: "handshake", words: "unknown host key"},
		{name: "another port known", arrange: func(r *rig) { r.known("[127.0.0.1]:1 " + r.server.host.line()) }, step: "handshake", words: "unknown host key"},
		{name: "alias", arrange: func(r *rig) { r.config("HostKeyAlias box\n"); r.known("box " + r.server.host.line()) }},
		{name: "pinned fingerprint", server: threeKeys, arrange: func(r *rig) { r.known(); r.target.HostKey = ssh.FingerprintSHA256(r.server.HostSigners[1].PublicKey()) }},
		{name: "pinned key", server: threeKeys, arrange: func(r *rig) { r.known(); r.target.HostKey = key{signer: r.server.HostSigners[1]}.line() }},
		{name: "another fingerprint pinned", server: threeKeys, arrange: func(r *rig) { r.target.HostKey = newKey(r.t, "rsa").print() }, step: "handshake", words: "not the pinned key: the host key is SHA256: ... but the target says SHA256:"},
		{name: "another key pinned", arrange: func(r *rig) { r.target.HostKey = newKey(r.t, "ed25519").line() }, step: "handshake", words: "not the pinned key"},
		{name: "pinned, and the server has a certificate", arrange: func(r *rig) { r.known(); r.target.HostKey = r.server.host.print() }, run: hostCertified(ssh.HostCert, "other")},
		{name: "another one pinned, and the server has a certificate", arrange: func(r *rig) { r.target.HostKey = newKey(r.t, "ed25519").line() }, run: hostCertified(ssh.HostCert, "127.0.0.1"), step: "handshake", words: "not the pinned key"},
		{name: "pinned, but in RevokedHostKeys", arrange: func(r *rig) { r.known(); revokedHost(r); r.target.HostKey = r.server.host.print() }, step: "handshake", words: "is revoked by ... revoked"},
		{name: "in RevokedHostKeys", arrange: revokedHost, step: "handshake", words: "is revoked by ... revoked"},
		{name: "in RevokedHostKeys, and no OpenSSH", arrange: func(r *rig) { r.t.(*testing.T).Setenv("PATH", r.dir); revokedHost(r) }, step: "handshake", words: "is revoked by ... revoked"},
		{name: "no file of RevokedHostKeys", arrange: func(r *rig) { r.config("RevokedHostKeys " + r.dir + "/none\n") }, step: "handshake", words: "no host key can be trusted: RevokedHostKeys: ... none: no such file"},
		{name: "nonsense pinned", arrange: func(r *rig) { r.target.HostKey = "any" }, step: "handshake", words: "is neither SHA256:"},
		{name: "host certificate", arrange: certified("127.0.0.1"), run: hostCertified(ssh.HostCert, "127.0.0.1")},
		{name: "host certificate for another", arrange: certified("127.0.0.1"), run: hostCertified(ssh.HostCert, "other"), step: "handshake", words: "the host certificate ... is refused ... principal"},
		{name: "user certificate as a host's", arrange: certified("127.0.0.1"), run: hostCertified(ssh.UserCert, "127.0.0.1"), step: "handshake", words: "the host certificate ... is refused"},
		{name: "host certificate of another authority", arrange: func(r *rig) { r.known("@cert-authority * " + newKey(r.t, "ed25519").line()) }, run: hostCertified(ssh.HostCert, "127.0.0.1"), step: "handshake", words: "the host certificate ... none of the authorities of 127.0.0.1 has signed it"},
		{name: "the authority's key as a host's", arrange: func(r *rig) { r.known("@cert-authority * " + r.server.host.line()) }, step: "handshake", words: "unknown host key"},
		{name: "a line that nobody reads", arrange: func(r *rig) { r.known("old 1024 35 1234", "x ssh-future AAAA", r.line(r.server.host)) }, run: warns("known:1 is ignored", "known:2 is ignored")},
		{name: "a revocation that nobody reads", arrange: func(r *rig) { r.known("@revoked * ssh-future AAAA", r.line(r.server.host)) }, step: "handshake", words: "known:1 cannot be read, and it revokes"},
		{name: "StrictHostKeyChecking no", arrange: func(r *rig) { r.config("StrictHostKeyChecking no\n"); r.known() }, run: warns("StrictHostKeyChecking"), step: "handshake", words: "unknown host key"},
	}
}

// line is what a file of known hosts has for the rig's server.
func (r *rig) line(k key) string { return knownhosts.Line([]string{r.server.address}, k.public()) }

func revokedHost(r *rig) {
	must(r.t, os.WriteFile(filepath.Join(r.dir, "revoked"), []byte(r.server.host.line()+"\n"), 0o600))
	r.config("RevokedHostKeys " + r.dir + "/revoked\n")
}

func threeKeys(s *server) {
	for _, kind := range []string{"ecdsa", "rsa"} {
		k := newKey(s.t, kind)
		s.HostSigners = append(s.HostSigners, k.signer)
	}
}

// unknownKey takes the advice of the error, and then it works.
func unknownKey(r *rig) error {
	err := shellOf(r.host(), "true")
	if err == nil || !strings.Contains(err.Error(), r.server.host.print()) {
		return fmt.Errorf("no fingerprint in %v", err)
	}
	_, line, _ := strings.Cut(err.Error(), "known: ")
	r.known(line)
	r.ssh.Close()
	r.ssh = nil
	if e := shellOf(r.host(), "true"); e != nil {
		r.t.Errorf("the advice does not help: %v", e)
	}
	return err
}

// changedKey is not asked for twice.
func changedKey(r *rig) error {
	old := newKey(r.t, "ed25519")
	r.known("# a comment", r.line(old))
	host := r.host()
	err := shellOf(host, "true")
	if err == nil || !strings.Contains(err.Error(), old.print()) || !strings.Contains(err.Error(), r.server.host.print()) {
		return fmt.Errorf("not both fingerprints in %v", err)
	}
	if again := shellOf(host, "true"); again == nil || r.server.dials.Load() != 1 {
		r.t.Errorf("%d connections: %v", r.server.dials.Load(), again)
	}
	return err
}

func warns(texts ...string) func(*rig) error {
	return func(r *rig) error {
		err := shellOf(r.host(), "true")
		_ = shellOf(r.host(), "true")
		for _, text := range texts {
			if strings.Count(r.warnings(), text) != 1 {
				r.t.Errorf("not one %q in %q", text, r.warnings())
			}
		}
		return err
	}
}

// certified knows an authority, of a kind of key that the host has not.
func certified(names string) func(*rig) {
	return func(r *rig) {
		authority := newKey(r.t, "ecdsa")
		authority.file(r.t, filepath.Join(r.dir, "authority"), "")
		r.known("@cert-authority " + names + " " + authority.line())
	}
}

// hostCertified gives the server a certificate, in the place of its key.
func hostCertified(kind uint32, principal string) func(*rig) error {
	return func(r *rig) error {
		authority := newKey(r.t, "ecdsa")
		if text, err := os.ReadFile(filepath.Join(r.dir, "authority")); err == nil {
			authority.signer, err = ssh.ParsePrivateKey(text)
			must(r.t, err)
		}
		signer, err := ssh.NewCertSigner(r.server.host.certify(r.t, authority, kind, principal), r.server.host.signer)
		must(r.t, err)
		r.server.HostSigners = []sshd.Signer{signer}
		return shellOf(r.host(), "true")
	}
}
