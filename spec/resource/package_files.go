package resource

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// packagesInFiles reads the databases themselves. Which of them counts is decided as packageScript does.
func packagesInFiles(fsys fs.FS, subjects []Params) []Facts {
	db := packageDatabases{filesOf(fsys), map[string]*packageSection{}}
	all := make([]Facts, len(subjects))
	for i, subject := range subjects {
		section := db.usual
		if manager := subject.Text("manager"); manager != "" {
			section = func() *packageSection { return db.section(manager) }
		}
		all[i] = packageFacts(section(), subject.Text("name"))
	}
	return all
}

// packageDatabases are the databases of a target without a shell, each read once.
type packageDatabases struct {
	target *targetFiles
	read   map[string]*packageSection
}

// usual is the database of the target: the first that is there.
func (db packageDatabases) usual() *packageSection {
	for _, manager := range []string{"dpkg", "apk", "rpm"} {
		if s := db.section(manager); !s.absent {
			return s
		}
	}
	return &packageSection{unknown: "no package database on the target (looked for dpkg, apk, rpm)"}
}

// section is what a package manager would answer if it were asked for all packages.
func (db packageDatabases) section(manager string) *packageSection {
	if s := db.read[manager]; s != nil {
		return s
	}
	s := &packageSection{manager: manager, whole: true}
	err := map[string]func(*targetFiles, *packageSection) error{"dpkg": readDpkg, "apk": readApk, "rpm": readRpm}[manager](db.target, s)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.absent, s.unknown = true, "no "+manager+" database on the target"
	case err != nil:
		s.unknown = err.Error()
	}
	db.read[manager] = s
	return s
}

// readApk reads apk's database. Each package in it ends in an empty line, without which it was cut short.
func readApk(t *targetFiles, s *packageSection) error {
	file := "/lib/apk/db/installed"
	text, err := t.read(file)
	if errors.Is(err, fs.ErrNotExist) {
		file = "/usr/lib/apk/db/installed" // since apk 3
		text, err = t.read(file)
	}
	if err != nil {
		return err
	}
	if text != "" && !strings.HasSuffix(text, "\n\n") {
		return fmt.Errorf("%s ends in the middle of a package", file)
	}
	s.lines = fileLines(text)
	for i, line := range s.lines {
		if line != "" && (len(line) < 2 || line[1] != ':') {
			return fmt.Errorf("%s makes no sense in line %d", file, i+1)
		}
	}
	if err := s.endApk(0); err != nil {
		return err
	}
	for _, r := range s.records {
		if r.version == "" {
			return fmt.Errorf("%s has no version of %q", file, r.name)
		}
	}
	return nil
}

// readRpm reads rpm's database.
func readRpm(t *targetFiles, s *packageSection) error {
	packages, err := rpmPackages(t.fsys)
	for _, p := range packages {
		version := p.Version + "-" + p.Release
		if p.Epoch != "" {
			version = p.Epoch + ":" + version
		}
		s.records = append(s.records, packageRecord{name: p.Name, arch: p.Arch, version: version, status: "installed"})
	}
	return err
}
