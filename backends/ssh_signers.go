package backends

import (
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// held are the keys of the agent.
func (l *sshLogin) held() []identity {
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
		ids[i] = identity{name: "ssh-agent's " + oneLine(keys[i].Comment), public: public, signer: signer}
	}
	return ids
}

// lockedSigner asks for the passphrase when it has to sign.
type lockedSigner struct {
	public ssh.PublicKey
	unlock func() (ssh.Signer, error)
}

// PublicKey needs no passphrase.
func (s lockedSigner) PublicKey() ssh.PublicKey { return s.public }

// Sign signs with the algorithm of old.
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

// watchedSigner tells when it is offered.
type watchedSigner struct {
	ssh.AlgorithmSigner
	offered func()
}

// PublicKey is what the server is asked about.
func (s watchedSigner) PublicKey() ssh.PublicKey {
	s.offered()
	return s.AlgorithmSigner.PublicKey()
}

// watched notes the key when it is offered, which a server may not let happen to all.
func (l *sshLogin) watched(signer ssh.Signer, name string) ssh.Signer {
	able, ok := signer.(ssh.AlgorithmSigner)
	if !ok {
		return signer
	}
	text := name + " " + describe(signer.PublicKey())
	return watchedSigner{able, func() { l.offer(text) }}
}
