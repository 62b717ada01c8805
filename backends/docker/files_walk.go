package docker

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
)

// mostLinks is how many symlinks are followed for one name, as on Linux.
const mostLinks = 40

// place is the result of a walk.
type place struct {
	path string // absolute, without symlinks on the way; of a missing path, as far as it was resolved
	mode fs.FileMode
}

// The limits of Linux for names: of one element, and of a whole path. The engine reports longer ones as missing.
const (
	longestName = 255
	longestPath = 4095
)

func (f *fileSystem) find(name string, follow bool) (place, error) {
	switch {
	case !fs.ValidPath(name):
		return place{}, fs.ErrInvalid
	case len(name) >= longestPath:
		return place{}, syscall.ENAMETOOLONG
	}
	return f.walk(name, follow)
}

// walk resolves a name, element by element. It does not let the engine follow symlinks: one that leads into a mount
// that the archive hides would lead it astray.
func (f *fileSystem) walk(name string, follow bool) (place, error) {
	at := place{"/", fs.ModeDir}
	todo := strings.Split(name, "/")
	for links := 0; len(todo) > 0; {
		part := todo[0]
		todo = todo[1:]
		switch {
		case at.mode&fs.ModeDir == 0:
			return at, syscall.ENOTDIR
		case part == "" || part == ".":
			continue
		case part == "..":
			at.path = path.Dir(at.path)
			continue
		}
		next, err := f.look(path.Join(at.path, part), len(todo) > 0)
		if err != nil {
			next.path = path.Join(append([]string{next.path}, todo...)...)
			return next, err
		}
		if next.mode&fs.ModeSymlink == 0 || len(todo) == 0 && !follow {
			at = next
			continue
		}
		if links++; links > mostLinks {
			return next, syscall.ELOOP
		}
		header, err := f.header(next.path)
		if err != nil {
			return next, err
		}
		todo = append(strings.Split(header.Linkname, "/"), todo...)
		if path.IsAbs(header.Linkname) {
			at.path = "/"
		}
	}
	return at, f.shown(at.path)
}

// look returns the information on a path whose folder was found.
func (f *fileSystem) look(at string, onTheWay bool) (place, error) {
	// A kernel refuses such a name; the engine says 404, as if the path did not exist.
	if len(path.Base(at)) > longestName {
		return place{path: at}, syscall.ENAMETOOLONG
	}
	if err := f.shown(at); err != nil {
		// A bind below a tmpfs is in the archive, and the folders between them are not.
		if onTheWay && f.mounts.leads(at) {
			return place{at, fs.ModeDir}, nil
		}
		return place{path: at}, err
	}
	known, ok := f.modes[at]
	if !ok {
		known.value, known.err = f.mode(at)
		if known.err == nil || errors.Is(known.err, fs.ErrNotExist) {
			f.modes[at] = known
		}
	}
	return place{at, known.value}, known.err
}

// shown returns why the archive does not show a path, or nil.
func (f *fileSystem) shown(at string) error {
	if mount := f.mounts.hides(at); mount != "" {
		return hiddenError{mount}
	}
	if f.neverStarted && slices.Contains(placeholders, at) {
		return placeholderError(at)
	}
	return nil
}
