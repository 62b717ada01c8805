package docker

import (
	"errors"
	"fmt"
	"net/netip"
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
		if binding.HostPort, err = portOutside(outside); err != nil {
			return port, binding, err
		}
	}
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
	if strings.Contains(number, "-") {
		return network.Port{}, errors.New("ranges are not supported; write each port")
	}
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil || n == 0 {
		return network.Port{}, fmt.Errorf("%q is not a port of the container; write 80, 8080:80 or 53/udp", number)
	}
	switch proto {
	case "tcp", "udp", "sctp":
		port, _ := network.PortFrom(uint16(n), network.IPProtocol(proto))
		return port, nil
	}
	return network.Port{}, fmt.Errorf("%q is not tcp, udp or sctp", proto)
}

func portOutside(s string) (string, error) {
	if strings.Contains(s, "-") {
		return "", errors.New("ranges are not supported; write each port")
	}
	if n, err := strconv.ParseUint(s, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("%q is not a port of the engine's machine", s)
	}
	return s, nil
}
