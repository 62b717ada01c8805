package account

import (
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// TestNobodyIsAbsentFromAnUnreadDatabase: a user database that is there and cannot be read denies neither users nor
// groups.
func TestNobodyIsAbsentFromAnUnreadDatabase(t *testing.T) {
	for name, c := range catalogtest.UnreadDatabases {
		for programs, env := range map[string][]string{"getent": nil, "files": catalogtest.BusyboxOnly(t)} {
			catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
				jail := catalogtest.Jailed(t, shell, c.Setup)
				for typ, file := range map[*resource.Type]string{User: "passwd", Group: "group"} {
					for attribute, fact := range catalogtest.LinesOf(catalogtest.AllFacts(t, typ, jail, env, resource.Params{"name": "nobody-here"})) {
						if want := "unknown: " + strings.ReplaceAll(c.Why, "FILE", file); fact != want {
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
	for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
		catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
			facts := catalogtest.LinesOf(catalogtest.AllFacts(t, Group, catalogtest.Jailed(t, shell, setup), env, resource.Params{"name": "staff"}))
			catalogtest.ExpectFacts(t, "staff", facts, map[string]string{"exists": "= true", "members": "unknown: /etc/passwd is not a regular file"})
		})
	}
}
