package host

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/lookup"
	"github.com/avow-dev/avow/spec/resource"
)

// stateProbe reads /proc by one grep: the shell's own read gets nothing but the first byte of numbers in /proc/sys.
var stateProbe = &resource.Probe{
	Name: "state",
	Script: `
[ -r /proc/stat ] || cannot "no /proc on the target"
grep -HE '^(btime |MemTotal:|MemAvailable:|oom_kill |cpu[0-9]|[0-9])' \
	/proc/uptime /proc/loadavg /proc/meminfo /proc/stat \
	/proc/vmstat /proc/sys/kernel/random/entropy_avail 2>/dev/null
[ $? -lt 126 ] || cannot "no grep on the target"
:`,
	Parse: single(stateFacts),
}

func stateFacts(out string) resource.Facts {
	said, cpus := map[string]string{}, int64(0)
	for line := range strings.Lines(out) {
		file, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		key, value, _ := strings.Cut(rest, " ")
		switch {
		case file == "/proc/stat" && strings.HasPrefix(key, "cpu"):
			cpus++
		case file == "/proc/stat" || file == "/proc/meminfo" || file == "/proc/vmstat":
			said[strings.TrimSuffix(key, ":")] = strings.TrimSpace(value)
		default:
			said[path.Base(file)] = rest
		}
	}
	facts := resource.Facts{
		"memory": bytesFact(said["MemTotal"], "/proc/meminfo does not have MemTotal"),
		// Since Linux 3.14.
		"memory_available": bytesFact(said["MemAvailable"], "/proc/meminfo does not have MemAvailable"),
		// Since Linux 4.13.
		"oom_kills": numberFact(said["oom_kill"], "/proc/vmstat does not have oom_kill"),
		"entropy":   numberFact(said["entropy_avail"], "/proc/sys/kernel/random/entropy_avail could not be read"),
		"load":      loadFact(said["loadavg"]),
		"cpus":      resource.Seen(resource.Int(cpus)),
		"uptime":    resource.Unknown("/proc/uptime could not be read"),
		"boot_time": resource.Unknown("/proc/stat does not have the boot time"),
	}
	if cpus == 0 {
		facts["cpus"] = resource.Unknown("/proc/stat does not list processors")
	}
	up, _, _ := strings.Cut(said["uptime"], " ")
	if seconds, err := time.ParseDuration(up + "s"); err == nil && up != "" {
		facts["uptime"] = resource.Seen(max(0, seconds))
	}
	if at, err := strconv.ParseInt(said["btime"], 10, 40); err == nil {
		facts["boot_time"] = resource.Seen(time.Unix(at, 0).UTC())
	}
	return facts
}

func numberFact(text, reason string) resource.Fact {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return resource.Unknown(reason)
	}
	return resource.Seen(resource.Int(n))
}

func bytesFact(text, reason string) resource.Fact {
	number, unit, _ := strings.Cut(text, " ")
	n, err := strconv.ParseInt(number, 10, 50)
	if err != nil || n < 0 || unit != "kB" {
		return resource.Unknown(reason)
	}
	return resource.Seen(resource.Int(n * 1024))
}

func loadFact(text string) resource.Fact {
	values, f := map[string]any{}, strings.Fields(text)
	for i, key := range []string{"1m", "5m", "15m"} {
		if len(f) < 3 {
			return resource.Unknown("/proc/loadavg could not be read")
		}
		n, err := resource.ParseNumber(f[i])
		if err != nil {
			return resource.Unknown("/proc/loadavg could not be read")
		}
		values[key] = n
	}
	return resource.Seen(values)
}

// Timezone is a name of the time zone database.
var Timezone = &resource.Kind{
	Name: `a time zone such as "Europe/Berlin"`, Of: resource.String, Text: resource.String.Text,
	Grammar: timezoneForm, Example: "Europe/Berlin",
	Canonical: func(found any) any { return zone(found.(string)) },
	Read: readForm(timezoneForm, zone, func(s string) error {
		return fmt.Errorf(`%q is not the name of a time zone, such as "Europe/Berlin" or "UTC"`, s)
	}),
}

const timezoneForm = `[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*`

// zone returns one name for all that the database has for UTC.
func zone(name string) string {
	switch strings.TrimPrefix(name, "Etc/") {
	case "UTC", "UCT", "Zulu", "Universal":
		return "UTC"
	}
	return name
}

// Locale is the name of a locale.
var Locale = &resource.Kind{
	Name: `a locale such as "C.UTF-8"`, Of: resource.String, Text: resource.String.Text,
	Grammar: localeForm, Example: "C.UTF-8",
	Canonical: func(found any) any { return codeset(found.(string)) },
	Read: readForm(localeForm, codeset, func(s string) error {
		return fmt.Errorf(`%q is not the name of a locale, such as "C.UTF-8" or "de_DE.UTF-8"`, s)
	}),
}

const localeForm = `[A-Za-z0-9_.@-]+`

var utf8 = regexp.MustCompile(`(?i)\.utf-?8(@|$)`)

// codeset returns one spelling of UTF-8, as the C library takes all of them for the same.
func codeset(name string) string { return utf8.ReplaceAllString(name, ".UTF-8$1") }

func readForm(form string, canonical func(string) string, mistake func(string) error) func(cty.Value) (any, error) {
	whole := regexp.MustCompile(`^(` + form + `)$`)
	return func(v cty.Value) (any, error) {
		s, err := resource.String.Read(v)
		if err != nil {
			return nil, err
		}
		if !whole.MatchString(s.(string)) {
			return nil, mistake(s.(string))
		}
		return canonical(s.(string)), nil
	}
}

var localeFiles = []string{"/etc/locale.conf", "/etc/default/locale", "/etc/timezone"}

var settingsProbe = &resource.Probe{
	Name: "settings",
	Script: lookup.BundleScript + `
target='' why=''
if [ -h /etc/localtime ]; then
	target=$(readlink /etc/localtime) || cannot "no readlink on the target"
	printf 'link %s\n' "$target"
else
	reach /etc/localtime
	case $? in
	0) echo file ;;
	1) echo absent ;;
	2) printf 'unknown %s\n' "$why" ;;
	esac
fi
bundle ` + strings.Join(localeFiles, " "),
	Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
		first, rest, _ := strings.Cut(string(a.Stdout), "\n")
		bundle, err := lookup.ParseBundle([]byte(rest))
		if err != nil {
			return nil, err
		}
		return settingsFacts(first, bundle, subjects), nil
	},
	Files: func(fsys fs.FS, subjects []resource.Params) []resource.Facts {
		files := lookup.NewFiles(fsys)
		return settingsFacts(localtimeIn(files), files.Bundle(localeFiles...), subjects)
	},
}

// localtimeIn returns what the script prints about /etc/localtime.
func localtimeIn(files *lookup.Files) string {
	name, info, err := files.Stat("/etc/localtime", false)
	switch {
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		target, err := fs.ReadLink(files.FS, name)
		if err != nil {
			return "unknown " + lookup.ReasonOn(err, "/etc/localtime")
		}
		return "link " + target
	case err == nil:
		return "file"
	case errors.Is(err, fs.ErrNotExist):
		return "absent"
	}
	return "unknown " + files.Refused("/etc/localtime", err)
}

func settingsFacts(localtime string, bundle lookup.Bundle, subjects []resource.Params) []resource.Facts {
	facts := resource.Facts{
		"timezone": timezoneFact(localtime, bundle.File("/etc/timezone")), "locale": localeFact(bundle),
	}
	return slices.Repeat([]resource.Facts{facts}, len(subjects))
}

// timezoneFact is what /etc/localtime means. Where that is a copy of a zone, Debian keeps its name in /etc/timezone.
func timezoneFact(localtime string, named lookup.ConfigFile) resource.Fact {
	word, rest, _ := strings.Cut(localtime, " ")
	_, name, inDatabase := strings.Cut(rest, "zoneinfo/")
	name = strings.TrimPrefix(strings.TrimPrefix(name, "posix/"), "right/")
	file := strings.TrimSpace(named.Content)
	switch {
	case word == "unknown":
		return resource.Unknown(rest)
	case word == "absent":
		return resource.Seen("UTC").With("there is no /etc/localtime")
	case word == "link" && inDatabase && name != "":
		return resource.Seen(name)
	case word != "link" && word != "file":
		return resource.Unknown("the state of /etc/localtime is unknown")
	case named.Unknown != "":
		return resource.Unknown(named.Unknown)
	case named.Absent || file == "" || strings.ContainsAny(file, " \t\n"):
		return resource.Unknown("/etc/localtime does not have the name of its zone, and neither does /etc/timezone")
	}
	return resource.Seen(file).With("from /etc/timezone")
}

func localeFact(bundle lookup.Bundle) resource.Fact {
	for _, at := range localeFiles[:2] {
		file := bundle.File(at)
		if file.Unknown != "" {
			return resource.Unknown(file.Unknown)
		}
		if lang := assignments(file.Content)["LANG"]; lang != "" {
			return resource.Seen(lang).With("set in " + at)
		}
	}
	return resource.Missing("neither " + localeFiles[0] + " nor " + localeFiles[1] + " sets LANG")
}

// clockProbe prints a word for what knows of the clock, and what that says. BusyBox's adjtimex only reads without
// options; its -p sets a value, and is how the program of Debian prints.
var clockProbe = &resource.Probe{
	Name: "clock",
	Script: `
run() { command -v "$1" >/dev/null 2>&1 && said=$("$@" 2>/dev/null); }
if { run adjtimex || run busybox adjtimex; } && case $said in *"return value:"*) ;; *) false ;; esac; then
	echo "kernel ${said##*return value:}"
elif [ -d /run/systemd/timesync ]; then
	if [ -e /run/systemd/timesync/synchronized ]; then echo timesyncd yes
	elif [ -x /run/systemd/timesync ]; then echo timesyncd no
	else cannot "permission denied on /run/systemd/timesync"
	fi
elif run chronyc -n -c tracking; then echo "chrony ${said##*,}"
elif run ntpq -n -c rv; then echo "ntp" $said
else echo none
fi`,
	Parse: single(func(out string) resource.Facts {
		word, said, _ := strings.Cut(strings.TrimSpace(out), " ")
		fact := resource.Unknown("none of adjtimex, systemd-timesyncd, chronyc and ntpq reports the state of the clock")
		for _, known := range []struct {
			word, part string
			value      bool
		}{
			{"kernel", "(clock not synchronized)", false},
			{"kernel", "(clock synchronized)", true},
			{"timesyncd", "yes", true},
			{"timesyncd", "no", false},
			{"chrony", "Not synchronised", false},
			{"chrony", "Normal", true},
			{"chrony", "Insert second", true},
			{"chrony", "Delete second", true},
			{"ntp", "leap_alarm", false},
			{"ntp", "sync_unspec", false},
			{"ntp", "sync_", true},
		} {
			if word == known.word && strings.Contains(said, known.part) {
				fact = resource.Seen(known.value).With("from " + map[string]string{
					"kernel": "the kernel", "timesyncd": "systemd-timesyncd", "chrony": "chrony", "ntp": "ntpd",
				}[word])
				break
			}
		}
		return resource.Facts{"clock_synchronized": fact}
	}),
}
