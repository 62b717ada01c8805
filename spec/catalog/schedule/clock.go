package schedule

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/avow-dev/avow/spec/resource"
)

// Clock is the type of the system clock: what keeps it right, and its time zone.
var Clock = &resource.Type{
	Name:        "clock",
	Label:       "name",
	DisplayName: "Clock",
	Summary:     "The system clock: whether it is synchronized, with what, and the time zone",
	Detail: `There is one clock, so the label is always ` + "`this`" + `. Avow reads the state of the first time service
that answers: chrony (` + "`chronyc`" + `), ntpd (` + "`ntpq`" + `), or systemd-timesyncd, where it runs. If none of
them answers (` + "`506 Cannot talk to daemon`" + `), nothing is known about the synchronization. That is also so in
most containers, whose clock is that of the machine that they run on, and with services that cannot be queried, such as
BusyBox's ntpd. systemd-timesyncd does not report its offset.

` + "`timezone`" + ` is read from the link ` + "`/etc/localtime`" + `; without one, it is ` + "`UTC`" + `. Where
` + "`/etc/localtime`" + ` is a copy, it is the zone that ` + "`/etc/timezone`" + ` names, if both are the same, and
else unknown. ` + "`rtc_utc`" + ` is read from ` + "`/etc/adjtime`" + `; without that file, it is true. Both are known
without a shell, too.`,
	Example: `describe "time" {
  clock "this" {
    synchronized = true
    offset       = lt("100ms")
    stratum      = le(4)
    timezone     = "Europe/Berlin"
    rtc_utc      = true
  }
}
`,
	Attributes: []resource.Attribute{
		{Name: "name", Kind: resource.String, Parameter: true, Doc: "Always `this`."},
		{
			Name: "synchronized", Kind: resource.Bool, Presence: true,
			Doc: "Whether the time service says that the clock is synchronized.",
		},
		{
			Name: "offset", Kind: resource.Duration,
			Doc: "How far the clock is off, as the time service estimates it; never below zero. Reports say " +
				"whether it is fast or slow.",
		},
		{Name: "stratum", Kind: resource.Count, Doc: "The stratum of the clock: one more than that of its source."},
		{
			Name: "source", Kind: resource.Word,
			Doc: "The source that the clock follows: an address, or the name of a local clock.",
		},
		{
			Name: "sources", Kind: resource.SetOf(resource.Word),
			Doc: "All sources, as the service has them: the addresses of chrony and ntpd, and the configured " +
				"servers of systemd-timesyncd.",
		},
		{
			Name: "timezone", Kind: Zone, Phrase: "time zone", Probe: zoneProbe,
			Doc: "The name of the time zone. All names of UTC are the same.",
		},
		{
			Name: "rtc_utc", Kind: resource.Bool, Phrase: "has its hardware clock in UTC", Probe: zoneProbe,
			NegatedPhrase: "has its hardware clock in local time",
			Doc:           "Whether the hardware clock is in UTC, and not in local time.",
		},
	},
	Probe: &resource.Probe{Name: "service", Script: clockScript, Parse: parseClock},
	Prepare: func(p resource.Params) error {
		if p.Text("name") != "this" {
			return fmt.Errorf(`a target has one clock; write clock "this" instead of %q`, p.Text("name"))
		}
		return nil
	},
}

// clockScript prints the name of the time service that answers, and its answers. ntpq ends with 0 also if nothing
// answers. timedatectl show is not used: it starts systemd-timedated.
const clockScript = `
why=''
if command -v chronyc >/dev/null 2>&1; then
	if found=$(chronyc -nc tracking 2>&1); then
		sources=$(chronyc -nc sources 2>&1) || cannot "chronyc: $sources"
		printf 'chrony\n%s\n%s\n' "$found" "$sources"
		exit 0
	fi
	why="chronyc: $found"
fi
if command -v ntpq >/dev/null 2>&1; then
	found=$(ntpq -n -c rv 2>&1)
	case $found in
		*stratum=*)
			printf 'ntp\n%s\npeers\n' "$found"
			ntpq -n -p
			exit 0 ;;
	esac
	why=${why:-"ntpq: $found"}
fi
# If it does not run, timedatectl would start it.
if [ "$(systemctl is-active systemd-timesyncd 2>/dev/null)" = active ] && command -v timedatectl >/dev/null 2>&1; then
	found=$(timedatectl show-timesync --all 2>&1) || cannot "timedatectl: $found"
	state=waiting
	[ ! -e /run/systemd/timesync/synchronized ] || state=synchronized
	printf 'timesync\n%s\n%s\n' "$state" "$found"
	exit 0
fi
cannot "${why:-"no time service answers: there is no chronyc, no ntpq, and no systemd-timesyncd that runs"}"
`

func parseClock(a resource.Answer, subjects []resource.Params) ([]resource.Facts, error) {
	service, rest, ok := strings.Cut(string(a.Stdout), "\n")
	parse := map[string]func(string) (resource.Facts, error){
		"chrony": chronyFacts, "ntp": ntpFacts, "timesync": timesyncFacts,
	}[service]
	if !ok || parse == nil {
		return nil, errors.New("no time service has answered")
	}
	facts, err := parse(rest)
	if err != nil {
		return nil, err
	}
	return slices.Repeat([]resource.Facts{facts}, len(subjects)), nil
}

// clockState is what a time service reports. Without a synchronized clock, the rest means nothing.
type clockState struct {
	service      string
	synchronized bool
	offset       resource.Fact
	stratum      string
	source       string
	sources      []string
}

func (c clockState) facts() (resource.Facts, error) {
	slices.Sort(c.sources)
	facts := resource.Facts{
		"synchronized": resource.Seen(c.synchronized).With(c.service),
		"sources":      resource.Seen(resource.Strings(c.sources)),
		resource.Rest:  resource.Missing("the clock is not synchronized"),
	}
	if !c.synchronized {
		return facts, nil
	}
	stratum, err := strconv.ParseUint(c.stratum, 10, 8)
	if err != nil {
		return nil, fmt.Errorf("%s reports %q as the stratum", c.service, c.stratum)
	}
	facts["stratum"] = resource.Seen(resource.Int(int64(stratum)))
	facts["offset"] = c.offset
	if c.source != "" {
		facts["source"] = resource.Seen(c.source)
	} else {
		facts["source"] = resource.Unknown(c.service + " does not name its source")
	}
	return facts, nil
}

// offsetFact reads a number of seconds, or of milliseconds. A positive one means that the clock is behind.
func offsetFact(text string, unit time.Duration) resource.Fact {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || math.Abs(n)*float64(unit) > math.MaxInt64/2 {
		return resource.Unknown(fmt.Sprintf("the time service reports %q as the offset", text))
	}
	fact := resource.Seen(time.Duration(math.Abs(n) * float64(unit)))
	switch {
	case n > 0:
		fact.Note = "slow"
	case n < 0:
		fact.Note = "fast"
	}
	return fact
}

// chronyFacts parses one line of tracking and those of sources, whose fields have commas between them.
func chronyFacts(text string) (resource.Facts, error) {
	tracking, rest, _ := strings.Cut(text, "\n")
	f := strings.Split(tracking, ",")
	// Reference, its address, stratum, time, offset of the system, ..., leap status.
	if len(f) < 14 {
		return nil, fmt.Errorf("chronyc printed %q", tracking)
	}
	state := clockState{
		service: "chrony", synchronized: f[13] != "Not synchronised", stratum: f[2], source: f[1],
		offset: offsetFact(f[4], time.Second),
	}
	for line := range strings.Lines(rest) {
		if f := strings.Split(line, ","); len(f) > 7 && f[2] != "" {
			state.sources = append(state.sources, f[2])
		} else if strings.TrimSpace(line) != "" {
			return nil, fmt.Errorf("chronyc printed %q", line)
		}
	}
	return state.facts()
}

// ntpFacts parses the variables of ntpd, and the table of its peers after a line of =.
func ntpFacts(text string) (resource.Facts, error) {
	variables, peers, ok := strings.Cut(text, "\npeers\n")
	value := map[string]string{}
	for part := range strings.SplitSeq(strings.ReplaceAll(variables, "\n", ","), ",") {
		if name, v, ok := strings.Cut(strings.TrimSpace(part), "="); ok {
			value[name] = strings.Trim(v, `"`)
		}
	}
	leap, stratum := value["leap"], value["stratum"]
	if !ok || leap == "" || stratum == "" {
		return nil, errors.New("ntpq printed no leap or no stratum")
	}
	// ntpd has the offset of the source: a positive one means that the clock is behind.
	state := clockState{
		service: "ntpd", synchronized: leap != "11" && leap != "3" && stratum != "16", stratum: stratum,
		offset: offsetFact(value["offset"], time.Millisecond),
	}
	_, table, _ := strings.Cut(peers, "==\n")
	for line := range strings.Lines(table) {
		// The first column is what ntpd thinks of the peer: * and o are the one that it follows.
		f := strings.Fields(line[1:])
		if len(f) < 9 || f[1] == ".POOL." {
			continue
		}
		if len(f[0]) == 15 && strings.Contains(f[0], ":") {
			return nil, fmt.Errorf("ntpq has cut the address of a source: %s", f[0])
		}
		state.sources = append(state.sources, f[0])
		if line[0] == '*' || line[0] == 'o' {
			state.source = f[0]
		}
	}
	return state.facts()
}

// timesyncFacts parses the properties of systemd-timesyncd.
func timesyncFacts(text string) (resource.Facts, error) {
	first, rest, _ := strings.Cut(text, "\n")
	value := map[string]string{}
	for line := range strings.Lines(rest) {
		if name, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			value[name] = v
		}
	}
	message, known := value["NTPMessage"]
	if _, named := value["ServerName"]; !named && !known {
		return nil, errors.New("timedatectl printed nothing about systemd-timesyncd")
	}
	state := clockState{
		service: "systemd-timesyncd", synchronized: first == "synchronized", source: value["ServerName"],
		offset: resource.Unknown("systemd-timesyncd does not report its offset"),
	}
	if _, after, ok := strings.Cut(message, "Stratum="); ok && state.synchronized {
		number, _, _ := strings.Cut(after, ",")
		// That of the server: the clock has one more.
		n, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("systemd-timesyncd reports %q as the stratum", number)
		}
		state.stratum = strconv.Itoa(n + 1)
	}
	state.sources = strings.Fields(strings.Join(
		[]string{value["LinkNTPServers"], value["SystemNTPServers"], value["RuntimeNTPServers"]}, " ",
	))
	if len(state.sources) == 0 {
		state.sources = strings.Fields(value["FallbackNTPServers"])
	}
	facts, err := state.facts()
	if err != nil && state.stratum == "" { // there is no message after a restart
		state.stratum = "0"
		if facts, err = state.facts(); err == nil {
			facts["stratum"] = resource.Unknown("systemd-timesyncd has no answer of its server")
		}
	}
	return facts, err
}
