package resource

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// fileExisting asks the shell itself, without a single fork for what is there.
const fileExisting = `
words=2
locate "$@"
`

// fileExistence is what is there, the link itself.
func fileExistence() Probe {
	return Probe{
		Name: "exists", Observes: []string{"exists", "type"}, Words: selfWords, Script: fileLocating + fileExisting,
		Parse: parseExistence, Files: eachFile(selfWords, existenceFacts),
	}
}

func parseExistence(answer Answer, subjects []Params) ([]Facts, error) {
	return eachPlace(answer, subjects, existenceFacts)
}

func existenceFacts(p filePlace) Facts {
	switch {
	case p.fact.Unknown != "":
		return Every(p.fact, "exists", "type")
	case p.kind == "absent":
		return Facts{"exists": Seen(false), "type": p.fact}
	case p.kind == "other":
		return Facts{"exists": Seen(true), "type": Unknown("not a known type of file")}
	}
	return Facts{"exists": Seen(true), "type": Seen(p.kind)}
}

// eachPlace makes facts of where each subject leads.
func eachPlace(answer Answer, subjects []Params, facts func(filePlace) Facts) ([]Facts, error) {
	places, _, err := locateFiles(answer.Stdout, subjects)
	if err != nil {
		return nil, err
	}
	all := make([]Facts, len(places))
	for i, p := range places {
		all[i] = facts(p)
	}
	return all, nil
}

// fileLeading is where a symlink leads, as it is written.
var fileLeading = fileLooking{
	name: "target", observes: []string{"target"}, words: selfWords, read: readTargets, files: targetInFiles,
	script: `
words=2
locate "$@"
[ -n "$symlinks" ] || return 0
command -v readlink >/dev/null || cannot "no readlink on the target"
eval "lead $symlinks"
`,
}

func readTargets(answer Answer, places []filePlace) ([]Facts, error) {
	rest, all := answer.Stdout, make([]Facts, len(places))
	for i, p := range places {
		if p.kind != "symlink" {
			all[i] = Facts{"target": notLink(p.kind)}
			continue
		}
		target, after, ok := bytes.Cut(rest, []byte{0})
		target, ok2 := bytes.CutSuffix(target, []byte("\n"))
		if !ok || !ok2 {
			return nil, fmt.Errorf("readlink does not report %q: %s", p.path(), bytes.TrimSpace(answer.Stderr))
		}
		rest, all[i] = after, Facts{"target": Seen(string(target))}
	}
	return all, nil
}

func notLink(kind string) Fact { return Missing("not a symlink, but " + aKind(kind)) }

// fileStatting asks for one line about each file, the followed ones first. GNU, BusyBox and toybox alike.
func fileStatting(format string) string {
	return `
words=2
locate "$@"
[ -n "$there$symlinks" ] || return 0
command -v stat >/dev/null || cannot "no stat on the target"
[ -z "$there" ] || eval "stat -L -c '` + format + `' $there"
[ -z "$symlinks" ] || eval "stat -c '` + format + `' $symlinks"
`
}

// fileStatus is what one stat tells. A name cannot hold a colon.
var fileStatus = fileLooking{
	name: "stat", script: unreadScript + fileStatting("%f:%u:%g:%s:%Y:%U:%G") + "unread /etc/passwd /etc/group\n",
	read: readFileStatus, files: statusInFiles,
	observes: statusPromises,
}

var statusPromises = []string{"mode", "owner", "uid", "group", "gid", "size", "modified", "setuid", "setgid", "sticky", "at_most"}

func readFileStatus(answer Answer, places []filePlace) ([]Facts, error) {
	told, unread := cutUnread(fileLines(string(answer.Stdout)))
	lines, err := inPlaces(told, answer, places)
	if err != nil {
		return nil, err
	}
	all := make([]Facts, len(places))
	for i, line := range lines {
		if all[i], err = parseFileStatus(line, unread); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// statLines are the lines of a stat in the order of the places; it told the symlinks last.
func statLines(answer Answer, places []filePlace) ([]string, error) {
	return inPlaces(fileLines(string(answer.Stdout)), answer, places)
}

func inPlaces(told []string, answer Answer, places []filePlace) ([]string, error) {
	if len(told) != len(places) {
		return nil, fmt.Errorf("stat did not report every file: %s", bytes.TrimSpace(answer.Stderr))
	}
	lines := make([]string, 0, len(places))
	next, last := 0, 0
	for _, p := range places {
		if p.kind != "symlink" {
			last++
		}
	}
	for _, p := range places {
		from := &next
		if p.kind == "symlink" {
			from = &last
		}
		lines = append(lines, told[*from])
		*from++
	}
	return lines, nil
}

// parseFileStatus reads one line of stat. Why a file of the user database could not be read is in unread.
func parseFileStatus(line string, unread map[string]string) (Facts, error) {
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
	mode := Seen(FormatMode(uint32(bits)))
	return Facts{
		"mode": mode, "at_most": mode,
		"uid": Seen(Int(int64(uid))), "gid": Seen(Int(int64(gid))),
		"owner": ownerFact("passwd", field[5], field[1], unread["/etc/passwd"]),
		"group": ownerFact("group", field[6], field[2], unread["/etc/group"]),
		"size":  Seen(Int(size)), "modified": Seen(time.Unix(modified, 0).UTC()),
		"setuid": Seen(bits&0o4000 != 0), "setgid": Seen(bits&0o2000 != 0), "sticky": Seen(bits&0o1000 != 0),
	}, nil
}

// ownerFact is the name of a user or a group, or the number of one that has none; unless nobody could look it up.
func ownerFact(database, name, number, unread string) Fact {
	if name == "UNKNOWN" { // stat's word for a number without a name
		if unread != "" {
			return Unknown(unread)
		}
		name = number
	}
	return Seen(calledOwner(database, name, number))
}

// fileLabelling is the SELinux label.
var fileLabelling = fileLooking{name: "selinux", observes: []string{"selinux_label"}, script: fileStatting("%C"), read: readLabels}

const labelForm = `[^:\s]+:[^:\s]+:[^:\s]+(:\S+)?`

var selinuxLabel = regexp.MustCompile(`^` + labelForm + `$`)

func readLabels(answer Answer, places []filePlace) ([]Facts, error) {
	lines, err := statLines(answer, places)
	if err != nil {
		return nil, err
	}
	all := make([]Facts, len(places))
	for i, line := range lines {
		all[i] = Facts{"selinux_label": Seen(line)}
		if !selinuxLabel.MatchString(line) {
			all[i] = Facts{"selinux_label": Unknown("no SELinux label: the target, its stat or the file system does not support them")}
		}
	}
	return all, nil
}
