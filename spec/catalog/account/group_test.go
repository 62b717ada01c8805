package account

import (
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

var fakeGroupFacts = map[string]map[string]string{
	"users":        {"exists": "= true", "gid": "= 100", "members": `= ["4711", "alice", "bob", "carol", "dave", "gone"]`, "system": "= true"},
	"domain users": {"exists": "= true", "members": `= ["alice", "root"]`, "system": "= false"},
	"empty":        {"members": "= []"},
	"alice":        {"members": `= ["alice"]`},
	"0":            {"exists": "= false", "gid": "missing: no such group", "members": "missing: no such group", "system": "missing: no such group"},
	"user*":        {"exists": "= false"},
	"-x":           {"exists": "= false"},
	"users:x":      {"exists": "= false", "members": "missing: no such group"},
}

func TestFakeGroups(t *testing.T) {
	setup := fakeUsers(t)
	for name, env := range map[string][]string{"getent": nil, "files": catalogtest.BusyboxOnly(t)} {
		t.Run(name, func(t *testing.T) {
			catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
				for name, want := range fakeGroupFacts {
					got := catalogtest.LinesOf(catalogtest.AllFacts(t, Group, catalogtest.Jailed(t, shell, setup), env, resource.Params{"name": name}))
					catalogtest.ExpectFacts(t, name, got, want)
				}
			})
		})
	}
}

func TestGroupsWithoutDatabase(t *testing.T) {
	setup := "mount -t tmpfs none /mnt; touch /mnt/x; chmod 0 /mnt/x; mount --bind /mnt/x /etc/group" + catalogtest.AsUnprivileged
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
			for name, fact := range catalogtest.LinesOf(catalogtest.AllFacts(t, Group, catalogtest.Jailed(t, shell, setup), env, resource.Params{"name": "users"})) {
				if fact != "unknown: permission denied on /etc/group" {
					t.Errorf("%s: %s", name, fact)
				}
			}
		}
	})
}

func TestMembersWithoutUsers(t *testing.T) {
	setup := "mount -t tmpfs none /mnt; touch /mnt/x; chmod 0 /mnt/x; mount --bind /mnt/x /etc/passwd" + catalogtest.AsUnprivileged
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
			got := catalogtest.LinesOf(catalogtest.AllFacts(t, Group, catalogtest.Jailed(t, shell, setup), env, resource.Params{"name": "users"}))
			catalogtest.ExpectFacts(t, "users", got, map[string]string{"exists": "= true", "members": "unknown: permission denied on /etc/passwd"})
		}
	})
}
