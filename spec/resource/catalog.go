package resource

// Catalog is the vocabulary of a suite: the types that its blocks can have, and those that Avow itself needs.
type Catalog struct {
	Types []*Type // in the order in which documentation lists them
	Host  *Type   // the facts of a target: host.* in a spec

	// Databases are the types that look up names and numbers: by "passwd" those of users, by "group" those of groups.
	Databases map[string]Database

	// Signposts returns what to write instead of blocks of other tools, by the names of those blocks. It is a function,
	// since only a mistake needs them; nil means that there are none.
	Signposts func() map[string]string
}

// Signpost returns what to write instead of a block of another tool, or "".
func (c *Catalog) Signpost(block string) string {
	if c.Signposts == nil {
		return ""
	}
	return c.Signposts()[block]
}

// Database is a part of the user database of a target.
type Database struct {
	Entry  *Type  // has the parameter `name`
	Number string // its attribute that has the number
	Names  *Type  // all names of a number: the attribute `names` of the parameter `number`
}

// Find returns the type of a name, or nil.
func (c *Catalog) Find(name string) *Type {
	for _, t := range c.Types {
		if t.Name == name {
			return t
		}
	}
	return nil
}
