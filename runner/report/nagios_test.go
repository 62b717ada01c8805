package report

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record/plain"

	"github.com/avow-dev/avow/runner/record"
)

var (
	pluginFirst = regexp.MustCompile(`^AVOW (OK|CRITICAL|UNKNOWN) - [^|]+ \| ([^|]+)$`)
	pluginDatum = regexp.MustCompile(`^([a-z]{1,19})=([0-9]+(?:\.[0-9]+)?)(s?)((?:;[0-9]*){0,4})$`)
)

// readNagios reads the output of a plugin as the guidelines have it, and returns the performance data.
func readNagios(text string) (map[string]float64, error) {
	if len(text) > 8<<10 || !strings.HasSuffix(text, "\n") {
		return nil, fmt.Errorf("%d bytes, or a line without an end", len(text))
	}
	first, long, _ := strings.Cut(text, "\n")
	m := pluginFirst.FindStringSubmatch(first)
	if m == nil || strings.ContainsAny(long, "|<") {
		return nil, fmt.Errorf("the first line is %q, or there is a bar or a tag after it", first)
	}
	values := map[string]float64{}
	for datum := range strings.SplitSeq(m[2], " ") {
		d := pluginDatum.FindStringSubmatch(datum)
		if d == nil {
			return nil, fmt.Errorf("the performance data %q", datum)
		}
		values[d[1]], _ = strconv.ParseFloat(d[2], 64)
	}
	return values, nil
}

func TestNagiosReaderIsStrict(t *testing.T) {
	for _, bad := range []string{
		"", "AVOW OK - a | kept=1", "AVOW FINE - a | kept=1\n", "AVOW OK - a\n", "AVOW OK - a | b | kept=1\n", "AVOW OK - a | kept=x\n", "AVOW OK - a | kept=1;;;;;;\n",
		"AVOW OK - a | kept=1\nb | c\n", "AVOW OK - a | kept=1\n<b>\n", "AVOW OK - a | kept=1\n" + strings.Repeat("x", 8<<10) + "\n",
	} {
		if _, err := readNagios(bad); err == nil {
			t.Errorf("%.100q is good", bad)
		}
	}
}

func TestNagiosStates(t *testing.T) {
	for want, events := range map[string][]record.Event{
		"AVOW OK - 2 promises kept on 1 host | kept=2;;;0 broken=0;;0;0 unknown=0;;;0 skipped=0;;;0 hosts=1;;;0 time=0.600s;;;0\n": hosts(on(host("a"), nginx("1")...)),
		"AVOW OK - 2 of 3 promises kept, 1 skipped on 1 host | ":                                                                   hosts(on(host("a"), append(nginx("1"), skippedOne())...)),
		"AVOW OK - 0 of 1 promise kept, 1 skipped on 1 host; nothing was checked: all promises were skipped | ":                    hosts(on(host("a"), skippedOne())),
		"AVOW OK - 0 promises kept on 0 hosts; nothing was checked: there are no promises | ":                                      run(),
		"AVOW UNKNOWN - 2 of 3 promises kept, 1 unknown on 1 host | ":                                                              hosts(on(host("a"), append(nginx("1"), key())...)),
		"AVOW UNKNOWN - 2 promises kept on 1 host; interrupted: incomplete | ":                                                     interrupted(hosts(on(host("a"), nginx("1")...))),
		"AVOW CRITICAL - 2 of 4 promises kept, 1 broken, 1 unknown on 1 host | kept=2;;;0 broken=1;;0;0 unknown=1;":                hosts(on(host("a"), append(nginx("1"), key(), port())...)),
	} {
		if got := render(t, Nagios, Options{}, events); !strings.HasPrefix(got, want) {
			t.Errorf("got %s want %s", got, want)
		}
	}
}

// TestNagiosTellsTheWorstFirst, and a host that was lost once.
func TestNagiosTellsTheWorstFirst(t *testing.T) {
	events := hosts(on(host("web1"), key(), skippedOne(), port()), on(lost("db1", "the connection was reset"), append(nginx("1"), key(unknown("the connection was reset")), port())...))
	_, got, _ := strings.Cut(render(t, Nagios, Options{}, events), "\n")
	const want = `broken: web1: web server: Port 443 is listening: expected true, found false; tcp listeners are 22, 80
broken: db1: web server: Port 443 is listening: expected true, found false; tcp listeners are 22, 80
unknown: web1: web server: File /etc/ssl/private/site.key mode is 0600: permission denied on /etc/ssl/private (the target's become would help)
unknown: db1 was lost, 1 promise: the connection was reset
skipped: web1: web server: Service cron is running: in a container
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestNagiosNamesUnreachableHostsInTheirOrder: what others could not check takes all the room, but for what came before.
func TestNagiosNamesUnreachableHostsInTheirOrder(t *testing.T) {
	lists := [][]record.Event{on(lost("db1", "the connection was reset"), key(unknown("the connection was reset")))}
	for i := range 200 {
		lists = append(lists, on(host(fmt.Sprintf("web%d", i)), key()))
	}
	out := render(t, Nagios, Options{}, hosts(lists...))
	if _, long, _ := strings.Cut(out, "\n"); !strings.HasPrefix(long, "unknown: db1 was lost, 1 promise: the connection was reset\n") {
		t.Errorf("got %.300s", long)
	}
}

// TestNagiosIsBounded: whatever happened on however many hosts, and what is cut is counted.
func TestNagiosIsBounded(t *testing.T) {
	var lists [][]record.Event
	for i := range 500 {
		lists = append(lists, on(host(fmt.Sprintf("web%d", i)), port(), key(), skippedOne()))
	}
	out := render(t, Nagios, Options{}, hosts(lists...))
	if _, err := readNagios(out); err != nil {
		t.Error(err)
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if last := lines[len(lines)-1]; last != "... "+plain.Count(1500-(len(lines)-2), "more line") || len(out) < 7<<10 {
		t.Errorf("%d lines of %d bytes, the last is %q", len(lines), len(out), last)
	}
}

func TestNagiosIsStrict(t *testing.T) {
	for name, events := range runs(t) {
		if _, err := readNagios(render(t, Nagios, Options{}, events)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
