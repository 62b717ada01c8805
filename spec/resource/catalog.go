package resource

// Catalog is the vocabulary of a suite: the types that its blocks can have, and those that Avow itself needs.
type Catalog struct {
	Subjects []Subject
	Types    []*Type // of all subjects
	Host     *Type   // the facts of a target: host.* in a spec
	Now      *Type   // the time on a target

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

// Subject is a part of the catalogue, in the order in which documentation lists its types.
type Subject struct {
	Title string
	Types []*Type
}

// NewCatalog returns the catalogue of some subjects.
func NewCatalog(host, now *Type, databases map[string]Database, subjects []Subject) *Catalog {
	c := &Catalog{Subjects: subjects, Host: host, Now: now, Databases: databases}
	for _, s := range subjects {
		c.Types = append(c.Types, s.Types...)
	}
	return c
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
