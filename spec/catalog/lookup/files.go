// Package lookup finds users, groups and files on a target: by shell functions, or in the files of a target without a
// shell.
package lookup

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"path"
	"slices"
	"strings"
	"syscall"
)

// Files are the files of a target without a shell, as [resource.Probe.Files] receives them. What was read of the user
// database is kept for the duration of one query.
type Files struct {
	FS        fs.FS
	databases map[string]*Database
}

func NewFiles(fsys fs.FS) *Files { return &Files{fsys, map[string]*Database{}} }

// MaxDatabase is the largest file that is read into memory whole, such as /etc/passwd: as much as a shell may answer.
const MaxDatabase = 8 << 20

// Stat returns the name that a path has in the file system, and the status of the link itself or of the file behind it.
func (t *Files) Stat(path string, follow bool) (string, fs.FileInfo, error) {
	name, directory, err := FileName(t.FS, path)
	if err != nil {
		return "", nil, err
	}
	look := fs.Lstat
	if follow || directory {
		look = fs.Stat
	}
	info, err := look(t.FS, name)
	if err == nil && directory && !info.IsDir() {
		err = notDirectory(name)
	}
	return name, info, err
}

// Read reads a database, which is a regular file. Its error is in words for reports, or one for which
// [IsNotExist] is true.
func (t *Files) Read(path string) (string, error) {
	name, info, err := t.regular(path, MaxDatabase)
	if err != nil {
		return "", err
	}
	var content bytes.Buffer
	// With less, the last read would double the buffer only to see the end.
	content.Grow(int(info.Size()) + bytes.MinRead)
	n, err := t.Copy(&content, name, info, MaxDatabase+1)
	switch {
	case err != nil:
		return "", errors.New(ReasonOn(err, path))
	case n > MaxDatabase: // its size was understated
		return "", fmt.Errorf("%s is larger than %s", path, FileBytes(MaxDatabase))
	}
	return content.String(), nil
}

// regular opens a regular file that is not larger than it may be. Its errors are those of Read.
func (t *Files) regular(path string, limit int64) (string, fs.FileInfo, error) {
	name, info, err := t.resolve(path)
	switch {
	case err != nil:
		return "", nil, err
	case !info.Mode().IsRegular():
		return "", nil, fmt.Errorf("%s is not a regular file", path)
	case info.Size() > limit:
		return "", nil, fmt.Errorf("%s is larger than %s", path, FileBytes(limit))
	}
	return name, info, nil
}

// resolve returns what a path leads to. Its errors are those of Read.
func (t *Files) resolve(path string) (string, fs.FileInfo, error) {
	name, info, err := t.Stat(path, true)
	switch {
	case err != nil && IsNotExist(err):
		return "", nil, fs.ErrNotExist
	case err != nil:
		return "", nil, errors.New(t.Refused(path, err))
	}
	return name, info, nil
}

// Copy writes the content of a regular file, up to a number of bytes, and returns how many it wrote. A file that ends
// before its size is an error.
func (t *Files) Copy(to io.Writer, name string, info fs.FileInfo, limit int64) (int64, error) {
	file, err := t.FS.Open(name)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	n, err := io.Copy(to, io.LimitReader(file, limit))
	// A stream that was cut short ends without an error.
	if err == nil && n < min(info.Size(), limit) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Refused returns why a path cannot be read. As with a shell, a permission error is reported for the last folder on the
// way that can be seen.
func (t *Files) Refused(path string, err error) string {
	on := path
	var errno syscall.Errno
	if errors.Is(err, fs.ErrPermission) || errors.As(err, &errno) {
		for on = Ancestor(on, 1); on != "/"; on = Ancestor(on, 1) {
			if _, _, err := t.Stat(on, false); err == nil {
				break
			}
		}
	}
	return ReasonOn(err, on)
}

// Reason returns an error in words. A path error is reduced to its cause, since the caller names the path.
func Reason(err error) string {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok && pathError.Error() == err.Error() {
		err = pathError.Err
	}
	return err.Error()
}

// placedError is an error with a sentence of its own for the path that it concerns.
type placedError interface {
	error
	On(path string) string
}

// ReasonOn returns an error in words, with the path unless the words already name it.
func ReasonOn(err error, path string) string {
	if placed, ok := errors.AsType[placedError](err); ok {
		return placed.On(path)
	}
	why := Reason(err)
	if path != "/" && strings.Contains(why, path) {
		return why
	}
	return why + " on " + path
}

// IsNotExist reports whether an error means that there is no such file. A missing socket, through which the files are
// read, says nothing about the files.
func IsNotExist(err error) bool {
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return false
	}
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP)
}

func notDirectory(name string) error {
	return &fs.PathError{Op: "stat", Path: name, Err: syscall.ENOTDIR}
}

// maxLinks is how many symlinks are followed in one path, as many as Linux follows.
const maxLinks = 40

// FileName returns the name of a path in a file system, and whether only a directory can have it: it ends in a slash, .
// or ..
func FileName(fsys fs.FS, p string) (name string, directory bool, err error) {
	walk := fileWalk{fsys: fsys, todo: strings.Split(p, "/")}
	switch walk.todo[len(walk.todo)-1] {
	case "", ".", "..":
		directory = true
	}
	name, err = walk.run()
	return name, directory, err
}

// RealName returns the name of a path in a file system with all its symlinks resolved.
func RealName(fsys fs.FS, p string) (string, error) {
	walk := fileWalk{fsys: fsys, todo: strings.Split(p, "/"), resolve: true}
	return walk.run()
}

// fileWalk walks along the elements of a path.
type fileWalk struct {
	fsys       fs.FS
	done, todo []string
	links      int
	resolve    bool // all symlinks, and not only those before a ..
}

func (w *fileWalk) run() (string, error) {
	for len(w.todo) > 0 {
		part := w.todo[0]
		w.todo = w.todo[1:]
		var err error
		switch part {
		case "", ".":
		case "..":
			err = w.up()
		default:
			if w.done = append(w.done, part); w.resolve {
				_, err = w.follow()
			}
		}
		if err != nil {
			return w.name(), err
		}
	}
	return w.name(), nil
}

func (w *fileWalk) name() string { return path.Join(append([]string{"."}, w.done...)...) }

// up walks to the parent folder, which for a symlink is that of its target.
func (w *fileWalk) up() error {
	if len(w.done) == 0 {
		return nil
	}
	info, err := w.follow("..")
	switch {
	case err != nil || info.Mode()&fs.ModeSymlink != 0:
		return err
	case !info.IsDir():
		return notDirectory(w.name())
	}
	w.done = w.done[:len(w.done)-1]
	return nil
}

// follow replaces a symlink by its target, behind which the walk goes on with the next elements.
func (w *fileWalk) follow(next ...string) (fs.FileInfo, error) {
	info, err := fs.Lstat(w.fsys, w.name())
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return info, err
	}
	if w.links++; w.links > maxLinks {
		return info, &fs.PathError{Op: "stat", Path: w.name(), Err: syscall.ELOOP}
	}
	target, err := fs.ReadLink(w.fsys, w.name())
	if err != nil {
		return info, err
	}
	w.done = w.done[:len(w.done)-1]
	if strings.HasPrefix(target, "/") {
		w.done = nil
	}
	w.todo = slices.Concat(strings.Split(target, "/"), next, w.todo)
	return info, nil
}

// Names returns the names in a directory, sorted.
func (t *Files) Names(directory string) ([]string, error) {
	found, err := fs.ReadDir(t.FS, directory)
	names := []string{}
	for _, entry := range found {
		names = append(names, entry.Name())
	}
	slices.Sort(names)
	return names, err
}

// List returns the names in a folder. Its errors are those of Read.
func (t *Files) List(path string) ([]string, error) {
	name, _, err := t.resolve(path)
	if err != nil {
		return nil, err
	}
	names, err := t.Names(name)
	if err != nil {
		return nil, errors.New(ReasonOn(err, path))
	}
	return names, nil
}

// maxPackages is the largest package database that is read. dpkg's has a megabyte for a thousand packages.
const maxPackages = 128 << 20

// Stream opens a package database, which is parsed as it is read.
func (t *Files) Stream(path string) (io.ReadCloser, error) {
	name, info, err := t.regular(path, maxPackages)
	if errors.Is(err, fs.ErrNotExist) {
		if _, unknown := t.Reach(path); unknown != "" { // a symlink on the way leads nowhere
			return nil, errors.New(unknown)
		}
	}
	if err != nil {
		return nil, err
	}
	file, err := t.FS.Open(name)
	if err != nil {
		return nil, errors.New(ReasonOn(err, path))
	}
	return &databaseStream{File: file, path: path, size: info.Size()}, nil
}

// databaseStream is a file that must have its full size when it ends.
type databaseStream struct {
	fs.File
	path string
	size int64
	read int64
}

// Read fails with an error in words for reports if the file cannot be read, or does not have the size that it claims.
func (s *databaseStream) Read(p []byte) (int, error) {
	n, err := s.File.Read(p)
	s.read += int64(n)
	switch {
	case s.read > maxPackages: // its size was understated
		return n, LostError(s.path + " is larger than " + FileBytes(maxPackages))
	case err == io.EOF && s.read < s.size:
		err = io.ErrUnexpectedEOF
	}
	if err != nil && err != io.EOF {
		err = LostError(ReasonOn(err, s.path))
	}
	return n, err
}

// LostError is the reason why a database could not be read, in words that name it.
type LostError string

func (e LostError) Error() string { return string(e) }

// Reach walks down to a file, since a broken symlink on the way does not mean that the file is absent.
func (t *Files) Reach(file string) (there bool, unknown string) {
	at, rest, more := "", strings.TrimPrefix(file, "/"), true
	for more {
		var part string
		part, rest, more = strings.Cut(rest, "/")
		at += "/" + part
		if _, _, err := t.Stat(at, true); err == nil {
			continue
		} else if !IsNotExist(err) {
			return false, t.Refused(at, err)
		}
		if _, _, err := t.Stat(at, false); err == nil {
			return false, at + " is a dangling symlink"
		}
		return false, ""
	}
	return true, ""
}

// Ancestor returns a path without its last components.
func Ancestor(path string, count int) string {
	for ; count > 0; count-- {
		i := strings.LastIndexByte(path, '/')
		if i < 0 {
			break
		}
		path = path[:i]
	}
	if path = strings.TrimRight(path, "/"); path == "" {
		return "/"
	}
	return path
}

// FileLines returns the lines of a text whose last one may lack its newline; none for an empty text.
func FileLines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// FileBytes formats a number of bytes in the largest unit that divides it.
func FileBytes(n int64) string {
	switch {
	case n > 0 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n > 0 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
