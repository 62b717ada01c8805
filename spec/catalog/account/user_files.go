package account

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
)

// loginDefs returns the lines that define where the numbers of ordinary users and groups begin. /etc comes last and
// wins.
func loginDefs(t *lookup.Files) string {
	var lines strings.Builder
	for _, file := range []string{"/usr/etc/login.defs", "/etc/login.defs"} {
		content, err := t.Read(file)
		// Not the default of 1000: the file may say otherwise, and "denied" makes the promise unknown.
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			content = "UID_MIN denied\nGID_MIN denied"
		}
		lines.WriteString(content + "\n")
	}
	return lines.String()
}
