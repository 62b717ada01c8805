package resource

import (
	"cmp"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Holder is a user or a group as it was found: a name, or a number, or both. Its number is what the kernel knows, and
// one number can have several names.
type Holder struct {
	Database string // passwd or group
	Name     string // the name that was found, or the number of what has no name
	Number   string // "" where only the name was found
}

// Called is a text with the names of holders in it: an owner, several joined by commas, an entry of an ACL. It stands
// for a string in facts of those kinds that have holders. What is known of their other names is bound to it before it
// is compared ([Bind]).
type Called struct {
	Holders []Holder
	Around  []string // the text before, between and behind them
	Root    []string // the ways to write root in the text of a configuration ([Written]); nil for what the kernel has
	aliases *Aliases
}

// CalledOwner returns an owner alone.
func CalledOwner(database, name, number string) Called {
	return Called{Holders: []Holder{{database, name, number}}, Around: []string{"", ""}}
}

// CalledOwners returns several owners in one text, sorted by name.
func CalledOwners(holders []Holder) Called {
	byName := func(a, b Holder) int { return strings.Compare(a.Name, b.Name) }
	holders = slices.CompactFunc(slices.SortedFunc(slices.Values(holders), byName),
		func(a, b Holder) bool { return a.Name == b.Name })
	around := slices.Repeat([]string{", "}, len(holders)+1)
	around[0], around[len(holders)] = "", ""
	return Called{Holders: holders, Around: around}
}

// String returns the text as it was found.
func (c Called) String() string {
	var b strings.Builder
	b.WriteString(c.Around[0])
	for i, h := range c.Holders {
		b.WriteString(h.Name + c.Around[i+1])
	}
	return b.String()
}

// Map returns the text with its names in another form.
func (c Called) Map(form func(string) string) Called {
	c.Holders, c.Around = slices.Clone(c.Holders), slices.Clone(c.Around)
	for i := range c.Holders {
		c.Holders[i].Name = form(c.Holders[i].Name)
	}
	for i, text := range c.Around {
		c.Around[i] = form(text)
	}
	return c
}

// mostTexts bounds how many texts the names of several holders make.
const mostTexts = 256

// Texts returns the text in every way in which its holders can be named, the one that was found first; or why they are
// not all known.
func (c Called) Texts() (texts []string, unknown string) {
	texts = []string{c.Around[0]}
	for i, h := range c.Holders {
		names, why := c.aliases.names(h)
		unknown = cmp.Or(why, unknown)
		// Each holder multiplies them: a few with many names each would never end.
		if len(texts)*len(names) > mostTexts {
			return []string{c.String()}, "its owners have too many names"
		}
		texts = product(texts, names, c.Around[i+1])
	}
	return texts, unknown
}

func product(begins, names []string, around string) []string {
	var all []string
	for _, begin := range begins {
		for _, name := range names {
			all = append(all, begin+name+around)
		}
	}
	return all
}

// Bind binds what is known of other names to the texts in a value, at any depth.
func Bind(value any, aliases *Aliases) any {
	return eachCalled(value, func(c Called) any {
		c.aliases = aliases
		return c
	})
}

// Unbound returns a value with plain strings in place of its texts.
func Unbound(value any) any { return eachCalled(value, func(c Called) any { return c.String() }) }

// eachCalled returns a value with its texts in another form. A list without any is the same list.
func eachCalled(value any, form func(Called) any) any {
	switch v := value.(type) {
	case Called:
		return form(v)
	case []any:
		if !slices.ContainsFunc(v, func(e any) bool { _, ok := e.(Called); return ok }) {
			return v
		}
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = eachCalled(e, form)
		}
		return list
	}
	return value
}

// HasHolders reports whether values of the kind, at any depth, contain the names of users or groups.
func (k *Kind) HasHolders() bool { return k.Holders || k.Elem != nil && k.Elem.HasHolders() }

// Sample returns a value as if owners with these names were found, with numbers that no user has.
func (k *Kind) Sample(names []string) any {
	if k.Elem != nil {
		list := make([]any, len(names))
		for i, name := range names {
			list[i] = k.Elem.Sample([]string{name})
		}
		return list
	}
	holders := make([]Holder, len(names))
	for i, name := range names {
		holders[i] = Holder{k.Database, name, "4294967295"}
	}
	return CalledOwners(holders)
}

// Aliases are what is known of the names of users and groups on one target: the number of a name, which every name
// service provides, and the names of a number, of which only /etc/passwd and /etc/group have all. Nothing is looked up
// before a comparison depends on it: that comparison is unclear, and adds to the list of what is wanted what would
// decide it.
type Aliases struct {
	known  map[Holder]Fact
	wanted []Holder
}

// NewAliases returns aliases of which nothing is known yet.
func NewAliases() *Aliases { return &Aliases{known: map[Holder]Fact{}} }

// Wanted returns what comparisons have needed since the last call. A Holder without a number is a name whose number is
// wanted, one without a name a number whose names are.
func (a *Aliases) Wanted() []Holder {
	wanted := a.wanted
	a.wanted = nil
	return wanted
}

// Lookup returns what to observe for what is wanted.
func (h Holder) Lookup(databases map[string]Database) (typ *Type, params Params, attribute string) {
	db := databases[h.Database]
	if h.Name == "" {
		return db.Names, Params{"number": h.Number}, "names"
	}
	return db.Entry, Params{"name": unescaped(h.Name)}, db.Number
}

var octalEscape = regexp.MustCompile(`\\[0-7]{3}`)

// unescaped returns a name without the escapes of getfacl for blanks and backslashes: DOMAIN\134user.
func unescaped(name string) string {
	return octalEscape.ReplaceAllStringFunc(name, func(escape string) string {
		n, _ := strconv.ParseUint(escape[1:], 8, 16)
		return string([]byte{byte(n)})
	})
}

// Add records the result of a lookup.
func (a *Aliases) Add(h Holder, f Fact) { a.known[h] = f }

// get returns what is known; if nothing is, it records that it is wanted.
func (a *Aliases) get(h Holder) (Fact, bool) {
	if a == nil {
		return Fact{}, false
	}
	f, known := a.known[h]
	if !known && !slices.Contains(a.wanted, h) {
		a.wanted = append(a.wanted, h)
	}
	return f, known
}

// number is what is known about the number of a name.
type number struct {
	text    string // "" if nothing has the name, or why that is not known
	unknown string
	pending bool // it can be looked up
}

// number returns the number of a name.
func (a *Aliases) number(database, name string) number {
	f, known := a.get(Holder{Database: database, Name: name})
	n, _ := f.Value.(*big.Float)
	switch {
	case !known:
		return number{unknown: "the number of " + name + " was not looked up", pending: true}
	case n != nil:
		return number{text: Number.Text(n)}
	case f.Missing != "":
		return number{}
	}
	return number{unknown: "cannot look up the number of " + name + ": " + f.Unknown}
}

// names returns the names of a holder, the one that was found first.
func (a *Aliases) names(h Holder) (names []string, unknown string) {
	number, why := a.numberOf(h)
	names = []string{h.Name}
	if why != "" {
		return names, why
	}
	f, known := a.get(Holder{Database: h.Database, Number: number})
	switch {
	case !known:
		return names, "the other names of " + h.Name + " were not looked up"
	case f.Unknown != "":
		return names, "cannot look up the other names of " + h.Name + ": " + f.Unknown
	}
	others, _ := f.Value.([]any)
	for _, other := range others {
		if name := other.(string); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, ""
}

// numberOf returns the number of what was found.
func (a *Aliases) numberOf(h Holder) (text, unknown string) {
	switch {
	case h.Number != "":
		return h.Number, ""
	case Digits.MatchString(h.Name): // it has no name
		return h.Name, ""
	// Number 0 is root on every Linux, so the most common name needs no lookup.
	case h.Name == "root":
		return "0", ""
	}
	n := a.number(h.Database, h.Name)
	if n == (number{}) {
		n.unknown = fmt.Sprintf("the name %s was found, and the user database does not have it", h.Name)
	}
	return n.text, n.unknown
}

// like compares a holder with a name that is expected, or with the number of what has no name. Two names are the same
// where their numbers are.
func (c Called) like(h Holder, expected string) (Likeness, string) {
	likeness, why := likeOwnerText(h.Name, expected)
	if likeness != Different || Digits.MatchString(expected) {
		return likeness, why
	}
	mine, unknown := c.aliases.numberOf(h)
	theirs := number{text: "0"} // the system's first user and group are root
	if expected != "root" {
		theirs = c.aliases.number(h.Database, expected)
	}
	switch unknown = cmp.Or(unknown, theirs.unknown); {
	case unknown != "":
		return Unclear, unknown
	case mine == theirs.text:
		return Alike, fmt.Sprintf("%s is another name of %s, which has the number %s", expected, h.Name, mine)
	}
	return Different, ""
}
