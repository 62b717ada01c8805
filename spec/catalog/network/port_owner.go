package network

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/catalog/process"
	"github.com/avow-dev/avow/spec/resource"
)

// familiesScript runs ss only if a socket on all IPv6 addresses requires it.
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

// portProcessScript finds the inodes of the sockets among the descriptors of all processes. The names that ls prints
// can be forged; what it found is therefore checked again, by a path of numbers only.
//
// A socket can be shared, so its owners are known only if every process could be inspected. The script prints the names
// of those that could not, except for Avow's own: their folder cannot be read or, by a root without CAP_SYS_PTRACE, the
// links in it, which ls then shows without an arrow.
const portProcessScript = socketsScript + process.OwnProcessesScript + process.HidesScript + `
nl='
'
pattern=$1
for word do pattern="$pattern|$word"; done
sockets "$pattern"
[ -n "$listeners" ] || exit 0
[ "$(id -u)" = 0 ] && echo root
hides && echo hidden
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
cd /proc || cannot "no /proc on the target"
blind=$nl unread='' told=''
blind() {
  ours "$1" && return
  { IFS= read -r comm <"$1/comm"; } 2>/dev/null || return
  case $blind in *"$nl$comm$nl"*) return ;; esac
  blind=$blind$comm$nl
  printf 'blind %s\n' "$comm"
}
for pid in [0-9]*; do
  [ -r "$pid/fd" ] || blind "$pid"
done
lines=$(ls -ln [0-9]*/fd /dev/null 2>/dev/null |
  grep -E "^[0-9]+/fd:\$| [0-9]+ -> socket:\[(${inodes#|})\]\$|^l[^>]*\$| -> \$") || exit 0
set -f
IFS=$nl
set --
for line in $lines; do
  IFS=' '
  case $line in
    */fd:) pid=${line%/fd:} ;;
    *"]") fd=${line%% -> *}; set -- "$@" "$pid/fd/${fd##* }" ;;
    *)
      [ "$pid" != "$unread" ] || continue
      fd=${line% -> }
      fd=$pid/fd/${fd##* }
      # One that was closed in between has neither a link nor a text.
      readlink "$fd" >/dev/null 2>&1 || [ ! -h "$fd" ] || { unread=$pid; blind "$pid"; }
      ;;
  esac
done
[ $# -gt 0 ] || exit 0
IFS=$nl
for line in $(ls -Lid "$@" 2>/dev/null); do
  IFS=' '
  set -- $line
  pid=${2%%/*}
  case " $told " in *" $1/$pid "*) continue ;; esac
  told="$told $1/$pid"
  { IFS= read -r comm <"$pid/comm"; } 2>/dev/null || continue
  printf 'owner %s %s\npid %s %s\n' "$1" "$comm" "$1" "$pid"
  [ ${#comm} -eq 15 ] || continue
  printf 'args '
  tr 2>/dev/null '\000\n' '\001 ' <"$pid/cmdline"
  exe=$(readlink "$pid/exe" 2>/dev/null)
  case $exe in *"$nl"*) exe= ;; esac
  printf '\nexe %s\n' "$exe"
done
`

const portUserScript = socketsScript + lookup.OwnersScript + `
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

const unsureFamily = "a socket on :: may take IPv4 too, and only ss (iproute2) shows that; promise addresses instead"

func familiesFacts(out string) func([]socket) resource.Facts {
	only := parseV6Only(out)
	return func(on []socket) resource.Facts { return resource.Every(familiesOf(on, only)) }
}

func familiesOf(on []socket, only map[string]bool) resource.Fact {
	var v4, v6, unsure bool
	for _, s := range on {
		v4 = v4 || s.address.Is4()
		v6 = v6 || s.address.Is6()
		if s.address.Is6() && s.address.IsUnspecified() {
			// A socket on :: accepts IPv4 unless it has set IPV6_V6ONLY, which /proc/net does not show.
			v6only, known := only[s.inode]
			v4 = v4 || known && !v6only
			unsure = unsure || !known
		}
	}
	switch {
	case v4 && v6:
		return resource.Seen([]any{"ipv4", "ipv6"})
	case v4:
		return resource.Seen([]any{"ipv4"})
	case unsure:
		return resource.Unknown(unsureFamily)
	}
	return resource.Seen([]any{"ipv6"})
}

// parseV6Only parses the output of ss, by inode. Sockets without an inode cannot be distinguished.
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
		// Sockets of the kernel itself (WireGuard) have the inode 0.
		if inode != "" && inode != "0" && (v6only == "0" || v6only == "1") {
			only[inode] = v6only == "1"
		}
	}
	return only
}

func processFacts(out string) func([]socket) resource.Facts {
	seen := parseSocketOwners(out)
	return func(on []socket) resource.Facts {
		name := seen.processOf(on)
		return resource.Facts{"process": name, "pids": seen.pidsOf(on, name)}
	}
}

// ownersSeen are the processes that have sockets, and those that could not be inspected.
type ownersSeen struct {
	owners map[string][]process.Entry // by the inode of the socket
	pids   map[string][]any
	root   bool     // the script ran as root
	hidden bool     // processes of others are not even listed
	blind  []string // the names of those that may have any socket
}

func (o ownersSeen) processOf(on []socket) resource.Fact {
	var names []string
	for _, s := range on {
		owners := o.owners[s.inode]
		switch {
		case len(owners) > 0:
		// Root of a container without CAP_SYS_PTRACE may list processes, but not their descriptors.
		case o.root:
			return resource.Unknown("no visible process has the socket: it belongs to the kernel or to another namespace, or " +
				"root may not inspect processes here (CAP_SYS_PTRACE)")
		default:
			return resource.Unknown("the owner of the socket is a process of another user (become root to see it)")
		}
		var own []string
		for _, owner := range owners {
			name, doubt := wholeName(owner)
			if doubt != "" {
				return resource.Unknown(doubt)
			}
			own = append(own, name)
		}
		if doubt := o.doubt(own); doubt != "" {
			return resource.Unknown(doubt)
		}
		names = append(names, own...)
	}
	return resource.Seen(strings.Join(resource.SortedSet(names), ", "))
}

// pidsOf returns the processes that have sockets. Unlike for the name, a process that could not be inspected may be
// another one even if it has the same name.
func (o ownersSeen) pidsOf(on []socket, name resource.Fact) resource.Fact {
	switch {
	case name.Unknown != "":
		return name
	case len(o.blind) > 0:
		return resource.Unknown(fmt.Sprintf(
			"other processes may have the socket, too: %s could not be inspected", o.blind[0]))
	}
	var pids []any
	for _, s := range on {
		if len(o.pids[s.inode]) == 0 {
			return resource.Unknown("the process ended while it was checked")
		}
		for _, pid := range o.pids[s.inode] {
			if !slices.ContainsFunc(pids, func(known any) bool { return resource.ProcessID.Equal(known, pid) }) {
				pids = append(pids, pid)
			}
		}
	}
	slices.SortFunc(pids, resource.ProcessID.Order)
	return resource.Seen(pids)
}

// doubt returns why a socket may have further owners. A process of the same name would change nothing.
func (o ownersSeen) doubt(names []string) string {
	// resource.SortedSet sorts in place, and names are the caller's.
	owners := strings.Join(resource.SortedSet(slices.Clone(names)), ", ")
	if o.hidden {
		return owners + " has the socket, and so may processes that are hidden here (hidepid; become root to see them)"
	}
	others := slices.DeleteFunc(slices.Clone(o.blind), func(name string) bool {
		return len(name) != 15 && slices.Contains(names, name)
	})
	switch {
	case len(others) == 0:
		return ""
	case o.root:
		return fmt.Sprintf("%s has the socket, and so may %s, which root may not inspect here (CAP_SYS_PTRACE)", owners,
			others[0])
	}
	return fmt.Sprintf("%s has the socket, and so may %s of another user (become root to see it)", owners, others[0])
}

// wholeName returns the name of a process, or why it is in doubt: the kernel keeps 15 bytes.
func wholeName(c process.Entry) (name, doubt string) {
	if len(c.Comm) != 15 || c.Kernel {
		return c.Comm, ""
	}
	if whole := c.WholeNames(); len(whole) > 0 {
		return whole[0], ""
	}
	return "", fmt.Sprintf("the kernel keeps 15 bytes of the process's name, %q, and neither its file nor its "+
		"arguments have the rest", c.Comm)
}

func parseSocketOwners(out string) ownersSeen {
	seen := ownersSeen{owners: map[string][]process.Entry{}, pids: map[string][]any{}}
	var inode string
	for line := range strings.Lines(out) {
		kind, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		last := len(seen.owners[inode]) - 1
		switch {
		case kind == "root":
			seen.root = true
		case kind == "hidden":
			seen.hidden = true
		case kind == "blind":
			seen.blind = append(seen.blind, rest)
		case kind == "owner":
			var comm string
			inode, comm, _ = strings.Cut(rest, " ")
			seen.owners[inode] = append(seen.owners[inode], process.Entry{Comm: comm})
		case kind == "pid":
			of, number, _ := strings.Cut(rest, " ")
			if pid, err := strconv.ParseInt(number, 10, 32); err == nil {
				seen.pids[of] = append(seen.pids[of], resource.Int(pid))
			}
		case kind == "args" && last >= 0:
			seen.owners[inode][last].Args = process.SplitArgs(rest)
		case kind == "exe" && last >= 0:
			seen.owners[inode][last].Exe = rest
		}
	}
	return seen
}

func userFacts(out string) func([]socket) resource.Facts {
	names := lookup.ParseOwners(out)
	return func(on []socket) resource.Facts {
		var users []resource.Holder
		for _, s := range on {
			name, ok := names[s.uid]
			if !ok {
				return resource.Every(resource.Unknown(fmt.Sprintf(lookup.NoNameReason, s.uid)))
			}
			users = append(users, resource.Holder{Database: "passwd", Name: name, Number: s.uid})
		}
		return resource.Every(resource.Seen(resource.CalledOwners(users)))
	}
}
