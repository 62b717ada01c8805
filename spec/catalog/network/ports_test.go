package network

import (
	"net"
	"slices"
	"strconv"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// TestListOfPorts: a socket that listens is in the list, with its addresses, and one that has closed is not.
func TestListOfPorts(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	name := "tcp/" + strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	named := func(t *testing.T, shell []string) (resource.Element, bool) {
		t.Helper()
		facts, err := catalogtest.RunProbe(t, shell, Ports, Ports.Probe, nil, resource.Params{})
		if err != nil {
			t.Fatal(err)
		}
		list := facts[0].Of("every").Value.(resource.Elements).List
		i := slices.IndexFunc(list, func(e resource.Element) bool { return e.Name == name })
		if i < 0 {
			return resource.Element{}, false
		}
		return list[i], true
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		e, ok := named(t, shell)
		if addresses, _ := e.Facts["addresses"].Value.([]any); !ok || len(addresses) != 1 || addresses[0] != "127.0.0.1" {
			t.Errorf("%s: %+v", name, e)
		}
		if Port.Prepare(e.Params) != nil || e.Params.Text("protocol") != "tcp" {
			t.Errorf("%+v is not a port", e.Params)
		}
	})
	listener.Close()
	if e, ok := named(t, []string{"dash"}); ok {
		t.Errorf("%+v does not listen any more", e)
	}
	jail := catalogtest.Jailed(t, []string{"dash"}, "mount -t tmpfs none /proc")
	if facts, err := catalogtest.RunProbe(t, jail, Ports, Ports.Probe, nil, resource.Params{}); err == nil {
		t.Errorf("without /proc/net the list is %+v", facts)
	}
}
