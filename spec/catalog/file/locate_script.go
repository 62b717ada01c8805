package file

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// locateScript is the shell part of every probe of paths. `locate` prints the kind of each subject, and for those that
// cannot be seen the reason. A subject begins with its path and "1" or "0" for follow, and has $words words. Only
// positions such as "${3}" are ever evaluated, never a name. It prints:
//
//	one line per subject: file, directory, ..., `absent N` (N components up there is something), `broken`
//	NUL, then one line of error for each subject that is absent or broken
//	NUL, then for each broken symlink its target and a newline, NUL
//
// What follows is printed by the probe itself. The lists remain in $there, $files and $symlinks.
const locateScript = `
locate() {
	kinds= there= files= symlinks= gone= links= i=1
	while [ "$i" -le "$#" ]; do
		eval "p=\${$i} follow=\${$((i + 1))}"
		name "$p" "$follow"
		case $kind in
		absent) climb "$p"; kind="absent $up"; gone="$gone \"\${$i}\"" ;;
		broken) gone="$gone \"\${$i}\""; links="$links \"\${$i}\"" ;;
		symlink) symlinks="$symlinks \"\${$i}\"" ;;
		file) there="$there \"\${$i}\""; files="$files \"\${$i}\"" ;;
		*) there="$there \"\${$i}\"" ;;
		esac
		kinds="$kinds$kind
"
		i=$((i + words))
	done
	printf '%s\0' "$kinds"
	[ -z "$gone" ] || eval "complain $gone"
	printf '\0'
	[ -z "$links" ] || eval "lead $links"
}
name() {
	if [ "$2" = 0 ] && [ -h "$1" ]; then kind=symlink
	elif [ -f "$1" ]; then kind=file
	elif [ -d "$1" ]; then kind=directory
	elif [ -p "$1" ]; then kind=fifo
	elif [ -S "$1" ]; then kind=socket
	elif [ -b "$1" ]; then kind=block_device
	elif [ -c "$1" ]; then kind=char_device
	elif [ -e "$1" ]; then kind=other
	elif [ -h "$1" ]; then kind=broken
	else kind=absent
	fi
}
climb() {
	d=${1%/*} up=1
	while [ -n "$d" ] && [ ! -e "$d" ] && [ ! -h "$d" ]; do
		case $d in */*) d=${d%/*} ;; *) d= ;; esac
		up=$((up + 1))
	done
}
complain() {
	if command -v stat >/dev/null; then stat -L -c x "$@" 2>&1; return; fi
	for p do open "$p"; printf '%s\n' "$why"; done
}
open() {
	why=$( ( : <"$1" ) 2>&1 )
	why=${why%?E: *: redirection failure} # mksh's second line
}
lead() {
	for p do readlink "$p"; printf '\0'; done
}
`

// filePlace is what one subject resolves to.
type filePlace struct {
	params resource.Params
	kind   string        // "file", ..., "symlink" where it is not followed; "absent", "broken"
	fact   resource.Fact // for every attribute of an absent path or a broken symlink
}

// path returns the subject's path.
func (p filePlace) path() string { return p.params.Text("path") }

// exists reports whether the subject resolves to a file.
func (p filePlace) exists() bool { return p.kind != "absent" && p.kind != "broken" }

// linkWords returns a subject's words for a probe that follows symlinks if the spec says so.
func linkWords(p resource.Params) []string {
	if followsLinks(p) {
		return []string{p.Text("path"), "1"}
	}
	return []string{p.Text("path"), "0"}
}

// selfWords returns a subject's words for a probe that checks the link itself.
func selfWords(p resource.Params) []string { return []string{p.Text("path"), "0"} }

// followsLinks reports whether symlinks are followed, which is the default.
func followsLinks(p resource.Params) bool {
	follow, set := p["follow"].(bool)
	return follow || !set
}

// locateFiles parses what the script's locate printed, and returns what comes after it.
func locateFiles(out []byte, subjects []resource.Params) ([]filePlace, []byte, error) {
	kinds, rest, ok := bytes.Cut(out, []byte{0})
	messages, rest, ok2 := bytes.Cut(rest, []byte{0})
	lines := lookup.FileLines(string(kinds))
	if !ok || !ok2 || len(lines) != len(subjects) {
		return nil, nil, errors.New("the answer does not fit the question")
	}
	places := make([]filePlace, len(subjects))
	var unseen []*filePlace
	for i, kind := range lines {
		places[i] = filePlace{params: subjects[i], kind: kind}
		if kind == "broken" || strings.HasPrefix(kind, "absent ") {
			unseen = append(unseen, &places[i])
		} else if kindNames[kind] == "" {
			return nil, nil, fmt.Errorf("%q is not a kind of file", kind)
		}
	}
	rest, err := explainAbsent(unseen, string(messages), rest)
	return places, rest, err
}

// explainAbsent sets the facts of the subjects that cannot be seen, and returns what follows their targets.
func explainAbsent(unseen []*filePlace, messages string, rest []byte) ([]byte, error) {
	each, err := splitMessages(unseen, messages)
	if err != nil {
		return nil, err
	}
	for i, p := range unseen {
		reason, ok := fileReason(each[i])
		if p.kind == "broken" {
			target, after, ended := bytes.Cut(rest, []byte{0})
			switch {
			case !ended:
				return nil, errors.New("the answer ends early")
			case !ok:
				return nil, fmt.Errorf("%q cannot be followed, for no known reason", p.path())
			}
			rest = after
			p.fact = brokenFact(isNotExist(reason), reason, p.path(), strings.TrimSuffix(string(target), "\n"))
			continue
		}
		count, err := strconv.Atoi(strings.TrimPrefix(p.kind, "absent "))
		switch {
		case err != nil:
			return nil, err
		case !ok:
			return nil, fmt.Errorf("%q is not visible, for no known reason", p.path())
		}
		p.kind, p.fact = "absent", noSuchFile
		// Every other reason is one of a folder on the way, and says nothing about the path itself.
		if !isNotExist(reason) {
			p.fact = resource.Unknown(reason + " on " + lookup.Ancestor(p.path(), count))
		}
	}
	return rest, nil
}

// splitMessages assigns the messages to the subjects. Some programs print the line breaks of a name as they are, so the
// message for a single subject is taken whole, and such names are queried one by one.
func splitMessages(unseen []*filePlace, messages string) ([]string, error) {
	// Names with line breaks come here, after the common query has failed.
	if len(unseen) == 1 {
		return []string{messages}, nil
	}
	lines := lookup.FileLines(messages)
	if len(lines) != len(unseen) {
		return nil, errors.New("the messages do not fit the names")
	}
	for _, p := range unseen {
		if strings.Contains(p.path(), "\n") {
			return nil, errors.New("a name with a line break needs a query of its own")
		}
	}
	return lines, nil
}

var noSuchFile = resource.Missing("no such file")

// brokenFact returns that a symlink resolves to nothing, or why its target could not be checked.
func brokenFact(missing bool, reason, path, target string) resource.Fact {
	arrow := ""
	if target != "" {
		arrow = " -> " + target
	}
	if missing {
		return resource.Missing("broken symlink" + arrow)
	}
	return resource.Unknown(reason + " behind the symlink " + path + arrow)
}

// mkshTail is the second line of mksh's message for a failed redirection, which adds nothing.
var mkshTail = regexp.MustCompile(`\nE: [^\n]*: redirection failure$`)

// fileReason returns the end of a message of a program or a shell: "permission denied". The name before it may contain
// anything.
func fileReason(message string) (string, bool) {
	message = mkshTail.ReplaceAllString(strings.TrimSpace(message), "")
	i := strings.LastIndex(message, ": ")
	if i < 0 {
		return "", false
	}
	reason := strings.ToLower(strings.TrimSpace(message[i+2:]))
	// ksh93 prints "NAME: cannot open [No such file or directory]", the other shells "NAME: No such file or directory".
	if inside, ok := strings.CutPrefix(reason, "cannot open ["); ok {
		reason = strings.TrimSuffix(inside, "]")
	}
	return reason, reason != ""
}

// isNotExist reports whether a reason means that there is no such file, in the words of glibc, musl and the shells. All
// others mean that it could not be checked.
func isNotExist(reason string) bool {
	return slices.Contains([]string{
		"no such file or directory", "no such file", "not a directory", "too many levels of symbolic links",
		"symbolic link loop",
	}, reason)
}

// kindNames names the kinds of files that the script distinguishes.
var kindNames = map[string]string{
	"file": "file", "directory": "directory", "symlink": "symlink", "socket": "socket", "fifo": "fifo",
	"block_device": "block device", "char_device": "character device", "other": "file of an unknown type",
}

// aKind returns the name of a kind with its article.
func aKind(kind string) string { return "a " + kindNames[kind] }
