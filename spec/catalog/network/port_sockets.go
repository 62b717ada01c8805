package network

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// socketsScript defines `sockets PORTS`, which prints the machine and the listeners on the ports of a pattern: state 0A
// of TCP, and 07 without a peer of UDP. A kernel without IPv6 has no tcp6 and udp6. The kernel calls
// both kinds of mips by one name: od, which reads words in the byte order of the machine, distinguishes them.
const socketsScript = `
sockets() {
  for table in tcp udp; do
    [ -e "/proc/net/$table" ] || cannot "no /proc/net on the target"
  done
  pattern="^ *[0-9]+: [0-9A-F]+:($1) ([0-9A-F]+:[0-9A-F]+ 0A|0+:0000 07) "
  set --
  for table in tcp tcp6 udp udp6; do
    [ -e "/proc/net/$table" ] && set -- "$@" "/proc/net/$table"
  done
  listeners=$(grep -HE "$pattern" "$@") || [ $? -eq 1 ] || cannot "grep could not read /proc/net"
  read -r machine 2>/dev/null </proc/sys/kernel/arch || machine=$(uname -m)
  case $machine in
    mips*) [ "$(printf '\001\000' | od -An -td2)" -eq 1 ] && machine=${machine}el ;;
  esac
  # mksh has no printf of its own, and the system bounds what a program is given: a thousand sockets are too many.
  echo "machine $machine
$listeners"
}
`

const listenersScript = socketsScript + `sockets '[0-9A-F]+'`

// socket is one line of /proc/net/{tcp,tcp6,udp,udp6}: a listener.
type socket struct {
	protocol string
	address  netip.Addr // an IPv4-mapped one is the IPv4 address
	port     int
	uid      string
	inode    string
}

var errNoMachine = errors.New("the answer does not contain the machine type")

func parseSockets(answer resource.Answer) ([]socket, error) {
	if answer.Status != 0 {
		return nil, fmt.Errorf("reading /proc/net ended with status %d", answer.Status)
	}
	var machine string
	var sockets []socket
	for line := range strings.Lines(string(answer.Stdout)) {
		line = strings.TrimSuffix(line, "\n")
		if name, ok := strings.CutPrefix(line, "machine "); ok && machine == "" {
			machine = name
			continue
		}
		// Scripts print more than sockets: owners, users, what ss says.
		row, ok := strings.CutPrefix(line, "/proc/net/")
		if !ok {
			continue
		}
		s, listens, err := parseSocket(row, machine)
		if err != nil {
			return nil, err
		}
		if listens {
			sockets = append(sockets, s)
		}
	}
	if machine == "" {
		return nil, errNoMachine
	}
	return sockets, nil
}

// parseSocket parses "tcp6:   0: LOCAL:PORT REMOTE:PORT STATE ...".
func parseSocket(row, machine string) (s socket, listens bool, err error) {
	table, rest, _ := strings.Cut(row, ":")
	f := strings.Fields(rest)
	if len(f) < 10 || machine == "" {
		return s, false, fmt.Errorf("a line of /proc/net/%s is malformed: %q", table, rest)
	}
	s.protocol = strings.TrimSuffix(table, "6")
	switch {
	case s.protocol == "tcp" && f[3] == "0A":
	case s.protocol == "udp" && f[3] == "07" && strings.Trim(f[2], "0:") == "":
	default:
		return s, false, nil
	}
	at, err := parseEndpoint(f[1], machine)
	at.protocol, at.uid, at.inode = s.protocol, f[7], f[9]
	return at, err == nil, err
}

// parseEndpoint parses an address and a port.
func parseEndpoint(text, machine string) (s socket, err error) {
	host, port, _ := strings.Cut(text, ":")
	n, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return s, fmt.Errorf("a port in /proc/net is malformed: %q", port)
	}
	s.port = int(n)
	s.address, err = parseAddress(host, bigEndian(machine))
	return s, err
}

// parseAddress parses an address as the kernel prints it: words of 32 bits in the byte order of the machine.
func parseAddress(host string, big bool) (netip.Addr, error) {
	raw, err := hex.DecodeString(host)
	if err != nil || (len(raw) != 4 && len(raw) != 16) {
		return netip.Addr{}, fmt.Errorf("an address in /proc/net is malformed: %q", host)
	}
	if !big {
		for word := range slices.Chunk(raw, 4) {
			slices.Reverse(word)
		}
	}
	addr, _ := netip.AddrFromSlice(raw)
	return addr.Unmap(), nil
}

// bigEndian reports whether a machine is big-endian, by the name that the kernel gives it. The script has put "el"
// behind little-endian mips.
func bigEndian(machine string) bool {
	switch machine {
	case "mips", "mips64", "ppc", "ppc64", "s390", "s390x", "sparc", "sparc64", "m68k", "parisc", "parisc64",
		"aarch64_be", "armeb", "openrisc", "or1k", "arceb":
		return true
	}
	return strings.HasPrefix(machine, "armv") && strings.HasSuffix(machine, "b")
}
