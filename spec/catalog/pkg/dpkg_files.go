package pkg

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

const (
	dpkgFolder   = "/var/lib/dpkg"
	dpkgDatabase = dpkgFolder + "/status"
	dpkgSingles  = dpkgFolder + "/status.d"
	dpkgUpdates  = dpkgFolder + "/updates"
)

// readDpkg reads dpkg's database, and that of distroless images, which has a file for each package.
func readDpkg(files databaseFiles, s *packageSection) error {
	found := 0
	err := s.dpkgStatus(files, &found)
	if err != nil {
		return err
	}
	status := slices.Clone(s.records)
	if err := s.dpkgSingles(files, status, &found); err != nil {
		return err
	}
	if found == 0 {
		return fs.ErrNotExist
	}
	slices.SortStableFunc(s.records, func(a, b packageRecord) int {
		return strings.Compare(a.arch, b.arch) // as dpkg-query
	})
	s.native, err = dpkgNative(files)
	return err
}

// dpkgNative returns the machine's own architecture, the first of the file; "" without one.
func dpkgNative(files databaseFiles) (native string, err error) {
	err = inDatabase(files, dpkgFolder+"/arch", func(file io.Reader) error {
		return eachLine(file, func(number int, line string) error {
			if number == 1 {
				native = strings.TrimSuffix(line, "\n")
			}
			return nil
		})
	})
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return native, err
}

// dpkgStatus keeps the packages of the status file, and counts all that it has.
func (s *packageSection) dpkgStatus(files databaseFiles, found *int) error {
	err := inDatabase(files, dpkgDatabase, func(file io.Reader) error {
		return eachDpkgRecord(file, func(r packageRecord) error {
			*found++
			return s.keep(r)
		})
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return dpkgInterrupted(files)
}

// dpkgInterrupted returns an error if dpkg left changes behind that it had no time to write into the status file.
func dpkgInterrupted(files databaseFiles) error {
	updates, err := files.List(dpkgUpdates)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range updates {
		// dpkg numbers its journal files, and merges them into the status file at its next run.
		if strings.Trim(name, "0123456789") == "" {
			return fmt.Errorf("dpkg was interrupted: %s/%s is not in %s yet", dpkgUpdates, name, dpkgDatabase)
		}
	}
	return nil
}

// dpkgSingles keeps the packages of a distroless image that the status file does not have. The names of the files mean
// nothing; checksums lie beside them.
func (s *packageSection) dpkgSingles(files databaseFiles, status []packageRecord, found *int) error {
	names, err := files.List(dpkgSingles)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range names {
		// Distroless images keep the checksums of a package in the folder of the records.
		if strings.HasSuffix(name, ".md5sums") {
			continue
		}
		var r packageRecord
		err := inDatabase(files, dpkgSingles+"/"+name, func(file io.Reader) (err error) {
			r, err = parseDpkgSingle(file)
			return err
		})
		// A file that is listed but absent could not be read, which does not mean that there is no database.
		if err != nil {
			return errors.New(err.Error())
		}
		*found++
		same := func(other packageRecord) bool { return other.name == r.name && other.arch == r.arch }
		if slices.ContainsFunc(status, same) {
			continue
		}
		if err := s.keep(r); err != nil {
			return err
		}
	}
	return nil
}

// dpkgStanza collects the relevant fields of one stanza, in lower case.
type dpkgStanza struct {
	field  map[string]string
	inside bool   // a field has begun
	cut    string // the last line, if it has no end
}

// add parses a line. Those that begin with a blank continue a field.
func (d *dpkgStanza) add(line string) error {
	line, whole := strings.CutSuffix(line, "\n")
	if !whole {
		d.cut = line
	}
	if d.inside && (strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")) {
		return nil
	}
	key, value, ok := strings.Cut(line, ":")
	if !ok || key == "" || strings.ContainsAny(key, " \t\x00") {
		return fmt.Errorf("is malformed at %.60q", line)
	}
	if !d.inside {
		d.inside, d.field = true, map[string]string{}
	}
	if !dpkgCounts(key) {
		return nil
	}
	key = strings.ToLower(key)
	if _, double := d.field[key]; double {
		return fmt.Errorf("says %s of %q twice", key, d.field["package"])
	}
	d.field[key] = strings.Trim(value, " \t\r")
	return nil
}

// eachDpkgRecord parses a status file as it is read. The text of an error is what follows the file's name.
func eachDpkgRecord(file io.Reader, what func(packageRecord) error) error {
	var d dpkgStanza
	end := func() error {
		if !d.inside {
			return nil
		}
		r, err := dpkgRecord(d.field)
		if d = (dpkgStanza{}); err != nil {
			return err
		}
		return what(r)
	}
	err := eachLine(file, func(_ int, line string) error {
		if line == "\n" {
			return end()
		}
		if err := d.add(line); err != nil {
			return err
		}
		if d.cut != "" {
			return errors.New("ends in the middle of a line")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return end()
}

// parseDpkgSingle parses the file of one package, which is installed although the file has no status. Its last line may
// lack its end, unless that may have cut a relevant field.
func parseDpkgSingle(file io.Reader) (packageRecord, error) {
	var d dpkgStanza
	blank := false
	err := eachLine(file, func(_ int, line string) error {
		if line == "\n" {
			blank = d.inside
			return nil
		}
		if blank {
			return errors.New("has more than one package")
		}
		return d.add(line)
	})
	if err != nil {
		return packageRecord{}, err
	}
	if key, _, _ := strings.Cut(d.cut, ":"); d.cut != "" && dpkgCounts(key) {
		return packageRecord{}, errors.New("ends in the middle of a line")
	}
	if !d.inside {
		return packageRecord{}, errors.New(`is malformed at ""`)
	}
	if d.field["status"] == "" {
		d.field["status"] = "install ok installed"
	}
	return dpkgRecord(d.field)
}

// dpkgCounts reports whether facts depend on a field.
func dpkgCounts(key string) bool {
	return slices.Contains([]string{"package", "status", "version", "architecture"}, strings.ToLower(key))
}

// dpkgRecord returns the record of a stanza. An installed package has a version and an architecture, or the stanza was
// cut short.
func dpkgRecord(field map[string]string) (packageRecord, error) {
	name := field["package"]
	state := strings.Fields(field["status"]) // "install ok installed"
	switch {
	case name == "":
		return packageRecord{}, errors.New("has a stanza without a package")
	case len(state) != 3:
		return packageRecord{}, fmt.Errorf("says %q as the status of %q", field["status"], name)
	case state[2] == "installed" && (field["version"] == "" || field["architecture"] == ""):
		return packageRecord{}, fmt.Errorf("has no version or no architecture of %q", name)
	}
	return packageRecord{
		name: name, arch: field["architecture"], version: field["version"], status: state[2], want: state[0],
	}, nil
}
