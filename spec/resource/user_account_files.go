package resource

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// userGroupsInFiles are the groups that `id` would tell.
func userGroupsInFiles(fsys fs.FS, subjects []Params) []Facts {
	t := filesOf(fsys)
	return t.eachUser(subjects, userGroups, func(_ int, f []string) Facts {
		groups := t.database("/etc/group")
		primary, ok := idNumber(f[3])
		switch {
		case !ok:
			return Every(notNumber(f[3]), userGroups...)
		case groups.reason != "" && !groups.absent:
			return Every(Unknown(groups.reason), userGroups...)
		}
		if groups.absent {
			return groupFacts(primary, nil, nil)
		}
		list, names := groups.of(f[0], primary)
		return groupFacts(primary, list, names)
	})
}

// of are the numbers of the groups that name a user, and what these and the primary one are called: a number that has no
// name is its own.
func (db *userDatabase) of(user, primary string) (gids []string, names map[string][]string) {
	names = map[string][]string{primary: nil}
	for f := range db.rows() {
		if len(f) != 4 || !slices.Contains(strings.Split(f[3], ","), user) {
			continue
		}
		if gid, ok := idNumber(f[2]); ok {
			gids = append(gids, gid)
			names[gid] = nil
		}
	}
	for f := range db.rows() {
		if len(f) < 4 || f[0] == "" {
			continue
		}
		gid, ok := idNumber(f[2])
		if _, asked := names[gid]; ok && asked {
			names[gid] = append(names[gid], f[0])
		}
	}
	if len(names[primary]) == 0 {
		names[primary] = []string{primary}
	}
	return gids, names
}

// userShadowInFiles classifies passwords as the script does: a field of passwd that is not "x" is the password itself.
func userShadowInFiles(fsys fs.FS, subjects []Params) []Facts {
	t := filesOf(fsys)
	shadow := t.database("/etc/shadow")
	lines := shadow.lines(subjects)
	return t.eachUser(subjects, userShadow, func(_ int, f []string) Facts {
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
		return shadowFacts(f[0], class+" "+locked+" "+ages, shadow.reason)
	})
}

// passwordClass is the class of a password's field, and "true" where it is locked.
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

// isPasswordHash tells what crypt(3) makes: with a method before it, or thirteen characters of the oldest one.
func isPasswordHash(s string) bool {
	if strings.HasPrefix(s, "$") || strings.HasPrefix(s, "_") {
		return true
	}
	const letters = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	return len(s) == 13 && strings.Trim(s, letters) == ""
}

// userKeysInFiles reads the files of keys that sshd's configuration means.
func userKeysInFiles(fsys fs.FS, subjects []Params) []Facts {
	t := filesOf(fsys)
	config := t.sshd()
	return t.eachUser(subjects, []string{"authorized_keys"}, func(_ int, f []string) Facts {
		return Facts{"authorized_keys": config.keys(f, t.keyFile)}
	})
}

// keyFile reads a file of keys; one that is not there has none.
func (t *targetFiles) keyFile(path string) keyFile {
	there, unknown := t.reach(path)
	if !there {
		return keyFile{unread: unknown}
	}
	content, err := t.read(path)
	if err != nil {
		return keyFile{unread: err.Error()}
	}
	return keyFile{lines: fileLines(content)}
}

// reach walks down to a file, since a symlink on the way that leads nowhere is none that is not there.
func (t *targetFiles) reach(file string) (there bool, unknown string) {
	at, rest, more := "", strings.TrimPrefix(file, "/"), true
	for more {
		var part string
		part, rest, more = strings.Cut(rest, "/")
		at += "/" + part
		if _, _, err := t.stat(at, true); err == nil {
			continue
		} else if !gone(err) {
			return false, t.refused(at, err)
		}
		if _, _, err := t.stat(at, false); err == nil {
			return false, at + " is a dangling symlink"
		}
		return false, ""
	}
	return true, ""
}
