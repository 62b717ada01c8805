package docker

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/moby/api/types/network"
)

// publishedPorts parses ports as `docker run -p` takes them: `80`, `8080:80`, `127.0.0.1:8080:80`, `53/udp`.
func publishedPorts(specs []string) (network.PortMap, error) {
	out := network.PortMap{}
	for _, s := range specs {
		port, binding, err := publishedPort(s)
		if err != nil {
			return nil, fmt.Errorf("port %q: %w", s, err)
		}
		out[port] = append(out[port], binding)
	}
	return out, nil
}

func publishedPort(s string) (network.Port, network.PortBinding, error) {
	var binding network.PortBinding
	rest, inside := cutLast(s)
	port, err := portInside(inside)
	if err != nil || rest == "" {
		return port, binding, err
	}
	address, outside := cutLast(rest)
	if outside != "" {
		if _, err := portNumber(outside, "is not a port of the engine's machine"); err != nil {
			return port, binding, err
		}
	}
	binding.HostPort = outside
	if address == "" {
		return port, binding, nil
	}
	binding.HostIP, err = netip.ParseAddr(strings.Trim(address, "[]"))
	if err != nil {
		return port, binding, fmt.Errorf("%q is not an IP address of the engine's machine", address)
	}
	return port, binding, nil
}

// cutLast cuts at the last colon. The part before it may contain more of them.
func cutLast(s string) (before, last string) {
	i := strings.LastIndexByte(s, ':')
	return s[:max(i, 0)], s[i+1:]
}

func portInside(s string) (network.Port, error) {
	number, proto, ok := strings.Cut(s, "/")
	if !ok {
		proto = "tcp"
	}
	n, err := portNumber(number, "is not a port of the container; write 80, 8080:80 or 53/udp")
	if err != nil {
		return network.Port{}, err
	}
	port, ok := network.PortFrom(n, network.IPProtocol(proto))
	if !ok || !slices.Contains([]string{"tcp", "udp", "sctp"}, proto) {
		return network.Port{}, fmt.Errorf("%q is not tcp, udp or sctp", proto)
	}
	return port, nil
}

// portNumber reads one port. message follows what is none.
func portNumber(s, message string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	switch {
	case strings.Contains(s, "-"):
		return 0, errors.New("ranges are not supported; write each port")
	case err != nil || n == 0:
		return 0, fmt.Errorf("%q %s", s, message)
	}
	return uint16(n), nil
}
