package resource

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hereFiles are the files of this machine, as a target without a shell would have them. Some lie elsewhere.
type hereFiles struct{ moved map[string]string }

func (h hereFiles) path(name string) string {
	path := "/" + name
	for from, to := range h.moved {
		if rest, ok := strings.CutPrefix(path, from); ok && (rest == "" || rest[0] == '/') {
			return to + rest
		}
	}
	return path
}

func (h hereFiles) Open(name string) (fs.File, error)          { return os.Open(h.path(name)) }
func (h hereFiles) Stat(name string) (fs.FileInfo, error)      { return os.Stat(h.path(name)) }
func (h hereFiles) Lstat(name string) (fs.FileInfo, error)     { return os.Lstat(h.path(name)) }
func (h hereFiles) ReadLink(name string) (string, error)       { return os.Readlink(h.path(name)) }
func (h hereFiles) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(h.path(name)) }

// inFilesOf asks all probes of a type that can do without a shell, and prints what they say of each subject.
func inFilesOf(typ *Type, fsys fs.FS, subjects ...Params) []string {
	all := make([]Facts, len(subjects))
	for i := range all {
		all[i] = Facts{}
	}
	for _, p := range typ.Probes {
		if p.Files == nil {
			continue
		}
		for i, facts := range p.Files(fsys, subjects) {
			maps.Copy(all[i], facts)
		}
	}
	said := make([]string, len(subjects))
	for i, s := range subjects {
		said[i] = describeFacts(typ, typ.Label, []Params{s}, []Facts{all[i]}, nil)
	}
	return said
}

// byShell asks the same probes with a shell. What cannot be asked is unknown.
func byShell(t *testing.T, typ *Type, shell, env []string, subject Params) string {
	t.Helper()
	all := Facts{}
	for i := range typ.Probes {
		p := &typ.Probes[i]
		if p.Files == nil {
			continue
		}
		facts, err := look(t, shell, p, env, subject)
		if err != nil {
			facts = []Facts{Every(Unknown(err.Error()), p.Observes...)}
		}
		maps.Copy(all, facts[0])
	}
	return describeFacts(typ, typ.Label, []Params{subject}, []Facts{all}, nil)
}

// bothWays holds the files to what the shell says of the same subjects. Lines that begin as one of except may differ.
func bothWays(t *testing.T, typ *Type, fsys fs.FS, shell, env []string, subjects []Params, except ...string) {
	t.Helper()
	for i, said := range inFilesOf(typ, fsys, subjects...) {
		want := byShell(t, typ, shell, env, subjects[i])
		if diff := cmp.Diff(without(want, except), without(said, except)); diff != "" {
			t.Errorf("%v %v (-shell +files)\n%s", typ.Name, subjects[i], diff)
		}
	}
}

func without(text string, lines []string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !slices.ContainsFunc(lines, func(s string) bool { return strings.HasPrefix(line, s) }) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// allUnknown fails if a probe of the type says anything but "unknown" of one of the named promises, or says nothing.
func allUnknown(t *testing.T, typ *Type, fsys fs.FS, subject Params, reason string, promises ...string) {
	t.Helper()
	for _, name := range promises {
		fact := typ.Probe(name).Files(fsys, []Params{subject})[0][name]
		if fact.Value != nil || fact.Missing != "" || fact.Unknown != reason {
			t.Errorf("%s %s: %+v, want unknown: %s", typ.Name, name, fact, reason)
		}
	}
}

// promisesInFiles are the promises of a type that can be answered without a shell.
func promisesInFiles(typ *Type) []string {
	var promises []string
	for _, p := range typ.Probes {
		if p.Files != nil {
			promises = append(promises, p.Observes...)
		}
	}
	return promises
}

// brokenFiles are files on some of which nothing but an error is to be had.
type brokenFiles struct {
	hereFiles
	broken map[string]error
	only   string // the operation that fails, "" for all of them
}

func (b brokenFiles) fails(op, name string) error {
	if err := b.broken["/"+name]; err != nil && (b.only == "" || b.only == op) {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	return nil
}

func (b brokenFiles) Open(name string) (fs.File, error) {
	if err := b.fails("open", name); err != nil {
		return nil, err
	}
	return b.hereFiles.Open(name)
}

func (b brokenFiles) Stat(name string) (fs.FileInfo, error) {
	if err := b.fails("stat", name); err != nil {
		return nil, err
	}
	return b.hereFiles.Stat(name)
}

func (b brokenFiles) Lstat(name string) (fs.FileInfo, error) {
	if err := b.fails("stat", name); err != nil {
		return nil, err
	}
	return b.hereFiles.Lstat(name)
}

func (b brokenFiles) ReadLink(name string) (string, error) {
	if err := b.fails("readlink", name); err != nil {
		return "", err
	}
	return b.hereFiles.ReadLink(name)
}

func (b brokenFiles) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := b.fails("readdir", name); err != nil {
		return nil, err
	}
	return b.hereFiles.ReadDir(name)
}

// rooted are the files below a folder as those of a whole target.
func rooted(dir string) hereFiles { return hereFiles{map[string]string{"": dir}} }

// TestWhyNot: the words of an error are those that a shell would show.
func TestWhyNot(t *testing.T) {
	inner := &fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}
	for want, err := range map[string]error{
		"permission denied":                 inner,
		"docker: open x: permission denied": fmt.Errorf("docker: %w", inner),
	} {
		if got := whyNot(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestWhyNotOn: a path is named once.
func TestWhyNotOn(t *testing.T) {
	for want, path := range map[string]string{"no /a/b here": "/a/b", "no /a/b here on /c": "/c", "no /a/b here on /": "/"} {
		if got := whyNotOn(errors.New("no /a/b here"), path); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := whyNotOn(fmt.Errorf("docker: %w", hiddenFiles("/proc")), "/proc/x"); got != "/proc hides /proc/x" {
		t.Errorf("%q", got)
	}
}

// hiddenFiles is an error about all paths below a place.
type hiddenFiles string

func (h hiddenFiles) Error() string         { return "it hides what is on " + string(h) }
func (h hiddenFiles) On(path string) string { return string(h) + " hides " + path }

// deafFiles answer nothing but an error.
type deafFiles struct{ err error }

func (d deafFiles) Open(string) (fs.File, error)          { return nil, d.err }
func (d deafFiles) Stat(string) (fs.FileInfo, error)      { return nil, d.err }
func (d deafFiles) Lstat(string) (fs.FileInfo, error)     { return nil, d.err }
func (d deafFiles) ReadLink(string) (string, error)       { return "", d.err }
func (d deafFiles) ReadDir(string) ([]fs.DirEntry, error) { return nil, d.err }

// TestNobodyLooked: of a target whose files cannot be had nothing is known, and nothing is not there.
func TestNobodyLooked(t *testing.T) {
	subjects := []Params{{"path": "/a", "name": "a"}, {"path": "/b/../c/", "name": "b"}}
	for _, err := range []error{errEngine, fs.ErrPermission, fs.ErrInvalid, syscall.EIO, context.DeadlineExceeded} {
		for _, typ := range everyType() {
			for _, p := range typ.Probes {
				if p.Files == nil {
					continue
				}
				all := p.Files(deafFiles{err}, subjects)
				if len(all) != len(subjects) {
					t.Errorf("%s %s: %d facts of %d subjects", typ.Name, p.Name, len(all), len(subjects))
				}
				for _, facts := range all {
					for name, fact := range facts {
						if fact.Unknown == "" || fact.Value != nil || fact.Missing != "" {
							t.Errorf("%s %s: %v makes it %+v", typ.Name, name, err, fact)
						}
					}
				}
			}
		}
	}
}
