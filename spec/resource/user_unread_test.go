package resource

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// unreadDatabases are ways in which nobody can read the user database. Docker makes a folder of a file that is to be
// mounted and is not there.
var unreadDatabases = map[string]struct{ setup, why string }{
	"folders": {"mount -t tmpfs none /etc; mkdir /etc/passwd /etc/group", "/etc/FILE is not a regular file"},
	"unreadable": {
		"mount -t tmpfs none /etc; for f in passwd group; do echo somebody:x:4711:4711::/:/bin/sh >/etc/$f; chmod 0 /etc/$f; done" + anyNobody,
		"permission denied on /etc/FILE",
	},
}

// TestNobodyIsAbsentFromAnUnreadDatabase: a user database that is there and cannot be read denies neither users nor
// groups.
func TestNobodyIsAbsentFromAnUnreadDatabase(t *testing.T) {
	for name, c := range unreadDatabases {
		for programs, env := range map[string][]string{"getent": nil, "files": busyboxOnly(t)} {
			inEachShell(t, func(t *testing.T, shell []string) {
				jail := jailed(t, shell, c.setup)
				for typ, file := range map[*Type]string{User: "passwd", Group: "group"} {
					for attribute, fact := range linesOf(allFacts(t, typ, jail, env, Params{"name": "nobody-here"})) {
						if want := "unknown: " + strings.ReplaceAll(c.why, "FILE", file); fact != want {
							t.Errorf("%s, %s: %s %s\n got %s\nwant %s", name, programs, typ.Name, attribute, fact, want)
						}
					}
				}
			})
		}
	}
}

// TestMembersOfAnUnreadDatabase: whose primary group it is stands in /etc/passwd.
func TestMembersOfAnUnreadDatabase(t *testing.T) {
	setup := "mount -t tmpfs none /etc; mkdir /etc/passwd; echo staff:x:4711: >/etc/group"
	for _, env := range [][]string{nil, busyboxOnly(t)} {
		inEachShell(t, func(t *testing.T, shell []string) {
			facts := linesOf(allFacts(t, Group, jailed(t, shell, setup), env, Params{"name": "staff"}))
			expectFacts(t, "staff", facts, map[string]string{"exists": "= true", "members": "unknown: /etc/passwd is not a regular file"})
		})
	}
}

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

// TestProcessesOfAnUnreadDatabase: whom a process belongs to is a number, and nobody knows its name.
func TestProcessesOfAnUnreadDatabase(t *testing.T) {
	for name, c := range unreadDatabases {
		for _, env := range [][]string{nil, busyboxOnly(t)} {
			inEachShell(t, func(t *testing.T, shell []string) {
				setup := "/usr/bin/setpriv --reuid 4711 --regid 4711 --clear-groups sleep 600 &\nsleep 0.3\n" +
					c.setup + "\n\"$@\" && s=0 || s=$?; kill $!; exit $s"
				facts := linesOf(allFacts(t, Process, jailed(t, shell, setup), env, Params{"name": "sleep"}))
				want := map[string]string{"running": "= true", "users": "unknown: cannot look up number 4711 in the user database"}
				expectFacts(t, name, facts, want)
			})
		}
	}
}
