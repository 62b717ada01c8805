package file

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// TestOwnersOfAnUnreadDatabase: a number without a name is told as a number, and what nobody can read may name it.
func TestOwnersOfAnUnreadDatabase(t *testing.T) {
	dir := t.TempDir()
	asOrdinary(t, dir, nil)
	file := catalogtest.MakeFile(t, dir+"/file", "x", 0o644)
	if err := os.Chown(file, 4711, 4711); err != nil {
		t.Skip(err)
	}
	acl := exec.Command("setfacl", "-m", "u:4711:r", file).Run() == nil
	for name, c := range catalogtest.UnreadDatabases {
		inFileShells(t, func(t *testing.T, shell, env []string) {
			jail := catalogtest.Jailed(t, shell, c.Setup)
			for attribute, database := range map[string]string{"owner": "passwd", "group": "group"} {
				want := resource.Unknown(strings.ReplaceAll(c.Why, "FILE", database))
				catalogtest.SameFact(t, resource.String, name, fileFacts(t, File, jail, env, attribute, at(file))[0], want)
			}
			catalogtest.SameFact(t, resource.Number, name, fileFacts(t, File, jail, env, "uid", at(file))[0], resource.Seen(resource.Int(4711)))
			if acl && env == nil {
				want := resource.Unknown(strings.ReplaceAll(c.Why, "FILE", "passwd"))
				catalogtest.SameFact(t, resource.String, name, fileFacts(t, File, jail, env, "acl", at(file))[0], want)
			}
		})
	}
}

// TestEntriesOfAnUnreadDatabase: an entry of an ACL that is a number may have a name that nobody can read. Other entries
// say nothing of that.
func TestEntriesOfAnUnreadDatabase(t *testing.T) {
	const passwd, group = "unread /etc/passwd permission denied on /etc/passwd", "unread /etc/group permission denied on /etc/group"
	for output, why := range map[string]string{
		"user::rw-\nuser:4711:r--\n" + passwd:                 "permission denied on /etc/passwd",
		"user::rw-\ndefault:user:4711:r--\n" + passwd:         "permission denied on /etc/passwd",
		"user::rw-\ngroup:4711:r--\n" + group:                 "permission denied on /etc/group",
		"user::rw-\ngroup:4711:r--\n" + passwd:                "",
		"user::rw-\nuser:4711:r--\n" + group:                  "",
		"user::rw-\nuser:alice:r--\n" + passwd + "\n" + group: "",
	} {
		fact := readACL(resource.Answer{Stdout: []byte(output + "\n")}, filePlace{kind: "regular"})
		if fact.Unknown != why {
			t.Errorf("%q: %+v", output, fact)
		}
	}
}
