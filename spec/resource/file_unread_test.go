package resource

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestOwnersOfAnUnreadDatabase: a number without a name is told as a number, and what nobody can read may name it.
func TestOwnersOfAnUnreadDatabase(t *testing.T) {
	dir := t.TempDir()
	asOrdinary(t, dir, nil)
	file := makeFile(t, dir+"/file", "x", 0o644)
	if err := os.Chown(file, 4711, 4711); err != nil {
		t.Skip(err)
	}
	acl := exec.Command("setfacl", "-m", "u:4711:r", file).Run() == nil
	for name, c := range unreadDatabases {
		inFileShells(t, func(t *testing.T, shell, env []string) {
			jail := jailed(t, shell, c.setup)
			for attribute, database := range map[string]string{"owner": "passwd", "group": "group"} {
				want := Unknown(strings.ReplaceAll(c.why, "FILE", database))
				sameFact(t, String, name, fileFacts(t, File, jail, env, attribute, at(file))[0], want)
			}
			sameFact(t, Number, name, fileFacts(t, File, jail, env, "uid", at(file))[0], Seen(Int(4711)))
			if acl && env == nil {
				want := Unknown(strings.ReplaceAll(c.why, "FILE", "passwd"))
				sameFact(t, String, name, fileFacts(t, File, jail, env, "acl", at(file))[0], want)
			}
		})
	}
}
