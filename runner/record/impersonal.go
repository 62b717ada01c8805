package record

import (
	"net/netip"
	"regexp"
	"strings"
)

var addressLike = regexp.MustCompile(`[\pL\pN_.@:%\[\]-]*[\pL\pN_\]]`)

// impersonal returns the reason why a target was not reached without the target's name and address, so that equal
// reasons compare equal.
func impersonal(reason, name, address string) string {
	_, server, found := strings.Cut(address, "@")
	if !found {
		server = address
	}
	bare, _, _ := strings.Cut(server, ":")
	return addressLike.ReplaceAllStringFunc(reason, func(word string) string {
		switch word {
		// The SSH client adds the port where the address of the spec has none.
		case name, address, server, bare, bare + ":22":
			return "…"
		}
		_, err := netip.ParseAddrPort(word)
		if err != nil {
			_, err = netip.ParseAddr(word)
		}
		if err == nil {
			return "…"
		}
		return word
	})
}
