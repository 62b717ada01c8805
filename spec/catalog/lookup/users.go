package lookup

import (
	"fmt"
	"iter"
	"strings"

	"github.com/avow-dev/avow/spec/resource"
)

// asciiScript defines `ascii COMMAND...`, which ends the answer if the shell would lose a part of what a command
// prints: in the locale C, yash ends a text before its first byte that is not ASCII, and never stops reading such a
// line.
const asciiScript = `
ascii() {
  case $(printf 'x\303y') in x?*y) return 0 ;; esac
  [ "$("$@" 2>/dev/null | tr -d '\000-\177' | wc -c)" -eq 0 ] ||
    cannot "this shell loses text that is not ASCII, and the user database contains such text"
}
`

// OwnersScript defines `owners DATABASE ID...`, which prints the name of each number, or the number alone for one that
// has no name. A number that could not be looked up is not printed. $owned are the names, each on its line.
const OwnersScript = asciiScript + `
nl='
'
owners() {
  db=$1 ids=
  shift
  [ $# -gt 0 ] || return 0
  for id do ids="$ids|$id"; done
  if command -v getent >/dev/null 2>&1; then
    ascii getent "$db" "$@"
    entries=$(getent "$db" "$@")
    case $? in 0|2) ;; *) return 0 ;; esac
  else
    ascii cat "/etc/$db"
    entries=$(grep -E "^[^:]*:[^:]*:(${ids#|}):" "/etc/$db" 2>/dev/null)
    case $? in 0|1) ;; *) return 0 ;; esac
  fi
  for id do
    owner "$entries" && continue
    owner "$(getent "$db" "$id" 2>/dev/null)" && continue
    [ -f "/etc/$db" ] && [ -r "/etc/$db" ] && printf 'id %s\n' "$id"
  done
  return 0
}
owner() {
  set -f
  IFS=$nl
  for entry in $1; do
    rest=${entry#*:}
    rest=${rest#*:}
    [ "${rest%%:*}" = "$id" ] && printf 'id %s %s\n' "$id" "${entry%%:*}" &&
      owned=${owned-}${entry%%:*}$nl && break
    rest=
  done
  IFS=' '
  set +f
  [ -n "$1" ] && [ -n "$rest" ]
}
`

const NoNameReason = "cannot look up number %s in the user database"

// ParseOwners parses the output of `owners`: names by number.
func ParseOwners(out string) map[string]string {
	names := map[string]string{}
	for rest := range After(out, "id ") {
		id, name, found := strings.Cut(rest, " ")
		if !found {
			name = id
		}
		names[id] = name
	}
	return names
}

// UnreadScript defines `unread FILE...`, which prints why files of the user database cannot be read: a number that the
// others do not name may have a name in them.
const UnreadScript = `
unread() {
  for db do
    if [ ! -e "$db" ]; then :
    elif [ ! -f "$db" ]; then printf 'unread %s %s is not a regular file\n' "$db" "$db"
    elif [ ! -r "$db" ]; then printf 'unread %s permission denied on %s\n' "$db" "$db"
    fi
  done
}
`

// CutUnread cuts the output of `unread` out of the lines of an answer: the reasons by file.
func CutUnread(lines []string) (others []string, unread map[string]string) {
	unread = map[string]string{}
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(line, "unread "); ok {
			file, why, _ := strings.Cut(rest, " ")
			unread[file] = why
			continue
		}
		others = append(others, line)
	}
	return others, unread
}

// LookupScript defines `lookup DATABASE NAME...`, which sets $found to the entries of these names, from getent, or from
// the file if there is no getent. getent takes numbers for IDs and dashes for options: such names are looked up in the
// file alone. The getent of musl stops at the first name that is not there. So root is queried last: if that entry
// comes back, getent went on, and what it left out is not there. Otherwise, what it left out is queried again, one by
// one. `entry NAME ENTRIES` sets $entry to the first that has the name. `show` prints entries without their second
// field, which may be a password's hash.
const LookupScript = asciiScript + `
nl='
'
lookup() {
  file=/etc/$1 found=
  if command -v getent >/dev/null 2>&1; then
    ask "$@"
    shift
    [ -z "$odd" ] || [ ! -r "$file" ] || scan "$@"
  else
    [ -e "$file" ] || cannot "no getent and no $file"
    [ -f "$file" ] || cannot "$file is not a regular file"
    [ -r "$file" ] || cannot "permission denied on $file"
    shift
    scan "$@"
  fi
  [ -e "$file" ] || { echo "absent $file"; return; }
  [ -f "$file" ] || echo "irregular $file" # a folder reads as if it were empty
  [ -r "$file" ] || echo "denied $file"
}
ask() {
  db=$1 n=$(($# - 1)) odd= root=
  shift
  while [ $n -gt 0 ]; do
    name=$1
    n=$((n - 1))
    shift
    case $name in
      ''|*:*|*"$nl"*) ;;
      root) root=1 ;;
      [-+\ ]*) odd=1 ;;
      *[!0-9]*) set -- "$@" "$name" ;;
      *) odd=1 ;;
    esac
  done
  case $#$root in 0) return 0 ;; 1) ;; *) set -- "$@" root ;; esac
  ascii getent "$db" "$@"
  found=$(getent "$db" "$@")
  checked $?
  [ $# -gt 1 ] || { found=$found$nl; return 0; }
  last=${found##*"$nl"}
  case $last in root:*) [ -n "$root" ] || found=${found%"$last"}; found=$found$nl; return 0 ;; esac
  found=$found$nl
  for name do
    case $name$root in root) continue ;; esac
    entry "$name" "$found" && continue
    entry=$(getent "$db" "$name")
    checked $?
    found=$found$entry$nl
  done
}
entry() {
  case $nl$2 in *"$nl$1:"*) ;; *) return 1 ;; esac
  entry=$nl$2
  entry=${entry#*"$nl$1:"}
  entry=$1:${entry%%"$nl"*}
}
checked() {
  case $db$1 in *[!0-9]0|*[!0-9]2|shadow*) ;; *) cannot "getent $db ended with status $1" ;; esac
}
scan() {
  ascii cat "$file"
  while IFS= read -r entry || [ -n "$entry" ]; do
    for name do
      case $entry in "$name":*) found=$found$entry$nl ;; esac
    done
  done <"$file"
}
show() {
  set -f
  IFS=$nl
  for entry in $1; do
    rest=${entry#*:}
    printf '%s::%s\n' "${entry%%:*}" "${rest#*:}"
  done
  IFS=' '
  set +f
}
`

// NumbersScript defines `numbers NAME...`, which prints the number of each user, or "-" where there is none. A name
// that could not be looked up is not printed. It needs a subshell of its own.
const NumbersScript = LookupScript + `
numbers() {
  cannot() { exit 1; }
  lookup passwd "$@" >/dev/null
  for name do
    if entry "$name" "$found"; then
      rest=${entry#*:*:}
      printf 'number %s %s\n' "${rest%%:*}" "$name"
    elif [ -r /etc/passwd ]; then
      printf 'number - %s\n' "$name"
    fi
  done
}
`

// ReachScript defines `reach PATH`, which walks down to a file, since a failed test does not distinguish an absent file
// from one that may not be seen. It returns 1 if there is none, and 2 with $why if that is unknown.
const ReachScript = `
reach() {
  at= rest=${1#/}
  while :; do
    [ -x "$at/" ] || { why="permission denied on ${at:-/}"; return 2; }
    at=$at/${rest%%/*}
    if [ ! -e "$at" ]; then
      [ -h "$at" ] || return 1
      why="$at is a dangling symlink"
      return 2
    fi
    case $rest in */*) rest=${rest#*/} ;; *) return 0 ;; esac
    [ -d "$at" ] || return 1
  done
}
`

// entries is an answer of the user database: the fields of each entry by name, and why it may be
// incomplete.
type entries struct {
	byName map[string][]string
	reason string
}

// parseEntries parses the entries with that many fields. Other lines belong to other parts of the answer.
func parseEntries(out string, fields int) entries {
	found := entries{byName: map[string][]string{}}
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		for _, state := range []struct{ word, reason string }{
			{"denied ", "permission denied on %s"},
			{"irregular ", "%s is not a regular file"},
			{"absent ", "there is no %s"},
		} {
			if file, ok := strings.CutPrefix(line, state.word); ok && found.reason == "" {
				found.reason = fmt.Sprintf(state.reason, file)
			}
		}
		found.add(strings.Split(line, ":"), fields)
	}
	return found
}

// add adds an entry that has so many fields. The first one of a name counts.
func (e entries) add(f []string, fields int) {
	if _, double := e.byName[f[0]]; len(f) == fields && f[0] != "" && !double {
		e.byName[f[0]] = f
	}
}

func ByName(p resource.Params) []string { return []string{p.Text("name")} }

// NumberFact returns a number that the database has as text.
func NumberFact(text string) resource.Fact {
	n, err := resource.ParseNumber(text)
	if err != nil {
		return NotNumber(text)
	}
	return resource.Seen(n)
}

func NotNumber(text string) resource.Fact {
	return resource.Unknown(fmt.Sprintf("the user database has %q instead of a number", text))
}

// Indexed parses lines "WORD INDEX REST" of an answer, by index.
func Indexed(out, word string) map[string]string {
	lines := map[string]string{}
	for line := range After(out, word+" ") {
		index, rest, _ := strings.Cut(line, " ")
		lines[index] = rest
	}
	return lines
}

// After yields what follows a word in the lines of an answer that begin with it.
func After(out, word string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(out) {
			if rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), word); ok && !yield(rest) {
				return
			}
		}
	}
}
