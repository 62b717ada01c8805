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
		// Only those are kept: an image can have a database of any size.
		if wanted[f[0]] {
			found.add(f, fields)
		}
	}
	return found
}

// Numbered yields the entries that have a name, that number, and at least so many fields.
func (db *Database) Numbered(number string, fields int) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for f := range db.Rows() {
			if len(f) < fields || f[0] == "" {
				continue
			}
			if id, ok := ParseID(f[2]); ok && id == number && !yield(f) {
				return
			}
		}
	}
}

// name returns the name of the first entry with a number, "" without one.
func (db *Database) name(number string) string {
	if _, known := db.names[number]; !known {
		db.names[number] = ""
		for f := range db.Numbered(number, 4) {
			db.names[number] = f[0]
			break
		}
	}
	return db.names[number]
}

// Owner returns the name of a number as stat prints it, "UNKNOWN" if it has none; or why it could not be looked up.
func (t *Files) Owner(file string, number uint32) (name, unknown string) {
	db := t.Database(file)
	if name := db.name(strconv.FormatUint(uint64(number), 10)); name != "" {
		return name, ""
	}
	// Without a file no number has a name, which is certain; one that cannot be read may have it.
	if db.Reason != "" && !db.Absent {
		return "UNKNOWN", db.Reason
	}
	return "UNKNOWN", ""
}

// Table is a part of the user database: its file, what an entry is, and how many fields it has.
type Table struct {
	file, what string
	fields     int
}

var (
	Users  = Table{"/etc/passwd", "user", 7}
	Groups = Table{"/etc/group", "group", 4}
)

// EntryFacts returns the facts of a subject by its index and the fields of its entry.
type EntryFacts func(i int, entry []string) resource.Facts

// Probe returns a probe for subjects by their names, with or without a shell.
func (t Table) Probe(
	name, script string, printed func(out string) EntryFacts, inFiles func(*Files, []resource.Params) EntryFacts,
) *resource.Probe {
	return &resource.Probe{Name: name, Script: script, Words: ByName, Parse: t.Parse(printed), Files: t.Files(inFiles)}
}

// Parse returns the parser of a script that prints the entries of its subjects. It gets all that the script printed.
func (t Table) Parse(facts func(string) EntryFacts) func(resource.Answer, []resource.Params) ([]resource.Facts, error) {
	return func(answer resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
		if answer.Status != 0 {
			return nil, fmt.Errorf("looking up a %s ended with status %d", t.what, answer.Status)
		}
		out := string(answer.Stdout)
		return t.each(parseEntries(out, t.fields), subjects, facts(out)), nil
	}
}

// Files returns the counterpart of Parse for targets without a shell. A malformed entry makes its name unknown.
func (t Table) Files(facts func(*Files, []resource.Params) EntryFacts) func(fs.FS, []resource.Params) []resource.Facts {
	return func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
		files := NewFiles(fsys)
		return t.In(files, subjects, facts(files, subjects))
	}
}

// In returns the facts of every subject from its entry in the file.
func (t Table) In(files *Files, subjects []resource.Params, facts EntryFacts) []resource.Facts {
	db := files.Database(t.file)
	found, lines := db.entries(t.fields, subjects), db.Lines(subjects)
	all := t.each(found, subjects, facts)
	for i, p := range subjects {
		// Programs skip such a line, and others do not: whether the name exists depends on who reads the file.
		if name := p.Text("name"); found.byName[name] == nil && lines[name] != nil {
			all[i] = resource.Every(resource.Unknown(fmt.Sprintf("the entry of %q in %s is malformed", name, t.file)))
		}
	}
	return all
}

// each returns the facts of every subject from its entry.
func (t Table) each(found entries, subjects []resource.Params, facts EntryFacts) []resource.Facts {
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		entry, ok := found.byName[p.Text("name")]
		switch {
		case ok:
			all[i] = facts(i, entry)
		// A file that could not be read may have the name that getent did not find.
		case found.reason != "":
			all[i] = resource.Every(resource.Unknown(found.reason))
		default:
			all[i] = resource.Every(resource.Missing("no such " + t.what))
			all[i]["exists"] = resource.Seen(false)
		}
	}
	return all
}
