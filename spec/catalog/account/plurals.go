package account

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Users is the type of all users of a target.
var Users = resource.Plural{
	Name: "users", DisplayName: "Users", Of: User,
	Summary: "All users of the target, or those that a condition selects",
	Detail:  "Avow lists users with `getent passwd`, or from `/etc/passwd` where there is no `getent`. " + listedDetail,
	Example: `describe "accounts" {
  users "who may log in" {
    where = { shell = ends_with("sh") }
    names = consists_of("root", "deploy")
    every = { password = not("empty") }
  }

  users "with the rights of root" {
    where = { uid = 0 }
    count = 1
  }
}
`,
	Parameters: []resource.Attribute{localParameter("users", "/etc/passwd")},
	List: resource.Probe{
		Script: listScript + `
list passwd "$1"`,
		Words: onlyLocal, Single: true,
		Parse: parseList("passwd", 7, accountFacts), Files: listInFile("/etc/passwd", 7, accountFacts),
	},
}.Type()

// Groups is the type of all groups of a target.
var Groups = resource.Plural{
	Name: "groups", DisplayName: "Groups", Of: Group,
	Summary: "All groups of the target, or those that a condition selects",
	Detail:  "Avow lists groups with `getent group`, or from `/etc/group` where there is no `getent`. " + listedDetail,
	Example: `describe "accounts" {
  groups "with members" {
    where = { members = not(empty()) }
    names = not(contains("wheel"))
  }

  groups "of the system" {
    where = { gid = lt(1000) }
    every = { members = not(contains("guest")) }
  }
}
`,
	Parameters: []resource.Attribute{localParameter("groups", "/etc/group")},
	List: resource.Probe{
		Script: listScript + `
list group "$1"`,
		Words: onlyLocal, Single: true,
		Parse: parseList("group", 4, groupFacts), Files: listInFile("/etc/group", 4, groupFacts),
	},
}.Type()

const listedDetail = "A directory (LDAP) may know more than it lists: where `/etc/nsswitch.conf` names any source " +
	"but files, systemd, compat and db, there may be others, and a promise that they could break is unknown. With " +
	"`local = true`, only " +
	"those in the file are meant."

func localParameter(what, file string) resource.Attribute {
	return resource.Attribute{
		Name: "local", Kind: resource.Bool, Parameter: true,
		Doc: "With `true`, only the " + what + " in `" + file + "`.",
	}
}

func onlyLocal(p resource.Params) []string {
	if p.Bool("local") {
		return []string{"local"}
	}
	return []string{""}
}

// listScript defines `list DATABASE LOCAL`, which prints the sources of a database and all entries, without the field
// that may be a password's hash.
const listScript = lookup.LookupScript + `
list() {
  file=/etc/$1
  sources=$(grep -E "^[[:blank:]]*$1[[:blank:]]*:" /etc/nsswitch.conf 2>/dev/null)
  if [ -z "$2" ] && command -v getent >/dev/null 2>&1; then
    # Without its file, getent lists what the other sources have, and ends with 0.
    [ -f "$file" ] || [ ! -e "$file" ] || cannot "$file is not a regular file"
    [ -r "$file" ] || [ ! -e "$file" ] || cannot "permission denied on $file"
    ascii getent "$1"
    found=$(getent "$1") || cannot "getent $1 ended with status $?"
    if [ -e /etc/nsswitch.conf ] && [ ! -r /etc/nsswitch.conf ]; then echo 'sources unread'
    else printf 'sources %s\n' "${sources#*:}"
    fi
  else
    [ -e "$file" ] || cannot "there is no $file"
    [ -f "$file" ] || cannot "$file is not a regular file"
    [ -r "$file" ] || cannot "permission denied on $file"
    ascii cat "$file"
    found=$(cat "$file") || cannot "$file could not be read"
    echo 'sources files'
  fi
  show "$found"
}
`

// parseList returns a parser of what listScript prints.
func parseList(database string, fields int, facts lookup.EntryFacts,
) func(resource.Answer, []resource.Params) ([]resource.Facts, error) {
	return func(a resource.Answer, _ []resource.Params) ([]resource.Facts, error) {
		first, rest, _ := strings.Cut(string(a.Stdout), "\n")
		sources, ok := strings.CutPrefix(first, "sources ")
		if !ok {
			return nil, errors.New("the list does not begin with its sources")
		}
		found := elementsOf(rows(rest), fields, facts)
		found.Hidden = unlisted(database, sources)
		return []resource.Facts{resource.Listed(found)}, nil
	}
}

func rows(text string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(text) {
			if !yield(strings.Split(strings.TrimSuffix(line, "\n"), ":")) {
				return
			}
		}
	}
}

// unlisted returns why a database may have entries that it does not list.
func unlisted(database, sources string) string {
	if sources == "unread" {
		return "permission denied on /etc/nsswitch.conf, which may name a source that does not list all that it knows"
	}
	for _, source := range strings.Fields(sources) {
		if !strings.HasPrefix(source, "[") && !slices.Contains([]string{"files", "systemd", "compat", "db"}, source) {
			return fmt.Sprintf("the source %s of %s may not list all that it knows", source, database)
		}
	}
	return ""
}

// elementsOf returns the entries of a database. The first one of a name counts; lines that are no entries are not
// entries for the system, either.
func elementsOf(rows iter.Seq[[]string], fields int, facts lookup.EntryFacts) resource.Elements {
	var found resource.Elements
	known := map[string]bool{}
	for f := range rows {
		// Lines with a sign are instructions for the source compat, and not entries.
		if len(f) != fields || f[0] == "" || strings.ContainsAny(f[0][:1], "+-") || known[f[0]] {
			continue
		}
		known[f[0]] = true
		found.List = append(found.List, resource.Element{
			Name: f[0], Params: resource.Params{"name": f[0]}, Facts: facts(0, f),
		})
	}
	return found
}

// listInFile returns a reader of all entries of a file, on a target without a shell.
func listInFile(file string, fields int, facts lookup.EntryFacts,
) func(fs.FS, []resource.Params) []resource.Facts {
	return func(files fs.FS, subjects []resource.Params) []resource.Facts {
		db := lookup.NewFiles(files).Database(file)
		all := make([]resource.Facts, len(subjects))
		for i := range all {
			all[i] = resource.Listed(elementsOf(db.Rows(), fields, facts))
			if db.Reason != "" {
				all[i] = resource.NotListed(resource.Unknown(db.Reason))
			}
		}
		return all
	}
}
