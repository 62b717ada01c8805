package ssh

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"golang.org/x/crypto/ssh"
)

// identity is a key that may be offered.
type identity struct {
	name   string // its path, or its comment in the agent
	public ssh.PublicKey
	signer ssh.Signer // nil if only the public half is known
	locked bool       // the signer prompts for a passphrase first
}

// unlockedKey is the result of unlocking an encrypted key; there is one prompt for each in a run.
type unlockedKey struct {
	signer ssh.Signer
	err    error
}

// signers returns the keys in the order in which they are offered: the target's, the configuration's, the agent's; each
// with its certificate before it.
func (l *login) signers() ([]ssh.Signer, error) {
	files, held := l.files(), l.held()
	var chosen []identity
	for _, id := range files {
		if i := slices.IndexFunc(held, id.same); i >= 0 && (id.signer == nil || id.locked) {
			id.signer, id.locked = held[i].signer, false
		}
		if l.usable(id) {
			chosen = append(chosen, id)
		}
	}
	for _, id := range held {
		listed := slices.ContainsFunc(files, id.same)
		// With a password of its own, a target should not be locked out by the agent's keys.
		wanted := !l.config.identitiesOnly && (l.host.target.Password == "" || len(l.config.explicit) == 0)
		if l.usable(id) && !listed && wanted {
			chosen = append(chosen, id)
		}
	}
	return l.offers(chosen), nil
}

// same reports whether both are about one pair of keys; a certificate counts as the key in it.
func (id identity) same(other identity) bool { return sameKey(bare(id.public), bare(other.public)) }

func bare(key ssh.PublicKey) ssh.PublicKey {
	if cert, ok := key.(*ssh.Certificate); ok {
		return cert.Key
	}
	return key
}

// usable reports whether a key can be offered: not an encrypted one that cannot be unlocked, or a public half alone.
func (l *login) usable(id identity) bool {
	var problem string
	switch weak := l.config.rules.strong(id.public); {
	case id.signer == nil:
		problem = fmt.Sprintf("only the public half of key %s is here, and no agent has the private one", id.name)
	case weak != nil:
		problem = fmt.Sprintf("key %s is not offered: %v", id.name, weak)
	case id.locked && !l.mayAsk():
		problem = fmt.Sprintf("key %s is encrypted; add it to ssh-agent", id.name)
	default:
		return true
	}
	l.remark(problem)
	return false
}

// mayAsk reports whether there is a terminal to prompt for a passphrase.
func (l *login) mayAsk() bool { return l.host.ssh.options.AskPassphrase != nil && !l.config.batch }

// offers returns the signers of keys that the configuration allows, each after its certificates. Each notes when it is
// offered: a server may end the login before all are.
func (l *login) offers(ids []identity) []ssh.Signer {
	files := slices.Clone(l.config.certificates)
	for _, id := range ids {
		files = append(files, id.name+"-cert.pub")
	}
	var certs []*ssh.Certificate
	for _, file := range files {
		key, err := readPublic(file)
		if cert, ok := key.(*ssh.Certificate); err == nil && ok {
			certs = append(certs, cert)
		}
	}
	var signers []ssh.Signer
	add := func(signer ssh.Signer, name string) {
		text := name + " " + describe(signer.PublicKey())
		algorithms := l.config.rules.signatures(signer.PublicKey())
		able, ok := signer.(ssh.AlgorithmSigner)
		if !ok || len(algorithms) == 0 {
			l.remark("PubkeyAcceptedAlgorithms does not allow " + text)
			return
		}
		signers = append(signers, watchedSigner{able, algorithms, func() { l.record(&l.offered, text) }})
	}
	for _, id := range ids {
		for _, cert := range certs {
			if !sameKey(cert.Key, id.public) {
				continue
			}
			if signer, err := ssh.NewCertSigner(cert, id.signer); err == nil {
				add(signer, id.name)
			}
		}
		add(id.signer, id.name)
	}
	return signers
}

func readPublic(file string) (ssh.PublicKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(text)
	return key, err
}

// files returns the keys in files. A missing file that the target names is reported.
func (l *login) files() []identity {
	var ids []identity
	for i, path := range slices.Concat(l.config.explicit, l.config.identities) {
		explicit := i < len(l.config.explicit)
		id, err := l.read(path)
		if err == nil {
			if explicit || !slices.ContainsFunc(ids, id.same) {
				ids = append(ids, id)
			}
			continue
		}
		problem := fmt.Sprintf("identity %s: %v", path, err)
		if explicit {
			l.host.ssh.warn(problem)
		}
		// Most identities of the configuration are its defaults, which few users have.
		if explicit || !errors.Is(err, fs.ErrNotExist) {
			l.remark(problem)
		}
	}
	return ids
}

// read reads a private key, an encrypted one, or the public half of a key that the agent holds.
func (l *login) read(path string) (identity, error) {
	id := identity{name: path}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if public, e := readPublic(path + ".pub"); e == nil {
			id.public = public
			return id, nil
		}
	}
	// The caller names the path.
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	if err != nil {
		return id, err
	}
	// IdentityFile may be the public half of a key, too, as for ssh.
	if id.public, _, _, _, err = ssh.ParseAuthorizedKey(text); err == nil {
		return id, nil
	}
	id.signer, err = ssh.ParsePrivateKey(text)
	if missing, ok := errors.AsType[*ssh.PassphraseMissingError](err); ok {
		return l.encrypted(id, text, missing.PublicKey)
	}
	if err != nil {
		return id, errors.New("it cannot be read as a key")
	}
	id.public = id.signer.PublicKey()
	return id, nil
}

// encrypted returns an identity that is unlocked when the server accepts it, or at once if its public half is not known
// otherwise.
func (l *login) encrypted(id identity, text []byte, public ssh.PublicKey) (identity, error) {
	if public == nil {
		public, _ = readPublic(id.name + ".pub")
	}
	if public != nil {
		id.public, id.locked = public, true
		id.signer = lockedSigner{public: public, unlock: func() (ssh.Signer, error) { return l.unlock(id.name, text) }}
		return id, nil
	}
	signer, err := l.unlock(id.name, text)
	if err != nil {
		return id, err
	}
	id.signer, id.public = signer, signer.PublicKey()
	return id, nil
}

// unlock prompts for the passphrase, with the limit paused.
func (l *login) unlock(path string, text []byte) (ssh.Signer, error) {
	s := l.host.ssh
	if !l.mayAsk() {
		return nil, errors.New("it is encrypted; add it to ssh-agent")
	}
	var key unlockedKey
	l.limit.pausing(func() {
		s.asking.Lock()
		defer s.asking.Unlock()
		var asked bool
		if key, asked = s.unlocked[path]; asked {
			return
		}
		passphrase, err := s.options.AskPassphrase(path)
		if err == nil {
			key.signer, err = ssh.ParsePrivateKeyWithPassphrase(text, passphrase)
		}
		clear(passphrase)
		if err != nil {
			key.err = errors.New("it was not unlocked")
		}
		s.unlocked[path] = key
	})
	if key.err != nil {
		l.remark(fmt.Sprintf("key %s: %v", path, key.err))
	}
	return key.signer, key.err
}
