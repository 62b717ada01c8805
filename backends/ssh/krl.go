package ssh

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"
)

// The format of key revocation lists is described in OpenSSH's PROTOCOL.krl.
const (
	krlMagic   = "SSHKRL\n\x00"
	krlVersion = 1

	krlCertificates = 1
	krlKeys         = 2
	krlSHA1         = 3
	krlSignature    = 4
	krlSHA256       = 5
	krlExtension    = 255

	krlSerials       = 0x20
	krlSerialRange   = 0x21
	krlSerialBitmap  = 0x22
	krlKeyIDs        = 0x23
	krlCertExtension = 0x39
)

// krlReader reads a KRL. After the first error it reads nothing.
type krlReader struct {
	rest []byte
	err  error
}

var errKRL = errors.New("the key revocation list is damaged")

func (r *krlReader) take(n uint64) []byte {
	if r.err == nil && n > uint64(len(r.rest)) {
		r.err = errKRL
	}
	if r.err != nil {
		return make([]byte, min(n, 8))
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *krlReader) byte() byte     { return r.take(1)[0] }
func (r *krlReader) uint32() uint32 { return binary.BigEndian.Uint32(r.take(4)) }
func (r *krlReader) uint64() uint64 { return binary.BigEndian.Uint64(r.take(8)) }
func (r *krlReader) string() []byte { return r.take(uint64(r.uint32())) }

func (r *krlReader) more() bool { return r.err == nil && len(r.rest) > 0 }

func (r *krlReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// section returns a reader of the next string. The caller hands its error on.
func (r *krlReader) section() *krlReader { return &krlReader{rest: r.string(), err: r.err} }

// each reads the contents of a section until its end.
func (r *krlReader) each(read func(*krlReader)) {
	section := r.section()
	for section.more() {
		read(section)
	}
	r.err = section.err
}

// readKRL reads a whole list, or nothing: half a list would accept keys that the other half revokes.
func readKRL(text []byte) (*revokedKeys, error) {
	k := &revokedKeys{keys: map[string]bool{}}
	r := &krlReader{rest: text[len(krlMagic):]}
	if v := r.uint32(); v != krlVersion {
		r.fail("version %d of key revocation lists is not supported", v)
	}
	r.take(3 * 8) // its number, its date, its flags
	r.string()    // reserved
	r.string()    // a comment
	for r.more() {
		switch kind := r.byte(); kind {
		case krlCertificates:
			k.readCertificates(r)
		case krlKeys:
			r.each(func(r *krlReader) { k.keys[string(r.string())] = true })
		case krlSHA1:
			r.each(func(r *krlReader) { k.addSum(r, sha1.Size) })
		case krlSHA256:
			r.each(func(r *krlReader) { k.addSum(r, sha256.Size) })
		case krlExtension:
			r.extension()
		case krlSignature:
			// OpenSSH does not create them, and later versions refuse them.
			r.fail("a signature in a key revocation list is not supported")
		default:
			r.fail("section %d of a key revocation list is not supported", kind)
		}
	}
	return k, r.err
}

func (k *revokedKeys) addSum(r *krlReader, size int) {
	sum := r.string()
	if len(sum) != size {
		r.fail("%w", errKRL)
	}
	k.keys[string(sum)] = true
}

// extension skips an extension that is not critical.
func (r *krlReader) extension() {
	section := r.section()
	name, critical := section.string(), section.byte()
	section.string()
	if section.err != nil || len(section.rest) > 0 {
		r.fail("%w", errKRL)
	} else if critical != 0 {
		r.fail("extension %q of a key revocation list is not supported", name)
	}
}

// readCertificates reads the revocations of an authority, or of all if none is named.
func (k *revokedKeys) readCertificates(list *krlReader) {
	section := list.section()
	c := revokedCertificates{authority: section.string(), ids: map[string]bool{}}
	section.string() // reserved
	if len(c.authority) > 0 && section.err == nil {
		if _, err := ssh.ParsePublicKey(c.authority); err != nil {
			section.fail("an authority in the key revocation list cannot be read: %w", err)
		}
	}
	for section.more() {
		c.read(section)
	}
	list.err = section.err
	k.certificates = append(k.certificates, c)
}

func (c *revokedCertificates) read(section *krlReader) {
	switch kind := section.byte(); kind {
	case krlSerials:
		section.each(func(r *krlReader) {
			serial := r.uint64()
			c.addSerials(r, serial, serial)
		})
	case krlSerialRange:
		section.each(func(r *krlReader) { c.addSerials(r, r.uint64(), r.uint64()) })
	case krlSerialBitmap:
		section.each(c.addBitmap)
	case krlKeyIDs:
		section.each(func(r *krlReader) {
			id := r.string()
			if bytes.IndexByte(id, 0) >= 0 {
				r.fail("%w", errKRL)
			}
			c.ids[string(id)] = true
		})
	case krlCertExtension:
		section.extension()
	default:
		section.fail("section %#x of a key revocation list is not supported", kind)
	}
}

// addSerials leaves out zero: certificates without a serial number have that.
func (c *revokedCertificates) addSerials(r *krlReader, from, to uint64) {
	if from > to || from == 0 {
		r.fail("%w", errKRL)
	}
	c.serials = append(c.serials, serialRange{from, to})
}

// addBitmap reads a number whose bit N is the serial number at N after the first.
func (c *revokedCertificates) addBitmap(r *krlReader) {
	first, number := r.uint64(), r.string()
	if len(number) > 0 && number[0]&0x80 != 0 { // it is negative
		r.fail("%w", errKRL)
	}
	bits := bytes.TrimLeft(number, "\x00")
	last := uint64(len(bits))*8 - 1
	if len(bits) > 0 && (first+last < first || first == 0 && bits[len(bits)-1]&1 != 0) {
		r.fail("%w", errKRL)
	}
	c.bitmaps = append(c.bitmaps, serialBitmap{first, bits})
}
