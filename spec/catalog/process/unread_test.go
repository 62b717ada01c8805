package process

import (
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// TestProcessesOfAnUnreadDatabase: whom a process belongs to is a number, and nobody knows its name.
func TestProcessesOfAnUnreadDatabase(t *testing.T) {
	for name, c := range catalogtest.UnreadDatabases {
		for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
			catalogtest.InEachShell(t, func(t *testing.T, shell []string) {
				setup := "/usr/bin/setpriv --reuid 4711 --regid 4711 --clear-groups sleep 600 &\nsleep 0.3\n" +
					c.Setup + "\n\"$@\" && s=0 || s=$?; kill $!; exit $s"
				facts := catalogtest.LinesOf(catalogtest.AllFacts(t, Process, catalogtest.Jailed(t, shell, setup), env, resource.Params{"name": "sleep"}))
				want := map[string]string{"running": "= true", "users": "unknown: cannot look up number 4711 in the user database"}
				catalogtest.ExpectFacts(t, name, facts, want)
			})
		}
	}
}
