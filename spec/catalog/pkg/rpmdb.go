package pkg

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// rpmPackage is one package of an rpm database. Epoch is "" for a package without one. Arch is "(none)", as rpm prints
// it, for what has none: the public keys that rpm keeps as packages called gpg-pubkey.
type rpmPackage struct{ Name, Epoch, Version, Release, Arch string }

// rpmPlaces are where systems keep their rpm database: first the old place, which newer systems make a link.
var rpmPlaces = []string{"var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"}

// maxRpmDatabase is how many bytes a database may have.
const maxRpmDatabase = 256 << 20

// rpmPackages calls what with each package in the rpm database of a file system, without rpm. The error is
// fs.ErrNotExist if there is none in any of the known places; every other error means that it could not be read.
func rpmPackages(fsys fs.FS, what func(rpmPackage) error) error {
	for _, place := range rpmPlaces {
		found, err := rpmFiles(fsys, place)
		switch {
		case err != nil:
			return fmt.Errorf("rpm database in /%s: %v", place, err)
		// Before 4.16, Packages (Berkeley DB) is the default of rpm; SUSE has Packages.db (NDB).
		case !found["rpmdb.sqlite"] && (found["Packages"] || found["Packages.db"]):
			return errors.New("an rpm database of an older format (Berkeley DB or NDB), which needs rpm to be read")
		case found["rpmdb.sqlite"]:
			if err := readRpmDatabase(fsys, place, found, what); err != nil {
				return fmt.Errorf("rpm database in /%s: %v", place, err)
			}
			return nil
		}
	}
	return fmt.Errorf("no rpm database: %w", fs.ErrNotExist)
}

// rpmFiles returns which files of a database exist and are not empty. The database itself counts when it is empty.
func rpmFiles(fsys fs.FS, place string) (map[string]bool, error) {
	found := map[string]bool{}
	files := []string{"rpmdb.sqlite", "rpmdb.sqlite-wal", "rpmdb.sqlite-journal", "Packages", "Packages.db"}
	for _, name := range files {
		info, err := fs.Stat(fsys, path.Join(place, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		found[name] = err == nil && (name == "rpmdb.sqlite" || info.Size() > 0)
	}
	return found, nil
}

func readRpmDatabase(fsys fs.FS, place string, found map[string]bool, what func(rpmPackage) error) error {
	switch {
	// A change of the backend without rpm --rebuilddb leaves the old database behind.
	case found["Packages"] || found["Packages.db"]:
		return errors.New("there is one of an older format beside it, and only rpm knows which one is current")
	// SQLite keeps changes in these files until it writes them back; without them, the database can be outdated.
	case found["rpmdb.sqlite-wal"] || found["rpmdb.sqlite-journal"]:
		return errors.New("the database has changes that are not written back")
	}
	data, err := readBounded(fsys, path.Join(place, "rpmdb.sqlite"), maxRpmDatabase)
	if err != nil {
		return err
	}
	return eachSqliteRow(data, "Packages", func(row []any) error {
		if len(row) != 2 {
			return fmt.Errorf("a row of %d columns", len(row))
		}
		header, _ := row[1].([]byte)
		p, err := parseRpmHeader(header)
		if err != nil {
			return err
		}
		return what(p)
	})
}

// readBounded reads a whole file that has at most limit bytes.
func readBounded(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var data bytes.Buffer
	if info, err := f.Stat(); err == nil && info.Size() <= limit {
		data.Grow(int(info.Size()) + bytes.MinRead)
	}
	n, err := io.Copy(&data, io.LimitReader(f, limit+1))
	if err == nil && n > limit {
		err = fmt.Errorf("%s has more than %d MiB", path.Base(name), limit>>20)
	}
	return data.Bytes(), err
}
