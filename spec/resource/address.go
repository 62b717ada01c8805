package resource

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// The addresses as they are printed: of IPv6 in lower case, without zeros before a group. At least two groups of zeros
// are left out for ::, as many as there are in a row anywhere else, so that at most three in a row are printed.
const (
	byteForm  = `(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])`
	ipv4Form  = byteForm + `(\.` + byteForm + `){3}`
	groupForm = `[1-9a-f][0-9a-f]{0,3}`
	sideForm  = `((0:){0,3}` + groupForm + `((:0){0,3}:` + groupForm + `){0,5}(:0){0,3}|0(:0){0,2})?`
	ipv6Form  = `((0:)?` + groupForm + `((:0)?:` + groupForm + `){3,7}(:0)?|` + sideForm + `::` + sideForm + `)`
	ipForm    = `(` + ipv4Form + `|` + ipv6Form + `)`
)

// IPAddress is the kind of IPv4 and IPv6 addresses, in any notation; an IPv4-mapped one is the IPv4 address.
var IPAddress = textKind(readAddress, Kind{
	Name: `an IP address such as "127.0.0.1" or "::1"`, Fold: true, Grammar: ipForm, Example: "fe80::1",
	Canonical: canonicalString(func(found string) (string, error) {
		a, err := netip.ParseAddr(found)
		return a.Unmap().WithZone("").String(), err
	}),
	Part: func(part string) (string, error) {
		if strings.Trim(part, "0123456789abcdef.:") != "" || strings.Contains(part, "::ffff:") {
			return "", fmt.Errorf(
				"%q is not part of an IP address as it is listed: lower case, without brackets, zone and port, "+
					"IPv4-mapped ones as IPv4", part)
		}
		return part, nil
	},
})

func readAddress(s string) (string, error) {
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	switch {
	// ss and netstat print a star, /proc/net does not.
	case s == "*":
		return "", fmt.Errorf(`"*" is not an IP address; all of IPv4 are "0.0.0.0", all of IPv6 "::"`)
	case strings.EqualFold(s, "localhost"):
		return "", fmt.Errorf(`%q is not an IP address; write "127.0.0.1", or "::1"`, s)
	// A network would never be equal to an address, so not(...) of it would always be kept.
	case err != nil && strings.ContainsAny(s, "/"):
		return "", fmt.Errorf(`%q is a network, not an IP address; write starts_with("10.") or matches(...)`, s)
	case err != nil:
		return "", fmt.Errorf(`%q is not an IP address; write "127.0.0.1", or "::1"`, s)
	case a.Zone() != "":
		return "", fmt.Errorf("%q has a zone, which no listed address has; write %q", s, a.WithZone(""))
	}
	return a.Unmap().String(), nil
}

// Subnet is the kind of networks with a prefix, by the network's own address: 172.18.0.1/16 is 172.18.0.0/16.
var Subnet = normalKind(readSubnet, Kind{
	Name: `a network such as "172.18.0.0/16"`, Fold: true, Grammar: ipForm + "/[0-9]{1,3}", Example: "172.18.0.0/16",
})

func readSubnet(s string) (string, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return "", fmt.Errorf(`%q is not a network; write "172.18.0.0/16"`, s)
	}
	return p.Masked().String(), nil
}

// exposedForm is a port as readPort prints it.
const exposedForm = `[1-9][0-9]{0,4}/(tcp|udp|sctp)`

var portForm = regexp.MustCompile(`^([0-9]{1,5})(?:/(tcp|udp|sctp))?$`)

// readPort parses a port with its protocol, which is tcp by default.
func readPort(s string) (string, error) {
	m := portForm.FindStringSubmatch(strings.ToLower(s))
	if m == nil || CheckPortNumber(m[1]) != nil {
		return "", fmt.Errorf(`%q is not a port; write "80/tcp" or "53/udp"`, s)
	}
	if m[2] == "" {
		m[2] = "tcp"
	}
	return m[1] + "/" + m[2], nil
}

// ExposedPort is the kind of ports of an image: 80/tcp.
var ExposedPort = normalKind(readPort, Kind{
	Name: `a port such as "80/tcp"`, Fold: true, Grammar: exposedForm, Example: "80/tcp",
})

// PublishedPort is the kind of published ports of a container: 0.0.0.0:8080->80/tcp.
var PublishedPort = normalKind(readPublished, Kind{
	Name: `a port such as "0.0.0.0:8080->80/tcp"`, Fold: true, Example: "0.0.0.0:8080->80/tcp",
	Grammar: `(` + ipv4Form + `|\[` + ipv6Form + `\])?:[0-9]{1,5}->` + exposedForm,
})

func readPublished(s string) (string, error) {
	host, inside, ok := strings.Cut(s, "->")
	i := strings.LastIndexByte(host, ':')
	if !ok || i < 0 || CheckPortNumber(host[i+1:]) != nil {
		return "", fmt.Errorf(`%q is not a published port; write "0.0.0.0:8080->80/tcp", as docker ps does`, s)
	}
	inside, err := readPort(inside)
	address := strings.TrimSuffix(strings.TrimPrefix(host[:i], "["), "]")
	if err == nil && address != "" { // an engine may leave it empty, meaning all
		address, err = readAddress(address)
	}
	if err != nil {
		return "", err
	}
	if strings.Contains(address, ":") {
		address = "[" + address + "]"
	}
	return address + ":" + host[i+1:] + "->" + inside, nil
}

func CheckPortNumber(number string) error {
	if number == "" {
		return errors.New(`a port needs a number; write "443" or "tcp/443"`)
	}
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil || n == 0 || strconv.FormatUint(n, 10) != number {
		return fmt.Errorf(`%q is not a port; a port is a number from 1 to 65535, such as "443" or "udp/53"`, number)
	}
	return nil
}
