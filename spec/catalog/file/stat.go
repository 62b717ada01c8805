package file

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// existenceScript uses the shell's own tests, without a single fork for a path that exists.
const existenceScript = `
words=2
locate "$@"
`

// existence observes whether there is something at the path, the link itself included.
var existence = existenceProbe(selfWords, existenceFacts)

// existenceProbe returns a probe of what each subject, or the link behind it, resolves to.
func existenceProbe(words func(resource.Params) []string, facts func(filePlace) resource.Facts) *resource.Probe {
	return &resource.Probe{
		Name: "exists", Words: words, Script: locateScript + existenceScript,
		Parse: func(answer resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
			places, _, err := locateFiles(answer.Stdout, subjects)
			if err != nil {
				return nil, err
			}
			all := make([]resource.Facts, len(places))
			for i, p := range places {
				all[i] = facts(p)
			}
			return all, nil
		},
		Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
			target := lookup.NewFiles(fsys)
			all := make([]resource.Facts, len(subjects))
			for i, subject := range subjects {
				all[i] = facts(locateInFiles(target, subject, words(subject)[1] == "1").filePlace)
			}
			return all
		},
	}
}

func existenceFacts(p filePlace) resource.Facts {
	switch {
	case p.fact.Unknown != "":
		return resource.Every(p.fact)
	case p.kind == "absent":
		return resource.Facts{"exists": resource.Seen(false), "type": p.fact}
	case p.kind == "other":
		return resource.Facts{"exists": resource.Seen(true), "type": resource.Unknown("not a known type of file")}
	}
	return resource.Facts{"exists": resource.Seen(true), "type": resource.Seen(p.kind)}
}

// symlinkTarget observes the target of a symlink, as it is written.
var symlinkTarget = pathProbe{
	name: "target", words: selfWords, read: readTargets, files: targetInFiles,
	script: `
words=2
locate "$@"
[ -n "$symlinks" ] || return 0
command -v readlink >/dev/null || cannot "no readlink on the target"
eval "lead $symlinks"
`,
}.of("")

func readTargets(answer resource.Answer, places []filePlace) ([]resource.Facts, error) {
	rest, all := answer.Stdout, make([]resource.Facts, len(places))
	for i, p := range places {
		if p.kind != "symlink" {
			all[i] = resource.Every(notLink(p.kind))
			continue
		}
		target, after, ok := bytes.Cut(rest, []byte{0})
		target, ok2 := bytes.CutSuffix(target, []byte("\n"))
		if !ok || !ok2 {
			return nil, fmt.Errorf("readlink does not report %q: %s", p.path(), bytes.TrimSpace(answer.Stderr))
		}
		rest, all[i] = after, resource.Every(resource.Seen(string(target)))
	}
	return all, nil
}

func notLink(kind string) resource.Fact { return resource.Missing("not a symlink, but " + aKind(kind)) }

// statScript requests one line per file, the followed ones first. It works with GNU, BusyBox and toybox alike.
func statScript(format string) string {
	return `
words=2
locate "$@"
[ -n "$there$symlinks" ] || return 0
command -v stat >/dev/null || cannot "no stat on the target"
[ -z "$there" ] || eval "stat -L -c '` + format + `' $there"
[ -z "$symlinks" ] || eval "stat -c '` + format + `' $symlinks"
`
}

// fileStatus observes all that one stat prints. A name cannot contain a colon.
var fileStatus = pathProbe{
	name: "stat", script: lookup.UnreadScript + statScript("%f:%u:%g:%s:%Y:%U:%G") + "unread /etc/passwd /etc/group\n",
	read: readFileStatus, files: statusInFiles,
}

func readFileStatus(answer resource.Answer, places []filePlace) ([]resource.Facts, error) {
	lines, unread := lookup.CutUnread(lookup.FileLines(string(answer.Stdout)))
	return inPlaces(lines, answer, places, func(line string) (resource.Facts, error) {
		return parseFileStatus(line, unread)
	})
}

// inPlaces returns the facts of the lines of a stat in the order of the places; the script printed the symlinks last.
func inPlaces(
	lines []string, answer resource.Answer, places []filePlace, facts func(line string) (resource.Facts, error),
) ([]resource.Facts, error) {
	if len(lines) != len(places) {
		return nil, fmt.Errorf("stat did not report every file: %s", bytes.TrimSpace(answer.Stderr))
	}
	all, next, last := make([]resource.Facts, len(places)), 0, 0
	for _, p := range places {
		if p.kind != "symlink" {
			last++
		}
	}
	for i, p := range places {
		// Two calls of stat print the lines: one follows links and comes first, the other does not.
		from := &next
		if p.kind == "symlink" {
			from = &last
		}
		var err error
		if all[i], err = facts(lines[*from]); err != nil {
			return nil, err
		}
		*from++
	}
	return all, nil
}

// parseFileStatus parses one line of stat. unread has the reasons why files of the user database could not be read.
func parseFileStatus(line string, unread map[string]string) (resource.Facts, error) {
	field := strings.Split(line, ":")
	if len(field) != 7 || field[5] == "" || field[6] == "" {
		return nil, fmt.Errorf("stat says %q", line)
	}
	bits, err := strconv.ParseUint(field[0], 16, 32)
	uid, err2 := strconv.ParseUint(field[1], 10, 32)
	gid, err3 := strconv.ParseUint(field[2], 10, 32)
	size, err4 := strconv.ParseInt(field[3], 10, 64)
	modified, err5 := strconv.ParseInt(field[4], 10, 64)
	if err := errors.Join(err, err2, err3, err4, err5); err != nil {
		return nil, fmt.Errorf("stat says %q", line)
	}
	mode := resource.Seen(resource.FormatMode(uint32(bits)))
	return resource.Facts{
		"mode": mode, "at_most": mode,
		"uid": resource.Seen(resource.Int(int64(uid))), "gid": resource.Seen(resource.Int(int64(gid))),
		"owner": ownerFact("passwd", field[5], field[1], unread["/etc/passwd"]),
		"group": ownerFact("group", field[6], field[2], unread["/etc/group"]),
		"size":  resource.Seen(resource.Int(size)), "modified": resource.Seen(time.Unix(modified, 0).UTC()),
		"setuid": resource.Seen(bits&0o4000 != 0), "setgid": resource.Seen(bits&0o2000 != 0),
		"sticky": resource.Seen(bits&0o1000 != 0),
	}, nil
}

// ownerFact returns the name of a user or a group, or the number of one that has none; unknown if it could not be
// looked up.
func ownerFact(database, name, number, unread string) resource.Fact {
	// stat prints this for a number without a name, and also if it could not read the user database.
	if name == "UNKNOWN" {
		if unread != "" {
			return resource.Unknown(unread)
		}
		name = number
	}
	return resource.Seen(resource.CalledOwner(database, name, number))
}

// selinuxLabel observes the SELinux label.
var selinuxLabel = pathProbe{name: "selinux", script: statScript("%C"), read: readLabels}

func readLabels(answer resource.Answer, places []filePlace) ([]resource.Facts, error) {
	const none = "no SELinux label: the target, its stat or the file system does not support them"
	return inPlaces(lookup.FileLines(string(answer.Stdout)), answer, places, func(line string) (resource.Facts, error) {
		if !resource.SELinuxLabel.MatchString(line) { // without SELinux, stat prints a question mark
			return resource.Every(resource.Unknown(none)), nil
		}
		return resource.Every(resource.Seen(line)), nil
	})
}

// inodeNumber observes the inode, which no archive of an image has.
var inodeNumber = pathProbe{
	name: "inode", script: statScript("%i"), read: readInodes,
}.of("")

func readInodes(answer resource.Answer, places []filePlace) ([]resource.Facts, error) {
	return inPlaces(lookup.FileLines(string(answer.Stdout)), answer, places, func(line string) (resource.Facts, error) {
		n, err := strconv.ParseInt(line, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("stat says %q", line)
		}
		return resource.Every(resource.Seen(resource.Int(n))), nil
	})
}
