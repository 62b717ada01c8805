package spec

import (
	"crypto/sha256"
	"fmt"
)

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
