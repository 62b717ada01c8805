package network

import (
	"net"
	"os"
	"strconv"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

// TestPortClientsAndPIDs connects to a port of this process, from an address of its own.
func TestPortClientsAndPIDs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	quiet, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer quiet.Close()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}}
	conn, err := d.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	port := func(l net.Listener) resource.Params {
		return resource.Params{"number": strconv.Itoa(l.Addr().(*net.TCPAddr).Port), "protocol": "tcp"}
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for who, shell := range map[string][]string{"root": shell, "nobody": catalogtest.AsNobody(t, shell)} {
			facts, err := catalogtest.RunProbe(t, shell, Port, portClients, nil, port(l), port(quiet), resource.Params{"number": "1", "protocol": "tcp"})
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range []string{`= ["127.0.0.9"]`, "= []", "missing: nothing listens on tcp/1"} {
				if got := catalogtest.DescribeFact(Port.Attribute("clients").Kind, facts[i]["clients"]); got != want {
					t.Errorf("%s: %s, want %s", who, got, want)
				}
			}
			facts, err = catalogtest.RunProbe(t, shell, Port, portProcess, nil, port(l))
			if err != nil {
				t.Fatal(err)
			}
			got := catalogtest.DescribeFact(Port.Attribute("pids").Kind, facts[0]["pids"])
			if want := "= [" + strconv.Itoa(os.Getpid()) + "]"; who == "root" && got != want && facts[0]["pids"].Unknown == "" || who == "nobody" && facts[0]["pids"].Unknown == "" {
				t.Errorf("%s: pids %s, want %s", who, got, want)
			}
		}
	})
}

// TestPIDsOfABlindProcess: one that could not be inspected may have the socket, whatever its name.
func TestPIDsOfABlindProcess(t *testing.T) {
	seen := parseSocketOwners("root\nblind nginx\nowner 7 nginx\npid 7 12\n")
	on := []socket{{inode: "7"}}
	if name := seen.processOf(on); name.Value != "nginx" || seen.pidsOf(on, name).Unknown == "" {
		t.Errorf("%v", seen.pidsOf(on, name))
	}
	seen.blind = nil
	if pids := seen.pidsOf(on, seen.processOf(on)); pids.Value == nil {
		t.Errorf("%v", pids)
	}
}
