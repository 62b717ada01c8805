package resource

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

const (
	dpkgDatabase = "/var/lib/dpkg/status"
	dpkgSingles  = "/var/lib/dpkg/status.d"
	dpkgUpdates  = "/var/lib/dpkg/updates"
)

// readDpkg reads dpkg's database, and that of distroless images, which has a file for each package.
func readDpkg(t *targetFiles, s *packageSection) error {
	status, err := t.dpkgStatus()
	if err != nil {
		return err
	}
	single, err := t.dpkgSingles()
	if err != nil {
		return err
	}
	if s.records = status; len(status) == 0 && len(single) == 0 {
		return fs.ErrNotExist
	}
	for _, r := range single {
		same := func(other packageRecord) bool { return other.name == r.name && other.arch == r.arch }
		if !slices.ContainsFunc(status, same) {
			s.records = append(s.records, r)
		}
	}
	slices.SortStableFunc(s.records, func(a, b packageRecord) int { return strings.Compare(a.arch, b.arch) }) // as dpkg-query
	native, err := t.read("/var/lib/dpkg/arch")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	native, _, _ = strings.Cut(native, "\n")
	s.native = native
	return nil
}

// dpkgStatus are the packages of the status file, none without one.
func (t *targetFiles) dpkgStatus() ([]packageRecord, error) {
	text, err := t.read(dpkgDatabase)
	if errors.Is(err, fs.ErrNotExist) || err == nil && text == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	records, err := parseDpkgStatus(text)
	if err != nil {
		return nil, fmt.Errorf("%s %w", dpkgDatabase, err)
	}
	return records, t.dpkgInterrupted()
}

// dpkgInterrupted is an error if dpkg left changes behind that it had no time to write into the status file.
func (t *targetFiles) dpkgInterrupted() error {
	updates, err := t.list(dpkgUpdates)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range updates {
		if strings.Trim(name, "0123456789") == "" {
			return fmt.Errorf("dpkg was interrupted: %s/%s is not in %s yet", dpkgUpdates, name, dpkgDatabase)
		}
	}
	return nil
}

// dpkgSingles are the packages of a distroless image. The names of the files mean nothing; checksums lie beside them.
func (t *targetFiles) dpkgSingles() ([]packageRecord, error) {
	names, err := t.list(dpkgSingles)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var records []packageRecord
	for _, name := range names {
		if strings.HasSuffix(name, ".md5sums") {
			continue
		}
		file := dpkgSingles + "/" + name
		text, err := t.read(file)
		if err != nil {
			return nil, errors.New(err.Error()) // what is listed and not there could not be read
		}
		r, err := parseDpkgSingle(text)
		if err != nil {
			return nil, fmt.Errorf("%s %w", file, err)
		}
		records = append(records, r)
	}
	return records, nil
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

// parseDpkgStatus reads a whole status file. What follows the file's name is the error's text.
func parseDpkgStatus(text string) ([]packageRecord, error) {
	if !strings.HasSuffix(text, "\n") {
		return nil, errors.New("ends in the middle of a line")
	}
	var records []packageRecord
	for stanza := range strings.SplitSeq(text, "\n\n") {
		if strings.Trim(stanza, "\n") == "" {
			continue
		}
		field, err := dpkgFields(stanza)
		if err != nil {
			return nil, err
		}
		r, err := dpkgRecord(field)
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}

// parseDpkgSingle reads a file of one package, which is installed though nobody says so. Its last line may lack its end,
// unless that may have cut what counts.
func parseDpkgSingle(text string) (packageRecord, error) {
	field, err := dpkgFields(text)
	if err != nil {
		return packageRecord{}, err
	}
	last := text[strings.LastIndexByte(text, '\n')+1:]
	if key, _, _ := strings.Cut(last, ":"); dpkgCounts(key) {
		return packageRecord{}, errors.New("ends in the middle of a line")
	}
	if field["status"] == "" {
		field["status"] = "install ok installed"
	}
	return dpkgRecord(field)
}

// dpkgCounts tells the fields that facts are made of.
func dpkgCounts(key string) bool {
	return slices.Contains([]string{"package", "status", "version", "architecture"}, strings.ToLower(key))
}

// dpkgFields are the fields of one stanza that count, in lower case. Lines that begin with a blank continue a field.
func dpkgFields(stanza string) (map[string]string, error) {
	field := map[string]string{}
	inside := false
	for line := range strings.SplitSeq(strings.Trim(stanza, "\n"), "\n") {
		if inside && (strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")) {
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if !ok || key == "" || strings.ContainsAny(key, " \t\x00") {
			return nil, fmt.Errorf("makes no sense at %.60q", line)
		}
		if inside = true; !dpkgCounts(key) {
			continue
		}
		key = strings.ToLower(key)
		if _, double := field[key]; double {
			return nil, fmt.Errorf("says %s of %q twice", key, field["package"])
		}
		field[key] = strings.Trim(value, " \t\r")
	}
	return field, nil
}

// dpkgRecord is the record of a stanza. What is installed has a version and an architecture, or the stanza was cut short.
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
