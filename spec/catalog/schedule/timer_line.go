package schedule

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/resource"
)

// TimerLine is the kind of lines that say when a timer runs.
var TimerLine = &resource.Kind{
	Name: `a line of a timer such as "OnCalendar=*-*-* 03:00:00"`, Of: resource.String, Text: resource.String.Text,
	Order: resource.String.Order, Never: "\n", Read: readWith(readTimerLine),
	Grammar: `OnCalendar=\S+( \S+){1,3}|` +
		`On(Active|Boot|Startup|UnitActive|UnitInactive)Sec=[0-9]+(d|h|min|s|us)( [0-9]+(h|min|s|us))*`,
	Example: "OnBootSec=15min",
	Canonical: func(found any) any {
		if s, err := readTimerLine(found.(string)); err == nil {
			return s
		}
		return found
	},
}

// calendarWords are what systemd.time(7) has for calendar events.
var calendarWords = map[string]string{
	"minutely": "*-*-* *:*:00", "hourly": "*-*-* *:00:00", "daily": "*-*-* 00:00:00", "monthly": "*-*-01 00:00:00",
	"weekly": "Mon *-*-* 00:00:00", "yearly": "*-01-01 00:00:00", "annually": "*-01-01 00:00:00",
	"quarterly": "*-01,04,07,10-01 00:00:00", "semiannually": "*-01,07-01 00:00:00",
}

var (
	calendarForm = regexp.MustCompile(`^([A-Z][a-z]{2}[A-Za-z,.]* )?[0-9*,./]+-[0-9*,./]+[-~][0-9*,./]+ ` +
		`[0-9*,./]+:[0-9*,./]+:[0-9*,./]+( [A-Za-z0-9/_+-]+)?$`)
	timerKeys = strings.Fields("OnActiveSec OnBootSec OnStartupSec OnUnitActiveSec OnUnitInactiveSec")
)

func readTimerLine(s string) (string, error) {
	key, value, _ := strings.Cut(s, "=")
	key, value = strings.TrimSpace(key), strings.Join(strings.Fields(value), " ")
	switch {
	case key == "OnCalendar":
		if long := calendarWords[strings.ToLower(value)]; long != "" {
			value = long
		}
		if !calendarForm.MatchString(value) {
			return "", fmt.Errorf(`%q is not in systemd's normal form, such as "OnCalendar=Mon *-*-* 03:00:00"; `+
				"`systemd-analyze calendar` prints it", s)
		}
	case slices.Contains(timerKeys, key):
		span, err := readSpan(value)
		if err != nil {
			return "", err
		}
		value = span
	default:
		return "", fmt.Errorf(`%q is not a line of a timer, such as "OnCalendar=daily" or "OnBootSec=15min"`, s)
	}
	return key + "=" + value, nil
}

// spanUnits are those of systemd.time(7) that a time span is printed with here, the largest first.
var spanUnits = []struct {
	name string
	long time.Duration
}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}, {"us", time.Microsecond}}

// spanWords are the other ways to write units. A month and a year are as long as systemd has them.
var spanWords = map[string]time.Duration{
	"": time.Second, "sec": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "minute": time.Minute,
	"minutes": time.Minute, "hr": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"day": 24 * time.Hour, "days": 24 * time.Hour,
	"w": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour, "weeks": 7 * 24 * time.Hour, "ms": time.Millisecond,
	"msec": time.Millisecond,
	"usec": time.Microsecond, "month": 2629800 * time.Second, "months": 2629800 * time.Second, "M": 2629800 * time.Second,
	"y": 31557600 * time.Second, "year": 31557600 * time.Second, "years": 31557600 * time.Second,
}

var spanPart = regexp.MustCompile(`^([0-9]{1,9})(?:\.([0-9]{1,9}))?[ ]?([A-Za-z]*)[ ]?`)

// readSpan brings a time span to one form.
func readSpan(text string) (string, error) {
	wrong := fmt.Errorf(`%q is not a time span, such as "15min" or "1d 12h"`, text)
	switch text {
	case "":
		return "", wrong
	case "0":
		return "0s", nil
	}
	var total time.Duration
	for rest := text; rest != ""; {
		m := spanPart.FindStringSubmatch(rest)
		if m == nil {
			return "", wrong
		}
		unit, ok := spanWords[m[3]]
		for _, u := range spanUnits {
			if u.name == m[3] {
				unit, ok = u.long, true
			}
		}
		n, err := strconv.ParseFloat(m[1]+"."+m[2]+"0", 64)
		part := n * float64(unit)
		if !ok || err != nil || part > float64(200*365*24*time.Hour) || total > 200*365*24*time.Hour {
			return "", wrong
		}
		total += time.Duration(part).Round(time.Microsecond)
		rest = rest[len(m[0]):]
	}
	return spanText(total), nil
}

func spanText(d time.Duration) string {
	var parts []string
	for _, u := range spanUnits {
		if n := d / u.long; n > 0 {
			parts = append(parts, fmt.Sprintf("%d%s", n, u.name))
			d -= n * u.long
		}
	}
	if parts == nil {
		return "0s"
	}
	return strings.Join(parts, " ")
}

// scheduleFact reads "{ OnCalendar=*-*-* 00:00:00 ; next_elapse=... }" and "{ OnBootUSec=2h ; next_elapse=... }".
func scheduleFact(timer unitProperties) resource.Fact {
	var lines []string
	for _, value := range slices.Concat(timer["TimersCalendar"], timer["TimersMonotonic"]) {
		if value == "" {
			continue
		}
		line, _, ok := strings.Cut(strings.TrimPrefix(value, "{ "), " ; ")
		key, when, also := strings.Cut(line, "=")
		if !ok || !also {
			return resource.Unknown(fmt.Sprintf("systemctl printed %q for a timer", value))
		}
		form, err := readTimerLine(strings.Replace(key, "USec", "Sec", 1) + "=" + when)
		if err != nil {
			return resource.Unknown(err.Error())
		}
		lines = append(lines, form)
	}
	slices.Sort(lines)
	fact := resource.Seen(resource.Strings(lines))
	if timer.get("NeedDaemonReload") == "yes" {
		fact.Note = "its unit file has changed since systemd read it (systemctl daemon-reload makes it read it)"
	}
	return fact
}
