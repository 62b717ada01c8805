package container

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// DockerNetwork is the type of networks of the Docker engine on the target.
var DockerNetwork = dockerNetworks.typ(resource.Type{
	Summary: "A network of the Docker engine on the target",
	Detail: `The name is exact, or a whole ID. Which engine is asked, and when promises are unknown, is the same as with
` + "`docker_container`" + `. If two networks have the same name, Docker reports neither, and every promise is
unknown.`,
	Example: `describe "networks" {
  docker_network "backend" {
    driver     = "bridge"
    internal   = true
    subnets    = ["172.30.0.0/24"]
    containers = consists_of("shop", "shop-db")
  }

  docker_network "legacy" { exists = false }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "The name, or the whole ID."},
		resource.Exists("Whether the network exists."),
		{Name: "driver", Kind: resource.Word, Doc: "The driver: `bridge`, `host`, `overlay`, `macvlan`, `null`, ..."},
		{
			Name: "scope", Kind: resource.OneOf("local", "global", "swarm"),
			Doc: "`local`, or `swarm` for a network that spans the engines of a swarm.",
		},
		{Name: "internal", Kind: resource.Bool, Doc: "Whether it is cut off from other networks."},
		{
			Name: "subnets", Kind: resource.SetOf(resource.Subnet), Phrase: "subnets",
			Doc: "The subnets, of both families: `172.18.0.0/16`.",
		},
		{
			Name: "containers", Kind: resource.SetOf(resource.ContainerName), Phrase: "containers",
			Doc: "The names of the containers of this engine that are connected and run.",
		},
		labelsAttribute,
	},
	Prepare: func(p resource.Params) error {
		if name := p.Text("name"); strings.TrimSpace(name) != name || name == "" || strings.ContainsAny(name, "/\r\n*?[") {
			return errors.New("a network needs an exact name, without a slash, a line break, or a blank at an end, and not a " +
				"pattern")
		}
		return nil
	},
})

var dockerNetworks = &dockerThing{
	noun: "network",
	denials: func(name string) []string {
		return []string{"network " + name + " not found", "No such network: " + name}
	},
	same:  func(o dockerObject, name string) bool { return o.ID == name || o.Name == name },
	facts: networkFacts,
}

func networkFacts(object []byte) (resource.Facts, error) {
	var network struct {
		Driver, Scope string
		Internal      *bool
		IPAM          struct{ Config []struct{ Subnet string } }
		Containers    map[string]struct{ Name string }
		Labels        map[string]string
	}
	if err := json.Unmarshal(object, &network); err != nil {
		return nil, err
	}
	if network.Driver == "" || network.Internal == nil {
		return nil, errors.New("its driver is missing, or whether it is internal")
	}
	subnets, containers := []string{}, []string{}
	for _, config := range network.IPAM.Config {
		subnets = append(subnets, config.Subnet)
	}
	for _, container := range network.Containers {
		containers = append(containers, container.Name)
	}
	return resource.Facts{
		"driver":     resource.Seen(network.Driver),
		"scope":      resource.Seen(network.Scope),
		"internal":   resource.Seen(*network.Internal),
		"subnets":    resource.Seen(resource.Strings(resource.SortedSet(subnets))),
		"containers": resource.Seen(resource.Strings(resource.SortedSet(containers))),
		"labels":     stringsFact(network.Labels),
	}, nil
}
