// Package schedule has the types of what runs at its time, of the clock, and of what logs say.
package schedule

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Cron is the type of crontabs: those of users and those of the system.
var Cron = &resource.Type{
	Name:        "cron",
	Label:       "name",
	DisplayName: "Crontab",
	Summary:     "A crontab: the jobs that cron runs for a user, or from a file in /etc",
	Detail: `The label is a user, or a file that names the user in each line: ` + "`/etc/crontab`" + `, or one in
` + "`/etc/cron.d`" + `. Scripts in ` + "`/etc/cron.daily`" + ` and the like are files; check them with
` + "`file`" + `.

The crontabs of users are read from the first of these folders that exists: ` + "`/etc/crontabs`" + `,
` + "`/var/spool/cron/crontabs`" + `, ` + "`/var/spool/cron/tabs`" + `, ` + "`/var/spool/cron`" + `. Only root may read
those of others. Without that, the crontab of the target's own account is what ` + "`crontab -l`" + ` prints, and all
others are unknown; ` + "`become`" + ` helps.

` + "`jobs`" + ` and ` + "`commands`" + ` have only what cron runs. Each cron has rules of its own for what it does not
run:

- Debian's (where there is ` + "`/etc/debian_version`" + `) ignores a whole file if one of its lines is wrong
  (` + "`MAILTO=`" + ` without quotes is), or if its last job has no line break. It ignores files in
  ` + "`/etc/cron.d`" + ` whose names have anything but letters, digits, ` + "`-`" + ` and ` + "`_`" + `.
- BusyBox's (where there is ` + "`/etc/crontabs`" + `) ignores wrong lines.
- Cronie ignores wrong lines, a last line without a line break, and files in ` + "`/etc/cron.d`" + ` that end in
  ` + "`~`" + `, ` + "`.rpmsave`" + `, ` + "`.rpmorig`" + ` or ` + "`.rpmnew`" + `.

` + "`ignored`" + ` has these lines. Avow does not consider other reasons: the owner and the mode of the file, an
unknown user, ` + "`/etc/cron.allow`" + `. Other users cannot read a user's crontab, so reports show its lines only
with ` + "`sensitive = false`" + `.`,
	Example: `describe "jobs" {
  cron "backup" {
    jobs    = contains("@daily /usr/local/bin/backup --all")
    ignored = empty()
  }

  cron "/etc/cron.d/report" {
    commands    = ["/usr/local/bin/report"]
    environment = { MAILTO = "ops@example.com" }
  }

  cron "guest" { exists = false }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "A user, `/etc/crontab`, or a file in `/etc/cron.d`."},
		resource.Exists("Whether there is such a crontab."),
		{
			Name: "jobs", Kind: resource.SetOf(Job),
			Doc: "The jobs that cron runs, as they are written, in a file of the system with the user. How the schedule is " +
				"written does not matter: tabs and more blanks are one blank, `@daily` is `0 0 * * *`, `sun` is `0`.",
		},
		{
			Name: "commands", Kind: resource.SetOf(resource.Line),
			Doc: "The commands of the jobs, as the shell gets them: without what follows a `%` (their input), and with `%` " +
				"for `\\%`. BusyBox's cron leaves `%` as it is.",
		},
		{
			Name: "environment", Kind: resource.TableOf(resource.Variable, resource.String),
			Doc: "The variables that the crontab sets for its jobs, without quotes. Of several lines for one, the last counts.",
		},
		{Name: "ignored", Kind: resource.SetOf(resource.Line), Doc: "The lines that cron ignores, without comments."},
	},
	Probe: &resource.Probe{
		Name: "jobs", Script: cronScript, Words: func(p resource.Params) []string { return []string{p.Text("name")} },
		Parse: parseCrontabs, Files: crontabsInFiles,
	},
	Prepare: prepareCron,
}

var cronUser = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.@\\$-]*$`)

func prepareCron(p resource.Params) error {
	name := p.Text("name")
	in, file := path.Split(name)
	switch {
	case strings.ContainsAny(name, "*?["):
		return fmt.Errorf("%q is a pattern; write one name, or use cron_jobs for all jobs", name)
	case strings.HasPrefix(name, "/var/spool/cron/") && file != "", in == "/etc/crontabs/" && file != "":
		return fmt.Errorf("%q is the crontab of a user; write %q", name, file)
	case name == "/etc/cron.d" || name == "/etc/cron.d/":
		return fmt.Errorf("%q is a folder; name a file in it, or use cron_jobs for all jobs", name)
	case strings.HasPrefix(name, "/etc/cron.") && in != "/etc/cron.d/":
		return fmt.Errorf("%q has no crontabs; check the scripts in such folders with file", name)
	case name == "/etc/crontab", in == "/etc/cron.d/" && file != "." && file != "..":
		return nil
	case strings.HasPrefix(name, "/"):
		return fmt.Errorf("cron does not read %q; it reads /etc/crontab and the files in /etc/cron.d", name)
	case !cronUser.MatchString(name):
		return fmt.Errorf("%q is neither the name of a user nor a path from /", name)
	}
	return nil
}

// spools are where crontabs of users can be. Alpine has a link to the first in the place of the second.
var spools = []string{"/etc/crontabs", "/var/spool/cron/crontabs", "/var/spool/cron/tabs", "/var/spool/cron"}

// cronHead finds the folder with the crontabs of users, and whose rules hold, and prints both.
var cronHead = lookup.BundleScript + `
spool='' unseen=''
for place in ` + strings.Join(spools, " ") + `; do
	reach "$place"
	case $? in
		0) spool=$place; break ;;
		2) unseen=$why; break ;;
	esac
done
rules=cronie
if [ "$spool" = /etc/crontabs ]; then rules=busybox
elif [ -e /etc/debian_version ]; then rules=debian
fi
printf '%s\n%s\n%s\n' "$rules" "$spool" "$unseen"
`

// cronScript takes names of crontabs. crontab -l ends with 1 both for a user without one and for one who may not ask:
// only the text distinguishes them.
var cronScript = cronHead + `
own() {
	# The point keeps the line break at the end, or that there is none.
	if found=$(crontab -l 2>/dev/null && echo .); then
		found=${found%.}
		printf 'file\0%s\0%s\0' "$spool/$1" "$found"
		return
	fi
	why=$(crontab -l 2>&1 >/dev/null)
	case $why in
		"no crontab for "*) printf 'absent\0%s\0\0' "$spool/$1" ;;
		*) printf 'unknown\0%s\0crontab -l: %s\0' "$spool/$1" "${why:-no answer}" ;;
	esac
}
for name do
	case $name in
		/*) bundle "$name"; continue ;;
	esac
	[ -n "$spool" ] || continue
	reach "$spool/$name"
	if [ $? -ne 1 ] && [ ! -r "$spool/$name" ] && [ "$(id -un)" = "$name" ] &&
		command -v crontab >/dev/null 2>&1; then
		own "$name"
	else
		bundle "$spool/$name"
	fi
done
echo
`

// crontabs are the crontabs of a target.
type crontabs struct {
	rules  string // debian, busybox or cronie
	spool  string // the folder of those of users
	unseen string // why that is not known
	files  lookup.Bundle
}

func readCrontabs(out []byte) (crontabs, error) {
	out, whole := bytes.CutSuffix(out, []byte("\n"))
	head := bytes.SplitN(out, []byte("\n"), 4)
	if !whole || len(head) < 4 {
		return crontabs{}, errors.New("the answer was cut short")
	}
	c := crontabs{rules: string(head[0]), spool: string(head[1]), unseen: string(head[2])}
	if !slices.Contains([]string{"debian", "busybox", "cronie"}, c.rules) {
		return crontabs{}, fmt.Errorf("cron has no rules called %q", c.rules)
	}
	var err error
	c.files, err = lookup.ParseBundle(head[3])
	return c, err
}

func crontabsOf(files *lookup.Files) crontabs {
	c := crontabs{rules: "cronie"}
	for _, place := range spools {
		there, unknown := files.Reach(place)
		if c.unseen = unknown; unknown != "" {
			break
		}
		if there {
			c.spool = place
			break
		}
	}
	if there, _ := files.Reach("/etc/debian_version"); c.spool == "/etc/crontabs" {
		c.rules = "busybox"
	} else if there {
		c.rules = "debian"
	}
	return c
}

func parseCrontabs(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	c, err := readCrontabs(a.Stdout)
	if err != nil {
		return nil, err
	}
	return c.facts(subjects), nil
}

func crontabsInFiles(fsys fs.FS, subjects []resource.Params) []resource.Facts {
	files := lookup.NewFiles(fsys)
	c := crontabsOf(files)
	for _, p := range subjects {
		if place := c.path(p.Text("name")); place != "" {
			c.files = append(c.files, files.Bundle(place)...)
		}
	}
	return c.facts(subjects)
}

// path returns where the crontab of a name is; "" if there can be none.
func (c crontabs) path(name string) string {
	switch {
	case strings.HasPrefix(name, "/"):
		return name
	case c.spool == "":
		return ""
	}
	return c.spool + "/" + name
}

func (c crontabs) facts(subjects []resource.Params) []resource.Facts {
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		place := c.path(p.Text("name"))
		at := slices.IndexFunc(c.files, func(f lookup.ConfigFile) bool { return f.Path == place })
		switch {
		case place == "" && c.unseen != "":
			all[i] = resource.Every(resource.Unknown(c.unseen))
		case place == "":
			all[i] = resource.Every(resource.Missing("the target has no folder for crontabs of users"))
		case at < 0: // the answer was cut, or belongs to others
			all[i] = resource.Every(resource.Unknown("there is no answer about " + place))
		default:
			all[i] = c.fileFacts(c.files[at])
		}
	}
	return all
}

func (c crontabs) fileFacts(f lookup.ConfigFile) resource.Facts {
	switch {
	case f.Unknown != "":
		return resource.Every(resource.Unknown(f.Unknown))
	case f.Absent:
		return resource.Every(resource.Missing("there is no " + f.Path))
	case f.IsFolder():
		return resource.Every(resource.Unknown(f.Path + " is a folder"))
	}
	tab := c.parse(f)
	var jobs, commands []string
	for _, j := range tab.jobs {
		jobs, commands = append(jobs, j.text), append(commands, j.command)
	}
	slices.Sort(jobs)
	slices.Sort(commands)
	slices.Sort(tab.ignored)
	facts := resource.Facts{
		"jobs":        resource.Seen(resource.Strings(jobs)).With(tab.why),
		"commands":    resource.Seen(resource.Strings(commands)).With(tab.why),
		"environment": resource.Seen(tab.environment).With(tab.why),
		"ignored":     resource.Seen(resource.Strings(tab.ignored)).With(tab.why),
	}
	for name, fact := range facts {
		fact.Private = c.isOfUser(f.Path)
		facts[name] = fact
	}
	facts["exists"] = resource.Seen(true).With(tab.why)
	return facts
}

func (c crontabs) isOfUser(file string) bool { return c.spool != "" && path.Dir(file) == c.spool }
