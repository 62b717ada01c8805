package account

import (
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// groupsInFiles returns the groups that `id` would print.
func groupsInFiles(t *lookup.Files, _ []resource.Params) lookup.EntryFacts {
	return func(_ int, f []string) resource.Facts {
		groups := t.Database("/etc/group")
		primary, ok := lookup.ParseID(f[3])
		switch {
		case !ok:
			return resource.Every(lookup.NotNumber(f[3]))
		case groups.Reason != "" && !groups.Absent:
			return resource.Every(resource.Unknown(groups.Reason))
		}
		// Without the file no group has a name, and the primary group is only its number.
		if groups.Absent {
			return membershipFacts(primary, nil, nil)
		}
		list, names := groupsOf(groups, f[0], primary)
		return membershipFacts(primary, list, names)
	}
}

// groupsOf returns the numbers of the groups that list a user, and the names of these and of the primary one: a number
// without a name is its own name.
func groupsOf(db *lookup.Database, user, primary string) (gids []string, names map[string][]string) {
	names = map[string][]string{primary: nil}
	for f := range db.Rows() {
		if len(f) != 4 || !slices.Contains(strings.Split(f[3], ","), user) {
			continue
		}
		if gid, ok := lookup.ParseID(f[2]); ok {
			gids = append(gids, gid)
			names[gid] = nil
		}
	}
	for f := range db.Rows() {
		if len(f) < 4 || f[0] == "" {
			continue
		}
		gid, ok := lookup.ParseID(f[2])
		if _, wanted := names[gid]; ok && wanted {
			names[gid] = append(names[gid], f[0])
		}
	}
	if len(names[primary]) == 0 {
		names[primary] = []string{primary}
	}
	return gids, names
}

// shadowInFiles classifies passwords as the script does: a field of passwd other than "x" is the password itself.
func shadowInFiles(t *lookup.Files, subjects []resource.Params) lookup.EntryFacts {
	shadow := t.Database("/etc/shadow")
	lines := shadow.Lines(subjects)
	return func(_ int, f []string) resource.Facts {
		class, locked, ages := "?", "?", "-"
		if field := f[1]; field != "x" && !strings.HasPrefix(field, "##") {
			class, locked = passwordClass(field)
		}
		if entry := lines[f[0]]; entry != nil {
			// A password in passwd itself wins over the entry in shadow; the ages are in shadow alone.
			if class == "?" {
				class, locked = passwordClass(entry[1])
			}
			ages = strings.Join(entry[2:], ":")
		}
		return shadowFacts(f[0], class+" "+locked+" "+ages, shadow.Reason)
	}
}

// passwordClass returns the class of a password field, and "true" if it is locked.
func passwordClass(field string) (class, locked string) {
	locked = fmt.Sprint(strings.HasPrefix(field, "!") || strings.HasPrefix(field, "*"))
	bare := strings.TrimLeft(field, "!")
	switch {
	case field == "":
		return "empty", locked
	case !isPasswordHash(bare):
		return "none", locked
	case bare == field:
		return "set", locked
	}
	return "locked", locked
}

// isPasswordHash reports whether a string has the form of a hash of crypt(3): with a method before it, or thirteen
// characters of the oldest method.
func isPasswordHash(s string) bool {
	if strings.HasPrefix(s, "$") || strings.HasPrefix(s, "_") {
		return true
	}
	const letters = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	return len(s) == 13 && strings.Trim(s, letters) == ""
}

// keysInFiles reads the key files that sshd's configuration refers to.
func keysInFiles(t *lookup.Files, _ []resource.Params) lookup.EntryFacts {
	config := sshdConfigIn(t)
	return func(_ int, f []string) resource.Facts {
		return resource.Every(config.keys(f, func(path string) keyFile { return keyFileAt(t, path) }))
	}
}

// keyFileAt reads a key file; an absent one has no keys.
func keyFileAt(t *lookup.Files, path string) keyFile {
	there, unknown := t.Reach(path)
	if !there {
		return keyFile{unread: unknown}
	}
	content, err := t.Read(path)
	if err != nil {
		return keyFile{unread: err.Error()}
	}
	return keyFile{lines: lookup.FileLines(content)}
}
