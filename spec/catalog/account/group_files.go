package account

import (
	"io/fs"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

func eachGroup(
	t *lookup.Files, subjects []resource.Params, facts func(i int, entry []string) resource.Facts,
) []resource.Facts {
	return t.Each("/etc/group", "group", 4, subjects, facts)
}

func groupsInFiles(fsys fs.FS, subjects []resource.Params) []resource.Facts {
	return eachGroup(lookup.NewFiles(fsys), subjects, groupEntryFacts)
}

func systemGroupsInFiles(fsys fs.FS, subjects []resource.Params) []resource.Facts {
	t := lookup.NewFiles(fsys)
	limits := loginDefs(t)
	return eachGroup(t, subjects, func(_ int, f []string) resource.Facts {
		return resource.Facts{"system": systemFact(limits, "GID_MIN", f[2])}
	})
}

// membersInFiles are the members of groups. Those whose primary group it is come from /etc/passwd.
func membersInFiles(fsys fs.FS, subjects []resource.Params) []resource.Facts {
	t := lookup.NewFiles(fsys)
	return eachGroup(t, subjects, func(_ int, f []string) resource.Facts {
		gid, ok := lookup.ParseID(f[2])
		users := t.Database("/etc/passwd")
		switch {
		case !ok:
			return resource.Facts{"members": lookup.NotNumber(f[2])}
		case users.Reason != "":
			return resource.Facts{"members": resource.Unknown(users.Reason)}
		}
		var primary []string
		for user := range users.Rows() {
			if len(user) != 7 {
				continue
			}
			if id, ok := lookup.ParseID(user[3]); ok && id == gid {
				primary = append(primary, user[0])
			}
		}
		return memberFacts(f, namesakesIn(t.Database("/etc/group"), gid), primary)
	})
}

// namesakesIn returns the groups of one number.
func namesakesIn(db *lookup.Database, gid string) []namesake {
	var same []namesake
	for f := range db.Rows() {
		if len(f) != 4 || f[0] == "" {
			continue
		}
		if id, ok := lookup.ParseID(f[2]); ok && id == gid {
			same = append(same, namesake{f[0], f[3]})
		}
	}
	return same
}
