package resource

import (
	"fmt"
	"strconv"
	"strings"
)

var userGroups = []string{"primary_group", "groups"}

// userGroupsScript asks id for the numbers, since names of groups may have blanks.
const userGroupsScript = lookupScript + ownersScript + `
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
`

func parseUserGroups(answer Answer, subjects []Params) ([]Facts, error) {
	gids := indexed(string(answer.Stdout), "gids")
	names := parseOwners(string(answer.Stdout))
	return eachEntry(answer, subjects, "user", 7, userGroups, func(i int, f []string) Facts {
		list := strings.Fields(gids[strconv.Itoa(i)])
		if len(list) == 0 {
			return Every(Unknown("id could not tell the groups"), userGroups...)
		}
		return groupFacts(f[3], list, names)
	})
}

func groupFacts(primary string, list []string, names map[string]string) Facts {
	groups := make([]string, 0, len(list))
	for _, gid := range append(list, primary) {
		name, ok := names[gid]
		if !ok {
			return Every(Unknown(fmt.Sprintf(noOwnerName, gid)), userGroups...)
		}
		groups = append(groups, name)
	}
	return Facts{"primary_group": Seen(names[primary]), "groups": Seen(Strings(sortedSet(groups)))}
}
