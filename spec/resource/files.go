package resource

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net"
	"path"
	"slices"
	"strconv"
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
		return "", nil, fmt.Errorf("%s is no regular file", path)
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

// placedError has a sentence of its own for the path that it is about.
type placedError interface {
	error
	On(path string) string
}

// whyNotOn is an error in words, with the path if the words do not name it already.
func whyNotOn(err error, path string) string {
	if placed, ok := errors.AsType[placedError](err); ok {
		return placed.On(path)
	}
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

// names are the names in a directory, sorted.
func (t *targetFiles) names(directory string) ([]string, error) {
	found, err := fs.ReadDir(t.fsys, directory)
	names := []string{}
	for _, entry := range found {
		names = append(names, entry.Name())
	}
	slices.Sort(names)
	return names, err
}

// list are the names in a folder. Its errors are those of read.
func (t *targetFiles) list(path string) ([]string, error) {
	name, _, err := t.stat(path, true)
	switch {
	case err != nil && gone(err):
		return nil, fs.ErrNotExist
	case err != nil:
		return nil, errors.New(t.refused(path, err))
	}
	names, err := t.names(name)
	if err != nil {
		return nil, errors.New(whyNotOn(err, path))
	}
	return names, nil
}

// maxPackages is how much of a package database is read at most. That of dpkg has a megabyte for a thousand packages.
const maxPackages = 128 << 20

// stream opens a package database, which is read as it comes.
func (t *targetFiles) stream(path string) (io.ReadCloser, error) {
	name, info, err := t.regular(path, maxPackages)
	if errors.Is(err, fs.ErrNotExist) {
		if _, unknown := t.reach(path); unknown != "" { // a symlink on the way leads nowhere
			return nil, errors.New(unknown)
		}
	}
	if err != nil {
		return nil, err
	}
	file, err := t.fsys.Open(name)
	if err != nil {
		return nil, errors.New(whyNotOn(err, path))
	}
	return &databaseStream{file: file, path: path, size: info.Size()}, nil
}

// databaseStream is a file that has to have its size when it ends.
type databaseStream struct {
	file fs.File
	path string
	size int64
	read int64
}

// Read says what to tell where the file cannot be read, or is none of its size.
func (s *databaseStream) Read(p []byte) (int, error) {
	n, err := s.file.Read(p)
	s.read += int64(n)
	switch {
	case s.read > maxPackages: // it has more than it says of itself
		return n, lostError(s.path + " is larger than " + fileBytes(maxPackages))
	case err == io.EOF && s.read < s.size:
		err = io.ErrUnexpectedEOF
	}
	if err != nil && err != io.EOF {
		err = lostError(whyNotOn(err, s.path))
	}
	return n, err
}

// lostError is why a database could not be read, in words that name it.
type lostError string

func (e lostError) Error() string { return string(e) }

// Close closes the file.
func (s *databaseStream) Close() error { return s.file.Close() }

// reach walks down to a file, since a symlink on the way that leads nowhere is none that is not there.
func (t *targetFiles) reach(file string) (there bool, unknown string) {
	at, rest, more := "", strings.TrimPrefix(file, "/"), true
	for more {
		var part string
		part, rest, more = strings.Cut(rest, "/")
		at += "/" + part
		if _, _, err := t.stat(at, true); err == nil {
			continue
		} else if !gone(err) {
			return false, t.refused(at, err)
		}
		if _, _, err := t.stat(at, false); err == nil {
			return false, at + " is a symlink that leads nowhere"
		}
		return false, ""
	}
	return true, ""
}

// userDatabase is a file of the user database: /etc/passwd, /etc/group or /etc/shadow. It is kept as it is: its fields
// would take many times as much memory, and an image can say anything.
type userDatabase struct {
	content string
	names   map[string]string // the names of the numbers that were asked for
	absent  bool
	reason  string // why entries cannot be found in it
}

// database reads a file of the user database, once for a question.
func (t *targetFiles) database(file string) *userDatabase {
	if db := t.databases[file]; db != nil {
		return db
	}
	db := &userDatabase{names: map[string]string{}}
	t.databases[file] = db
	content, err := t.read(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		db.absent, db.reason = true, "there is no "+file
	case err != nil:
		db.reason = err.Error()
	}
	db.content = content
	return db
}

// rows are the fields of every entry, in the file's order.
func (db *userDatabase) rows() iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(db.content) {
			if !yield(strings.Split(strings.TrimSuffix(line, "\n"), ":")) {
				return
			}
		}
	}
}

// idNumber is the number of a user or a group as everybody writes it, without zeros before it.
func idNumber(text string) (string, bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	return strconv.FormatUint(n, 10), err == nil
}

// lines are the first entries of the names that subjects have, however many fields they have.
func (db *userDatabase) lines(subjects []Params) map[string][]string {
	lines := map[string][]string{}
	wanted := wantedNames(subjects)
	for f := range db.rows() {
		if wanted[f[0]] && len(f) > 1 && lines[f[0]] == nil {
			lines[f[0]] = f
		}
	}
	return lines
}

func wantedNames(subjects []Params) map[string]bool {
	wanted := map[string]bool{}
	for _, subject := range subjects {
		wanted[subject.Text("name")] = true
	}
	return wanted
}

// entries are those of the subjects that have as many fields as they should.
func (db *userDatabase) entries(fields int, subjects []Params) entries {
	found, wanted := entries{byName: map[string][]string{}, reason: db.reason}, wantedNames(subjects)
	for f := range db.rows() {
		if wanted[f[0]] {
			found.add(f, fields)
		}
	}
	return found
}

// name is what a number is called by the first entry that has it, "" without one.
func (db *userDatabase) name(number string) string {
	if name, known := db.names[number]; known {
		return name
	}
	for f := range db.rows() {
		if len(f) < 4 || f[0] == "" {
			continue
		}
		if id, ok := idNumber(f[2]); ok && id == number {
			db.names[number] = f[0]
			return f[0]
		}
	}
	db.names[number] = ""
	return ""
}

// owner is the name of a number as stat tells it, "UNKNOWN" where it has none; or why it could not be looked up.
func (t *targetFiles) owner(file string, number uint32) (name, unknown string) {
	db := t.database(file)
	if name := db.name(strconv.FormatUint(uint64(number), 10)); name != "" {
		return name, ""
	}
	if db.reason != "" && !db.absent {
		return "UNKNOWN", db.reason
	}
	return "UNKNOWN", ""
}

// each makes the facts of every subject from its entry in a file. An entry that is none makes its name unknown.
func (t *targetFiles) each(file, what string, fields int, subjects []Params, observes []string,
	facts func(i int, entry []string) Facts,
) []Facts {
	db := t.database(file)
	found, lines := db.entries(fields, subjects), db.lines(subjects)
	all := found.each(subjects, what, observes, facts)
	for i, p := range subjects {
		if name := p.Text("name"); found.byName[name] == nil && lines[name] != nil {
			all[i] = Every(Unknown(fmt.Sprintf("the entry of %q in %s makes no sense", name, file)), observes...)
		}
	}
	return all
}

// ancestor is a path without its last components.
func ancestor(path string, count int) string {
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

// fileLines are the lines of a text whose last one may lack its newline; none of an empty text.
func fileLines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// fileBytes is a number of bytes in the largest unit that divides it.
func fileBytes(n int64) string {
	switch {
	case n > 0 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n > 0 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
