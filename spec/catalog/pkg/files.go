package pkg

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// packagesInFiles reads the databases themselves. It decides as packageScript does which of them count.
func packagesInFiles(fsys fs.FS, subjects []resource.Params) []resource.Facts {
	db := packageDatabases{lookup.NewFiles(fsys), wantedPackages(subjects), map[string]*packageSection{}}
	all := make([]resource.Facts, len(subjects))
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
	target *lookup.Files
	wanted map[string]bool
	read   map[string]*packageSection
}

// usual returns the databases of the target.
func (db packageDatabases) usual() []*packageSection {
	var there []*packageSection
	for _, manager := range []string{"dpkg", "apk", "rpm"} {
		if s := db.section(manager); !s.absent {
			there = append(there, s)
		}
	}
	return orNone(there)
}

// section returns what a package manager would answer to a query for all packages.
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

// inDatabase parses a file of a database. Its errors are those of Stream, or name the file.
func inDatabase(files databaseFiles, name string, parse func(io.Reader) error) error {
	file, err := files.Stream(name)
	if err != nil {
		return err
	}
	defer file.Close()
	if err = parse(file); err == nil {
		return nil
	}
	// A file that could not be read to its end is named already, and is not malformed.
	if lost, ok := errors.AsType[lookup.LostError](err); ok {
		return lost
	}
	return fmt.Errorf("%s %w", name, err)
}

// readRpm reads rpm's database.
func readRpm(t *lookup.Files, s *packageSection) error {
	for _, place := range rpmPlaces {
		if _, unknown := t.Reach("/" + place + "/rpmdb.sqlite"); unknown != "" {
			return errors.New(unknown)
		}
	}
	return rpmPackages(t.FS, func(p rpmPackage) error {
		version := p.Version + "-" + p.Release
		if p.Epoch != "" {
			version = p.Epoch + ":" + version
		}
		return s.keep(packageRecord{name: p.Name, arch: p.Arch, version: version, status: "installed"})
	})
}
