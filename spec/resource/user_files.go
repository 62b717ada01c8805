package resource

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"strconv"
	"strings"
)

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
			all[i] = Every(Unknown(fmt.Sprintf("the entry of %q in %s is malformed", name, file)), observes...)
		}
	}
	return all
}

func (t *targetFiles) eachUser(subjects []Params, observes []string, facts func(i int, entry []string) Facts) []Facts {
	return t.each("/etc/passwd", "user", 7, subjects, observes, facts)
}

func usersInFiles(fsys fs.FS, subjects []Params) []Facts {
	return filesOf(fsys).eachUser(subjects, userEntry, accountFacts)
}

func systemUsersInFiles(fsys fs.FS, subjects []Params) []Facts {
	t := filesOf(fsys)
	limits := t.loginDefs()
	return t.eachUser(subjects, []string{"system"}, func(_ int, f []string) Facts {
		return Facts{"system": systemFact(limits, "UID_MIN", f[2])}
	})
}

// loginDefs are the lines that say where the numbers of ordinary users and groups begin. /etc comes last and wins.
func (t *targetFiles) loginDefs() string {
	var lines strings.Builder
	for _, file := range []string{"/usr/etc/login.defs", "/etc/login.defs"} {
		content, err := t.read(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			content = "UID_MIN denied\nGID_MIN denied"
		}
		lines.WriteString(content + "\n")
	}
	return lines.String()
}
