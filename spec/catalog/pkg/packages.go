package pkg

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Packages is the type of all packages of a target.
var Packages = resource.Plural{
	Name: "packages", DisplayName: "Packages", Of: Package,
	Summary: "All packages of the target, or those that a condition selects",
	Detail: "Avow lists what a package manager has installed, and with dpkg also what it has installed in part " +
		"(`half-configured`); packages that were removed and not purged are not listed. If the target has several " +
		"databases, `manager` has to choose one.",
	Example: `describe "packages" {
  packages "compilers" {
    where = { name = any_of("gcc", "clang", "tcc") }
    count = 0
  }

  packages "installed in part" {
    where = { installed = false }
    names = []
  }
}
`,
	Parameters: []resource.Attribute{{
		Name: "manager", Kind: resource.String, Parameter: true,
		Doc: "The package manager to query: `dpkg`, `rpm` or `apk`. Default: the one that has a database on the target.",
	}},
	Prepare: func(p resource.Params) error { return checkManager(p) },
	List: resource.Probe{
		Script: packageFunctions + `
all=a managers=$1
if [ -z "$managers" ]; then
	find_default
	managers=$default
fi
for manager in $managers; do "ask_$manager" '*'; done
`,
		Words: func(p resource.Params) []string { return []string{p.Text("manager")} }, Single: true,
		Parse: func(a resource.Answer, _ []resource.Params) ([]resource.Facts, error) {
			_, sections, err := packageSections(string(a.Stdout), nil)
			if err != nil {
				return nil, err
			}
			var there []*packageSection
			for _, manager := range packageManagers {
				if s := sections[manager]; s != nil {
					if trouble := packageTrouble(manager, string(a.Stderr)); trouble != "" {
						s.unknown = trouble
					}
					there = append(there, s)
				}
			}
			if len(there) == 0 {
				return nil, errors.New("no package manager answered")
			}
			return []resource.Facts{listed(there)}, nil
		},
		Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
			db := packageDatabases{lookup.NewFiles(fsys), nil, map[string]*packageSection{}}
			all := make([]resource.Facts, len(subjects))
			for i, subject := range subjects {
				there := db.usual()
				if manager := subject.Text("manager"); manager != "" {
					there = []*packageSection{db.section(manager)}
				}
				all[i] = listed(there)
			}
			return all
		},
	},
}.Type()

// listed returns the list of all packages of the databases of a target, of which there has to be one.
func listed(there []*packageSection) resource.Facts {
	there = slices.DeleteFunc(there, func(s *packageSection) bool { return s.absent && len(there) > 1 })
	if len(there) > 1 {
		return resource.NotListed(resource.Unknown(fmt.Sprintf(
			"there are databases of %s and %s, so the spec has to say which `manager` is meant",
			there[0].manager, there[1].manager)))
	}
	s := there[0]
	if s.unknown != "" {
		return resource.NotListed(resource.Unknown(s.unknown))
	}
	// Each element gets the facts that a block of its own would get, from the records of its name alone: looking for
	// each name in all records would take the square of their number.
	byName := map[string]*packageSection{}
	var found resource.Elements
	for _, r := range s.records {
		if !r.known() || r.status == "config-files" {
			continue
		}
		name := r.name
		if s.foreign(r) {
			name += map[string]string{"dpkg": ":", "rpm": "."}[s.manager] + r.arch
		}
		if byName[name] == nil {
			one := *s
			one.records = nil
			byName[name] = &one
			found.List = append(found.List, resource.Element{
				Name: name, Params: resource.Params{"name": name, "manager": s.manager},
			})
		}
		byName[name].records = append(byName[name].records, r)
	}
	for i, e := range found.List {
		found.List[i].Facts = Package.Complete(Package.Probe, packageFacts(byName[e.Name], e.Name))
	}
	return resource.Listed(found)
}
