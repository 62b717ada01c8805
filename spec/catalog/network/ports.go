package network

import (
	"slices"
	"strconv"

	"github.com/avow-dev/avow/spec/resource"
)

// Ports is the type of all ports that the target listens on.
var Ports = resource.Plural{
	Name: "ports", DisplayName: "Ports", Of: Port, Names: resource.String,
	Summary: "All TCP and UDP ports that the target listens on, or those that a condition selects",
	Detail: `Names have the protocol before the number: ` + "`tcp/443`, `udp/53`" + `. The rules for listeners
are those of ` + "`port`" + `: it says when a promise is unknown.`,
	Example: `describe "listeners" {
  ports "open to the world" {
    where = { addresses = any_of(contains("0.0.0.0"), contains("::")) }
    names = consists_of("tcp/22", "tcp/443")
  }

  ports "of the database" {
    where = { process = "postgres" }
    every = { addresses = every(cidr("127.0.0.0/8")) }
  }
}
`,
	List: resource.Probe{Script: listenersScript, Parse: parseAllPorts},
}.Type()

func parseAllPorts(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	sockets, err := parseSockets(a)
	if err != nil {
		return nil, err
	}
	on := map[string][]socket{}
	var found resource.Elements
	for _, s := range sockets {
		number := strconv.Itoa(s.port)
		name := s.protocol + "/" + number
		if on[name] == nil {
			found.List = append(found.List, resource.Element{
				Name: name, Params: resource.Params{"number": number, "protocol": s.protocol},
			})
		}
		on[name] = append(on[name], s)
	}
	facts := listenersFacts("")
	for i, e := range found.List {
		found.List[i].Facts = facts(on[e.Name])
	}
	return slices.Repeat([]resource.Facts{resource.Listed(found)}, len(subjects)), nil
}
