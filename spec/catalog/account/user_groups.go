package account

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// namesakesScript defines `namesakes ID...`, which prints every entry of /etc/group that has one of these numbers, as
// same NAME:ID:MEMBERS. Several groups of one number are one to the kernel, and getent finds the first of them alone.
// With a colon behind the word, it would be the entry of a group that is called same.
const namesakesScript = `
namesakes() {
  [ $# -gt 0 ] && [ -e /etc/group ] || return 0
  [ -r /etc/group ] || { echo "unseen permission denied on /etc/group"; return 0; }
  # In quotes, mksh does not take a | off. An empty alternative would match the zeros of 0, and lose it.
  ids=x
  for id do ids="$ids|$id"; done
  sed -n -E "s/^([^:]*):[^:]*:0*($ids):/same \\1:\\2:/p" /etc/group || echo "unseen /etc/group could not be read"
}
`

// namesake is an entry of /etc/group: its name, and its members separated by commas.
type namesake struct{ name, members string }

// parseNamesakes parses the output of `namesakes` by number, and why it may be incomplete.
func parseNamesakes(out string) (same map[string][]namesake, unseen string) {
	same = map[string][]namesake{}
	for why := range lookup.After(out, "unseen ") {
		unseen = why
	}
	for line := range lookup.After(out, "same ") {
		if f := strings.Split(line, ":"); len(f) == 3 {
			same[f[1]] = append(same[f[1]], namesake{f[0], f[2]})
		}
	}
	return same, unseen
}

// userGroupsScript gets numbers from id, since names of groups may contain blanks.
const userGroupsScript = lookup.LookupScript + lookup.OwnersScript + namesakesScript + `
lookup passwd "$@"
show "$found"
i=0 gids=
for name do
  if entry "$name" "$found" && list=$(id -G -- "$name" 2>/dev/null); then
    printf 'gids %s %s\n' "$i" "$list"
    for gid in $list; do
      case " $gids " in *" $gid "*) ;; *) gids="$gids $gid" ;; esac
    done
  fi
  i=$((i + 1))
done
owners group $gids
namesakes $gids
`

func groupsPrinted(out string) lookup.EntryFacts {
	gids := lookup.Indexed(out, "gids")
	same, unseen := parseNamesakes(out)
	names := map[string][]string{}
	for gid, name := range lookup.ParseOwners(out) {
		names[gid] = []string{name}
	}
	for gid, groups := range same {
		for _, group := range groups {
			names[gid] = append(names[gid], group.name)
		}
	}
	return func(i int, f []string) resource.Facts {
		list := strings.Fields(gids[strconv.Itoa(i)])
		switch {
		case len(list) == 0:
			return resource.Every(resource.Unknown("id did not report the groups"))
		// Another name of a group's number may be in the part of /etc/group that could not be read.
		case unseen != "":
			return resource.Every(resource.Unknown(unseen))
		}
		return membershipFacts(f[3], list, names)
	}
}

// membershipFacts returns the names of all groups that have one of the numbers: a member of one of them is in all.
func membershipFacts(primary string, list []string, names map[string][]string) resource.Facts {
	var groups []resource.Holder
	for _, gid := range append(list, primary) {
		// A number alone would not do here: the group may have a name in a database that was not readable.
		if len(names[gid]) == 0 {
			return resource.Every(resource.Unknown(fmt.Sprintf(lookup.NoNameReason, gid)))
		}
		for _, name := range names[gid] {
			groups = append(groups, resource.Holder{Database: "group", Name: name, Number: gid})
		}
	}
	return resource.Facts{
		"groups":        resource.Seen(resource.OwnersIn(resource.CalledOwners(groups))),
		"primary_group": resource.Seen(resource.CalledOwner("group", names[primary][0], primary)),
	}
}
