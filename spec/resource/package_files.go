package resource

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// packagesInFiles reads the databases themselves. Which of them count is decided as packageScript does.
func packagesInFiles(fsys fs.FS, subjects []Params) []Facts {
	db := packageDatabases{filesOf(fsys), wantedPackages(subjects), map[string]*packageSection{}}
	all := make([]Facts, len(subjects))
	for i, subject := range subjects {
		sections := db.usual
		if manager := subject.Text("manager"); manager != "" {
			sections = func() []*packageSection { return []*packageSection{db.section(manager)} }
		}
		all[i] = packageFactsOf(sections(), subject.Text("name"))
	}
	return all
}

// packageDatabases are the databases of a target without a shell, each read once.
type packageDatabases struct {
	target *targetFiles
	wanted map[string]bool
	read   map[string]*packageSection
}

// usual are the databases of the target.
func (db packageDatabases) usual() []*packageSection {
	var there []*packageSection
	for _, manager := range []string{"dpkg", "apk", "rpm"} {
		if s := db.section(manager); !s.absent {
			there = append(there, s)
		}
	}
	return orNone(there)
}

// section is what a package manager would answer if it were asked for all packages.
func (db packageDatabases) section(manager string) *packageSection {
	if s := db.read[manager]; s != nil {
		return s
	}
	s := &packageSection{manager: manager, wanted: db.wanted}
	if db.read[manager] = s; manager == "rpm" {
		s.whole = true
		s.ended(readRpm(db.target, s))
		return s
	}
	s.read(db.target)
	return s
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

// inDatabase is an error with the name of the database that it is about.
func inDatabase(name string, err error) error {
	if err == nil {
		return nil
	}
	if lost, ok := errors.AsType[lostError](err); ok {
		return lost
	}
	return fmt.Errorf("%s %w", name, err)
}

// Close closes the file.
func (s *databaseStream) Close() error { return s.file.Close() }

// readRpm reads rpm's database.
func readRpm(t *targetFiles, s *packageSection) error {
	for _, place := range rpmPlaces {
		if _, unknown := t.reach("/" + place + "/rpmdb.sqlite"); unknown != "" {
			return errors.New(unknown)
		}
	}
	return rpmPackages(t.fsys, func(p rpmPackage) error {
		version := p.Version + "-" + p.Release
		if p.Epoch != "" {
			version = p.Epoch + ":" + version
		}
		return s.keep(packageRecord{name: p.Name, arch: p.Arch, version: version, status: "installed"})
	})
}
