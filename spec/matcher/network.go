package matcher

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/resource"
)

func checkNetwork(m *Matcher) error {
	_, err := m.network()
	return err
}

// network returns the network that an argument names. One whose host bits are set was probably meant for another.
func (m *Matcher) network() (netip.Prefix, error) {
	if !m.literal() || m.value.Type() != cty.String {
		return netip.Prefix{}, errors.New(`expected a network such as "10.0.0.0/8"`)
	}
	s := m.value.AsString()
	network, err := netip.ParsePrefix(s)
	if err != nil {
		if address, err := netip.ParseAddr(s); err == nil && address.Zone() == "" {
			return network, fmt.Errorf("%q is an address, not a network; write \"%s/%d\"", s, address, address.BitLen())
		}
		return network, fmt.Errorf(`%q is not a network; write "10.0.0.0/8", or "fd00::/8"`, s)
	}
	switch {
	case network.Addr().Is4In6() && network.Bits() >= 96:
		return network, fmt.Errorf("%q has addresses of IPv4; write %q", s,
			netip.PrefixFrom(network.Addr().Unmap(), network.Bits()-96).Masked())
	case network != network.Masked():
		return network, fmt.Errorf("%q is an address in the network %q; write the network", s, network.Masked())
	}
	return network, nil
}

// addressPattern matches a text that has an address in it, perhaps with brackets, a zone and a length.
const addressPattern = `(?i)^\s*\[?[0-9a-f.:]*[.:][0-9a-f.:]*(%[^/]*)?\]?(/[0-9]+)?\s*$`

func expectNetwork(k *resource.Kind, args []*Matcher) (Expectation, error) {
	if isList(k) {
		return Expectation{}, fmt.Errorf("%s is not an address; for its elements, write contains(%s) or every(%[2]s)",
			kindOf(k), call("cidr", each(args, (*Matcher).String)))
	}
	if !isText(k) {
		return Expectation{}, fmt.Errorf("%s is not an address", kindOf(k))
	}
	network, err := args[0].network()
	if err != nil {
		return Expectation{}, err
	}
	test := func(found any) Result { return inNetwork(textIn(k, k.Form(found)), network) }
	return sensible(k, addressPattern, Expectation{
		Test:       inEveryText(test),
		Text:       call("cidr", []string{resource.QuoteString(network.String())}),
		Phrase:     "is in " + network.String(),
		References: []string{network.String()},
		negated:    "is not in " + network.String(),
	})
}

// inNetwork judges an address. A text with a length is an address, too; but if its host bits are not set it may be a
// network, and then all of that counts.
func inNetwork(text string, network netip.Prefix) Result {
	address, bits, err := readAddress(strings.TrimSpace(text))
	if err != nil {
		return unknown("cannot compare: it is not an IP address") // the text itself may be a secret
	}
	found := netip.PrefixFrom(address, bits)
	switch {
	case found != found.Masked() || bits >= network.Bits():
		return yes(network.Contains(address))
	case found.Overlaps(network):
		return Result{Note: "only a part of the network is in " + network.String(), neither: true}
	}
	return yes(false)
}

// readAddress returns an address and its length, that of a whole address if none is written. A zone means a link of the
// target, and does not change the address.
func readAddress(text string) (netip.Addr, int, error) {
	text, length, written := strings.Cut(text, "/")
	if inner, ok := strings.CutPrefix(text, "["); ok {
		text = strings.TrimSuffix(inner, "]")
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return address, 0, err
	}
	address = address.WithZone("")
	if !written {
		return address.Unmap(), address.Unmap().BitLen(), nil
	}
	network, err := netip.ParsePrefix(address.String() + "/" + length)
	if err != nil {
		return address, 0, err
	}
	if bits := network.Bits(); address.Is4In6() && bits >= 96 {
		return address.Unmap(), bits - 96, nil
	}
	return address, network.Bits(), nil
}
