package account

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// userKeysScript prints the directives of sshd's configuration that concern keys, and every key file that it may mean
// for a user; [sshdConfig] decides which of them count. Lines of a file come with a blank before them.
const userKeysScript = lookup.LookupScript + lookup.ReachScript + `
nosshd() { printf 'nosshd %s\n' "$*"; }
# settings FILE DEPTH returns 1 where there is no such file. Included files are read in a subshell of their own.
settings() {
  file=$1 depth=$2
  [ "$depth" -lt 16 ] || { nosshd "$file is included too deeply"; return 0; }
  reach "$file"
  case $? in
    1) return 1 ;;
    2) nosshd "$why"; return 0 ;;
  esac
  [ -f "$file" ] || { nosshd "$file is not a regular file"; return 0; }
  [ -r "$file" ] || { nosshd "permission denied on $file"; return 0; }
  lines=$(sed -n '/^[[:blank:]]*"*[AIMTaimt]/p' <"$file") || { nosshd "$file could not be read"; return 0; }
  set -f
  IFS=$nl
  for line in $lines; do
    IFS=' 	'
    directive $line
  done
  IFS=' '
  set +f
  return 0
}
directive() {
  case $1 in
    [Ii][Nn][Cc][Ll][Uu][Dd][Ee])
      shift
      case $# in 0) ;; *) ! includable "$@" || { for pattern do include; done; return; } ;; esac ;;
  esac
  printf 'sshd %s %s\n' "$depth" "$line"
}
includable() {
  for pattern do
    case $pattern in
      *[!A-Za-z0-9_./*?-]*|*[*?]*/*|*/) return 1 ;;
    esac
  done
}
include() {
  case $pattern in /*) ;; *) pattern=/etc/ssh/$pattern ;; esac
  case $pattern in
    *[*?]*)
      reach "${pattern%/*}"
      case $? in
        1) return ;;
        2) nosshd "$why"; return ;;
      esac
      [ -r "${pattern%/*}/" ] || { nosshd "permission denied on ${pattern%/*}"; return; } ;;
  esac
  set +f
  for found in $pattern; do
    set -f
    (settings "$found" $((depth + 1)))
    printf 'sshd %s \n' "$depth"
  done
  set -f
}
# patterns sets $patterns to the values of every AuthorizedKeysFile, and to sshd's default.
patterns() {
  patterns='.ssh/authorized_keys .ssh/authorized_keys2'
  IFS=$nl
  set -f
  for line in $1; do
    IFS=' 	'
    pattern $line
  done
  IFS=' '
  set +f
}
pattern() {
  case $3 in
    [Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Ee][Dd][Kk][Ee][Yy][Ss][Ff][Ii][Ll][Ee]) ;;
    *) return ;;
  esac
  shift 3
  for word do
    case $word in \"*\") word=${word#?} word=${word%?} ;; esac
    patterns="$patterns $word"
  done
}
# expand sets $path to the file of a pattern for $user with $uid and $home.
expand() {
  path= rest=$1
  while :; do
    case $rest in *%*) ;; *) break ;; esac
    path=$path${rest%%\%*}
    rest=${rest#*%}
    case $rest in
      h*) path=$path$home ;;
      u*) path=$path$user ;;
      U*) path=$path$uid ;;
      %*) path=$path% ;;
      *) return 1 ;;
    esac
    rest=${rest#?}
  done
  path=$path$rest
  case $path in /*) ;; *) path=$home/$path ;; esac
  case $path in /*) ;; *) return 1 ;; esac
}
keys() {
  printf 'keys %s\n' "$i"
  user=$1 uid=${entry#*:*:}
  uid=${uid%%:*}
  home=${entry%:*}
  home=${home##*:}
  set -f
  for word in $patterns; do
    ! expand "$word" || content
  done
  set +f
}
content() {
  printf 'file %s\n' "$path"
  reach "$path"
  case $? in
    1) echo none; return ;;
    2) printf 'unread %s\n' "$why"; return ;;
  esac
  [ -f "$path" ] || { printf 'unread %s is not a regular file\n' "$path"; return; }
  [ -r "$path" ] || { printf 'unread permission denied on %s\n' "$path"; return; }
  sed 's/^/ /' <"$path" || { echo; printf 'unread %s could not be read\n' "$path"; return; }
  echo
}
lookup passwd "$@"
show "$found"
entries=$found
config=$(settings /etc/ssh/sshd_config 0 || settings /usr/etc/ssh/sshd_config 0)
printf '%s\n' "$config"
patterns "$config"
i=0
for name do
  entry "$name" "$entries" && keys "$name"
  i=$((i + 1))
done
:
`

// keyFile is a key file as it was found.
type keyFile struct {
	lines  []string // none if it is absent
	unread string
}

func parseUserKeys(answer resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	head, files := splitKeys(string(answer.Stdout))
	answer.Stdout = []byte(head) // entries are not looked for in the lines of users' files
	return lookup.Users.Parse(func(string) lookup.EntryFacts {
		config := parseSSHD(head)
		return func(i int, entry []string) resource.Facts {
			read := files[strconv.Itoa(i)]
			return resource.Every(config.keys(entry, func(path string) keyFile {
				if file := read[path]; file != nil {
					return *file
				}
				return keyFile{unread: path + " was not read, which sshd's configuration names"}
			}))
		}
	})(answer, subjects)
}

// keys returns the keys of a user in the files that sshd reads.
func (c sshdConfig) keys(entry []string, read func(path string) keyFile) resource.Fact {
	patterns, unknown := c.keyFiles(entry[0])
	if unknown != "" {
		return resource.Unknown(unknown)
	}
	keys := []string{}
	for _, pattern := range patterns {
		path, err := sshdKeyFile(pattern, entry[0], entry[2], entry[5])
		if err != nil {
			return resource.Unknown(err.Error())
		}
		file := read(path)
		if file.unread != "" {
			return resource.Unknown(file.unread)
		}
		for i, line := range file.lines {
			key, why := parseKey(line)
			if why != "" {
				return resource.Unknown(fmt.Sprintf("%s, line %d: %s", path, i+1, why))
			}
			if key != "" {
				keys = append(keys, key)
			}
		}
	}
	return resource.Seen(resource.Strings(resource.SortedSet(keys)))
}

// splitKeys splits an answer into its files, by the index of their user and by their path.
func splitKeys(out string) (head string, files map[string]map[string]*keyFile) {
	var rest strings.Builder
	files = map[string]map[string]*keyFile{}
	var index string
	var file *keyFile
	for line := range strings.Lines(out) {
		word, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch {
		case word == "" && file != nil:
			file.lines = append(file.lines, value)
		// The lines of a file come with a blank before them, so no key file can end itself or begin another.
		case word == "keys":
			index, file = value, nil
			files[index] = map[string]*keyFile{}
		case word == "file" && index != "":
			file = &keyFile{}
			files[index][value] = file
		case word == "unread" && file != nil:
			file.unread = value
		case index == "":
			rest.WriteString(line)
		}
	}
	return rest.String(), files
}

// parseKey returns the type and the base64 of a line of authorized_keys: "" for a line without a key, and the reason
// for one that cannot be parsed. As in sshd, a line may begin with options, in which quotes may contain blanks.
func parseKey(line string) (key, why string) {
	line = strings.Trim(line, " \t\r\n")
	if line == "" || line[0] == '#' {
		return "", ""
	}
	// sshd tries the line as a key first, and only then as options with a key after them.
	if isKeyType(firstWord(line)) {
		return bareKey(line)
	}
	rest := strings.TrimLeft(resource.AfterOptions(line), " \t")
	if !isKeyType(firstWord(rest)) {
		return "", "neither a comment nor a key of a known type"
	}
	if trustsCA(strings.TrimSuffix(line, rest)) {
		return "", "every key that a CA has signed may log in (cert-authority)"
	}
	return bareKey(rest)
}

func firstWord(line string) string { return line[:strings.IndexAny(line+" ", " \t")] }

// trustsCA reports whether cert-authority is among the options, in any case, as sshd compares it.
func trustsCA(options string) bool {
	quoted := false
	words := strings.FieldsFunc(strings.ReplaceAll(options, `\"`, ""), func(c rune) bool {
		quoted = quoted != (c == '"')
		return !quoted && (c == ',' || c == ' ' || c == '\t')
	})
	return slices.ContainsFunc(words, func(word string) bool { return strings.EqualFold(word, "cert-authority") })
}

// bareKey parses a key without options. Its type is the one in the key itself: sshd takes the names of RSA's signatures
// for the type ssh-rsa, and refuses a key of another type than the line says.
func bareKey(line string) (key, why string) {
	label := firstWord(line)
	blob := firstWord(strings.TrimLeft(line[len(label):], " \t"))
	switch {
	case blob == "":
		return "", "a type without a key"
	case strings.Trim(blob, base64Letters) != "":
		return "", "a key that is not base64"
	}
	inside := firstString(blob)
	if inside == "" || inside == label {
		return label + " " + blob, ""
	}
	if inside == "ssh-rsa" && strings.HasPrefix(label, "rsa-sha2-") {
		return inside + " " + blob, ""
	}
	return "", fmt.Sprintf("a key of the type %s, labelled as %s", inside, label)
}

const base64Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

// firstString returns the type that the bytes of a key begin with, "" if they do not.
func firstString(blob string) string {
	data, _ := base64.RawStdEncoding.DecodeString(strings.TrimRight(blob, "="))
	if len(data) < 4 {
		return ""
	}
	size := binary.BigEndian.Uint32(data)
	if data = data[4:]; uint64(size) > uint64(len(data)) || !isKeyType(string(data[:size])) {
		return ""
	}
	return string(data[:size])
}

func isKeyType(s string) bool {
	prefixes := []string{"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "webauthn-sk-", "rsa-sha2-"}
	return !strings.ContainsAny(s, `=",`) &&
		slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(s, prefix) })
}
