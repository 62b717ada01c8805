package record

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Key is the identity of a promise: equal in two runs where it is the same promise, whatever is expected, found, or
// said of it. A promise may move in its file, and get another title; that the titles of the describes around it are
// in the key is because they say what it is about.
type Key struct {
	Target, Path, Type, Name, Attribute string

	Nth int // of several that are equal otherwise; it counts from 1
}

// Keys gives promises their keys, in the order of the run.
type Keys map[Key]int

// Next returns the key of a promise of a target. One without a target is the same on all.
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
