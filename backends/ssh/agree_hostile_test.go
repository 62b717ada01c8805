package ssh_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	sshd "github.com/gliderlabs/ssh"
	"golang.org/x/crypto/ssh"

	"github.com/avow-dev/avow/backends/backendtest"
)

// liar is a signer that calls its key another kind than it is.
type liar struct {
	ssh.Signer
	kind string
}

func (l liar) PublicKey() ssh.PublicKey { return lie{l.Signer.PublicKey(), l.kind} }

type lie struct {
	ssh.PublicKey
	kind string
}

func (l lie) Type() string { return l.kind }

// hostile is a server that sshd would not be.
type hostile struct {
	name    string
	signer  func(l *lab, t *testing.T) ssh.Signer
	known   string
	refused string
}

// certified changes a certificate before it is signed and after.
func (l *lab) certified(t *testing.T, before, after func(*ssh.Certificate)) ssh.Signer {
	t.Helper()
	cert := &ssh.Certificate{
		Key: l.keys["ed"].public(), CertType: ssh.HostCert, ValidPrincipals: []string{"127.0.0.1"}, ValidBefore: ssh.CertTimeInfinity, Serial: 5,
	}
	if before != nil {
		before(cert)
	}
	must(t, cert.SignCert(rand.Reader, l.keys["ca"].signer))
	if after != nil {
		after(cert)
	}
	signer, err := ssh.NewCertSigner(cert, l.keys["ed"].signer)
	must(t, err)
	return signer
}

func certificate(before, after func(*ssh.Certificate)) func(*lab, *testing.T) ssh.Signer {
	return func(l *lab, t *testing.T) ssh.Signer { return l.certified(t, before, after) }
}

func hostiles() []hostile {
	const both = "@cert-authority * $CA\n[127.0.0.1]:$PORT $ED"
	const authority = "@cert-authority * $CA"
	return []hostile{
		{name: "nothing wrong", signer: certificate(nil, nil), known: authority},
		{name: "changed after it was signed", signer: certificate(nil, func(c *ssh.Certificate) { c.Serial = 6 }), known: authority, refused: "damaged or forged"},
		{name: "changed after it was signed, the key known", signer: certificate(nil, func(c *ssh.Certificate) { c.Serial = 6 }), known: both, refused: "damaged or forged"},
		{name: "of another key", signer: certificate(nil, func(c *ssh.Certificate) { c.Nonce[0]++ }), known: both, refused: "damaged or forged"},
		{name: "neither a user's nor a host's", signer: certificate(func(c *ssh.Certificate) { c.CertType = 7 }, nil), known: both, refused: "damaged or forged"},
		{name: "a user's", signer: certificate(func(c *ssh.Certificate) { c.CertType = ssh.UserCert }, nil), known: authority, refused: "a user's"},
		{name: "too many principals", signer: certificate(func(c *ssh.Certificate) { c.ValidPrincipals = manyNames(300) }, nil), known: both, refused: "damaged or forged"},
		{name: "many principals", signer: certificate(func(c *ssh.Certificate) { c.ValidPrincipals = manyNames(255) }, nil), known: authority},
		{name: "a wildcard for a principal", signer: certificate(func(c *ssh.Certificate) { c.ValidPrincipals = []string{"*"} }, nil), known: authority, refused: "principals"},
		{name: "critical options", signer: certificate(func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{"force-command": "true"} }, nil), known: authority, refused: "critical options"},
		{name: "ends before it begins", signer: certificate(func(c *ssh.Certificate) { c.ValidAfter, c.ValidBefore = 1<<40, 1<<39 }, nil), known: authority, refused: "host"},
		{name: "signed by itself", signer: func(l *lab, t *testing.T) ssh.Signer {
			cert := &ssh.Certificate{Key: l.keys["ed"].public(), CertType: ssh.HostCert, ValidPrincipals: []string{"127.0.0.1"}, ValidBefore: ssh.CertTimeInfinity}
			must(t, cert.SignCert(rand.Reader, l.keys["ed"].signer))
			signer, err := ssh.NewCertSigner(cert, l.keys["ed"].signer)
			must(t, err)
			return signer
		}, known: authority, refused: "none of the authorities"},
		{
			name: "a key for a certificate", known: both, refused: "agreed on ssh-ed25519-cert",
			signer: func(l *lab, _ *testing.T) ssh.Signer { return liar{l.keys["ed"].signer, ssh.CertAlgoED25519v01} },
		},
		{
			name: "a certificate for a key", known: both, refused: "agreed on ssh-ed25519,",
			signer: func(l *lab, t *testing.T) ssh.Signer { return liar{l.certified(t, nil, nil), ssh.KeyAlgoED25519} },
		},
		{
			name: "a key of another kind", known: "[127.0.0.1]:$PORT $ED\n[127.0.0.1]:$PORT $EC", refused: "handshake",
			signer: func(l *lab, _ *testing.T) ssh.Signer { return liar{l.keys["ec"].signer, ssh.KeyAlgoED25519} },
		},
		{
			name: "the key of another with an own signature", known: "[127.0.0.1]:$PORT $ED", refused: "handshake",
			signer: func(l *lab, _ *testing.T) ssh.Signer { return impostor{l.keys["other"].signer, l.keys["ed"].public()} },
		},
	}
}

// impostor shows the key of another.
type impostor struct {
	ssh.Signer
	shown ssh.PublicKey
}

func (i impostor) PublicKey() ssh.PublicKey { return i.shown }

func manyNames(n int) []string {
	names := []string{"127.0.0.1"}
	for i := 1; i < n; i++ {
		names = append(names, fmt.Sprint("host", i))
	}
	return names
}

// TestHostileServersAgree: what ssh does not take from a server, Avow does not, either.
func TestHostileServersAgree(t *testing.T) {
	if _, err := exec.LookPath("ssh"); err != nil {
		t.Skip("needs the ssh client")
	}
	l := newLab(t)
	for _, h := range hostiles() {
		t.Run(h.name, func(t *testing.T) {
			server := newServer(t, l.keys["id"])
			server.HostSigners = []sshd.Signer{h.signer(l, t)} // in the place of the one that every server has
			server.start()
			_, port := split(t, server.address)
			dir := t.TempDir()
			values := map[string]string{"PORT": strconv.Itoa(port), "DIR": dir, "LOGIN": "id", "CA": l.keys["ca"].line(), "ED": l.keys["ed"].line(), "EC": l.keys["ec"].line()}
			for name, text := range map[string]string{"config": usual, "known": h.known + "\n"} {
				text = os.Expand(text, func(name string) string { return values[name] })
				must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
			}
			l.keys["id"].file(t, filepath.Join(dir, "id"), "")
			l.compare(t, agreement{host: "127.0.0.1", refused: h.refused}, filepath.Join(dir, "config"))
		})
	}
}

// TestOtherKeyLater: a server that comes with another key when the session's keys are renewed is left.
func TestOtherKeyLater(t *testing.T) {
	other := newKey(t, "ed25519")
	for name, known := range map[string]bool{"unknown": false, "the same": true} {
		t.Run(name, func(t *testing.T) {
			var config *ssh.ServerConfig
			r := newRig(t, func(s *server) {
				s.ServerConfigCallback = func(sshd.Context) *ssh.ServerConfig {
					config = &ssh.ServerConfig{Config: ssh.Config{RekeyThreshold: 100_000}}
					return config
				}
				s.Handler = func(session sshd.Session) {
					if !known {
						config.AddHostKey(other.signer)
					}
					for range 100 {
						_, _ = session.Write([]byte(strings.Repeat("x", 10_000)))
						time.Sleep(time.Millisecond)
					}
					_ = session.Exit(0)
				}
			})
			r.target.ConnectTimeout = 10 * time.Second
			out, _, err := backendtest.Ask(t, r.host().Shell, "true")
			if known && (err != nil || len(out) != 1_000_000) || !known && (err == nil || len(out) == 1_000_000) {
				t.Errorf("%d bytes, %v", len(out), err)
			}
		})
	}
}
