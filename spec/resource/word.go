package resource

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// The words that systems have for states.
var (
	UnitStates = OneOf("active", "reloading", "inactive", "failed", "activating", "deactivating", "maintenance",
		"refreshing")
	// "alias" is never reported: an alias has the state of its unit.
	UnitFileWord = OneOf("enabled", "enabled-runtime", "linked", "linked-runtime", "masked", "masked-runtime",
		"static", "disabled", "indirect", "generated", "transient", "bad")
	PackageStates = OneOf("not-installed", "config-files", "half-installed", "unpacked", "half-configured",
		"triggers-awaited", "triggers-pending", "installed")
	ContainerStates = OneOf("created", "running", "paused", "restarting", "removing", "exited", "dead")
)

// Word is a string without blanks, such as an architecture.
var Word = textKind(
	only(func(s string) bool { return s != "" && !strings.ContainsAny(s, " \t\n") }, "%q is not one word"),
	Kind{Name: "a word", Never: " \t\n"},
)

// Line is a line of a text.
var Line = textKind(readLine, Kind{Name: "a line", Order: orderStrings, Never: "\n"})

func readLine(s string) (string, error) {
	line := strings.TrimSuffix(s, "\n")
	if strings.Contains(line, "\n") {
		return "", errors.New("a line has no line breaks; each line is an element of its own")
	}
	return line, nil
}

// CommandLine is a command line as it is listed: line breaks are blanks.
var CommandLine = textKind(
	func(s string) (string, error) { return strings.ReplaceAll(s, "\n", " "), nil },
	Kind{Name: "a command line", Order: orderStrings, Never: "\n\x00"},
)

// Path is an absolute path. How its end is written means nothing: /srv/ is /srv.
var Path = normalKind(readPath, Kind{Name: "an absolute path", Order: orderStrings, Never: "\x00"})

func readPath(s string) (string, error) {
	switch {
	case s == "": // where nothing is set
		return s, nil
	case s[0] != '/':
		return "", fmt.Errorf(`%q is not an absolute path, which begins with /; for its end, write ends_with(%q)`, s,
			"/"+strings.TrimPrefix(s, "~/"))
	case strings.Contains(s, "\x00"):
		return "", fmt.Errorf("%q has a NUL, which no path can", s)
	}
	return path.Clean(s), nil
}

// OrPath returns the kind of paths for which an empty one can stand, too.
func OrPath(standard string) *Kind {
	k := *Path
	k.Equal = func(found, expected any) bool {
		return cmp.Or(found.(string), standard) == cmp.Or(expected.(string), standard)
	}
	return &k
}

// Label is an SELinux label: user:role:type, and a range where there is one.
var Label = textKind(
	only(SELinuxLabel.MatchString, `%q is not a whole label; write "system_u:object_r:etc_t:s0", or contains(":etc_t:")`),
	Kind{
		Name: `a label such as "system_u:object_r:etc_t:s0"`, Never: " \n", Grammar: labelForm,
		Example: "system_u:object_r:etc_t:s0",
	},
)

// Comment is a field of the user database.
var Comment = textKind(
	only(func(s string) bool { return !strings.ContainsAny(s, ":\n") },
		"%q has a colon or a line break, which no field of the user database has"),
	Kind{Name: "a text without colons", Order: orderStrings, Never: ":\n"},
)

// Property is a name of systemd's.
var Property = textKind(
	only(regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`).MatchString,
		"%q is not a property of systemd, whose names begin with a capital: `systemctl show` lists them"),
	Kind{Name: "a property of systemd", Grammar: `[A-Z][A-Za-z0-9]*`, Example: "Restart"},
)

// Variable is the name of an environment variable.
var Variable = textKind(
	only(func(s string) bool { return s != "" && !strings.ContainsAny(s, "=\x00") },
		"%q is not the name of an environment variable"),
	Kind{Name: "the name of an environment variable", Never: "=\x00"},
)

// Signal is the signal that ended a command, without SIG.
var Signal = textKind(readSignal, Kind{
	Name: `a signal such as "TERM"`, Part: upperPart, Texts: everySignal, Example: "TERM",
})

func everySignal() []string {
	return slices.DeleteFunc(slices.Clone(Signals[:]), func(s string) bool { return s == "" })
}

func upperPart(part string) (string, error) {
	return strings.TrimPrefix(strings.ToUpper(part), "SIG"), nil
}

func readSignal(s string) (string, error) {
	name := strings.TrimPrefix(strings.ToUpper(s), "SIG")
	if n, err := strconv.Atoi(s); err == nil && n > 0 && n < len(Signals) {
		name = Signals[n]
	}
	// The C library has several names for these numbers; the table has one.
	if other, ok := map[string]string{"CLD": "CHLD", "IOT": "ABRT", "POLL": "IO"}[name]; ok {
		name = other
	}
	if name == "" || !slices.Contains(Signals[:], name) {
		return "", fmt.Errorf(`%q is not a signal of Linux; write "TERM" or "KILL"`, s)
	}
	return name, nil
}

// StopSignal is the signal that stops a container: SIGTERM, where an image names none.
var StopSignal = normalKind(readStopSignal, Kind{
	Name: `a signal such as "SIGTERM"`, Example: "SIGTERM",
	Grammar: `(SIG(` + strings.Join(everySignal(), "|") + `|` + realTimeForm + `)|3[2-9]|[45][0-9]|6[0-4])?`,
})

// realTime matches the signals without a name of their own: RTMIN+3, with which systemd is stopped.
var realTime = regexp.MustCompile(`^` + realTimeForm + `$`)

const realTimeForm = `RTM(IN(\+[0-9]{1,2})?|AX(-[0-9]{1,2})?)`

func readStopSignal(s string) (string, error) {
	if s == "" {
		return "SIGTERM", nil
	}
	if name := strings.TrimPrefix(strings.ToUpper(s), "SIG"); realTime.MatchString(name) {
		return "SIG" + name, nil
	}
	// Real-time signals without a name of their own are written as their number.
	if n, err := strconv.Atoi(s); err == nil && n >= len(Signals) && n <= 64 {
		return s, nil
	}
	name, err := readSignal(s)
	return "SIG" + name, err
}

// Day is a day of the calendar, at 00:00 UTC.
var Day = &Kind{
	Name: `a day such as "2026-12-31"`, Of: Time, Text: textOfTime, Order: orderTimes, Equal: sameTime,
	Canonical: wholeSeconds, Bound: readDay,
	Read: func(v cty.Value) (any, error) {
		t, err := readDay(v)
		if err != nil {
			return nil, err
		}
		if day := t.(time.Time); !day.Equal(day.Truncate(24 * time.Hour)) {
			return nil, fmt.Errorf("%s is within a day; write %q", textOfTime(day), day.UTC().Format(time.DateOnly))
		}
		return t, nil
	},
}

func readDay(v cty.Value) (any, error) {
	if v.Type() == cty.String {
		if day, err := time.Parse(time.DateOnly, v.AsString()); err == nil {
			return day, nil
		}
	}
	return readTime(v)
}

// Elapsed is a duration that was measured, to a tenth of a millisecond.
var Elapsed = &Kind{
	Name: Duration.Name, Of: Duration, Text: plain, Order: orderDurations, Low: time.Duration(0), Bound: readDuration,
	Canonical: func(found any) any { return found.(time.Duration).Round(100 * time.Microsecond) },
	Read: func(v cty.Value) (any, error) {
		d, err := readDuration(v)
		if err == nil && d.(time.Duration) < 0 {
			return nil, fmt.Errorf("%s is negative", d)
		}
		if err != nil {
			return nil, err
		}
		return d.(time.Duration).Round(100 * time.Microsecond), nil
	},
}

// Signals are those of Linux, by number.
var Signals = [...]string{
	1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 10: "USR1",
	11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 16: "STKFLT", 17: "CHLD", 18: "CONT", 19: "STOP",
	20: "TSTP", 21: "TTIN", 22: "TTOU", 23: "URG", 24: "XCPU", 25: "XFSZ", 26: "VTALRM", 27: "PROF", 28: "WINCH",
	29: "IO", 30: "PWR", 31: "SYS",
}

const labelForm = `[^:\s]+:[^:\s]+:[^:\s]+(:\S+)?`

var SELinuxLabel = regexp.MustCompile(`^` + labelForm + `$`)
