package spec

import (
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// reads records the files that a spec read besides the spec files themselves: its promises depend on them. Targets are
// evaluated in parallel.
type reads struct {
	mu    sync.Mutex
	files []*File
}

func (r *reads) text(name string) (string, error) {
	src, err := regularFile(name)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(src) {
		return "", fmt.Errorf("%q is not UTF-8", name)
	}
	r.note(&File{Path: name, SHA256: sum(src)})
	return string(src), nil
}

// password returns a file's content without the line break at its end.
func (r *reads) password(name string) (string, error) {
	src, err := regularFile(name)
	if err != nil {
		return "", err
	}
	// Without its sum, by which a report would confirm a guessed password.
	r.note(&File{Path: name})
	return strings.TrimRight(string(src), "\r\n"), nil
}

func (r *reads) note(f *File) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.ContainsFunc(r.files, func(other *File) bool { return *other == *f }) {
		r.files = append(r.files, f)
	}
}

// public returns the files in the order of their paths; the sum of one that is a secret is left out.
func (r *reads) public(secrets []string) []*File {
	r.mu.Lock()
	defer r.mu.Unlock()
	hidden := map[string]bool{}
	for _, s := range secrets {
		// A file has the secret with or without a line break behind it.
		for _, end := range []string{"", "\n", "\r\n"} {
			hidden[sum([]byte(s+end))] = true
		}
	}
	var out []*File
	for _, f := range r.files {
		public := &File{Path: f.Path, SHA256: f.SHA256}
		if hidden[f.SHA256] {
			public.SHA256 = ""
		}
		out = append(out, public)
	}
	slices.SortStableFunc(out, func(a, b *File) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// regularFile reads what a spec names.
func regularFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	// A device or a pipe may never end, or change something by being read.
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%q is not a regular file", name)
	}
	return readFile(name)
}

// Sums returns the files that paths name, as [Load] would read them, with their sums. They are not parsed.
func Sums(paths []string) ([]*File, error) {
	found, err := Find(paths)
	if err != nil {
		return nil, err
	}
	var files []*File
	for _, path := range found {
		src, err := readFile(path)
		if err != nil {
			return nil, err
		}
		files = append(files, &File{Path: path, SHA256: sum(src)})
	}
	return files, nil
}

// Sum returns the SHA-256, in hexadecimal, of a regular file that a spec read.
func Sum(path string) (string, error) {
	src, err := regularFile(path)
	if err != nil {
		return "", err
	}
	return sum(src), nil
}

func sum(src []byte) string { return fmt.Sprintf("%x", sha256.Sum256(src)) }
