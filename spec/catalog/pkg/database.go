package pkg

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
)

// databaseFiles are the files of a package database: on a target without a shell, or as a shell sent them.
type databaseFiles interface {
	// Stream opens a regular file. Its error is fs.ErrNotExist if there is none, and otherwise in words for reports.
	Stream(path string) (io.ReadCloser, error)
	// List returns the names in a folder. Its errors are those of Stream.
	List(folder string) ([]string, error)
}

// The folders of the databases that a shell may send.
var packageFolders = map[string]string{"dpkg": "/var/lib/dpkg/", "apk": "/"}

// sentFiles are files that a shell sent, by path.
type sentFiles map[string]*sentFile

type sentFile struct {
	lines []string
	ended bool // the last line has a newline
}

func (f sentFiles) Stream(name string) (io.ReadCloser, error) {
	file := f[name]
	if file == nil {
		return nil, fs.ErrNotExist
	}
	text := strings.Join(file.lines, "\n")
	if file.ended && len(file.lines) > 0 {
		text += "\n"
	}
	return io.NopCloser(strings.NewReader(text)), nil
}

func (f sentFiles) List(folder string) ([]string, error) {
	var names []string
	for name := range f {
		if path.Dir(name) == folder {
			names = append(names, path.Base(name))
		}
	}
	slices.Sort(names)
	return names, nil
}

// read parses a whole database and keeps the wanted packages.
func (s *packageSection) read(files databaseFiles) {
	s.whole = true
	read := map[string]func(databaseFiles, *packageSection) error{"dpkg": readDpkg, "apk": readApk}[s.manager]
	if read == nil {
		s.unknown = fmt.Sprintf("unexpected package manager %q", s.manager)
		return
	}
	s.ended(read(files, s))
}

// ended records the outcome of reading a database.
func (s *packageSection) ended(err error) {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.absent, s.unknown = true, "no "+s.manager+" database on the target"
	case err != nil:
		s.unknown = err.Error()
	}
}

// maxRecords is how many entries a database may have for the wanted packages: each of their architectures, and with rpm
// each version, is one.
const maxRecords = 10_000

// keep adds a record if it is wanted.
func (s *packageSection) keep(r packageRecord) error {
	if s.wanted != nil && !s.wanted[r.name] {
		return nil
	}
	if len(s.records) == maxRecords {
		return fmt.Errorf("lists the packages that are asked for more than %d times", maxRecords)
	}
	s.records = append(s.records, r)
	return nil
}

// maxLine is how long a line of a package database may be.
const maxLine = 1 << 20

// eachLine calls what with every line of a file, with its newline, and holds one of them at a time.
func eachLine(file io.Reader, what func(number int, line string) error) error {
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	lines.Split(func(data []byte, end bool) (int, []byte, error) {
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			return i + 1, data[:i+1], nil
		}
		if end && len(data) > 0 {
			return len(data), data, nil
		}
		return 0, nil, nil
	})
	for number := 1; lines.Scan(); number++ {
		if err := what(number, lines.Text()); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("has a line of more than %s", lookup.FileBytes(maxLine))
	}
	return lines.Err()
}

// apkDatabase is the database of apk below /lib, or since apk 3 below /usr/lib.
const apkDatabase = "/apk/db/installed"

// readApk reads apk's database. Each package in it ends in an empty line, without which it was cut short.
func readApk(files databaseFiles, s *packageSection) error {
	err := inDatabase(files, "/lib"+apkDatabase, s.readApkLines)
	if errors.Is(err, fs.ErrNotExist) {
		err = inDatabase(files, "/usr/lib"+apkDatabase, s.readApkLines)
	}
	return err
}

func (s *packageSection) readApkLines(file io.Reader) error {
	r, open, empty := packageRecord{status: "installed"}, false, true
	err := eachLine(file, func(_ int, line string) error {
		line, whole := strings.CutSuffix(line, "\n")
		if line == "" && !open {
			return nil
		}
		empty = false
		if line == "" {
			done := r
			r, open = packageRecord{status: "installed"}, false
			return s.keepApk(done)
		}
		if open = true; len(line) < 2 || line[1] != ':' {
			return fmt.Errorf("is malformed at %.60q", line)
		}
		if !whole {
			return errApkCut
		}
		return r.setApk(line[0], line[2:])
	})
	switch {
	case err != nil:
		return err
	case open:
		return errApkCut
	case empty:
		return errors.New("has no package")
	}
	return nil
}

var errApkCut = errors.New("ends in the middle of a package")

func (s *packageSection) keepApk(r packageRecord) error {
	switch {
	case r.name == "":
		return errors.New("has an entry without a package")
	case r.version == "":
		return fmt.Errorf("has no version of %q", r.name)
	}
	return s.keep(r)
}

func (r *packageRecord) setApk(key byte, value string) error {
	field := map[byte]*string{'P': &r.name, 'V': &r.version, 'A': &r.arch}[key]
	if field == nil {
		return nil
	}
	if *field != "" {
		return fmt.Errorf("says %c of %q twice", key, r.name)
	}
	*field = value
	return nil
}
