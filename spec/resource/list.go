package resource

// All is the catalogue of Avow.
var All = &Catalog{Types: types, Host: Host, Databases: Databases}

// types are in the order in which documentation lists them. A new type is one file and one line here.
var types = []*Type{
	File,
	Directory,
	Package,
	Service,
	Port,
	Reachable,
	Process,
	User,
	Group,
	Command,
	Image,
	DockerContainer,
	DockerImage,
	DockerNetwork,
	DockerVolume,
}

// Find returns the type of a name, or nil.
func Find(name string) *Type { return All.Find(name) }
