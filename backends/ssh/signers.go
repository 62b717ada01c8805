package ssh

import (
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/avow-dev/avow/backends/transport"
)

// held returns the keys of the agent.
func (l *login) held() []identity {
	if l.config.agent == "" {
		return nil
	}
	conn, err := net.DialTimeout("unix", l.config.agent, l.limit.left())
	if err != nil {
		l.remark(fmt.Sprintf("ssh-agent: %v", err))
		return nil
	}
	l.agent = conn
	_ = conn.SetDeadline(time.Now().Add(l.limit.left()))
	client := agent.NewClient(conn)
	keys, err := client.List()
	if err != nil {
		l.remark(fmt.Sprintf("ssh-agent: %v", err))
		return nil
	}
	signers, err := client.Signers()
	if err != nil || len(signers) != len(keys) {
		return nil
	}
	ids := make([]identity, len(keys))
	for i, signer := range signers {
		public, err := ssh.ParsePublicKey(keys[i].Blob)
		if err != nil {
			public = signer.PublicKey()
		}
		ids[i] = identity{name: "ssh-agent's " + transport.OneLine(keys[i].Comment), public: public, signer: signer}
	}
	return ids
}

// lockedSigner prompts for the passphrase when it has to sign.
type lockedSigner struct {
	public ssh.PublicKey
	unlock func() (ssh.Signer, error)
}

// PublicKey needs no passphrase.
func (s lockedSigner) PublicKey() ssh.PublicKey { return s.public }

// Sign signs with the algorithm of the key's type.
func (s lockedSigner) Sign(random io.Reader, data []byte) (*ssh.Signature, error) {
	return s.SignWithAlgorithm(random, data, s.public.Type())
}

// SignWithAlgorithm unlocks the key and signs.
func (s lockedSigner) SignWithAlgorithm(random io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	signer, err := s.unlock()
	if err != nil {
		return nil, err
	}
	if able, ok := signer.(ssh.AlgorithmSigner); ok {
		return able.SignWithAlgorithm(random, data, algorithm)
	}
	return signer.Sign(random, data)
}

// watchedSigner notes when it is offered. It signs only with algorithms that the configuration allows.
type watchedSigner struct {
	ssh.AlgorithmSigner
	algorithms []string
	offered    func()
}

// PublicKey returns the key that the server is asked to accept.
func (s watchedSigner) PublicKey() ssh.PublicKey {
	s.offered()
	return s.AlgorithmSigner.PublicKey()
}

// Algorithms returns those with which it may sign.
func (s watchedSigner) Algorithms() []string { return s.algorithms }

// add adds a key that the configuration allows, and notes when it is offered: a server may end the login before all
// are.
func (l *login) add(signers []ssh.Signer, signer ssh.Signer, name string) []ssh.Signer {
	text := name + " " + describe(signer.PublicKey())
	algorithms := l.config.rules.signatures(signer.PublicKey())
	able, ok := signer.(ssh.AlgorithmSigner)
	if !ok || len(algorithms) == 0 {
		l.remark("PubkeyAcceptedAlgorithms does not allow " + text)
		return signers
	}
	return append(signers, watchedSigner{able, algorithms, func() { l.record(&l.offered, text) }})
}
