package spec

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/avow-dev/avow/spec/resource"
)

// Suffix is the suffix of spec files; a folder's other files are not read.
const Suffix = ".spec.hcl"

// File is one file of a suite.
type File struct {
	Path   string // as it was named
	SHA256 string // of its bytes, in hexadecimal

	body hcl.Body
}

// Find lists the spec files that paths name: files by any name, and every *.spec.hcl directly in a folder. A path that
// does not exist, and a folder without specs, are errors with a hint.
func Find(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		found, err := find(path)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	return once(files), nil
}

// once removes files that are named twice, in whatever way.
func once(paths []string) []string {
	var out []string
	var seen []fs.FileInfo
	for _, path := range paths {
		info, err := os.Stat(path)
		// The promises of such a file would count twice.
		if err == nil && slices.ContainsFunc(seen, func(other fs.FileInfo) bool { return os.SameFile(info, other) }) {
			continue
		}
		if err == nil {
			seen = append(seen, info)
		}
		out = append(out, path)
	}
	return out
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
		name := filepath.Join(path, e.Name())
		if len(e.Name()) <= len(Suffix) || !strings.HasSuffix(name, Suffix) {
			continue
		}
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
			return nil, fmt.Errorf("cannot read %q: not a regular file", name)
		}
		files = append(files, name)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no *%s in the folder %q; `avow init` writes a first one", Suffix, path)
	}
	return files, nil
}

// reason returns the system's error without the call and the path, which the caller names.
func reason(err error) error {
	if pathError, ok := err.(*fs.PathError); ok {
		return pathError.Err
	}
	return err
}

// read parses the files.
func (l *loader) read(paths []string) ([]*File, error) {
	var files []*File
	for _, path := range paths {
		if info, err := os.Lstat(path); l.options.Sealed && err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return nil, fmt.Errorf(
				"%q is a symbolic link, which --no-local-functions does not follow: a mistake would show the content of its target",
				path)
		}
		src, err := readFile(path)
		if err != nil {
			return nil, err
		}
		// After a mistake, too, so that those of all files are reported together.
		if file := l.parse(path, src); file != nil {
			files = append(files, file)
		}
	}
	return files, nil
}

// maxReading is how long reading a spec from a pipe may take.
const maxReading = 30 * time.Second

func readFile(path string) ([]byte, error) {
	// Opening a named pipe would wait forever for a writer.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot read %q: %w", path, reason(err))
	}
	defer f.Close()
	// Only pollable files take a deadline; a plain file cannot, and does not need one.
	_ = f.SetReadDeadline(time.Now().Add(maxReading))
	src, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read %q: %w", path, reason(err))
	}
	if len(src) > maxFileSize {
		return nil, fmt.Errorf("%q is larger than %d MiB, which is the limit", path, maxFileSize>>20)
	}
	return src, nil
}

func (l *loader) parse(path string, src []byte) *File {
	body, diags := l.body(path, src)
	l.report(withoutEchoes(diags)...)
	if body == nil {
		return nil
	}
	return &File{Path: path, SHA256: sum(src), body: body}
}

// body parses a file, and puts guards into its expressions; nil if there are mistakes in it.
func (l *loader) body(path string, src []byte) (*hclsyntax.Body, hcl.Diagnostics) {
	body, diags := l.syntax(path, src)
	if body != nil {
		guarding{l.gauge}.body(body)
	}
	return body, diags
}

// syntax does the same without guards, for callers that evaluate nothing.
func (l *loader) syntax(path string, src []byte) (*hclsyntax.Body, hcl.Diagnostics) {
	l.mistakes.sources[path] = src
	if l.words += countWords(src); l.words > maxWords {
		begin := hcl.Range{Filename: path, Start: hcl.InitialPos, End: hcl.InitialPos}
		return nil, hcl.Diagnostics{mistake(begin, "Too large a suite",
			"The files have more than %d words and signs. Split the suite, and check its parts one by one.", maxWords)}
	}
	if d := tooDeep(src, path); d != nil {
		return nil, hcl.Diagnostics{d}
	}
	src, d := readable(src, path)
	if d != nil {
		return nil, hcl.Diagnostics{d}
	}
	l.mistakes.sources[path] = src
	parsed, diags := hclsyntax.ParseConfig(src, path, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, quotedLabels(l.options.Catalog, diags, src)
	}
	body := parsed.Body.(*hclsyntax.Body)
	rawLabels(body)
	return body, nil
}

// withoutEchoes removes errors that only follow from an earlier mistake.
func withoutEchoes(diags hcl.Diagnostics) hcl.Diagnostics {
	var out hcl.Diagnostics
	at := map[int]bool{}
	for _, d := range diags {
		begin := subject(d).Start.Byte
		if at[begin] && d.Summary != unterminated {
			continue
		}
		// All that hcl reports of what it takes for a text, and after it, means nothing.
		if d.Summary == unterminated {
			out = slices.DeleteFunc(out,
				func(earlier *hcl.Diagnostic) bool { return subject(earlier).Start.Byte >= begin })
			return append(out, d)
		}
		at[begin] = true
		out = append(out, d)
	}
	return out
}

// CheckSyntax finds the mistakes in the syntax of files, and no others.
func CheckSyntax(paths []string, options Options) error {
	l := newLoader(options)
	if _, err := l.read(paths); err != nil {
		return err
	}
	return l.result()
}

// CheckSource does the same for one text; name is its name in mistakes.
func CheckSource(catalog *resource.Catalog, name string, src []byte) error {
	l := newLoader(Options{Catalog: catalog})
	l.parse(name, src)
	return l.result()
}

func (l *loader) result() error {
	if l.mistakes.Len() == 0 {
		return nil
	}
	l.mistakes.secrets = append(l.suite.Secrets, l.gauge.secrets...)
	return l.mistakes
}
