package security

import (
	"net/netip"
	"path"
	"slices"
	"strings"
)

// matched is whether a list mentions somebody or something.
type matched int

const (
	unmentioned matched = iota
	included
	excluded
	unclear
)

// sudoMatch selects what files say about one user on one host.
type sudoMatch struct {
	*sudoers
	user account
	host string
	why  string // why something was unclear
}

func (m *sudoMatch) unclear(why string) matched {
	m.why = why
	return unclear
}

func when(is bool) matched {
	if is {
		return included
	}
	return unmentioned
}

// list reports whether a list mentions something: the last element that does so decides. An alias is a list.
func (m *sudoMatch) list(kind string, list []string, depth int, one func(item string) matched) matched {
	for _, item := range slices.Backward(list) {
		item, not := negated(item)
		found := unmentioned
		alias, isAlias := m.aliases[kind][item]
		switch {
		case item == "ALL":
			found = included
		case isAlias && depth < maxAliases:
			found = m.list(kind, alias, depth+1, one)
		default:
			found = one(unquoted(item))
		}
		switch {
		case found == unmentioned:
		case found == included && not:
			return excluded
		case found == excluded && not:
			return included
		default:
			return found
		}
	}
	return unmentioned
}

// negated cuts the ! before an element.
func negated(item string) (string, bool) {
	not := false
	for strings.HasPrefix(item, "!") {
		item, not = strings.TrimSpace(item[1:]), !not
	}
	return item, not
}

func (m *sudoMatch) users(list []string) matched { return m.list("User_Alias", list, 0, m.isUser) }

func (m *sudoMatch) isUser(name string) matched {
	u := m.user
	lost := !u.known && u.elsewhere != ""
	group, isGroup := strings.CutPrefix(name, "%")
	switch {
	case isGroup && strings.HasPrefix(group, ":"):
		return m.unclear("the group " + name + " of a plugin decides")
	case isGroup && slices.Contains(u.groups, group):
		return included
	case isGroup && u.unknown != "":
		return m.unclear(u.unknown)
	case isGroup && lost, strings.HasPrefix(name, "#") && lost:
		return m.unclear("the target does not find the user " + u.name + ", who may be known to " + u.elsewhere)
	case isGroup && u.group && strings.HasPrefix(group, "#"):
		return m.unclear("the group number " + group + " decides, which may be that of " + u.name)
	case isGroup, u.group:
		return unmentioned
	case strings.HasPrefix(name, "+"):
		return m.unclear("the netgroup " + name + " decides, which Avow does not look up")
	case strings.HasPrefix(name, "#"):
		return when(u.known && name[1:] == u.uid)
	}
	return when(name == u.name)
}

func (m *sudoMatch) hosts(list []string) matched {
	return m.list("Host_Alias", list, 0, func(name string) matched {
		_, notAddress := netip.ParseAddr(strings.SplitN(name, "/", 2)[0])
		switch {
		case strings.HasPrefix(name, "+"):
			return m.unclear("the netgroup " + name + " decides, which Avow does not look up")
		case notAddress == nil && name != m.host:
			return m.unclear("the address " + name + " decides")
		case m.host == "":
			return m.unclear("the host name " + name + " decides, and that of the target is not known")
		}
		host := m.host
		if !strings.Contains(name, ".") { // without a dot, sudo compares the short name
			host, _, _ = strings.Cut(host, ".")
		} else if !strings.Contains(host, ".") {
			return m.unclear("the host name " + name + " decides, and the target's has no domain")
		}
		is, err := path.Match(strings.ToLower(name), strings.ToLower(host))
		return when(err == nil && is)
	})
}

// asRoot reports whether a list of users as whom a command may run has root in it.
func (m *sudoMatch) asRoot(list []string) bool {
	return len(list) == 0 || m.list("Runas_Alias", list, 0, func(name string) matched {
		return when(name == "root" || name == "#0")
	}) == included
}

// rule is what a user may run, or may not.
type rule struct {
	runas
	command  string // without the !
	not      bool
	tags     []string
	password bool
	asRoot   bool
}

// rules returns the rules for the user on the host: one for each command.
func (m *sudoMatch) rules(authenticate bool) []rule {
	var all []rule
	for _, spec := range m.specs {
		if !m.applies(spec.users, spec.hosts) {
			continue
		}
		for _, c := range spec.commands {
			for _, command := range m.expand("Cmnd_Alias", []string{c.command}, 0) {
				command, not := negated(command)
				as := runas{m.expand("Runas_Alias", c.users, 0), m.expand("Runas_Alias", c.groups, 0), c.given}
				r := rule{
					runas: as, command: command, not: not, tags: c.tags, password: authenticate,
					asRoot: m.asRoot(c.users) && !(c.given && len(c.users) == 0),
				}
				if c.password != nil {
					r.password = *c.password
				}
				all = append(slices.DeleteFunc(all, r.replaces), r)
			}
		}
	}
	return all
}

// applies reports whether something is for the user on the host.
func (m *sudoMatch) applies(users, hosts []string) bool {
	who := m.users(users)
	if who != included && who != unclear {
		return false
	}
	before := m.why
	where := m.hosts(hosts)
	if where != included && where != unclear {
		m.why = before
		return false
	}
	return who == included && where == included
}

// replaces reports whether a rule makes an earlier one mean nothing: it is for the same commands or all, as the same
// users or all.
func (r rule) replaces(earlier rule) bool {
	users := strings.Join(r.users, ",")
	same := users == strings.Join(earlier.users, ",") && strings.Join(r.groups, ",") == strings.Join(earlier.groups, ",")
	all := users == "ALL" && (len(earlier.groups) == 0 || slices.Contains(r.groups, "ALL"))
	return (same || all) && (r.command == "ALL" || r.command == earlier.command)
}

// expand replaces aliases by their elements. Each element of a negated alias is negated.
func (m *sudoMatch) expand(kind string, list []string, depth int) []string {
	var out []string
	for _, item := range list {
		name, not := negated(item)
		inside, ok := m.aliases[kind][name]
		if !ok || depth >= maxAliases {
			out = append(out, item)
			continue
		}
		for _, element := range m.expand(kind, inside, depth+1) {
			if name, negative := negated(element); not && negative {
				element = name
			} else if not {
				element = "!" + name
			}
			out = append(out, element)
		}
		if len(out) > maxRules { // aliases of aliases can grow without end
			m.why = "there are more than a thousand rules"
			return nil
		}
	}
	return out
}
