package record

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Key identifies a promise across runs, whatever its expectation, result or wording. A promise may move in its file,
// and get another title; the titles of its describes are in the key, since they name what it is about.
type Key struct {
	Target, Path, Type, Name, Attribute string

	Nth int // number among promises that are equal otherwise, from 1
}

// Keys assigns keys to promises, in the order of the run.
type Keys map[Key]int

// Next returns the key of a promise of a target. A promise without a target has the same key on all.
func (k Keys) Next(target string, p *Promise) Key {
	key := Key{Target: target, Path: strings.Join(p.Path, "\x00"), Type: p.Type, Name: p.Name, Attribute: p.Attribute}
	k[key]++
	key.Nth = k[key]
	return key
}

// Fingerprint returns the key as a text of fixed length.
func (k Key) Fingerprint() string {
	sum := sha256.New()
	for _, part := range []string{k.Target, k.Path, k.Type, k.Name, k.Attribute} {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return fmt.Sprintf("%s:%d", hex.EncodeToString(sum.Sum(nil))[:32], k.Nth)
}
