package file

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// accessScript checks who may read, write and execute: the mode for its three classes, and each user that is named as
// that user. After locate it prints the mode, and a line per user: "can r-x", or "cannot REASON". BusyBox's shell does
// not ask the kernel but guesses from the mode, and knows neither ACLs nor read-only mounts: there the script tries
// what can be tried without harm, and adds "guessed".
const accessScript = `
words=3
locate "$@"
[ -n "$there" ] || return 0
command -v stat >/dev/null || cannot "no stat on the target"
stat -L -c %f "$1"
tests='r=- w=- x=- guessed=; [ -r "$1" ] && r=r; [ -w "$1" ] && w=w; [ -x "$1" ] && x=x'
case $(/bin/sh --help 2>&1) in *BusyBox*) tests=$tests'
	guessed=" guessed"
	if [ -f "$1" ] || [ -d "$1" ]; then r=-; ( : <"$1" ) 2>/dev/null && r=r; fi
	if [ -d "$1" ]; then x=-; ( cd "$1" ) 2>/dev/null && x=x; fi' ;;
esac
tests=$tests'
echo "can $r$w$x$guessed"'
try() {
	command -v id >/dev/null || { echo "cannot no id on the target"; return; }
	# id accepts a number in place of a name; and the name that id prints may be another one with the same number.
	case ${2#+} in *[!0-9]*) id -u -- "$2" >/dev/null 2>&1 ;; *) false ;; esac ||
		{ printf 'cannot no user is called %s\n' "$2"; return; }
	if [ "$(id -nu)" = "$2" ]; then eval "$tests"; return; fi
	[ "$(id -u)" = 0 ] || { printf 'cannot only root can ask as %s\n' "$2"; return; }
	for way in with_setpriv with_runuser with_su with_chroot; do
		said=$("$way" "$@" 2>/dev/null)
		said=${said##*can }
		case $said in
		[r-][w-][x-] | [r-][w-][x-]" guessed") printf 'can %s\n' "$said"; return ;;
		esac
	done
	printf 'cannot no way to become %s\n' "$2"
}
with_setpriv() {
	setpriv --reuid "$2" --regid "$(id -g -- "$2")" --init-groups /bin/sh -c "$tests" sh "$1"
}
with_runuser() { runuser -u "$2" -- /bin/sh -c "$tests" sh "$1"; }
with_su() { su -s /bin/sh "$2" -c "$tests" sh "$1"; }
# chroot takes the group and the groups from the first name that the number of the user has.
with_chroot() {
	who=$2:$(id -g -- "$2") file=$1
	IFS=' '
	set -- $(id -G -- "$2")
	IFS=,
	chroot --userspec="$who" --groups="$*" / /bin/sh -c "$tests" sh "$file"
}
set -f; IFS='
'
for user in $3; do try "$1" "$user"; done
`

// accessRights are the promises about access, in the order of the bits of a mode.
var accessRights = []string{"readable_by", "writable_by", "executable_by"}

// fileAccess observes who may do what with a file.
var fileAccess = pathProbe{
	name: "access", single: true,
	script: accessScript, words: accessWords, read: readAccess, files: accessInFiles,
	link: resource.Unknown("a symlink itself has no access rights; see follow"),
}

func accessWords(p resource.Params) []string {
	return append(linkWords(p), strings.Join(accessUsers(p), "\n"))
}

// accessUsers returns the users that promises name, sorted, without names that no system can have.
func accessUsers(p resource.Params) []string {
	var users []string
	for _, attribute := range accessRights {
		for _, name := range p.References(attribute) {
			if isUserName(name) && possibleUser(name) {
				users = append(users, name)
			}
		}
	}
	return resource.SortedSet(users)
}

// isUserName reports whether a name is that of a user, not of a class of the mode.
func isUserName(name string) bool { return name != "owner" && name != "group" && name != "others" }

func possibleUser(name string) bool { return name != "" && !strings.ContainsAny(name, "\n\x00") }

func readAccess(answer resource.Answer, places []filePlace) ([]resource.Facts, error) {
	var all []resource.Facts
	for _, p := range places {
		facts, err := parseAccess(answer, p)
		if err != nil {
			return nil, err
		}
		all = append(all, facts)
	}
	return all, nil
}

func parseAccess(answer resource.Answer, p filePlace) (resource.Facts, error) {
	users, lines := accessUsers(p.params), lookup.FileLines(string(answer.Stdout))
	// A missing line could be any user's, so none of them is certain.
	if len(lines) != 1+len(users) {
		return nil, fmt.Errorf("not every user could be tested: %s", strings.TrimSpace(string(answer.Stderr)))
	}
	bits, err := strconv.ParseUint(lines[0], 16, 32)
	if err != nil {
		return nil, fmt.Errorf("stat says %q", lines[0])
	}
	facts, result := resource.Facts{}, map[string]string{}
	for i, user := range users {
		result[user] = lines[1+i]
	}
	for i, attribute := range accessRights {
		if facts[attribute], err = accessFact(p, attribute, result, bits, i); err != nil {
			return nil, err
		}
	}
	return facts, nil
}

// accessFact returns the classes and the named users that have one right: 0 read, 1 write, 2 execute.
func accessFact(
	p filePlace, attribute string, result map[string]string, bits uint64, right int,
) (resource.Fact, error) {
	holders := []string{}
	for i, class := range []string{"owner", "group", "others"} {
		if bits&(0o400>>(3*i+right)) != 0 {
			holders = append(holders, class)
		}
	}
	for _, user := range p.params.References(attribute) {
		if !isUserName(user) {
			continue
		}
		can, unknown, err := userAccess(user, result[user], p.kind, bits, right)
		if err != nil || unknown != "" {
			return resource.Unknown(unknown), err
		}
		if can {
			holders = append(holders, user)
		}
	}
	slices.Sort(holders)
	return resource.Seen(resource.Strings(holders)), nil
}

// userAccess parses the script's line about a user: "can r-x", "can r-x guessed" or "cannot REASON".
func userAccess(user, result, kind string, bits uint64, right int) (can bool, unknown string, err error) {
	if !possibleUser(user) {
		return false, "no user is called " + user, nil
	}
	if why, cannot := strings.CutPrefix(result, "cannot "); cannot && why != "" {
		return false, why, nil
	}
	rights, ok := strings.CutPrefix(result, "can ")
	rights, guessed := strings.CutSuffix(rights, " guessed")
	if !ok || len(rights) != 3 {
		return false, "", errors.New("the target did not report whether " + user + " can")
	}
	can = rights[right] != '-'
	tried := right != 1 && kind == "directory" || right == 0 && kind == "file"
	// Without a bit for the group, which is an ACL's mask, and none for others, no ACL can grant it.
	refused := !can && bits&(0o044>>right) == 0
	// BusyBox's shell answers test -r, -w and -x from the mode. Only what was opened or entered is certain.
	if guessed && !tried && !refused {
		return false, "BusyBox's shell can only guess whether " + user + " can", nil
	}
	return can, "", nil
}
