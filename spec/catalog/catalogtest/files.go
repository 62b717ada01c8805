package catalogtest

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/spec/resource"
)

// HereFiles are the files of this machine, as a target without a shell would have them. Some can be elsewhere.
type HereFiles struct{ Moved map[string]string }

func (h HereFiles) path(name string) string {
	path := "/" + name
	for from, to := range h.Moved {
		if rest, ok := strings.CutPrefix(path, from); ok && (rest == "" || rest[0] == '/') {
			return to + rest
		}
	}
	return path
}

func (h HereFiles) Open(name string) (fs.File, error) { return os.Open(h.path(name)) }

func (h HereFiles) Stat(name string) (fs.FileInfo, error) { return os.Stat(h.path(name)) }

func (h HereFiles) Lstat(name string) (fs.FileInfo, error) { return os.Lstat(h.path(name)) }

func (h HereFiles) ReadLink(name string) (string, error) { return os.Readlink(h.path(name)) }

func (h HereFiles) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(h.path(name)) }

// InFilesOf runs all probes of a type that work without a shell, and returns a description of each subject's facts.
func InFilesOf(typ *resource.Type, fsys fs.FS, subjects ...resource.Params) []string {
	all := make([]resource.Facts, len(subjects))
	for i := range all {
		all[i] = resource.Facts{}
	}
	for _, p := range typ.Probes() {
		if p.Files == nil {
			continue
		}
		for i, facts := range Complete(typ, p, p.Files(fsys, subjects)) {
			maps.Copy(all[i], facts)
		}
	}
	said := make([]string, len(subjects))
	for i, s := range subjects {
		said[i] = DescribeFacts(typ, typ.Label, []resource.Params{s}, []resource.Facts{all[i]}, nil)
	}
	return said
}

// BothWays compares the facts from files with those from the shell for the same subjects. Lines that begin with one of
// except may differ.
func BothWays(
	t *testing.T, typ *resource.Type, fsys fs.FS, shell, env []string, subjects []resource.Params, except ...string,
) {
	t.Helper()
	for i, said := range InFilesOf(typ, fsys, subjects...) {
		want := byShell(t, typ, shell, env, subjects[i])
		if diff := cmp.Diff(without(want, except), without(said, except)); diff != "" {
			t.Errorf("%v %v (-shell +files)\n%s", typ.Name, subjects[i], diff)
		}
	}
}

// AllUnknown fails unless a probe of the type reports "unknown" for each of the named promises.
func AllUnknown(
	t *testing.T, typ *resource.Type, fsys fs.FS, subject resource.Params, reason string, promises ...string,
) {
	t.Helper()
	for _, name := range promises {
		fact := InFiles(typ, name, fsys, subject)[0][name]
		if fact.Value != nil || fact.Missing != "" || fact.Unknown != reason {
			t.Errorf("%s %s: %+v, want unknown: %s", typ.Name, name, fact, reason)
		}
	}
}

// PromisesInFiles returns the promises of a type that can be checked without a shell.
func PromisesInFiles(typ *resource.Type) []string {
	var promises []string
	for _, p := range typ.Probes() {
		if p.Files != nil {
			promises = append(promises, Observed(typ, typ.Observed(p)[0].Name)...)
		}
	}
	return promises
}

// BrokenFiles are files of which some return nothing but an error.
type BrokenFiles struct {
	HereFiles
	Broken map[string]error
	Only   string // the operation that fails, "" for all of them
}

func (b BrokenFiles) fails(op, name string) error {
	if err := b.Broken["/"+name]; err != nil && (b.Only == "" || b.Only == op) {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	return nil
}

func (b BrokenFiles) Open(name string) (fs.File, error) {
	if err := b.fails("open", name); err != nil {
		return nil, err
	}
	return b.HereFiles.Open(name)
}

func (b BrokenFiles) Stat(name string) (fs.FileInfo, error) {
	if err := b.fails("stat", name); err != nil {
		return nil, err
	}
	return b.HereFiles.Stat(name)
}

func (b BrokenFiles) Lstat(name string) (fs.FileInfo, error) {
	if err := b.fails("stat", name); err != nil {
		return nil, err
	}
	return b.HereFiles.Lstat(name)
}

func (b BrokenFiles) ReadLink(name string) (string, error) {
	if err := b.fails("readlink", name); err != nil {
		return "", err
	}
	return b.HereFiles.ReadLink(name)
}

func (b BrokenFiles) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := b.fails("readdir", name); err != nil {
		return nil, err
	}
	return b.HereFiles.ReadDir(name)
}

// Rooted returns the files below a folder as those of a whole target.
func Rooted(dir string) HereFiles { return HereFiles{Moved: map[string]string{"": dir}} }

var ErrEngine = errors.New("the engine answers: 500 internal error")

type Sized struct {
	fs.FileInfo
	Bytes int64
}

func (s Sized) Size() int64 { return s.Bytes }

// byShell runs the same probes with a shell. What cannot be checked is unknown.
func byShell(t *testing.T, typ *resource.Type, shell, env []string, subject resource.Params) string {
	t.Helper()
	all := resource.Facts{}
	for _, p := range typ.Probes() {
		if p.Files == nil {
			continue
		}
		facts, err := RunProbe(t, shell, typ, p, env, subject)
		if err != nil {
			facts = []resource.Facts{resource.Every(resource.Unknown(err.Error()))}
			Complete(typ, p, facts)
		}
		maps.Copy(all, facts[0])
	}
	return DescribeFacts(typ, typ.Label, []resource.Params{subject}, []resource.Facts{all}, nil)
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

// FailingFiles return nothing but an error.
type FailingFiles struct{ Err error }

func (d FailingFiles) Open(string) (fs.File, error) { return nil, d.Err }

func (d FailingFiles) Stat(string) (fs.FileInfo, error) { return nil, d.Err }

func (d FailingFiles) Lstat(string) (fs.FileInfo, error) { return nil, d.Err }

func (d FailingFiles) ReadLink(string) (string, error) { return "", d.Err }

func (d FailingFiles) ReadDir(string) ([]fs.DirEntry, error) { return nil, d.Err }
