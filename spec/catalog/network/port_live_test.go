package network

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/resource"
)

func listen(t *testing.T, network, address string) string {
	t.Helper()
	if strings.HasPrefix(network, "udp") {
		l, err := net.ListenPacket(network, address)
		if err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() { l.Close() })
		return strconv.Itoa(l.LocalAddr().(*net.UDPAddr).Port)
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { l.Close() })
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// portFacts asks all probes of the type, and describes what they say.
func portFacts(t *testing.T, shell, env []string, protocol, number string) string {
	t.Helper()
	all := catalogtest.AllFacts(t, Port, shell, env, resource.Params{"number": number, "protocol": protocol})
	if strings.Contains(all, "  listening unknown") && strings.Count(all, " unknown: ") != strings.Count(all, "\n") {
		t.Errorf("something is known of a port of which nothing is:\n%s", all)
	}
	// These two have tests of their own.
	return newerFacts.ReplaceAllString(all, "")
}

func listeningFacts(addresses, families, owner string) string {
	return "  addresses = [" + addresses + "]\n  families = [" + families + "]\n  listening = true\n" +
		"  process " + owner + "\n  user = \"root\"\n"
}

// ownOwner is what root is told of a socket of this test: its name, where root may look at all other processes.
func ownOwner() string {
	self, _ := os.Executable()
	name := filepath.Base(self)
	if _, err := os.Readlink("/proc/1/fd/0"); errors.Is(err, os.ErrPermission) {
		init, _ := os.ReadFile("/proc/1/comm")
		return "unknown: " + name + " has the socket, and so may " + strings.TrimSpace(string(init)) + ", which root may not inspect here (CAP_SYS_PTRACE)"
	}
	return "= " + resource.QuoteString(name)
}

var newerFacts = regexp.MustCompile(`(?m)^  (clients|pids) .*\n`)

func TestPortListeners(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root sees all owners")
	}
	owner := ownOwner()
	sockets := []struct{ network, address, addresses, families string }{
		{"tcp4", "127.0.0.1:0", `"127.0.0.1"`, `"ipv4"`},
		{"tcp4", "0.0.0.0:0", `"0.0.0.0"`, `"ipv4"`},
		{"tcp6", "[::1]:0", `"::1"`, `"ipv6"`},
		{"tcp6", "[::]:0", `"::"`, `"ipv6"`},
		{"tcp", "[::]:0", `"::"`, `"ipv4", "ipv6"`},
		{"tcp", "[::ffff:127.0.0.1]:0", `"127.0.0.1"`, `"ipv4"`},
		{"udp4", "127.0.0.1:0", `"127.0.0.1"`, `"ipv4"`},
		{"udp6", "[::1]:0", `"::1"`, `"ipv6"`},
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, s := range sockets {
			t.Run(s.network+s.address, func(t *testing.T) {
				number := listen(t, s.network, s.address)
				want := listeningFacts(s.addresses, s.families, owner)
				if diff := cmp.Diff(want, portFacts(t, shell, nil, s.network[:3], number)); diff != "" {
					t.Error(diff)
				}
				other := map[string]string{"tcp": "udp", "udp": "tcp"}[s.network[:3]]
				if got := portFacts(t, shell, nil, other, number); !strings.Contains(got, "listening = false") {
					t.Errorf("the other protocol: %s", got)
				}
			})
		}
	})
}

func TestPortMappedSocket(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 to open one with")
	}
	program := "import socket,sys\ns=socket.socket(socket.AF_INET6)\ns.bind(('::ffff:127.0.0.1',0))\ns.listen()\nprint(s.getsockname()[1],flush=True)\nsys.stdin.read()"
	cmd := exec.Command(python, "-c", program)
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	buf := make([]byte, 16)
	n, _ := out.Read(buf)
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		got := portFacts(t, shell, nil, "tcp", strings.TrimSpace(string(buf[:n])))
		if !strings.HasPrefix(got, "  addresses = [\"127.0.0.1\"]\n  families = [\"ipv4\"]\n  listening = true\n") {
			t.Error(got)
		}
	})
}

func TestPortEstablishedIsNoListener(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	peer, _ := l.Accept()
	defer peer.Close()
	server := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	client := strconv.Itoa(conn.LocalAddr().(*net.TCPAddr).Port)
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, number := range []string{server, client} {
			missing := "missing: nothing listens on tcp/" + number + "\n"
			want := "  addresses " + missing + "  families " + missing + "  listening = false\n  process " + missing + "  user " + missing
			if diff := cmp.Diff(want, portFacts(t, shell, nil, "tcp", number)); diff != "" {
				t.Error(diff)
			}
		}
	})
}

func TestPortAsOrdinaryUser(t *testing.T) {
	number := listen(t, "tcp4", "127.0.0.1:0")
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		got := portFacts(t, catalogtest.AsNobody(t, shell), nil, "tcp", number)
		want := "  addresses = [\"127.0.0.1\"]\n  families = [\"ipv4\"]\n  listening = true\n" +
			"  process unknown: the owner of the socket is a process of another user (become root to see it)\n  user = \"root\"\n"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// sharedSocket is a server in a jail: root opens a socket and forks a worker of another user, who has it as well.
const sharedSocket = `python3 -c '
import os,socket,sys,time
s=socket.socket();s.bind(("",8020));s.listen();s.set_inheritable(True)
child=os.fork()
if child==0:
  os.setgid(65534);os.setuid(65534)
  os.execvp("sleep",["sleep","100"])
while open("/proc/%%d/comm" %% child).read()!="sleep\n": time.sleep(.01)
open("/proc/self/comm","w").write(sys.argv[1])
time.sleep(100)' %[1]s &
server=$! n=0
while [ "$(cat /proc/$server/comm)" != %[1]s ]; do
  sleep 0.05; n=$((n + 1)); [ $n -lt 250 ] || exit 9
done
`

// A socket may be shared, so who cannot look at every process does not know all owners: neither an ordinary user, nor
// root without CAP_SYS_PTRACE as in most containers, nor who does not see the processes of others.
func TestPortOwnersSeenInPart(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("no python3 to share a socket with")
	}
	const nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups"
	const hidepid = "mount -t proc -o hidepid=2 proc /proc"
	const noPtrace = "setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace"
	for _, c := range []struct{ name, server, around, proc, become, want string }{
		{"root", "master", "", "", "", `= "master, sleep"`},
		{"nobody", "master", "", "", nobody, "unknown: sleep has the socket, and so may sh of another user (become root to see it)"},
		{"root without ptrace", "master", noPtrace, "", "", "unknown: master has the socket, and so may sleep, which root may not inspect here (CAP_SYS_PTRACE)"},
		{"root without ptrace and the same name", "sleep", noPtrace, "", "", `= "sleep"`},
		{"nobody with hidepid", "master", "", hidepid, nobody, "unknown: sleep has the socket, and so may processes that are hidden here (hidepid; become root to see them)"},
		{"root with hidepid", "master", "", hidepid, "", `= "master, sleep"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
				// Of its own network, since other tests listen as well.
				setup := fmt.Sprintf(sharedSocket, c.server) + c.proc +
					"\n" + c.become + " \"$@\" && s=0 || s=$?; kill $server; exit $s"
				jail := append(strings.Fields("unshare -n "+c.around), catalogtest.Jailed(t, shell, setup)...)
				facts, err := catalogtest.RunProbe(t, jail, Port, Port.ProbeOf("process"), nil, resource.Params{"number": "8020", "protocol": "tcp"})
				if err != nil || catalogtest.DescribeFact(resource.String, facts[0]["process"]) != c.want {
					t.Errorf("%v %v\nwant %s", facts, err, c.want)
				}
			})
		})
	}
}

func TestPortWithBusyBox(t *testing.T) {
	env := catalogtest.BusyboxOnly(t)
	number := listen(t, "tcp", "[::]:0")
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		want := "  addresses = [\"::\"]\n  families unknown: " + unsureFamily + "\n  listening = true\n  process " +
			ownOwner() + "\n  user = \"root\"\n"
		if diff := cmp.Diff(want, portFacts(t, shell, env, "tcp", number)); diff != "" && os.Geteuid() == 0 {
			t.Error(diff)
		}
	})
}

func TestPortHiddenProc(t *testing.T) {
	setups := map[string]string{
		"missing": "mount -t tmpfs none /proc",
		"empty":   "mount -t tmpfs none /tmp; mkdir /tmp/self /tmp/self/net; ln -s self/net /tmp/net; mount --move /tmp /proc",
	}
	for name, setup := range setups {
		t.Run(name, func(t *testing.T) {
			catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
				reason := "unknown: no /proc/net on the target\n"
				want := "  addresses " + reason + "  families " + reason + "  listening " + reason + "  process " + reason + "  user " + reason
				if diff := cmp.Diff(want, portFacts(t, catalogtest.Jailed(t, shell, setup), nil, "tcp", "22")); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestPortFailingGrep(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "grep"), []byte("#!/bin/sh\nexit 2\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		if shell[0] == "busybox" {
			t.Skip("its grep is built in")
		}
		got := portFacts(t, shell, []string{"PATH=" + dir + ":" + os.Getenv("PATH")}, "tcp", "22")
		if strings.Count(got, "unknown: grep could not read /proc/net\n") != 5 {
			t.Error(got)
		}
	})
}
