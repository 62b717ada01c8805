package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Suffix is how the names of spec files end; a folder's other files are not read.
const Suffix = ".spec.hcl"

// File is one file of a suite.
type File struct {
	Path   string // as it was named
	SHA256 string // of its bytes, in hexadecimal

	body hcl.Body
}

// Find lists the spec files that paths name: files by any name, and every *.spec.hcl directly in a folder.
// A path that is not there, and a folder without specs, are errors that say what to do.
func Find(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		found, err := find(path)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	return slices.Compact(files), nil
}

func find(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("no spec at %q: %w", path, reason(err))
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the folder %q: %w", path, reason(err))
	}
	var files []string
	for _, e := range entries {
		if name := e.Name(); !e.IsDir() && len(name) > len(Suffix) && name[len(name)-len(Suffix):] == Suffix {
			files = append(files, filepath.Join(path, name))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no *%s in the folder %q; `avow init` writes a first one", Suffix, path)
	}
	return files, nil
}

// reason is what the system said, without the call and the path, which the caller names.
func reason(err error) error {
	if pathError, ok := err.(*fs.PathError); ok {
		return pathError.Err
	}
	return err
}

// read parses the files. Every file is read, so that the mistakes of all are told in one go.
func (l *loader) read(paths []string) ([]*File, error) {
	var files []*File
	for _, path := range paths {
		src, err := readFile(path)
		if err != nil {
			return nil, err
		}
		l.mistakes.sources[path] = src
		if file := l.parse(path, src); file != nil {
			files = append(files, file)
		}
	}
	return files, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read %q: %w", path, reason(err))
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read %q: %w", path, reason(err))
	}
	if len(src) > maxFileSize {
		return nil, fmt.Errorf("%q is larger than %d MiB; is it a spec?", path, maxFileSize>>20)
	}
	return src, nil
}

func (l *loader) parse(path string, src []byte) *File {
	if d := tooDeep(src, path); d != nil {
		l.tell(d)
		return nil
	}
	parsed, diags := hclsyntax.ParseConfig(src, path, hcl.InitialPos)
	l.tell(diags...)
	if diags.HasErrors() {
		return nil
	}
	sum := sha256.Sum256(src)
	return &File{Path: path, SHA256: hex.EncodeToString(sum[:]), body: parsed.Body}
}

func keys[V any](m map[string]V) func(yield func(string) bool) { return maps.Keys(m) }

// CheckSyntax finds the mistakes in the syntax of files, and no others.
func CheckSyntax(paths []string) error {
	l := newLoader(Options{})
	if _, err := l.read(paths); err != nil {
		return err
	}
	return l.result()
}

// CheckSource does it for one text; name is what mistakes call it.
func CheckSource(name string, src []byte) error {
	l := newLoader(Options{})
	l.mistakes.sources[name] = src
	l.parse(name, src)
	return l.result()
}

func (l *loader) result() error {
	if l.mistakes.Len() == 0 {
		return nil
	}
	l.mistakes.secrets = l.suite.Secrets
	return l.mistakes
}
