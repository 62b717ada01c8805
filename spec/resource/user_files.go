package resource

import (
	"errors"
	"io/fs"
	"strings"
)

func eachUser(t *targetFiles, subjects []Params, observes []string, facts func(i int, entry []string) Facts) []Facts {
	return t.each("/etc/passwd", "user", 7, subjects, observes, facts)
}

func usersInFiles(fsys fs.FS, subjects []Params) []Facts {
	return eachUser(filesOf(fsys), subjects, userEntry, accountFacts)
}

func systemUsersInFiles(fsys fs.FS, subjects []Params) []Facts {
	t := filesOf(fsys)
	limits := loginDefs(t)
	return eachUser(t, subjects, []string{"system"}, func(_ int, f []string) Facts {
		return Facts{"system": systemFact(limits, "UID_MIN", f[2])}
	})
}

// loginDefs are the lines that say where the numbers of ordinary users and groups begin. /etc comes last and wins.
func loginDefs(t *targetFiles) string {
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
