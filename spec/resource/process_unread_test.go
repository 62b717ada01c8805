package resource

import (
	"testing"
)

// TestProcessesOfAnUnreadDatabase: whom a process belongs to is a number, and nobody knows its name.
func TestProcessesOfAnUnreadDatabase(t *testing.T) {
	for name, c := range unreadDatabases {
		for _, env := range [][]string{nil, busyboxOnly(t)} {
			inEachShell(t, func(t *testing.T, shell []string) {
				setup := "/usr/bin/setpriv --reuid 4711 --regid 4711 --clear-groups sleep 600 &\nsleep 0.3\n" +
					c.setup + "\n\"$@\" && s=0 || s=$?; kill $!; exit $s"
				facts := linesOf(allFacts(t, Process, jailed(t, shell, setup), env, Params{"name": "sleep"}))
				want := map[string]string{"running": "= true", "users": "unknown: number 4711 could not be looked up in the user database"}
				expectFacts(t, name, facts, want)
			})
		}
	}
}
