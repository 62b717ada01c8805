package account

import (
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// TestListWhoseSourcesCannotBeRead: a directory that does not list all its users may be among them.
func TestListWhoseSourcesCannotBeRead(t *testing.T) {
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		jail := catalogtest.Jailed(t, catalogtest.AsNobody(t, shell),
			"mount -t tmpfs none /mnt; cp /etc/nsswitch.conf /mnt/n; chmod 600 /mnt/n; mount --bind /mnt/n /etc/nsswitch.conf")
		facts, err := catalogtest.RunProbe(t, jail, Users, Users.Probe, nil, resource.Params{})
		if err != nil {
			t.Fatal(err)
		}
		if list, _ := facts[0].Of("every").Value.(resource.Elements); list.Hidden == "" || len(list.List) < 5 {
			t.Errorf("%+v", list)
		}
	})
}
