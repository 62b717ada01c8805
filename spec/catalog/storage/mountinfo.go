package storage

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// mountWords are the words of a subject of mountScript: its path, and how the kernel writes it.
func mountWords(p resource.Params) []string {
	at := p.Text("path")
	return []string{at, strings.NewReplacer(`\`, `\134`, " ", `\040`, "\t", `\011`, "\n", `\012`).Replace(at)}
}

// mountScript prints a line for each subject, and the table of mounts. It touches no path that the table has: the
// server
// of an NFS mount may be dead, and then even a test of its path hangs. The mount of / is the one that the kernel
// says of
// a file descriptor, since one that was mounted over it later is in the table, and no path leads there. A path that
// autofs
// serves is not touched, either: that would mount something, and Avow only reads. The paths of subjects that are
// there are
// the arguments of what follows.
const mountScript = lookup.ReachScript + `
nl='
'
table=$(cat /proc/self/mountinfo 2>/dev/null)
[ -n "$table" ] || cannot "no /proc/self/mountinfo on the target"
points=$nl
set -f
IFS=$nl
for line in $table; do
  line=${line#* * * * } type=
  case $line in *" - autofs "*) type=autofs ;; esac
  points="$points${line%% *} $type$nl"
done
last() { # the type of the last mount on a path
  type=${points##*"$nl$1 "}
  type=${type%%"$nl"*}
}
served() {
  up=$1
  while [ -n "$up" ]; do
    case $points in
      *"$nl$up "*)
        last "$up"
        [ "$type" = autofs ]
        return ;;
    esac
    up=${up%/*}
  done
  return 1
}
n=$(($# / 2))
while [ $n -gt 0 ]; do
  n=$((n - 1)) place=$1 escaped=$2 real=
  shift 2
  case $points in
    *"$nl$escaped "*)
      last "$escaped"
      printf 'listed%s\n' "${type:+ $type}"
      [ "$type" = autofs ] || real=$place ;;
    *)
      if served "$escaped"; then
        echo 'unknown autofs mounts it when it is used'
        continue
      fi
      reach "$place"
      case $? in
        1) echo absent ;;
        2) printf 'unknown %s\n' "${why%%"$nl"*}" ;;
        *)
          real=$(readlink -f "$place" && echo x)
          real=${real%"${nl}x"}
          case $real in
            /*"$nl"*) echo 'unknown the real path has a line break' ;;
            /*) printf 'real %s\n' "$real" ;;
            *) echo 'unknown no readlink on the target' ;;
          esac ;;
      esac ;;
  esac
  [ -z "$real" ] || set -- "$@" "$real"
done
top=
{ while IFS=' 	' read -r key value; do case $key in mnt_id:) top=$value ;; esac
done </proc/self/fdinfo/3; } 3</ 2>/dev/null
printf 'top %s\n%s\nend\n' "$top" "$table"
`

// mountLine is a line of mountinfo, as proc(5) describes it.
type mountLine struct {
	id, parent, device, root, point, filesystem, source string

	options []string
}

// mountTable are the mounts of a target; top is the one that its / is on, "" where that is not known.
type mountTable struct {
	lines []mountLine
	top   string
	under map[string][]int // the mounts on a mount, by its number
}

// mountAnswer is what mountScript prints: a line for each subject, the table, and what follows it.
func mountAnswer(out string, subjects int) (states []string, table mountTable, rest []string, err error) {
	lines := lookup.FileLines(out)
	end := slices.Index(lines, "end")
	if end < subjects+1 {
		return nil, table, nil, errors.New("the table of mounts does not end")
	}
	top, ok := strings.CutPrefix(lines[subjects], "top ")
	if !ok {
		return nil, table, nil, fmt.Errorf("%d lines for %d mounts", end, subjects)
	}
	table, err = parseMounts(lines[subjects+1 : end])
	table.top = top
	return lines[:subjects], table, lines[end+1:], err
}

func parseMounts(lines []string) (mountTable, error) {
	table := mountTable{under: map[string][]int{}}
	for i, line := range lines {
		// A source can be empty: fields are separated by exactly one blank.
		f := strings.Split(line, " ")
		dash := slices.Index(f, "-")
		if dash < 6 || len(f) != dash+4 {
			return table, fmt.Errorf("%q is not a line of mountinfo", line)
		}
		m := mountLine{
			id: f[0], parent: f[1], device: f[2], root: unescape(f[3]), point: unescape(f[4]),
			filesystem: unescape(f[dash+1]), source: unescape(f[dash+2]),
			options: mountOptions(splitOptions(unescape(f[5])), splitOptions(unescape(f[dash+3]))),
		}
		table.lines = append(table.lines, m)
		table.under[m.parent] = append(table.under[m.parent], i)
	}
	return table, nil
}

var octal = regexp.MustCompile(`\\[0-3][0-7][0-7]`)

// unescape returns what the kernel, and fstab, write with octal numbers.
func unescape(s string) string {
	return octal.ReplaceAllStringFunc(s, func(code string) string {
		n, _ := strconv.ParseUint(code[1:], 8, 8) // the pattern has no others
		return string([]byte{byte(n)})
	})
}

// splitOptions splits options at their commas, except those in quotes, which labels of SELinux have.
func splitOptions(s string) []string {
	quoted := false
	return strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ',' && !quoted
	})
}

// mountOptions returns the options of a mount and those of its file system. A writable mount of a file system that is
// read-only is read-only, and the other way round.
func mountOptions(own, super []string) []string {
	all := slices.Concat(own, super)
	if slices.Contains(all, "ro") {
		all = slices.DeleteFunc(all, func(o string) bool { return o == "rw" })
	}
	return resource.SortedSet(all)
}

// find returns the mount that a path is on, nil if it is none of the table. It walks down from / as the kernel does: a
// mount below a path over which another one was mounted later is in the table, and no path leads there.
func (t mountTable) find(at string) *mountLine {
	current, id := t.first()
	prefixes := []string{"/"}
	for i := 1; i <= len(at); i++ {
		if i > 1 && (i == len(at) || at[i] == '/') {
			prefixes = append(prefixes, at[:i])
		}
	}
	entered := map[int]bool{}
	for _, prefix := range prefixes {
		for more := prefix != "/"; more; {
			more = false
			for _, i := range t.under[id] {
				if t.lines[i].point == prefix && !entered[i] {
					entered[i], more = true, true
					current, id = &t.lines[i], t.lines[i].id
					break
				}
			}
		}
	}
	return current
}

// first returns the mount of /, and its number, which is known even if it is not in the table (chroot).
func (t mountTable) first() (*mountLine, string) {
	var last *mountLine
	for i := range t.lines {
		switch m := &t.lines[i]; {
		case m.id == t.top:
			return m, m.id
		case m.point == "/":
			last = m
		}
	}
	if t.top != "" || last == nil {
		return nil, t.top
	}
	return last, last.id
}

// depth returns how many mounts are on the same path, one over the other: the parent of each is the one below.
func (t mountTable) depth(m *mountLine) int {
	n := 1
	for m != nil && n <= len(t.lines) {
		i := slices.IndexFunc(t.lines, func(l mountLine) bool { return l.id == m.parent && l.point == m.point })
		if i < 0 || t.lines[i].id == m.id {
			break
		}
		m = &t.lines[i]
		n++
	}
	return n
}

// hidden reports whether the table has a mount on a path that does not lead there.
func (t mountTable) hidden(at string) bool {
	return slices.ContainsFunc(t.lines, func(m mountLine) bool { return m.point == at })
}

// locate returns the mount of a subject, or the fact of all that it does not have.
func (t mountTable) locate(p resource.Params, state string) (*mountLine, resource.Fact) {
	at := p.Text("path")
	word, rest, _ := strings.Cut(state, " ")
	switch {
	case word == "real" && path.IsAbs(rest):
		at = rest
	case word == "absent":
		return nil, resource.Missing("no such file or directory")
	case word == "unknown" && rest != "":
		return nil, resource.Unknown(rest)
	case word != "listed":
		return nil, resource.Unknown(fmt.Sprintf("%q is not a state of a path", state))
	}
	m := t.find(at)
	switch {
	case m == nil && (p.Bool("enclosing") || at == "/"):
		return nil, resource.Unknown("/proc/self/mountinfo does not have the mount of /")
	case p.Bool("enclosing"), m != nil && m.point == at:
		return m, resource.Fact{}
	case t.hidden(at):
		return nil, resource.Missing("another mount hides the one on it")
	}
	return nil, resource.Missing("nothing is mounted on it")
}
