package schedule

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// CronJobs is the type of all jobs of cron, of every user and file.
var CronJobs = resource.Plural{
	Name: "cron_jobs", DisplayName: "Cron jobs", Of: oneCronJob,
	Summary: "All jobs of cron, of users and of the system, or those that a condition selects",
	Detail: `Avow lists the jobs that cron runs from the crontabs of all users, ` + "`/etc/crontab`" + ` and
the files in ` + "`/etc/cron.d`" + `, by the rules that ` + "`cron`" + ` explains; for jobs that cron ignores,
see ` + "`cron.ignored`" + `. Only root may read the crontabs of others: without ` + "`become`" + `, there may
be more, and a promise that they could break is unknown.

The attributes of one job are ` + "`user`, `file`, `minute`, `hour`, `day`, `month`, `weekday`, `command`" + `
and ` + "`job`" + `, the whole line. Fields of the schedule are compared as in ` + "`cron.jobs`" + `:
` + "`weekday = \"sun\"`" + ` is ` + "`0`" + `. A job that runs at ` + "`@reboot`" + ` has none. In reports and
in ` + "`names`" + `, a job is its file and line, ` + "`/etc/cron.d/report:3`" + `.`,
	Example: `describe "jobs" {
  cron_jobs "of root" {
    where = { user = "root" }
    every = { command = not(contains("/home/")) }
  }

  cron_jobs "every minute" {
    where = { minute = "*", hour = "*" }
    count = 0
  }
}
`,
	List: resource.Probe{
		Script: cronHead + `
bundle /etc/crontab /etc/cron.d
[ -z "$spool" ] || bundle "$spool"
echo
`,
		Parse: func(a resource.Answer, _ []resource.Params) ([]resource.Facts, error) {
			c, err := readCrontabs(a.Stdout)
			if err != nil {
				return nil, err
			}
			return []resource.Facts{c.listed()}, nil
		},
		Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
			files := lookup.NewFiles(fsys)
			c := crontabsOf(files)
			c.files = files.Bundle("/etc/crontab", "/etc/cron.d")
			if c.spool != "" {
				c.files = append(c.files, files.Bundle(c.spool)...)
			}
			return slices.Repeat([]resource.Facts{c.listed()}, len(subjects))
		},
	},
}.Type()

// oneCronJob is the type of the elements. It is not in the catalogue: a job has no name that a block could have.
// The list gives all of its facts.
var oneCronJob = &resource.Type{
	Name: "cron_jobs", Label: "name", DisplayName: "Cron job",
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "The file and the line."},
		{Name: "user", Kind: resource.String, Doc: "The user that the job runs as."},
		{Name: "file", Kind: resource.Path, Doc: "The crontab that it is in."},
		{Name: "minute", Kind: scheduleKind(cronFields[0]), Doc: "The minutes."},
		{Name: "hour", Kind: scheduleKind(cronFields[1]), Doc: "The hours."},
		{Name: "day", Kind: scheduleKind(cronFields[2]), Doc: "The days of the month."},
		{Name: "month", Kind: scheduleKind(cronFields[3]), Doc: "The months."},
		{Name: "weekday", Kind: scheduleKind(cronFields[4]), Doc: "The days of the week."},
		{Name: "command", Kind: resource.Line, Doc: "The command, as the shell gets it."},
		{Name: "job", Kind: Job, Doc: "The whole line."},
	},
	Probe: &resource.Probe{
		Name: "job", Script: `cannot "a job is known by its list"`,
		Parse: func(resource.Answer, []resource.Params) ([]resource.Facts, error) {
			return nil, errors.New("a job is known by its list")
		},
	},
}

// scheduleKind returns the kind of one field of a schedule.
func scheduleKind(f cronField) *resource.Kind {
	return &resource.Kind{
		Name: fmt.Sprintf("a %s of cron such as \"*\", \"%d\" or \"*/2\"", f.name, f.low+1), Of: resource.String,
		Text: resource.String.Text, Read: readWith(f.form), Never: " \t\n",
		Canonical: func(found any) any {
			if form, err := f.form(found.(string)); err == nil {
				return form
			}
			return found
		},
	}
}

func (c crontabs) listed() resource.Facts {
	found := c.list()
	if len(found.List) == 0 && found.Hidden != "" {
		return resource.NotListed(resource.Unknown(found.Hidden))
	}
	return resource.Listed(found)
}

func (c crontabs) list() resource.Elements {
	found := resource.Elements{Hidden: c.unseen}
	for _, f := range c.files {
		// A file that an editor of crontabs has not finished is none.
		if f.Absent || f.IsFolder() || c.isOfUser(f.Path) && strings.HasPrefix(path.Base(f.Path), "tmp.") {
			continue
		}
		if f.Unknown != "" {
			found.Hidden = cmp.Or(found.Hidden, f.Unknown)
			continue
		}
		for _, j := range c.parse(f).jobs {
			found.List = append(found.List, c.element(f, j))
		}
	}
	return found
}

func (c crontabs) element(f lookup.ConfigFile, j cronJob) resource.Element {
	private := c.isOfUser(f.Path)
	if private {
		j.user = path.Base(f.Path)
	}
	name := fmt.Sprintf("%s:%d", f.Path, j.line)
	facts := resource.Facts{
		"user": resource.Seen(j.user), "file": resource.Seen(f.Path),
		"command": {Value: j.command, Private: private}, "job": {Value: j.text, Private: private},
	}
	for i, field := range cronFields {
		fact := resource.Missing("it runs at " + j.schedule[0])
		if len(j.schedule) == len(cronFields) {
			fact = resource.Seen(j.schedule[i])
		}
		facts[field.name] = fact
	}
	return resource.Element{Name: name, Params: resource.Params{"name": name}, Facts: facts}
}
