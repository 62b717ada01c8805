package resource

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"path"
	"strings"
	"syscall"
)

// targetFiles are the files of a target that has no shell, as [Probe.Files] has them. What was read of its user
// database is kept as long as one question.
type targetFiles struct {
	fsys      fs.FS
	databases map[string]*userDatabase
}

func filesOf(fsys fs.FS) *targetFiles { return &targetFiles{fsys, map[string]*userDatabase{}} }

// maxDatabase is how much is read at most of a file that is taken into memory whole, such as /etc/passwd: as much as a
// shell may answer.
const maxDatabase = 8 << 20

// stat tells the name that a path has in the file system, and what it leads to: the link itself, or what is behind it.
func (t *targetFiles) stat(path string, follow bool) (string, fs.FileInfo, error) {
	name, directory, err := fileName(t.fsys, path)
	if err != nil {
		return "", nil, err
	}
	look := fs.Lstat
	if follow || directory {
		look = fs.Stat
	}
	info, err := look(t.fsys, name)
	if err == nil && directory && !info.IsDir() {
		err = notDirectory(name)
	}
	return name, info, err
}

// read reads a database, a regular file. Its error says what to tell, but for one that is [gone].
func (t *targetFiles) read(path string) (string, error) {
	name, info, err := t.regular(path, maxDatabase)
	if err != nil {
		return "", err
	}
	var content bytes.Buffer
	content.Grow(int(info.Size()) + bytes.MinRead)
	n, err := t.copy(&content, name, info, maxDatabase+1)
	switch {
	case err != nil:
		return "", errors.New(whyNotOn(err, path))
	case n > maxDatabase: // it has more than it says of itself
		return "", fmt.Errorf("%s is larger than %s", path, fileBytes(maxDatabase))
	}
	return content.String(), nil
}

// regular finds a regular file that is not larger than it may be. Its errors are those of read.
func (t *targetFiles) regular(path string, limit int64) (string, fs.FileInfo, error) {
	name, info, err := t.stat(path, true)
	switch {
	case err != nil && gone(err):
		return "", nil, fs.ErrNotExist
	case err != nil:
		return "", nil, errors.New(t.refused(path, err))
	case !info.Mode().IsRegular():
		return "", nil, fmt.Errorf("%s is not a regular file", path)
	case info.Size() > limit:
		return "", nil, fmt.Errorf("%s is larger than %s", path, fileBytes(limit))
	}
	return name, info, nil
}

// copy writes a regular file, up to a number of bytes, and tells how many it wrote. What ends before its size is an error.
func (t *targetFiles) copy(to io.Writer, name string, info fs.FileInfo, limit int64) (int64, error) {
	file, err := t.fsys.Open(name)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	n, err := io.Copy(to, io.LimitReader(file, limit))
	if err == nil && n < min(info.Size(), limit) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// refused is why a path cannot be looked at. As to a shell, what the system refuses it refuses on the last folder on the
// way that can be seen.
func (t *targetFiles) refused(path string, err error) string {
	on := path
	var errno syscall.Errno
	if errors.Is(err, fs.ErrPermission) || errors.As(err, &errno) {
		for on = ancestor(on, 1); on != "/"; on = ancestor(on, 1) {
			if _, _, err := t.stat(on, false); err == nil {
				break
			}
		}
	}
	return whyNotOn(err, on)
}

// whyNot is an error in words. That of a path error stands for itself, since whoever tells it names the path.
func whyNot(err error) string {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok && pathError.Error() == err.Error() {
		err = pathError.Err
	}
	return err.Error()
}

// whyNotOn is an error in words, with the path if the words do not name it already.
func whyNotOn(err error, path string) string {
	why := whyNot(err)
	if path != "/" && strings.Contains(why, path) {
		return why
	}
	return why + " on " + path
}

// gone tells the errors that mean that there is nothing. That a socket is not there, through which the files are asked
// for, says nothing of the files.
func gone(err error) bool {
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return false
	}
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP)
}

func notDirectory(name string) error {
	return &fs.PathError{Op: "stat", Path: name, Err: syscall.ENOTDIR}
}

// maxLinks is how many symlinks are followed for the .. behind them, as many as Linux follows.
const maxLinks = 40

// fileName is the name of a path in a file system, and whether only a directory can have it: it ends in a slash, . or ..
func fileName(fsys fs.FS, p string) (name string, directory bool, err error) {
	walk := fileWalk{fsys: fsys, todo: strings.Split(p, "/")}
	switch walk.todo[len(walk.todo)-1] {
	case "", ".", "..":
		directory = true
	}
	for len(walk.todo) > 0 && err == nil {
		part := walk.todo[0]
		walk.todo = walk.todo[1:]
		switch part {
		case "", ".":
		case "..":
			err = walk.up()
		default:
			walk.done = append(walk.done, part)
		}
	}
	return walk.name(), directory, err
}

// fileWalk goes along the elements of a path.
type fileWalk struct {
	fsys       fs.FS
	done, todo []string
	links      int
}

func (w *fileWalk) name() string { return path.Join(append([]string{"."}, w.done...)...) }

// up goes to the folder above, which for a symlink is that of what it leads to.
func (w *fileWalk) up() error {
	if len(w.done) == 0 {
		return nil
	}
	info, err := fs.Lstat(w.fsys, w.name())
	switch {
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return w.follow()
	case !info.IsDir():
		return notDirectory(w.name())
	}
	w.done = w.done[:len(w.done)-1]
	return nil
}

// follow puts what a symlink says in its place, and then goes up from there.
func (w *fileWalk) follow() error {
	if w.links++; w.links > maxLinks {
		return &fs.PathError{Op: "stat", Path: w.name(), Err: syscall.ELOOP}
	}
	target, err := fs.ReadLink(w.fsys, w.name())
	if err != nil {
		return err
	}
	w.done = w.done[:len(w.done)-1]
	if strings.HasPrefix(target, "/") {
		w.done = nil
	}
	w.todo = append(append(strings.Split(target, "/"), ".."), w.todo...)
	return nil
}
