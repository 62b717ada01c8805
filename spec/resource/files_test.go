package resource

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"
)

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
}

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
