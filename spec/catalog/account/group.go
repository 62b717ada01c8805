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
	Detail: `Avow looks up groups as the target's programs do (` + "`getent group`" + `), or in ` + "`/etc/group`" + `
where there is no ` + "`getent`" + `. Names are exact, and a number is not a name: to promise a number, use the
` + "`gid`" + ` of a group. Without both, every promise is unknown. On a target without a shell, Avow reads only that
file.

` + "`members`" + ` are the users that the group lists, those whose primary group it is, and the members of other
groups in ` + "`/etc/group`" + ` with the same number, since the kernel treats them as one group. Users whose primary
group it is come from the whole list of users: with a directory that does not list its users (LDAP without
enumeration), only the former are known.`,
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
		{
			Name: "local", Kind: resource.Bool, Probe: groupLocal,
			Doc: "Whether the group is in `/etc/group`, and not only in a directory (LDAP).",
		},
	},
	Probe:   entryProbe(lookup.Groups, groupScript, groupFacts),
	Prepare: func(p resource.Params) error { return resource.CheckAccountName(p, "group") },
}

var (
	groupSystem  = systemProbe(lookup.Groups, groupScript, "GID_MIN")
	groupMembers = lookup.Groups.Probe("members", membersScript, membersPrinted, membersInFiles)
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

func groupFacts(_ int, f []string) resource.Facts {
	return resource.Facts{"exists": resource.Seen(true), "gid": lookup.NumberFact(f[2])}
}

func membersPrinted(out string) lookup.EntryFacts {
	primary := map[string][]string{}
	for line := range lookup.After(out, "user:") {
		if user, number, ok := strings.Cut(line, ":"); ok && !strings.Contains(number, ":") {
			gid, _ := lookup.ParseID(number)
			primary[gid] = append(primary[gid], user)
		}
	}
	same, unseen := parseNamesakes(out)
	return func(_ int, f []string) resource.Facts {
		gid, ok := lookup.ParseID(f[2])
		return memberFacts(f, ok, unseen, same[gid], primary[gid])
	}
}

// membersInFiles returns the members of groups. Those whose primary group it is come from /etc/passwd.
func membersInFiles(t *lookup.Files, _ []resource.Params) lookup.EntryFacts {
	return func(_ int, f []string) resource.Facts {
		gid, ok := lookup.ParseID(f[2])
		users, groups := t.Database("/etc/passwd"), t.Database("/etc/group")
		var primary []string
		// A line with another number of fields is malformed, and makes no user a member.
		for user := range users.Rows() {
			if len(user) != 7 {
				continue
			}
			if id, ok := lookup.ParseID(user[3]); ok && id == gid {
				primary = append(primary, user[0])
			}
		}
		var same []namesake
		// The kernel knows numbers alone: the members of another group of this number are in this one.
		for group := range groups.Numbered(gid, 4) {
			if len(group) == 4 {
				same = append(same, namesake{group[0], group[3]})
			}
		}
		return memberFacts(f, ok, users.Reason, same, primary)
	}
}

// memberFacts returns the members that a group lists, or another group of the same number, and those whose primary
// group it is.
func memberFacts(f []string, numbered bool, unseen string, same []namesake, primary []string) resource.Facts {
	switch {
	case !numbered:
		return resource.Every(lookup.NotNumber(f[2]))
	case unseen != "":
		return resource.Every(resource.Unknown(unseen))
	}
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
