package ssh

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// mostRevoked limits the size of a file of revoked keys, as in OpenSSH.
const mostRevoked = 128 << 20

// revokedKeys are the contents of a file of RevokedHostKeys.
type revokedKeys struct {
	file         string
	keys         map[string]bool // whole ones, and SHA-1 and SHA-256 sums of them, which are shorter than any key
	certificates []revokedCertificates
}

// revokedCertificates are those of one authority.
type revokedCertificates struct {
	authority []byte // "" for all
	serials   []serialRange
	bitmaps   []serialBitmap
	ids       map[string]bool
}

type serialRange struct{ from, to uint64 }

// serialBitmap has bit N of a big-endian number for the serial number first+N.
type serialBitmap struct {
	first uint64
	bits  []byte
}

// revoked reads the files of RevokedHostKeys, once per run. As with OpenSSH, an unreadable one revokes all keys.
func (s *Client) revoked(files []string) ([]*revokedKeys, error) {
	var lists []*revokedKeys
	for _, file := range files {
		list, err := cached(&s.revocations, file, func() (*revokedKeys, error) { return readRevoked(file) })
		if err != nil {
			return nil, fmt.Errorf("no host key can be trusted: RevokedHostKeys: %w", err)
		}
		lists = append(lists, list)
	}
	return lists, nil
}

func readRevoked(file string) (*revokedKeys, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostRevoked+1))
	if err != nil {
		return nil, err
	}
	if len(text) > mostRevoked {
		return nil, fmt.Errorf("%s is larger than %d MiB", file, mostRevoked>>20)
	}
	read := readRevokedLines
	if bytes.HasPrefix(text, []byte(krlMagic)) {
		read = readKRL
	}
	k, err := read(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	k.file = file
	return k, nil
}

// readRevokedLines reads public keys, one on each line. No line of such a file may be skipped.
func readRevokedLines(text []byte) (*revokedKeys, error) {
	k := &revokedKeys{keys: map[string]bool{}}
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.Trim(line, " \t\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		key := parseKey(line)
		if key == nil {
			return nil, fmt.Errorf("line %d is not a public key", i+1)
		}
		k.keys[string(bare(key).Marshal())] = true
	}
	return k, nil
}

// revokes reports whether a key is revoked or, of a certificate, its key, its authority, or itself.
func (k *revokedKeys) revokes(key ssh.PublicKey) bool {
	if k.holds(bare(key)) {
		return true
	}
	cert, ok := key.(*ssh.Certificate)
	if !ok {
		return false
	}
	return k.holds(cert.SignatureKey) || slices.ContainsFunc(k.certificates, func(c revokedCertificates) bool {
		return c.revokes(cert)
	})
}

func (k *revokedKeys) holds(key ssh.PublicKey) bool {
	blob := key.Marshal()
	one, two := sha1.Sum(blob), sha256.Sum256(blob)
	return k.keys[string(blob)] || k.keys[string(one[:])] || k.keys[string(two[:])]
}

func (c revokedCertificates) revokes(cert *ssh.Certificate) bool {
	if len(c.authority) > 0 && !bytes.Equal(c.authority, cert.SignatureKey.Marshal()) {
		return false
	}
	if c.ids[cert.KeyId] {
		return true
	}
	// A certificate without a serial number has zero, which matches none.
	return cert.Serial != 0 && (slices.ContainsFunc(c.serials, func(r serialRange) bool {
		return r.from <= cert.Serial && cert.Serial <= r.to
	}) || slices.ContainsFunc(c.bitmaps, func(b serialBitmap) bool { return b.holds(cert.Serial) }))
}

func (b serialBitmap) holds(serial uint64) bool {
	n := serial - b.first
	if serial < b.first || n/8 >= uint64(len(b.bits)) {
		return false
	}
	return b.bits[uint64(len(b.bits))-1-n/8]>>(n%8)&1 != 0
}
