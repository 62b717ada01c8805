package resource

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
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

func (h hereFiles) Open(name string) (fs.File, error) { return os.Open(h.path(name)) }

func (h hereFiles) Stat(name string) (fs.FileInfo, error) { return os.Stat(h.path(name)) }

func (h hereFiles) Lstat(name string) (fs.FileInfo, error) { return os.Lstat(h.path(name)) }

func (h hereFiles) ReadLink(name string) (string, error) { return os.Readlink(h.path(name)) }

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

var errEngine = errors.New("the engine answers: 500 internal error")

type sized struct {
	fs.FileInfo
	size int64
}

func (s sized) Size() int64 { return s.size }

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

func without(text string, lines []string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !slices.ContainsFunc(lines, func(s string) bool { return strings.HasPrefix(line, s) }) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// deafFiles answer nothing but an error.
type deafFiles struct{ err error }

func (d deafFiles) Open(string) (fs.File, error) { return nil, d.err }

func (d deafFiles) Stat(string) (fs.FileInfo, error) { return nil, d.err }

func (d deafFiles) Lstat(string) (fs.FileInfo, error) { return nil, d.err }

func (d deafFiles) ReadLink(string) (string, error) { return "", d.err }

func (d deafFiles) ReadDir(string) ([]fs.DirEntry, error) { return nil, d.err }
