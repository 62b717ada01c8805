package pkg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// packageFactsOf returns the facts of one package if there are several databases: it is installed if one of them has
// it, and not installed if all of them can be read and none has it.
func packageFactsOf(sections []*packageSection, name string) resource.Facts {
	var installed []*packageSection
	var facts, absent, unknown resource.Facts
	for _, s := range sections {
		found := packageFacts(s, name)
		switch {
		case found.Of("installed").Value == true:
			installed, facts = append(installed, s), found
		case found.Of("installed").Unknown != "":
			unknown = found
		case absent == nil || found["status"].Value != nil: // dpkg's remaining record is more specific
			absent = found
		}
	}
	switch {
	case len(installed) > 1:
		both := installed[0].manager + " and " + installed[1].manager
		why := "it is a package of " + both + ", so the spec has to say which `manager` is meant"
		facts = resource.Every(resource.Unknown(why))
		facts["installed"] = resource.Seen(true).With("by " + both)
		return facts
	case len(installed) == 1:
		return facts
	case unknown != nil:
		return unknown
	}
	return absent
}

// packageFacts returns the facts of one package, from the answer of its manager.
func packageFacts(s *packageSection, name string) resource.Facts {
	if s.unknown != "" {
		return resource.Every(resource.Unknown(s.unknown))
	}
	found := s.find(name)
	switch {
	case len(found) > 0 && found[0].status == "installed":
		if r := s.halfway(found); r != nil {
			why := fmt.Sprintf("%s is installed for %s and %s for %s, so the spec has to name one: %s:%s",
				name, found[0].arch, r.status, r.arch, name, r.arch)
			return resource.Every(resource.Unknown(why))
		}
		return s.installedFacts(found)
	case len(found) > 0:
		return absentFacts(found[0])
	case !s.confirmsAbsent(name):
		return resource.Every(resource.Unknown(packageTools[s.manager] + " did not answer"))
	}
	facts := resource.Every(resource.Missing("not installed"))
	facts["installed"] = resource.Seen(false)
	return facts
}

// find returns the records of exactly that name, the preferred one first.
func (s *packageSection) find(name string) []packageRecord {
	var found []packageRecord
	for _, r := range s.records {
		if r.known() && s.matches(r, name) &&
			!slices.Contains(found, r) { // rpm repeats a record if a package is queried twice
			found = append(found, r)
		}
	}
	// rpm can have several versions of a package installed (kernels); the newest comes first.
	if s.manager == "rpm" {
		slices.SortStableFunc(found, func(a, b packageRecord) int {
			return resource.Version.Order(s.version(b), s.version(a))
		})
	}
	slices.SortStableFunc(found, func(a, b packageRecord) int { return s.rank(a) - s.rank(b) })
	return found
}

// known reports false for packages that dpkg merely heard of: a name that others recommend.
func (r packageRecord) known() bool { return r.status != "" && r.status != "not-installed" }

func (s *packageSection) matches(r packageRecord, name string) bool {
	switch s.manager {
	case "dpkg":
		return name == r.name || name == r.name+":"+r.arch
	case "rpm":
		return name == r.name || name == r.name+"."+r.arch
	}
	return name == r.name
}

// rank prefers what is installed, and of that the machine's own architecture: files that one architecture left behind
// mean nothing for another that is installed.
func (s *packageSection) rank(r packageRecord) int {
	rank := map[string]int{"installed": 0, "config-files": 4}[r.status]
	if rank == 0 && r.status != "installed" {
		rank = 2
	}
	if s.foreign(r) {
		rank++
	}
	return rank
}

func (s *packageSection) foreign(r packageRecord) bool {
	return s.native != "" && r.arch != s.native && r.arch != "all"
}

// halfway returns the machine's own package that is neither installed nor absent, while one of another architecture is
// installed.
func (s *packageSection) halfway(found []packageRecord) *packageRecord {
	if !s.foreign(found[0]) {
		return nil
	}
	i := slices.IndexFunc(found, func(r packageRecord) bool {
		return !s.foreign(r) && r.status != "installed" && r.status != "config-files"
	})
	if i < 0 {
		return nil
	}
	return &found[i]
}

// confirmsAbsent reports whether the manager stated that it does not know the name, so that a missing record is not
// taken for that. A name that no package can have may still be known to the manager: to rpm a name with a version in it
// ("bash-5.1"), to dpkg a pattern, or a name that others mention. Of apk the whole database was read.
func (s *packageSection) confirmsAbsent(name string) bool {
	switch {
	case s.whole:
		return true
	case s.manager == "dpkg":
		// dpkg-query takes a name with one of these for a pattern, and prints what matches; no package is called so.
		return strings.ContainsAny(name, "*?[\\\n") || s.mentions(name, ":") ||
			slices.Contains(s.lines, "dpkg-query: no packages found matching "+name)
	case s.manager == "rpm":
		// rpm -q takes NAME-VERSION for a package, and prints the record of that one.
		return strings.Contains(name, "\n") || s.mentions(name, "-") ||
			slices.Contains(s.lines, "package "+name+" is not installed")
	}
	return true
}

// mentions reports whether a record has the name, or the part of it before a mark.
func (s *packageSection) mentions(name, mark string) bool {
	return slices.ContainsFunc(s.records,
		func(r packageRecord) bool { return strings.HasPrefix(name+mark, r.name+mark) })
}

func (s *packageSection) installedFacts(found []packageRecord) resource.Facts {
	first := found[0]
	found = slices.DeleteFunc(found, func(r packageRecord) bool { return r.status != "installed" })
	facts := resource.Facts{
		"installed": resource.Seen(true),
		"version":   resource.Seen(s.version(first)),
		"versions":  resource.Seen(s.versions(found)),
		"arch":      resource.Seen(first.arch),
		"held":      resource.Seen(first.want == "hold"),
		"status":    resource.Seen(first.status),
	}
	if s.manager != "dpkg" {
		facts["held"] = resource.Unknown(s.manager + " has no mark that holds a package")
	}
	if n := len(found); n > 1 {
		facts["version"] = facts["version"].With(fmt.Sprintf("%d are installed: %s", n, packageList(found)))
	}
	return facts
}

func (s *packageSection) version(r packageRecord) resource.PackageVersion {
	scheme := map[string]string{"dpkg": "deb", "rpm": "rpm", "apk": "apk"}[s.manager]
	return resource.PackageVersion{Text: r.version, Scheme: scheme}
}

func (s *packageSection) versions(found []packageRecord) []any {
	var texts []string
	for _, r := range found {
		texts = append(texts, r.version)
	}
	list := []any{}
	for _, text := range resource.SortedSet(texts) {
		list = append(list, s.version(packageRecord{version: text}))
	}
	return list
}

func packageList(found []packageRecord) string {
	var list []string
	for _, r := range found {
		list = append(list, r.version+" ("+r.arch+")")
	}
	return strings.Join(list, ", ")
}

// absentFacts returns the facts of a package that dpkg has a record of, and that is not, or not wholly, installed.
func absentFacts(r packageRecord) resource.Facts {
	why := "not installed (" + r.status + ")"
	if r.status == "config-files" {
		why = "not installed (config files remain)"
	}
	facts := resource.Every(resource.Missing(why))
	facts["status"] = resource.Seen(r.status)
	facts["held"] = resource.Seen(r.want == "hold")
	return facts
}
