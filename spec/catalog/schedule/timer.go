package schedule

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/catalog/service"
	"github.com/avow-dev/avow/spec/resource"
)

// Timer is the type of systemd's timers.
var Timer = &resource.Type{
	Name:        "timer",
	Label:       "name",
	DisplayName: "Timer",
	Summary:     "A timer of systemd: when it runs its unit, and how the last run ended",
	Detail: `The label is the name of a timer; Avow adds ` + "`.timer`" + ` to a name without it. ` + "`exists`" + `,
` + "`enabled`" + ` and ` + "`running`" + ` are those of the type ` + "`service`" + `. Everything else comes from the
running systemd, and describes what it has loaded: where the file has changed since, a note says so.

` + "`next`" + ` also covers timers that count from the boot or from their last run. A timer that is not running has no
next run, and neither has one that runs only once. ` + "`last`" + ` is when the timer last started its unit; other
starts do not count. ` + "`result`" + ` is how the last run of that unit ended, also of one that the timer did not
start; while it runs, ` + "`result`" + ` is unknown, and before its first run since the boot, it has none.

On a target that was not booted with systemd, these promises are unknown.`,
	Example: `describe "timers" {
  timer "logrotate" {
    enabled  = true
    running  = true
    schedule = ["OnCalendar=daily"]
    result   = "success"
  }

  timer "backup" {
    last = gt("2026-01-01T00:00:00Z")
    next = lt("2027-01-01T00:00:00Z")
  }

  timer "apt-daily" { running = false }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "The name of the unit, with or without `.timer`."},
		{
			Name: "exists", Kind: resource.Bool, Presence: true, Phrase: "exists", Probe: timerUnit,
			Doc: "Whether systemd has the timer, also if it is masked.",
		},
		{
			Name: "enabled", Kind: resource.Bool, Presence: true, Probe: timerUnit,
			Doc: "Whether the timer starts at boot, or together with the unit that wants it.",
		},
		{
			Name: "running", Kind: resource.Bool, Presence: true, Probe: timerUnit,
			Doc: "Whether the timer is active: it waits for its next run.",
		},
		{Name: "next", Kind: resource.Time, Phrase: "next run", Doc: "When the timer next starts its unit."},
		{Name: "last", Kind: resource.Time, Phrase: "last run", Doc: "When the timer last started its unit."},
		{
			Name: "schedule", Kind: resource.SetOf(TimerLine), Phrase: "schedule",
			Doc: "The lines that say when it runs, such as `OnCalendar=*-*-* 03:00:00` or `OnBootSec=15min`, as " +
				"`systemd-analyze calendar` writes them. `OnCalendar=daily` and the like can be used, too.",
		},
		{Name: "activates", Kind: resource.Word, Phrase: "activated unit", Doc: "The unit that it starts."},
		{
			Name: "result", Kind: resource.OneOf(serviceResults...),
			Doc: "How the last run of the activated service ended: `success`, `exit-code`, `signal`, `timeout`, ...",
		},
	},
	Probe: &resource.Probe{
		Name: "schedule", Script: timerHead + timerScript, Parse: parseTimers,
		Words: func(p resource.Params) []string { return []string{timerName(p)} },
	},
	Prepare: prepareTimer,
}

// Timers is the type of all timers of a target.
var Timers = resource.Plural{
	Name: "timers", DisplayName: "Timers", Of: Timer,
	Summary: "All timers of systemd, or those that a condition selects",
	Detail: `Avow lists the timers that have a file or that systemd has loaded. Templates are left out. On a
target that was not booted with systemd, there is no list, and every promise is unknown.`,
	Example: `describe "timers" {
  timers "that run" {
    where = { running = true }
    every = { result = any_of("success", "exec-condition") }
  }

  timers "that are enabled" {
    where = { enabled = true }
    every = { running = true }
  }
}
`,
	List: resource.Probe{
		Script: timerHead + `
files=$(systemctl list-unit-files --no-pager --no-legend --full '*.timer' 2>&1) || cannot "systemctl: $files"
units=$(systemctl list-units --all --plain --no-pager --no-legend --full '*.timer' 2>&1) || cannot "systemctl: $units"
set -f
set -- $(printf '%s\n' "$files" "$units" | while read -r unit _; do printf '%s\n' "$unit"; done | sort -u |
	grep '[^@]\.timer$')
[ $# -gt 0 ] || printf 'list\n\nunits\n'
` + timerScript,
		Parse: func(a resource.Answer, _ []resource.Params) ([]resource.Facts, error) {
			shown, err := readTimers(a)
			if err != nil {
				return nil, err
			}
			var found resource.Elements
			for _, unit := range shown.names {
				params := resource.Params{"name": unit}
				found.List = append(found.List, resource.Element{Name: unit, Params: params, Facts: shown.facts(unit)})
			}
			return []resource.Facts{resource.Listed(found)}, nil
		},
	},
}.Type()

// serviceResults are those of systemd's ServiceResult.
var serviceResults = strings.Fields("success exit-code signal core-dump timeout watchdog oom-kill resources protocol " +
	"start-limit-hit exec-condition")

func timerName(p resource.Params) string {
	return strings.TrimSuffix(p.Text("name"), ".timer") + ".timer"
}

func prepareTimer(p resource.Params) error {
	name := p.Text("name")
	switch {
	case slices.Contains([]string{".service", ".socket", ".target", ".path"}, path.Ext(name)):
		return fmt.Errorf("%q is not a timer; write the timer's name, or use service", name)
	case name == "" || name == ".timer":
		return errors.New("the name of the timer is empty")
	}
	return service.Service.Prepare(resource.Params{"name": timerName(p)})
}

// timerUnit observes a timer as the type service does.
var timerUnit = &resource.Probe{
	Name: "unit", Script: service.Service.Probe.Script,
	Words: func(p resource.Params) []string {
		return service.Service.Probe.Words(resource.Params{"name": timerName(p)})
	},
	Parse: func(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
		units := make([]resource.Params, len(subjects))
		for i, p := range subjects {
			units[i] = resource.Params{"name": timerName(p)}
		}
		return service.Service.Probe.Parse(a, units)
	},
}

const timerHead = `
pid1=hidden
[ ! -r /proc/1/comm ] || IFS= read -r pid1 </proc/1/comm
command -v systemctl >/dev/null 2>&1 || cannot "no service manager: PID 1 is $pid1"
case $pid1 in systemd | init | hidden) ;; *) cannot "no service manager: PID 1 is $pid1" ;; esac
`

// timerScript takes timers. It prints what systemctl show prints of them, the list of timers, and what it prints of the
// units that they start.
//
// Times are in UTC, since the short name of a zone means nothing; --timestamp=unix is ignored (systemd 252). The list
// has the next run of timers that count from the boot: the clock that they count by stands still while the host sleeps,
// and only systemctl knows by how much. Bare templates would spoil the answer for all others.
const timerScript = `
for unit do
	shift
	case ${unit%.timer} in *@) ;; *) set -- "$@" "$unit" ;; esac
done
[ $# -gt 0 ] || exit 0
TZ=UTC
export TZ
shown=$(systemctl show --no-pager --all \
	-p Id,Names,LoadState,ActiveState,NeedDaemonReload,Unit,LastTriggerUSec,TimersCalendar,TimersMonotonic -- "$@" 2>&1) ||
	cannot "systemctl: $shown"
list=$(systemctl list-timers --all --no-pager --no-legend --full 2>&1) || cannot "systemctl: $list"
printf '%s\n\nlist\n%s\nunits\n' "$shown" "$list"
set -f
set -- $(printf '%s\n' "$shown" | sed -n 's/^Unit=//p')
[ $# -gt 0 ] || exit 0
systemctl show --no-pager --all -p Id,Names,ActiveState,SubState,Result,ExecMainStartTimestampMonotonic -- "$@"
`

// shownTimers is what systemctl printed of timers and their units.
type shownTimers struct {
	names  []string // of the timers, as systemd has them
	timers []unitProperties
	units  []unitProperties
	next   map[string]string
}

// unitProperties are the properties of a unit; one can have several values.
type unitProperties map[string][]string

func (u unitProperties) get(name string) string { return strings.Join(u[name], " ") }

func readTimers(a resource.Answer) (shownTimers, error) {
	out := "\n" + string(a.Stdout)
	shown, rest, ok := strings.Cut(out, "\nlist\n")
	list, units, also := strings.Cut("\n"+rest, "\nunits\n")
	if !ok || !also {
		return shownTimers{}, errors.New("the answer was cut short")
	}
	s := shownTimers{timers: propertiesOf(shown), units: propertiesOf(units), next: map[string]string{}}
	for _, u := range s.timers {
		// An alias is shown as the unit that it means.
		if u.get("LoadState") != "not-found" && !slices.Contains(s.names, u.get("Id")) {
			s.names = append(s.names, u.get("Id"))
		}
	}
	for line := range strings.Lines(list) {
		f := strings.Fields(line)
		// The timer is the last word but one, or the last where it starts nothing. The next run is the first four words.
		at := max(0, len(f)-2)
		if at < len(f) && !strings.HasSuffix(f[at], ".timer") {
			at = len(f) - 1
		}
		if len(f) > 1 && strings.HasSuffix(f[at], ".timer") {
			s.next[f[at]] = strings.Join(f[:min(4, at)], " ")
		}
	}
	return s, nil
}

// propertiesOf splits the answer of systemctl show at its empty lines.
func propertiesOf(text string) []unitProperties {
	var all []unitProperties
	for block := range strings.SplitSeq(text, "\n\n") {
		u := unitProperties{}
		for line := range strings.Lines(block) {
			if key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
				u[key] = append(u[key], value)
			}
		}
		if u.get("Id") != "" {
			all = append(all, u)
		}
	}
	return all
}

// unitNamed returns the unit that has a name, also as an alias; nil for none.
func unitNamed(all []unitProperties, name string) unitProperties {
	for _, u := range all {
		if u.get("Id") == name || slices.Contains(strings.Fields(u.get("Names")), name) {
			return u
		}
	}
	return nil
}

func parseTimers(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	shown, err := readTimers(a)
	all := make([]resource.Facts, len(subjects))
	for i, p := range subjects {
		name := timerName(p)
		switch {
		case strings.HasSuffix(name, "@.timer"):
			all[i] = resource.Every(resource.Unknown(name + " is a template; name an instance"))
		case err != nil:
			return nil, err
		default:
			all[i] = shown.facts(name)
		}
	}
	return all, nil
}

func (s shownTimers) facts(name string) resource.Facts {
	timer := unitNamed(s.timers, name)
	switch {
	case timer == nil:
		return resource.Every(resource.Unknown("systemctl reported nothing about " + name))
	case timer.get("LoadState") == "not-found":
		return resource.Every(resource.Missing("no such unit"))
	case timer.get("LoadState") == "masked":
		return resource.Every(resource.Missing("it is masked"))
	}
	next := timeFact(s.next[timer.get("Id")], "it has no next run")
	if timer.get("ActiveState") != "active" {
		next = resource.Missing("it is not running")
	}
	facts := resource.Facts{
		"next": next, "last": timeFact(timer.get("LastTriggerUSec"), "it has not run yet"), "schedule": scheduleFact(timer),
		"activates": resource.Seen(timer.get("Unit")),
		"result":    resultFact(unitNamed(s.units, timer.get("Unit")), timer.get("Unit")),
	}
	if timer.get("Unit") == "" {
		facts["activates"] = resource.Missing("it starts no unit")
	}
	return facts
}

// timeFact parses a time as systemctl prints it in UTC.
func timeFact(text, missing string) resource.Fact {
	switch strings.Fields(text + " -")[0] {
	case "-", "n/a", "0":
		return resource.Missing(missing)
	}
	t, err := time.Parse("Mon 2006-01-02 15:04:05 UTC", text)
	if err != nil {
		return resource.Unknown(fmt.Sprintf("systemctl printed %q for a time", text))
	}
	return resource.Seen(t)
}

func resultFact(u unitProperties, name string) resource.Fact {
	result := u.get("Result")
	switch {
	case name == "":
		return resource.Missing("it starts no unit")
	case u == nil:
		return resource.Unknown("systemctl reported nothing about " + name)
	case u["ExecMainStartTimestampMonotonic"] == nil || result == "":
		return resource.Missing(name + " is not a service")
	case slices.Contains([]string{"inactive", "failed"}, u.get("ActiveState")) || u.get("SubState") == "exited":
	default:
		return resource.Unknown(fmt.Sprintf("%s has not ended: %s (%s)", name, u.get("ActiveState"), u.get("SubState")))
	}
	switch {
	case u.get("ExecMainStartTimestampMonotonic") == "0" && result == "success":
		return resource.Missing(name + " has not run since the boot")
	case !slices.Contains(serviceResults, result):
		return resource.Unknown("systemd says " + result)
	}
	return resource.Seen(result)
}
