package account

import (
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Group is the type of groups in the target's user database.
var Group = &resource.Type{
	Name:        "group",
	Label:       "name",
	DisplayName: "Group",
	Summary:     "A group of the target and its members",
	Detail: `Avow looks up groups as the target's programs do (` + "`getent group`" + `), or in ` + "`/etc/group`" + ` where there is no ` + "`getent`" + `.
Names are exact, and a number is not a name: to promise a number, use the ` + "`gid`" + ` of a group. Without both, every promise is
unknown. On a target without a shell, Avow reads only that file.

` + "`members`" + ` are the users that the group lists, those whose primary group it is, and the members of other groups in ` + "`/etc/group`" + `
with the same number, since the kernel treats them as one group. Users whose primary group it is come from the whole list of
users: with a directory that does not list its users (LDAP without enumeration), only the former are known.`,
	Example: `describe "groups" {
  group "docker" {
    exists  = true
    system  = true
    members = consists_of("deploy", "ci")
  }

  group "wheel" { exists = false }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "The group's name, exactly."},
		resource.Exists("Whether the database has a group with this name."),
		{Name: "gid", Kind: resource.ID, Phrase: "GID", Doc: "The group's number."},
		{
			Name: "members", Kind: resource.SetOf(resource.Member), Probe: groupMembers,
			Doc: "The names of its users, including those whose primary group it is.",
		},
		{
			Name: "system", Kind: resource.Bool, Phrase: "is a system group", Probe: groupSystem,
			Doc: "Whether the GID is below `GID_MIN` of `/etc/login.defs` (1000 where it is not set).",
		},
	},
	Probe: &resource.Probe{
		Name: "entry", Script: groupScript, Words: lookup.ByName, Parse: parseGroups, Files: groupsInFiles,
	},
	Prepare: func(p resource.Params) error { return resource.CheckAccountName(p, "group") },
}

var (
	groupSystem = &resource.Probe{
		Name: "system", Script: loginDefsScript + groupScript, Words: lookup.ByName,
		Parse: parseSystemGroups, Files: systemGroupsInFiles,
	}
	groupMembers = &resource.Probe{
		Name: "members", Script: membersScript, Words: lookup.ByName, Parse: parseMembers, Files: membersInFiles,
	}
)

const groupScript = lookup.LookupScript + `
lookup group "$@"
show "$found"
`

// membersScript prints the users whose primary group is one of the subjects, each as user:NAME:GID.
const membersScript = groupScript + namesakesScript + `
gids=
set -f
IFS=$nl
for entry in $found; do
  gid=${entry#*:}
  gid=${gid#*:}
  gid=${gid%%:*}
  while case $gid in 0?*) ;; *) false ;; esac; do gid=${gid#0}; done
  gids="$gids|$gid"
done
IFS=' '
case $gids in
  '') exit 0 ;;
  *[!0-9\|]*) cannot "a group has no number" ;;
esac
IFS='|'
set -- ${gids#|}
IFS=' '
namesakes "$@"
if command -v getent >/dev/null 2>&1; then
  ascii getent passwd
  users=$(getent passwd) || cannot "getent passwd ended with status $?"
  [ -f /etc/passwd ] || [ ! -e /etc/passwd ] || cannot "/etc/passwd is not a regular file"
  [ -r /etc/passwd ] || cannot "permission denied on /etc/passwd"
else
  [ -e /etc/passwd ] || cannot "no getent and no /etc/passwd"
  [ -f /etc/passwd ] || cannot "/etc/passwd is not a regular file"
  ascii cat /etc/passwd
  users=$(cat /etc/passwd) || cannot "permission denied on /etc/passwd"
fi
users=$(printf '%s\n' "$users" | grep -E "^[^:]*:[^:]*:[^:]*:0*(${gids#|}):") || [ $? -eq 1 ] || cannot "grep failed"
IFS=$nl
for entry in $users; do
  gid=${entry#*:*:*:}
  printf 'user:%s:%s\n' "${entry%%:*}" "${gid%%:*}"
done
`

func parseGroups(answer resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	return lookup.EachEntry(answer, subjects, "group", 4, groupEntryFacts)
}

func groupEntryFacts(_ int, f []string) resource.Facts {
	return resource.Facts{"exists": resource.Seen(true), "gid": lookup.NumberFact(f[2])}
}

func parseSystemGroups(answer resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	return lookup.EachEntry(answer, subjects, "group", 4, func(_ int, f []string) resource.Facts {
		return resource.Facts{"system": systemFact(string(answer.Stdout), "GID_MIN", f[2])}
	})
}

func parseMembers(answer resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	primary := map[string][]string{}
	for line := range strings.Lines(string(answer.Stdout)) {
		if f := strings.Split(strings.TrimSuffix(line, "\n"), ":"); len(f) == 3 && f[0] == "user" {
			gid, _ := lookup.ParseID(f[2])
			primary[gid] = append(primary[gid], f[1])
		}
	}
	same, unseen := parseNamesakes(string(answer.Stdout))
	return lookup.EachEntry(answer, subjects, "group", 4, func(_ int, f []string) resource.Facts {
		gid, ok := lookup.ParseID(f[2])
		switch {
		case !ok:
			return resource.Facts{"members": lookup.NotNumber(f[2])}
		case unseen != "":
			return resource.Facts{"members": resource.Unknown(unseen)}
		}
		return memberFacts(f, same[gid], primary[gid])
	})
}

// memberFacts returns the members that a group lists, or another group of the same number, and those whose primary
// group it is.
func memberFacts(f []string, same []namesake, primary []string) resource.Facts {
	members := append([]string{}, primary...)
	for _, group := range append(same, namesake{f[0], f[3]}) {
		for name := range strings.SplitSeq(group.members, ",") {
			if name != "" {
				members = append(members, name)
			}
		}
	}
	return resource.Facts{"members": resource.Seen(resource.Strings(resource.SortedSet(members)))}
}
