package schedule

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// Job is the kind of jobs of cron. How a schedule is written does not matter, and neither do blanks.
var Job = &resource.Kind{
	Name: `a job of cron such as "*/5 * * * * /usr/local/bin/poll"`, Of: resource.String, Text: resource.String.Text,
	Order: resource.String.Order, Never: "\n", Grammar: `(@reboot|\S+ \S+ \S+ \S+ \S+) \S[^\n]*`,
	Example: "30 3 * * * /usr/local/bin/backup",
	Canonical: func(found any) any {
		if s, err := readJob(found.(string)); err == nil {
			return s
		}
		return found
	},
	Read: readWith(readJob),
}

func readWith(form func(string) (string, error)) func(cty.Value) (any, error) {
	return func(v cty.Value) (any, error) {
		s, err := resource.String.Read(v)
		if err != nil {
			return nil, err
		}
		return form(s.(string))
	}
}

func readJob(s string) (string, error) {
	schedule, rest, err := cutSchedule(s)
	switch {
	case err != nil:
		return "", fmt.Errorf(`%q is not a job such as "30 3 * * * /usr/local/bin/backup": %w`, s, err)
	case rest == "" || strings.Contains(rest, "\n"):
		return "", fmt.Errorf(`%q is not a job, which is one line such as "30 3 * * * /usr/local/bin/backup"`, s)
	}
	return strings.Join(schedule, " ") + " " + foldBlanks(rest), nil
}

// foldBlanks makes one blank of several, and of tabs.
func foldBlanks(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' }), " ")
}

// cronField is one of the five of a schedule.
type cronField struct {
	name      string
	low, high int
	words     []string // the names of numbers, the first of them that of low
}

var cronFields = []cronField{
	{"minute", 0, 59, nil},
	{"hour", 0, 23, nil},
	{"day", 1, 31, nil},
	{"month", 1, 12, strings.Fields("jan feb mar apr may jun jul aug sep oct nov dec")},
	{"weekday", 0, 7, strings.Fields("sun mon tue wed thu fri sat")},
}

// shortSchedules are the words for schedules. Cron knows them in lower case only.
var shortSchedules = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

// cutSchedule splits a job into its schedule, five fields or @reboot, and what follows it.
func cutSchedule(job string) (schedule []string, rest string, err error) {
	rest = strings.Trim(job, " \t")
	if strings.HasPrefix(rest, "@") {
		word, rest := cutField(rest)
		if long := shortSchedules[word]; long != "" {
			return strings.Fields(long), rest, nil
		}
		if word != "@reboot" {
			return nil, "", fmt.Errorf("%q is not a schedule that cron knows, such as @daily", word)
		}
		return []string{word}, rest, nil
	}
	rest = strings.TrimPrefix(rest, "-") // cronie: without a line in the log
	for _, field := range cronFields {
		var text string
		text, rest = cutField(rest)
		form, err := field.form(text)
		if err != nil {
			return nil, "", err
		}
		schedule = append(schedule, form)
	}
	return schedule, rest, nil
}

// cutField splits a line at its first blanks.
func cutField(line string) (field, rest string) {
	if i := strings.IndexAny(line, " \t"); i >= 0 {
		return line[:i], strings.TrimLeft(line[i:], " \t")
	}
	return line, ""
}

// cronPart matches one of the parts of a field between commas; ~ is cronie's random time.
var cronPart = regexp.MustCompile(`^(?:\*|([0-9]{1,2}|[a-z]{3})(?:([-~])([0-9]{1,2}|[a-z]{3}))?)(?:/([0-9]{1,3}))?$`)

// form returns a field as everybody would write it: with numbers for names, without leading zeros.
func (f cronField) form(text string) (string, error) {
	var parts []string
	for part := range strings.SplitSeq(strings.ToLower(text), ",") {
		m := cronPart.FindStringSubmatch(part)
		if m == nil {
			return "", fmt.Errorf("%q is not a %s", text, f.name)
		}
		form := "*"
		if m[1] != "" {
			first, ok := f.number(m[1])
			last, also := f.number(m[3])
			if !ok || m[3] != "" && (!also || last < first) {
				return "", fmt.Errorf("%q is not a %s", text, f.name)
			}
			form = strconv.Itoa(first)
			if m[3] != "" {
				form += m[2] + strconv.Itoa(last)
			} else if f.name == "weekday" && first == 7 { // both are Sunday
				form = "0"
			}
		}
		switch step := strings.TrimLeft(m[4], "0"); {
		case m[4] != "" && step == "":
			return "", fmt.Errorf("%q is not a %s: its step is 0", text, f.name)
		case m[4] != "" && (step != "1" || m[2] == "" && m[1] != ""):
			form += "/" + step
		}
		parts = append(parts, form)
	}
	return strings.Join(parts, ","), nil
}

// number returns the number of a word of a field.
func (f cronField) number(text string) (int, bool) {
	if i := slices.Index(f.words, text); i >= 0 {
		return f.low + i, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= f.low && n <= f.high
}

// crontab is what cron makes of one file.
type crontab struct {
	jobs        []cronJob
	environment map[string]any
	ignored     []string
	why         string // why some lines are ignored
}

type cronJob struct {
	line     int
	schedule []string
	user     string
	command  string
	text     string
}

// cronSetting matches a line that sets a variable. An empty name does nothing.
var cronSetting = regexp.MustCompile(`^("[^"]*"|'[^']*'|[^\s='"][^\s=]*|)[ \t]*=[ \t]*(.*)$`)

// parse parses a file by the rules of the target's cron.
func (c crontabs) parse(f lookup.ConfigFile) crontab {
	tab := crontab{environment: map[string]any{}}
	var written []string
	for i, line := range strings.SplitAfter(f.Content, "\n") {
		text := strings.Trim(strings.TrimSuffix(line, "\n"), " \t")
		if text == "" || text[0] == '#' {
			continue
		}
		written = append(written, text)
		why := "it has no line break"
		if strings.HasSuffix(line, "\n") || c.rules == "busybox" {
			why = c.add(&tab, i+1, text, c.isOfUser(f.Path))
		}
		if why != "" {
			tab.ignored = append(tab.ignored, text)
			tab.why = cmp.Or(tab.why, fmt.Sprintf("cron ignores line %d: %s", i+1, why))
		}
	}
	switch why := c.unreadName(f.Path); {
	case why != "":
		return crontab{environment: map[string]any{}, ignored: written, why: why}
	case tab.why != "" && c.rules == "debian":
		why = strings.Replace(tab.why, "line", "the whole file for its line", 1)
		return crontab{environment: map[string]any{}, ignored: written, why: why}
	}
	return tab
}

// add adds a line to what the crontab does, or returns why it does nothing.
func (c crontabs) add(tab *crontab, number int, line string, ofUser bool) (why string) {
	if set := cronSetting.FindStringSubmatch(line); set != nil {
		switch {
		// Debian's cron takes this for a job; it wants MAILTO="".
		case set[1] != "" && set[2] == "" && c.rules == "debian":
			return "an empty value needs quotes"
		case set[1] != "":
			tab.environment[unquote(set[1])] = unquote(set[2])
		}
		return ""
	}
	job, err := c.job(line, ofUser)
	if err != nil {
		return err.Error()
	}
	job.line = number
	tab.jobs = append(tab.jobs, job)
	return ""
}

var debianName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// unreadName returns why cron does not read a file in /etc/cron.d with such a name.
func (c crontabs) unreadName(file string) string {
	name := path.Base(file)
	left := strings.HasPrefix(name, ".") || strings.HasPrefix(name, "#") || strings.HasSuffix(name, "~") ||
		slices.Contains([]string{".rpmsave", ".rpmorig", ".rpmnew"}, path.Ext(name))
	if path.Dir(file) == "/etc/cron.d" && (left || c.rules == "debian" && !debianName.MatchString(name)) {
		return "cron ignores a file with such a name"
	}
	return ""
}

// unquote returns a word without quotes around the whole of it.
func unquote(s string) string {
	if n := len(s); n > 1 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] {
		return s[1 : n-1]
	}
	return s
}

// job parses a line with a job.
func (c crontabs) job(line string, ofUser bool) (cronJob, error) {
	schedule, command, err := cutSchedule(line)
	// Debian's knows neither - nor random times. What is wrong with a line goes into reports, so no part of the line does.
	if err != nil || c.rules == "debian" && (line[0] == '-' || strings.Contains(strings.Join(schedule, ""), "~")) {
		return cronJob{}, errors.New("its schedule is wrong")
	}
	j := cronJob{schedule: schedule, text: strings.Join(schedule, " ") + " " + foldBlanks(command)}
	if !ofUser {
		j.user, command = cutField(command)
	}
	if command == "" {
		return cronJob{}, errors.New("it has no command")
	}
	j.command = command
	if c.rules != "busybox" {
		j.command = commandOf(command)
	}
	return j, nil
}

// commandOf returns what the shell gets: the rest after a % is its input, and \% is a %.
func commandOf(text string) string {
	var command strings.Builder
	for i := 0; i < len(text) && text[i] != '%'; i++ {
		if strings.HasPrefix(text[i:], `\%`) {
			i++
		}
		command.WriteByte(text[i])
	}
	return strings.TrimRight(command.String(), " \t")
}
