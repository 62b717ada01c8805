package resource

import (
	"strings"
	"testing"
)

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
			expectFacts(t, "staff", facts, map[string]string{"exists": "= true", "members": "unknown: /etc/passwd is no regular file"})
		})
	}
}
