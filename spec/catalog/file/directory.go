package file

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Directory is the type of directories and the names in them.
var Directory = &resource.Type{
	Name:        "directory",
	Label:       "path",
	DisplayName: "Directory",
	Summary:     "A directory: its owner, permissions and entries",
	Detail: `The path is absolute and taken as it is: no ~, no variables, no globs.

A directory exists only if it is one: if the path is a file, exists is false, and the note shows its type. A symlink
to a directory is followed, unless follow is false; if the path is not a directory, everything else is broken.

A directory is missing only if the system says that there is no such file. Anything else that keeps Avow from checking
makes the promise unknown, with the reason: "permission denied on /root". That holds for exists = false, too.

entries are exact names, hidden ones included, without . and .. and without the contents of subdirectories. Avow lists
them with find, or with ls and the shell where there is none. Reports show them, even for a directory that others may
not list. Owner, mode and access mean the same as for a file, also where there is no shell.`,
	Example: `describe "upload area" {
  directory "/srv/upload" {
    mode        = "1770"
    owner       = "www-data"
    writable_by = not(contains("others"))
  }

  directory "/etc/cron.d" { entries = consists_of("e2scrub_all", "logrotate") }

  directory "/var/crash" { empty = true }
}
`,
	Attributes: slices.Concat(
		[]resource.Attribute{
			pathParameter, followParameter, resource.LiteralParameter("the path"),
			{
				Name: "exists", Kind: resource.Bool, Presence: true, Phrase: "exists", Probe: directoryExistence,
				Doc: "Whether the directory exists. If the path has another type, it does not, and the note shows the type.",
			},
			{
				Name: "entries", Kind: resource.SetOf(resource.FileName), Probe: listing,
				Doc: "The names in it, sorted: `[\"a.conf\", \"b.conf\"]`, `contains(\"a.conf\")`. A pattern is a matcher: " +
					"`contains(ends_with(\".conf\"))`.",
			},
			{Name: "empty", Kind: resource.Bool, Probe: listing, Doc: "Whether it has no entries, hidden ones included."},
		},
		statusAttributes,
		permissionAttributes("directory"),
	),
	Probe:   fileStatus.of("directory"),
	Prepare: preparePath,
	Absent:  resource.AbsentPath,
}

// directoryExistence observes whether there is a directory. A link to a directory counts as a directory.
var directoryExistence = existenceProbe(linkWords, directoryFacts)

func directoryFacts(p filePlace) resource.Facts {
	switch {
	case p.fact.Unknown != "":
		return resource.Facts{"exists": p.fact}
	case p.kind == "directory" || p.kind == "absent":
		return resource.Facts{"exists": resource.Seen(p.kind == "directory")}
	case p.kind == "broken":
		return resource.Facts{"exists": resource.Seen(false).With(p.fact.Missing)}
	}
	return resource.Facts{"exists": resource.Seen(false).With(aKind(p.kind) + " is there")}
}

// listingScript lists the names in a directory. A glob alone would take an unreadable directory for an empty one, so
// without find, ls has to confirm that it is readable. After locate the script prints for each path that exists
//
//	the paths in it, each with NUL; NUL; the status; NUL
const listingScript = `
words=2
locate "$@"
[ -n "$there" ] || return 0
list() { find "$1/." ! -name . -prune -print0; }
glob() {
	ls -a "$1/." >/dev/null || return
	[ -x "$1/." ] || { echo "$1: Permission denied" >&2; return 1; }
	for entry in "$1"/* "$1"/.*; do
		case $entry in "$1/." | "$1/..") continue ;; esac
		if [ -e "$entry" ] || [ -h "$entry" ]; then printf '%s\0' "$entry"; fi
	done
}
how=list
if ! find / -prune -print0 >/dev/null 2>&1; then
	command -v ls >/dev/null || cannot "neither find nor ls on the target"
	how=glob
fi
eval "set -- $there"
for p do
	if [ -d "$p" ]; then "$how" "$p"; fi
	printf '\0%s\0' "$?"
done
`

var listing = pathProbe{
	name: "entries", script: listingScript, read: readEntries, files: entriesInFiles,
}.of("directory")

func readEntries(answer resource.Answer, places []filePlace) ([]resource.Facts, error) {
	rest, all := answer.Stdout, make([]resource.Facts, len(places))
	for i, p := range places {
		if p.kind == "symlink" {
			continue
		}
		names, status, after, err := cutEntries(rest)
		switch {
		case err != nil:
			return nil, err
		// The messages of find name no subject for certain: a name may contain anything.
		case status != "0" && len(places) > 1:
			return nil, fmt.Errorf("%q could not be read among others", p.path())
		case status != "0":
			all[i] = resource.Every(fileRefused(answer, p))
		default:
			all[i] = entryFacts(names)
		}
		rest = after
	}
	return all, nil
}

func entryFacts(names []string) resource.Facts {
	return resource.Facts{"entries": resource.Seen(resource.Strings(names)), "empty": resource.Seen(len(names) == 0)}
}

// cutEntries cuts the names of one directory off the answer. A name is never empty.
func cutEntries(rest []byte) (names []string, status string, after []byte, err error) {
	names = []string{}
	for {
		entry, more, ok := bytes.Cut(rest, []byte{0})
		if !ok {
			return nil, "", nil, errors.New("the answer ends early")
		}
		if rest = more; len(entry) == 0 {
			break
		}
		names = append(names, string(entry[bytes.LastIndexByte(entry, '/')+1:]))
	}
	state, rest, ok := bytes.Cut(rest, []byte{0})
	if !ok {
		return nil, "", nil, errors.New("the answer ends early")
	}
	slices.Sort(names)
	return names, strings.TrimSpace(string(state)), rest, nil
}

// entriesInFiles returns the names in a directory; for other kinds of files they are missing.
func entriesInFiles(f seenFile) resource.Facts {
	if f.kind != "directory" {
		return nil
	}
	names, err := f.target.Names(f.name)
	if err != nil {
		return resource.Every(resource.Unknown(lookup.ReasonOn(err, f.path())))
	}
	return entryFacts(names)
}
