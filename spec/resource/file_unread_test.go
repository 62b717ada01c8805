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
		fact := readACL(Answer{Stdout: []byte(output + "\n")}, filePlace{kind: "regular"})
		if fact.Unknown != why {
			t.Errorf("%q: %+v", output, fact)
		}
	}
}
