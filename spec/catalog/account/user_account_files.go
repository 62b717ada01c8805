package account

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// userGroupsInFiles returns the groups that `id` would print.
func userGroupsInFiles(fsys fs.FS, subjects []resource.Params) []resource.Facts {
	t := lookup.NewFiles(fsys)
	return eachUser(t, subjects, func(_ int, f []string) resource.Facts {
		groups := t.Database("/etc/group")
		primary, ok := lookup.ParseID(f[3])
		switch {
		case !ok:
			return resource.Every(lookup.NotNumber(f[3]))
		case groups.Reason != "" && !groups.Absent:
			return resource.Every(resource.Unknown(groups.Reason))
		}
		if groups.Absent {
			return groupFacts(primary, nil, nil)
		}
		list, names := groupsOf(groups, f[0], primary)
		return groupFacts(primary, list, names)
	})
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
		if _, asked := names[gid]; ok && asked {
			names[gid] = append(names[gid], f[0])
		}
	}
	if len(names[primary]) == 0 {
		names[primary] = []string{primary}
	}
	return gids, names
}

// userShadowInFiles classifies passwords as the script does: a field of passwd other than "x" is the password itself.
func userShadowInFiles(fsys fs.FS, subjects []resource.Params) []resource.Facts {
	t := lookup.NewFiles(fsys)
	shadow := t.Database("/etc/shadow")
	lines := shadow.Lines(subjects)
	return eachUser(t, subjects, func(_ int, f []string) resource.Facts {
		class, locked, ages := "?", "?", "-"
		if field := f[1]; field != "x" && !strings.HasPrefix(field, "##") {
			class, locked = passwordClass(field)
		}
		if entry := lines[f[0]]; entry != nil {
			if class == "?" {
				class, locked = passwordClass(entry[1])
			}
			ages = strings.Join(entry[2:], ":")
		}
		return shadowFacts(f[0], class+" "+locked+" "+ages, shadow.Reason)
	})
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

// userKeysInFiles reads the key files that sshd's configuration refers to.
func userKeysInFiles(fsys fs.FS, subjects []resource.Params) []resource.Facts {
	t := lookup.NewFiles(fsys)
	config := sshdConfigIn(t)
	return eachUser(t, subjects, func(_ int, f []string) resource.Facts {
		return resource.Facts{
			"authorized_keys": config.keys(f, func(path string) keyFile { return keyFileAt(t, path) }),
		}
	})
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
