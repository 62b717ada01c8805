package resource

// Types are all types, in the order in which documentation lists them. A new type is one file and one
// line here.
var Types = []*Type{
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

// Find finds a type by name, or nil.
func Find(name string) *Type {
	for _, t := range Types {
		if t.Name == name {
			return t
		}
	}
	return nil
}
