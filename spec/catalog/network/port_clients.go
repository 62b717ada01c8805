package network

import (
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// portClients observes the established connections of listening ports. The listeners come first, as in all scripts of
// ports; the connections follow, in the state 01, and are the only lines with it.
var portClients = &resource.Probe{
	Name: "clients", Words: portWords, Parse: parsePorts(clientsFacts),
	Script: socketsScript + `
ports=$1
for word do ports="$ports|$word"; done
sockets '[0-9A-F]+'
set --
for table in tcp tcp6 udp udp6; do
  [ -e "/proc/net/$table" ] && set -- "$@" "/proc/net/$table"
done
grep -HE "^ *[0-9]+: [0-9A-F]+:($ports) [0-9A-F]+:[0-9A-F]+ 01 " "$@" || [ $? -eq 1 ] ||
	cannot "grep could not read /proc/net"
`,
}

func clientsFacts(out string) func([]socket) resource.Facts {
	peers, unread := parseClients(out)
	return func(on []socket) resource.Facts {
		if unread != "" {
			return resource.Every(resource.Unknown(unread))
		}
		var clients []string
		for _, p := range peers {
			if p.protocol == on[0].protocol && p.port == on[0].port {
				clients = append(clients, p.address.String())
			}
		}
		return resource.Facts{"clients": resource.Seen(resource.Strings(resource.SortedSet(clients)))}
	}
}

// parseClients returns the connections of an answer, with the address of the peer and the local port.
func parseClients(out string) (peers []socket, unread string) {
	var machine string
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if name, ok := strings.CutPrefix(line, "machine "); ok && machine == "" {
			machine = name
		}
		row, ok := strings.CutPrefix(line, "/proc/net/")
		table, rest, _ := strings.Cut(row, ":")
		f := strings.Fields(rest)
		if !ok || len(f) < 10 || f[3] != "01" {
			continue
		}
		local, err := parseEndpoint(f[1], machine)
		peer, err2 := parseEndpoint(f[2], machine)
		if err != nil || err2 != nil {
			return nil, "a line of /proc/net/" + table + " is malformed"
		}
		peer.protocol, peer.port = strings.TrimSuffix(table, "6"), local.port
		peers = append(peers, peer)
	}
	return peers, ""
}
