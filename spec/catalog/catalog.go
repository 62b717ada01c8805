// Package catalog lists the types of resources that Avow ships with; each package below it has related ones.
package catalog

import (
	"github.com/avow-dev/avow/spec/catalog/account"
	"github.com/avow-dev/avow/spec/catalog/command"
	"github.com/avow-dev/avow/spec/catalog/container"
	"github.com/avow-dev/avow/spec/catalog/file"
	"github.com/avow-dev/avow/spec/catalog/host"
	"github.com/avow-dev/avow/spec/catalog/network"
	"github.com/avow-dev/avow/spec/catalog/pkg"
	"github.com/avow-dev/avow/spec/catalog/process"
	"github.com/avow-dev/avow/spec/catalog/service"
	"github.com/avow-dev/avow/spec/resource"
)

// All is the catalogue that Avow ships with.
var All = &resource.Catalog{Types: types, Host: host.Host, Databases: account.Databases}

// types lists every type in the order of the documentation. A new type is one file and one line here.
var types = []*resource.Type{
	file.File,
	file.Directory,
	pkg.Package,
	service.Service,
	network.Port,
	network.Reachable,
	process.Process,
	account.User,
	account.Group,
	command.Command,
	container.Image,
	container.DockerContainer,
	container.DockerImage,
	container.DockerNetwork,
	container.DockerVolume,
}
