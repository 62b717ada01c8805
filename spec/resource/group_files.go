package resource

import "io/fs"

func eachGroup(t *targetFiles, subjects []Params, observes []string, facts func(i int, entry []string) Facts) []Facts {
	return t.each("/etc/group", "group", 4, subjects, observes, facts)
}

func groupsInFiles(fsys fs.FS, subjects []Params) []Facts {
	return eachGroup(filesOf(fsys), subjects, groupEntry, groupEntryFacts)
}

func systemGroupsInFiles(fsys fs.FS, subjects []Params) []Facts {
	t := filesOf(fsys)
	limits := loginDefs(t)
	return eachGroup(t, subjects, []string{"system"}, func(_ int, f []string) Facts {
		return Facts{"system": systemFact(limits, "GID_MIN", f[2])}
	})
}

// membersInFiles are the members of groups. Those whose primary group it is stand in /etc/passwd.
func membersInFiles(fsys fs.FS, subjects []Params) []Facts {
	t := filesOf(fsys)
	return eachGroup(t, subjects, []string{"members"}, func(_ int, f []string) Facts {
		gid, ok := idNumber(f[2])
		users := t.database("/etc/passwd")
		switch {
		case !ok:
			return Facts{"members": notNumber(f[2])}
		case users.reason != "":
			return Facts{"members": Unknown(users.reason)}
		}
		var primary []string
		for user := range users.rows() {
			if len(user) != 7 {
				continue
			}
			if id, ok := idNumber(user[3]); ok && id == gid {
				primary = append(primary, user[0])
			}
		}
		return memberFacts(f, namesakesIn(t.database("/etc/group"), gid), primary)
	})
}

// namesakesIn are the groups of one number.
func namesakesIn(db *userDatabase, gid string) []namesake {
	var same []namesake
	for f := range db.rows() {
		if len(f) != 4 || f[0] == "" {
			continue
		}
		if id, ok := idNumber(f[2]); ok && id == gid {
			same = append(same, namesake{f[0], f[3]})
		}
	}
	return same
}
