package account

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

func eachUser(
	t *lookup.Files, subjects []resource.Params, facts func(i int, entry []string) resource.Facts,
) []resource.Facts {
	return t.Each("/etc/passwd", "user", 7, subjects, facts)
}

func usersInFiles(fsys fs.FS, subjects []resource.Params) []resource.Facts {
	return eachUser(lookup.NewFiles(fsys), subjects, accountFacts)
}

func systemUsersInFiles(fsys fs.FS, subjects []resource.Params) []resource.Facts {
	t := lookup.NewFiles(fsys)
	limits := loginDefs(t)
	return eachUser(t, subjects, func(_ int, f []string) resource.Facts {
		return resource.Facts{"system": systemFact(limits, "UID_MIN", f[2])}
	})
}

// loginDefs returns the lines that define where the numbers of ordinary users and groups begin. /etc comes last and
// wins.
func loginDefs(t *lookup.Files) string {
	var lines strings.Builder
	for _, file := range []string{"/usr/etc/login.defs", "/etc/login.defs"} {
		content, err := t.Read(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			content = "UID_MIN denied\nGID_MIN denied"
		}
		lines.WriteString(content + "\n")
	}
	return lines.String()
}
