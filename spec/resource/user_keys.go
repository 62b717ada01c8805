package resource

import (
	"strconv"
	"strings"
)

// userKeysScript reads the files of keys. `reach` walks down to a file, since a test that fails does not
// say whether there is none or nobody may look. Lines of a file come with a blank before them.
const userKeysScript = lookupScript + `
reach() {
  at= rest=${1#/}
  while :; do
    [ -x "$at/" ] || { why="permission denied on ${at:-/}"; return 2; }
    at=$at/${rest%%/*}
    if [ ! -e "$at" ]; then
      [ -h "$at" ] || return 1
      why="$at is a symlink that leads nowhere"
      return 2
    fi
    case $rest in */*) rest=${rest#*/} ;; *) return 0 ;; esac
    [ -d "$at" ] || return 1
  done
}
unread() { printf 'unread %s %s\n' "$i" "$*"; }
keys() {
  printf 'keys %s\n' "$i"
  home=${entry%:*}
  home=${home##*:}
  case $home in /*) ;; *) unread "the home directory is no absolute path: $home"; return ;; esac
  for keys in "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2"; do
    reach "$keys"
    case $? in
      1) continue ;;
      2) unread "$why"; return ;;
    esac
    [ -f "$keys" ] || { unread "$keys is no regular file"; return; }
    [ -r "$keys" ] || { unread "permission denied on $keys"; return; }
    sed 's/^/ /' <"$keys" || { echo; unread "$keys could not be read"; return; }
    echo
  done
}
lookup passwd "$@"
show "$found"
i=0
for name do
  entry "$name" "$found" && keys
  i=$((i + 1))
done
:
`

func parseUserKeys(answer Answer, subjects []Params) ([]Facts, error) {
	head, files := splitKeys(string(answer.Stdout))
	answer.Stdout = []byte(head)
	unread := indexed(head, "unread")
	return eachEntry(answer, subjects, "user", 7, []string{"authorized_keys"}, func(i int, _ []string) Facts {
		index := strconv.Itoa(i)
		if why, ok := unread[index]; ok {
			return Facts{"authorized_keys": Unknown(why)}
		}
		lines, ok := files[index]
		if !ok {
			return Facts{"authorized_keys": Unknown("nobody looked for the keys")}
		}
		return keyFacts(lines)
	})
}

// keyFacts are the keys among the lines of the files.
func keyFacts(lines []string) Facts {
	keys := []string{}
	for _, line := range lines {
		if key := parseKey(line); key != "" {
			keys = append(keys, key)
		}
	}
	return Facts{"authorized_keys": Seen(Strings(sortedSet(keys)))}
}

// splitKeys takes the lines of the files out of an answer, by the index of their user.
func splitKeys(out string) (head string, files map[string][]string) {
	var rest strings.Builder
	files = map[string][]string{}
	index := ""
	for line := range strings.Lines(out) {
		if content, ok := strings.CutPrefix(line, " "); ok && index != "" {
			files[index] = append(files[index], content)
			continue
		}
		rest.WriteString(line)
		if i, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "keys "); ok {
			index = i
			files[index] = []string{}
		}
	}
	return rest.String(), files
}

// parseKey is the type and the base64 of a line of authorized_keys, or "" for a line without a key. As in
// sshd, a line may begin with options, in which blanks stand between quotes.
func parseKey(line string) string {
	line = strings.Trim(line, " \t\r\n")
	if line == "" || line[0] == '#' {
		return ""
	}
	if key := bareKey(line); key != "" {
		return key
	}
	return bareKey(strings.TrimLeft(afterOptions(line), " \t"))
}

func bareKey(line string) string {
	f := strings.Fields(line)
	if len(f) < 2 || !isKeyType(f[0]) {
		return ""
	}
	return f[0] + " " + f[1]
}

func isKeyType(s string) bool {
	for _, prefix := range []string{"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "webauthn-sk-"} {
		if strings.HasPrefix(s, prefix) && !strings.ContainsAny(s, `=",`) {
			return true
		}
	}
	return false
}

func afterOptions(line string) string {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && i+1 < len(line) && line[i+1] == '"':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ' ' || c == '\t'):
			return line[i:]
		}
	}
	return ""
}
