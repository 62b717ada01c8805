package resource

import (
	"fmt"
	"strings"
)

// familiesScript asks ss only where a socket on all IPv6 addresses makes the question.
const familiesScript = socketsScript + `
sockets '[0-9A-F]+'
case $listeners in
  */proc/net/???6:*": 00000000000000000000000000000000:"*) ;;
  *) exit 0 ;;
esac
command -v ss >/dev/null 2>&1 || exit 0
ss -tulne 2>/dev/null | grep v6only:
exit 0
`

// portProcessScript finds the inodes of the sockets among the descriptors of all processes. The names that
// ls prints are anybody's; what it found is therefore looked at once more, by a path of numbers only.
const portProcessScript = socketsScript + `
nl='
'
pattern=$1
for word do pattern="$pattern|$word"; done
sockets "$pattern"
[ -n "$listeners" ] || exit 0
[ "$(id -u)" = 0 ] && echo root
set -f
IFS=$nl
inodes=
for line in $listeners; do
  IFS=' '
  set -- ${line#*/net/*:}
  inodes="$inodes|${10}"
done
set +f
IFS=' '
cd /proc || cannot "no /proc to look at"
lines=$(ls -ln [0-9]*/fd /dev/null 2>/dev/null |
  grep -E "^[0-9]+/fd:\$| [0-9]+ -> socket:\[(${inodes#|})\]\$") || exit 0
set -f
IFS=$nl
set --
for line in $lines; do
  case $line in
    */fd:) pid=${line%/fd:} ;;
    *) fd=${line%% -> *}; set -- "$@" "$pid/fd/${fd##* }" ;;
  esac
done
[ $# -gt 0 ] || exit 0
for line in $(ls -Lid "$@" 2>/dev/null); do
  IFS=' '
  set -- $line
  pid=${2%%/*}
  case " $told " in *" $1/$pid "*) continue ;; esac
  told="$told $1/$pid"
  { IFS= read -r comm <"$pid/comm"; } 2>/dev/null || continue
  printf 'owner %s %s\n' "$1" "$comm"
  [ ${#comm} -eq 15 ] || continue
  printf 'argv0 '
  { tr '\000\n' '\n ' <"$pid/cmdline"; echo; } 2>/dev/null | { IFS= read -r argv0; printf '%s\n' "$argv0"; }
done
`

const portUserScript = socketsScript + ownersScript + `
pattern=$1
for word do pattern="$pattern|$word"; done
sockets "$pattern"
set -f
IFS=$nl
uids=
for line in $listeners; do
  IFS=' '
  set -- ${line#*/net/*:}
  case " $uids " in *" $8 "*) ;; *) uids="$uids $8" ;; esac
done
IFS=' '
owners passwd $uids
`

const unsureFamily = "a socket on :: may take IPv4 too, and only ss (iproute2) could tell; promise addresses instead"

func parseFamilies(answer Answer, subjects []Params) ([]Facts, error) {
	sockets, err := parseSockets(answer)
	if err != nil {
		return nil, err
	}
	only := parseV6Only(string(answer.Stdout))
	return eachPort(subjects, sockets, func(p Params, on []socket) Facts {
		if len(on) == 0 {
			return Facts{"families": nothingListens(p)}
		}
		return Facts{"families": familiesOf(on, only)}
	}), nil
}

func familiesOf(on []socket, only map[string]bool) Fact {
	var v4, v6, unsure bool
	for _, s := range on {
		v4 = v4 || s.address.Is4()
		v6 = v6 || s.address.Is6()
		if s.address.Is6() && s.address.IsUnspecified() {
			v6only, told := only[s.inode]
			v4 = v4 || told && !v6only
			unsure = unsure || !told
		}
	}
	switch {
	case v4 && v6:
		return Seen([]any{"ipv4", "ipv6"})
	case v4:
		return Seen([]any{"ipv4"})
	case unsure:
		return Unknown(unsureFamily)
	}
	return Seen([]any{"ipv6"})
}

// parseV6Only reads what ss says of sockets, by inode. Sockets without an inode cannot be told apart.
func parseV6Only(out string) map[string]bool {
	only := map[string]bool{}
	for line := range strings.Lines(out) {
		var inode, v6only string
		for _, f := range strings.Fields(line) {
			if value, ok := strings.CutPrefix(f, "ino:"); ok {
				inode = value
			}
			if value, ok := strings.CutPrefix(f, "v6only:"); ok {
				v6only = value
			}
		}
		if inode != "" && inode != "0" && (v6only == "0" || v6only == "1") {
			only[inode] = v6only == "1"
		}
	}
	return only
}

func parsePortProcess(answer Answer, subjects []Params) ([]Facts, error) {
	sockets, err := parseSockets(answer)
	if err != nil {
		return nil, err
	}
	owners, root := parseSocketOwners(string(answer.Stdout))
	return eachPort(subjects, sockets, func(p Params, on []socket) Facts {
		if len(on) == 0 {
			return Facts{"process": nothingListens(p)}
		}
		return Facts{"process": processOf(on, owners, root)}
	}), nil
}

func processOf(on []socket, owners map[string][]string, root bool) Fact {
	var names []string
	for _, s := range on {
		if len(owners[s.inode]) > 0 {
			names = append(names, owners[s.inode]...)
		} else if root {
			return Unknown("no process that can be seen has the socket: it is the kernel's or another namespace's, or root may not look here (CAP_SYS_PTRACE)")
		} else {
			return Unknown("the owner of the socket is another user's process (become root to see it)")
		}
	}
	return Seen(strings.Join(sortedSet(names), ", "))
}

// parseSocketOwners reads the names of the processes that have a socket, by its inode.
func parseSocketOwners(out string) (owners map[string][]string, root bool) {
	owners = map[string][]string{}
	var last string
	for line := range strings.Lines(out) {
		kind, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch kind {
		case "root":
			root = true
		case "owner":
			inode, comm, _ := strings.Cut(rest, " ")
			owners[inode] = append(owners[inode], comm)
			last = inode
		case "argv0":
			if names := owners[last]; len(names) > 0 {
				names[len(names)-1] = wholeName(names[len(names)-1], rest)
			}
		}
	}
	return owners, root
}

// wholeName is the name of a program that the kernel has cut after 15 bytes.
func wholeName(comm, argv0 string) string {
	if base := baseName(argv0); strings.HasPrefix(base, comm) {
		return base
	}
	return comm
}

func baseName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func parsePortUser(answer Answer, subjects []Params) ([]Facts, error) {
	sockets, err := parseSockets(answer)
	if err != nil {
		return nil, err
	}
	names := parseOwners(string(answer.Stdout))
	return eachPort(subjects, sockets, func(p Params, on []socket) Facts {
		if len(on) == 0 {
			return Facts{"user": nothingListens(p)}
		}
		var users []string
		for _, s := range on {
			name, ok := names[s.uid]
			if !ok {
				return Facts{"user": Unknown(fmt.Sprintf(noOwnerName, s.uid))}
			}
			users = append(users, name)
		}
		return Facts{"user": Seen(strings.Join(sortedSet(users), ", "))}
	}), nil
}
