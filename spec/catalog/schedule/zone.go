package schedule

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Zone is the kind of names of time zones. All names of UTC are the same.
var Zone = &resource.Kind{
	Name: `a time zone such as "Europe/Berlin"`, Of: resource.String, Text: resource.String.Text, Never: " \n",
	Grammar: `[A-Za-z][A-Za-z0-9_+/-]*`, Example: "Europe/Berlin", Read: readWith(readZone),
	Canonical: func(found any) any {
		if name, err := readZone(found.(string)); err == nil {
			return name
		}
		return found
	},
}

var (
	zoneForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)
	utcNames = []string{
		"UTC", "Etc/UTC", "UCT", "Etc/UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal",
	}
)

func readZone(s string) (string, error) {
	switch {
	case slices.Contains(utcNames, s):
		return "UTC", nil
	case !zoneForm.MatchString(s):
		return "", fmt.Errorf(`%q is not the name of a time zone, such as "Europe/Berlin" or "UTC"`, s)
	}
	return s, nil
}

const (
	localtime = "/etc/localtime"
	zoneName  = "/etc/timezone"
	zoneInfo  = "/usr/share/zoneinfo/"
	adjtime   = "/etc/adjtime"
)

// zoneProbe prints what kind of file /etc/localtime is and where it leads, and the other files.
var zoneProbe = &resource.Probe{
	Name: "zone",
	Script: lookup.BundleScript + `
if [ -h ` + localtime + ` ]; then
	target=$(readlink ` + localtime + `) || cannot "` + localtime + ` could not be read"
	state='link'
	[ -e ` + localtime + ` ] || state=dangling
	printf '%s %s\n' "$state" "$target"
else
	reach ` + localtime + `
	case $? in
		1) echo 'absent ' ;;
		2) printf 'unknown %s\n' "$why" ;;
		*)
			name=''
			[ ! -r ` + zoneName + ` ] || IFS= read -r name <` + zoneName + `
			case $name in
				"" | *..*) ;;
				*) cmp -s ` + localtime + ` "` + zoneInfo + `$name" || name='' ;;
			esac
			printf 'copy %s\n' "$name" ;;
	esac
fi
bundle ` + adjtime + `
echo
`,
	Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
		first, rest, ok := strings.Cut(string(a.Stdout), "\n")
		rest, whole := strings.CutSuffix(rest, "\n")
		state, name, also := strings.Cut(first, " ")
		bundle, err := lookup.ParseBundle([]byte(rest))
		if !ok || !whole || !also || err != nil {
			return nil, errors.New("the answer was cut short")
		}
		zone, err := zoneFact(state, name)
		facts := resource.Facts{"timezone": zone, "rtc_utc": rtcFact(bundle.File(adjtime))}
		return slices.Repeat([]resource.Facts{facts}, len(subjects)), err
	},
	Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
		files := lookup.NewFiles(fsys)
		zone, err := zoneFact(zoneInFiles(files))
		if err != nil {
			zone = resource.Unknown(err.Error())
		}
		facts := resource.Facts{"timezone": zone, "rtc_utc": rtcFact(files.Bundle(adjtime)[0])}
		return slices.Repeat([]resource.Facts{facts}, len(subjects))
	},
}

// zoneFact returns the time zone from the kind of /etc/localtime, and what it leads to.
func zoneFact(state, name string) (resource.Fact, error) {
	_, zone, named := strings.Cut(name, "zoneinfo/")
	zone = strings.TrimPrefix(zone, "posix/")
	form, err := readZone(zone)
	switch {
	case state == "absent":
		return resource.Seen("UTC").With("there is no " + localtime), nil
	case state == "unknown":
		return resource.Unknown(name), nil
	case state == "copy" && name == "":
		return resource.Unknown(localtime + " is a copy of a time zone, and " + zoneName + " does not name the same one"), nil
	case state == "copy":
		return resource.Seen(name), nil
	case (state == "link" || state == "dangling") && (!named || err != nil):
		return resource.Unknown(fmt.Sprintf("%s leads to %q, which is not a time zone", localtime, name)), nil
	// Programs use UTC then. Images without tzdata are so, and theirs is UTC anyway.
	case state == "dangling" && form != "UTC":
		return resource.Unknown(localtime + " is a dangling symlink"), nil
	case state == "link" || state == "dangling":
		return resource.Seen(zone), nil
	}
	return resource.Fact{}, fmt.Errorf("%q is not a state of %s", state, localtime)
}

func zoneInFiles(files *lookup.Files) (state, name string) {
	there, unknown := files.Reach(localtime)
	at, info, err := files.Stat(localtime, false)
	switch {
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		target, err := fs.ReadLink(files.FS, at)
		switch {
		case err != nil:
			return "unknown", lookup.ReasonOn(err, localtime)
		case there:
			return "link", target
		}
		return "dangling", target
	case unknown != "":
		return "unknown", unknown
	case !there:
		return "absent", ""
	}
	content, err := files.Read(localtime)
	if err != nil {
		return "unknown", err.Error()
	}
	text, err := files.Read(zoneName)
	name, _, _ = strings.Cut(text, "\n")
	if err != nil || name == "" || strings.Contains(name, "..") {
		return "copy", ""
	}
	if same, err := files.Read(zoneInfo + name); err != nil || same != content {
		return "copy", ""
	}
	return "copy", name
}

// rtcFact reads the third line of adjtime(5). Without it, the hardware clock is in UTC.
func rtcFact(f lookup.ConfigFile) resource.Fact {
	lines := lookup.FileLines(f.Content)
	switch {
	case f.Unknown != "":
		return resource.Unknown(f.Unknown)
	case f.Absent:
		return resource.Seen(true).With("there is no " + adjtime)
	case len(lines) < 3 || strings.TrimSpace(lines[2]) == "UTC":
		return resource.Seen(true)
	case strings.TrimSpace(lines[2]) == "LOCAL":
		return resource.Seen(false)
	}
	return resource.Unknown(fmt.Sprintf("%s says %q, which is neither UTC nor LOCAL", adjtime, lines[2]))
}
