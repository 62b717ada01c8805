// Package network has the types of listening ports and of addresses that can be reached.
package network

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// Port is the type of TCP and UDP ports of the target itself, of both families.
var Port = &resource.Type{
	Name:        "port",
	Label:       "number",
	DisplayName: "Port",
	Summary:     "A TCP or UDP port of the target, and the process that listens on it",
	Detail: `A port is listening when a socket waits on it, on any address of either family: ` + "`0.0.0.0`, `::`" + `,
one address, or an IPv4-mapped one. To choose which, promise ` + "`addresses`" + `. An established connection is not a
listener, and port 80 is not port 8080. UDP has no listening state: there, a socket counts that is bound and has no
peer.

Avow reads ` + "`/proc/net`" + `, so the target needs neither ` + "`ss` nor `netstat`" + `. Without
` + "`/proc/net`" + `, every promise is unknown. Avow sees the sockets of the target's own network namespace: a port
that Docker publishes without its proxy has no socket on the host.

Processes can share a socket, so ` + "`process`" + ` is known only if Avow can inspect every process that may have it
and has another name. An ordinary user cannot do that, nor can an account under ` + "`hidepid`" + `, nor root in a
container without CAP_SYS_PTRACE (` + "`--cap-add SYS_PTRACE`" + `) while processes of others run there. Then
` + "`process`" + ` is unknown, and the other promises are still checked.

` + "`/proc/net`" + ` does not show whether a socket on ` + "`::`" + ` takes IPv4, too: ` + "`families`" + ` asks
` + "`ss`" + ` where it matters, and is unknown where there is none.`,
	Example: `describe "web server" {
  port "443" {
    listening = true
    process   = "nginx"
  }

  port "udp/53" {
    listening = true
    addresses = ["127.0.0.1"]
  }

  port "8080" { listening = false }
}
`,
	Attributes: []resource.Attribute{
		{
			Name: "number", Kind: resource.String, Parameter: true,
			Doc: "The number, from 1 to 65535, optionally after the protocol: `\"443\"`, `\"tcp/443\"`, `\"udp/53\"`.",
		},
		{
			Name: "protocol", Kind: resource.String, Parameter: true,
			Doc: "`tcp` or `udp`, each for IPv4 and IPv6. The default is the protocol in `number`, else `tcp`.",
		},
		{
			Name: "listening", Kind: resource.Bool, Presence: true,
			Doc: "Whether a socket waits for peers on this port, on any address.",
		},
		{
			Name: "addresses", Kind: resource.SetOf(resource.IPAddress),
			Doc: "The addresses that are listened on, in any notation: `0.0.0.0` and `::` are all addresses of their family. " +
				"An IPv4-mapped address is shown as an IPv4 address.",
		},
		{
			Name: "families", Kind: resource.SetOf(resource.OneOf("ipv4", "ipv6")), Probe: portFamilies,
			Doc: "`ipv4`, `ipv6` or both. A socket on `::` counts for both unless it takes only IPv6, which `ss` reports and " +
				"`/proc/net` does not.",
		},
		{
			Name: "process", Kind: resource.Programs, Probe: portProcess,
			Doc: "The name of the process that owns the socket, from the kernel or from its file. Several names are sorted " +
				"and joined: `\"dnsmasq, systemd\"`.",
		},
		{
			Name: "pids", Kind: resource.SetOf(resource.ProcessID), Phrase: "process IDs", Probe: portProcess,
			Doc: "The IDs of the processes that own the socket. They are known only if Avow can inspect every process.",
		},
		{
			Name: "clients", Kind: resource.SetOf(resource.IPAddress), Phrase: "addresses of clients", Probe: portClients,
			Doc: "The addresses of the peers that are connected to this port now: `[]`, or `not(contains(\"192.0.2.1\"))`.",
		},
		{
			Name: "user", Kind: resource.Owners, Probe: portUser,
			Doc: "The user that opened the socket, by name, or by number if it has no name. Several are sorted and joined by " +
				"`, `.",
		},
	},
	Probe:   &resource.Probe{Name: "listeners", Script: listenersScript, Parse: parsePorts(listenersFacts)},
	Prepare: preparePort,
}

var (
	portFamilies = &resource.Probe{Name: "families", Script: familiesScript, Parse: parsePorts(familiesFacts)}
	portProcess  = &resource.Probe{
		Name: "process", Script: portProcessScript, Words: portWords, Parse: parsePorts(processFacts),
	}
	portUser = &resource.Probe{Name: "user", Script: portUserScript, Words: portWords, Parse: parsePorts(userFacts)}
)

func preparePort(p resource.Params) error {
	number, protocol := p.Text("number"), p.Text("protocol")
	before, after, split := strings.Cut(number, "/")
	if split {
		if protocol != "" && protocol != before {
			return fmt.Errorf("number has %q and protocol has %q; write one of them", before, protocol)
		}
		protocol, number = before, after
	}
	if protocol = cmp.Or(protocol, "tcp"); protocol != "tcp" && protocol != "udp" {
		return fmt.Errorf(`%q is not a protocol; write "tcp" or "udp"`, protocol)
	}
	if err := resource.CheckPortNumber(number); err != nil {
		return err
	}
	p["number"], p["protocol"] = number, protocol
	return nil
}

func portNumber(p resource.Params) int { n, _ := strconv.Atoi(p.Text("number")); return n }

// portWords returns the number as /proc/net writes it, which makes it safe in a pattern.
func portWords(p resource.Params) []string { return []string{fmt.Sprintf("%04X", portNumber(p))} }

func listenersFacts(string) func([]socket) resource.Facts {
	return func(on []socket) resource.Facts {
		var addresses []string
		for _, s := range on {
			addresses = append(addresses, s.address.String())
		}
		return resource.Facts{
			"listening": resource.Seen(true),
			"addresses": resource.Seen(resource.Strings(resource.SortedSet(addresses))),
		}
	}
}

// parsePorts returns the parser of a script that prints sockets. facts gets all that it printed, and then those sockets
// that are on the port of a subject, of which there is at least one.
func parsePorts(
	facts func(out string) func(on []socket) resource.Facts,
) func(resource.Answer, []resource.Params) ([]resource.Facts, error) {
	return func(answer resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
		sockets, err := parseSockets(answer)
		if err != nil {
			return nil, err
		}
		factsOf, all := facts(string(answer.Stdout)), make([]resource.Facts, len(subjects))
		for i, p := range subjects {
			protocol := p.Text("protocol")
			var on []socket
			for _, s := range sockets {
				if s.protocol == protocol && s.port == portNumber(p) {
					on = append(on, s)
				}
			}
			if len(on) > 0 {
				all[i] = factsOf(on)
				continue
			}
			all[i] = resource.Every(resource.Missing("nothing listens on " + protocol + "/" + p.Text("number")))
			all[i]["listening"] = resource.Seen(false).With(otherListeners(sockets, protocol))
		}
		return all, nil
	}
}

// otherListeners returns the note for a port that does not listen: which ones do.
func otherListeners(sockets []socket, protocol string) string {
	var ports []int
	for _, s := range sockets {
		if s.protocol == protocol {
			ports = append(ports, s.port)
		}
	}
	slices.Sort(ports)
	ports = slices.Compact(ports)
	if len(ports) == 0 {
		return "there is no " + protocol + " listener"
	}
	const most = 10
	var names []string
	for _, port := range ports[:min(len(ports), most)] {
		names = append(names, strconv.Itoa(port))
	}
	note := protocol + " listeners are " + strings.Join(names, ", ")
	if more := len(ports) - most; more > 0 {
		note += fmt.Sprintf(" and %d more", more)
	}
	return note
}
