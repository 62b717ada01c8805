package account

import (
	"io/fs"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// sharedUsers and sharedGroups are all names of a number that a file of the user database has. No spec has such blocks;
// they are observed for verdicts on patterns.
var (
	sharedUsers  = sharedNames("shared_users", "/etc/passwd", 4)
	sharedGroups = sharedNames("shared_groups", "/etc/group", 3)
)

// Databases look up users and groups.
var Databases = map[string]resource.Database{
	"passwd": {Entry: User, Number: "uid", Names: sharedUsers},
	"group":  {Entry: Group, Number: "gid", Names: sharedGroups},
}

// sharedNames returns the type for one file, whose entries have at least so many fields.
func sharedNames(name, file string, fields int) *resource.Type {
	return &resource.Type{
		Name: name, Label: "number", DisplayName: "Number",
		Attributes: []resource.Attribute{
			{Name: "number", Kind: resource.String, Parameter: true},
			{Name: "names", Kind: resource.SetOf(resource.String)},
		},
		Probe: &resource.Probe{
			Name:   "names",
			Words:  func(p resource.Params) []string { return []string{p.Text("number")} },
			Script: "\nfile=" + file + sharedScript,
			Parse:  parseShared,
			Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
				return sharedInFiles(fsys, file, fields, subjects)
			},
		},
	}
}

// sharedScript prints the names and numbers of entries that have one of the numbers. No shell reads them, so bytes that
// are not ASCII are not lost.
const sharedScript = `
[ -e "$file" ] || exit 0
[ -r "$file" ] || cannot "permission denied on $file"
# In quotes, mksh does not take a | off. An empty alternative would match the zeros of 0, and lose it.
ids=x
for id do ids="$ids|$id"; done
sed -n -E "s/^([^:]+):[^:]*:0*($ids):.*/\2 \1/p" "$file" || cannot "$file could not be read"
`

func parseShared(answer resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	names := map[string][]any{}
	for line := range strings.Lines(string(answer.Stdout)) {
		number, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		names[number] = append(names[number], name)
	}
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		all[i] = resource.Facts{"names": resource.Seen(append([]any{}, names[p.Text("number")]...))}
	}
	return all, nil
}

func sharedInFiles(fsys fs.FS, file string, fields int, subjects []resource.Params) []resource.Facts {
	db, all := lookup.NewFiles(fsys).Database(file), make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		names := []any{}
		for f := range db.Numbered(p.Text("number"), fields) {
			names = append(names, f[0])
		}
		all[i] = resource.Facts{"names": resource.Seen(names)}
		if db.Reason != "" && !db.Absent {
			all[i] = resource.Facts{"names": resource.Unknown(db.Reason)}
		}
	}
	return all
}
