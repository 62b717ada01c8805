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
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		l.remark(fmt.Sprintf("ssh-agent: %v", err))
	}
	var ids []identity
	for _, signer := range signers {
		id := identity{name: "ssh-agent's ", public: signer.PublicKey(), signer: signer}
		// The library has an agent's key as its bytes, with a comment. Only once parsed can it be seen to be a certificate.
		if key, ok := id.public.(*agent.Key); ok {
			id.name += transport.OneLine(key.Comment)
			if public, err := ssh.ParsePublicKey(key.Blob); err == nil {
				id.public = public
			}
		}
		ids = append(ids, id)
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
	// All private keys that the library reads are one.
	return signer.(ssh.AlgorithmSigner).SignWithAlgorithm(random, data, algorithm)
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
