package lookup

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// Database is a file of the user database: /etc/passwd, /etc/group or /etc/shadow. It is kept as text: its fields would
// take many times as much memory, and an image can contain anything.
type Database struct {
	content string
	names   map[string]string // the names of the numbers that were looked up
	Absent  bool
	Reason  string // why entries cannot be found in it
}

// Database returns a file of the user database, which it reads once per query.
func (t *Files) Database(file string) *Database {
	if db := t.databases[file]; db != nil {
		return db
	}
	db := &Database{names: map[string]string{}}
	t.databases[file] = db
	content, err := t.Read(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		db.Absent, db.Reason = true, "there is no "+file
	case err != nil:
		db.Reason = err.Error()
	}
	db.content = content
	return db
}

// Rows yields the fields of every entry, in the file's order.
func (db *Database) Rows() iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(db.content) {
			if !yield(strings.Split(strings.TrimSuffix(line, "\n"), ":")) {
				return
			}
		}
	}
}

// ParseID returns the number of a user or a group in its usual form, without leading zeros.
func ParseID(text string) (string, bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	return strconv.FormatUint(n, 10), err == nil
}

// Lines returns the first entry for each subject's name, however many fields it has.
func (db *Database) Lines(subjects []resource.Params) map[string][]string {
	lines := map[string][]string{}
	wanted := wantedNames(subjects)
	for f := range db.Rows() {
		if wanted[f[0]] && len(f) > 1 && lines[f[0]] == nil {
			lines[f[0]] = f
		}
	}
	return lines
}

func wantedNames(subjects []resource.Params) map[string]bool {
	wanted := map[string]bool{}
	for _, subject := range subjects {
		wanted[subject.Text("name")] = true
	}
	return wanted
}

// entries returns the subjects' entries that have the right number of fields.
func (db *Database) entries(fields int, subjects []resource.Params) entries {
	found, wanted := entries{byName: map[string][]string{}, reason: db.Reason}, wantedNames(subjects)
	for f := range db.Rows() {
		if wanted[f[0]] {
			found.add(f, fields)
		}
	}
	return found
}

// name returns the name of the first entry with a number, "" without one.
func (db *Database) name(number string) string {
	if name, known := db.names[number]; known {
		return name
	}
	for f := range db.Rows() {
		if len(f) < 4 || f[0] == "" {
			continue
		}
		if id, ok := ParseID(f[2]); ok && id == number {
			db.names[number] = f[0]
			return f[0]
		}
	}
	db.names[number] = ""
	return ""
}

// Owner returns the name of a number as stat prints it, "UNKNOWN" if it has none; or why it could not be looked up.
func (t *Files) Owner(file string, number uint32) (name, unknown string) {
	db := t.Database(file)
	if name := db.name(strconv.FormatUint(uint64(number), 10)); name != "" {
		return name, ""
	}
	if db.Reason != "" && !db.Absent {
		return "UNKNOWN", db.Reason
	}
	return "UNKNOWN", ""
}

// Each returns the facts of every subject from its entry in a file. A malformed entry makes its name unknown.
func (t *Files) Each(file, what string, fields int, subjects []resource.Params,
	facts func(i int, entry []string) resource.Facts,
) []resource.Facts {
	db := t.Database(file)
	found, lines := db.entries(fields, subjects), db.Lines(subjects)
	all := found.each(subjects, what, facts)
	for i, p := range subjects {
		if name := p.Text("name"); found.byName[name] == nil && lines[name] != nil {
			all[i] = resource.Every(resource.Unknown(fmt.Sprintf("the entry of %q in %s is malformed", name, file)))
		}
	}
	return all
}
