package schedule_test

import (
	"os"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/schedule"
	"github.com/avow-dev/avow/spec/resource"
)

// fakeTools writes programs into a folder that comes first in PATH.
func fakeTools(t *testing.T, tools map[string]string) []string {
	t.Helper()
	dir := arrange(t)
	// This machine may have services of its own.
	for _, tool := range []string{"chronyc", "ntpq", "systemctl", "timedatectl"} {
		if script, ok := tools[tool]; ok {
			catalogtest.PlaceFile(t, dir+"/bin/"+tool, "#!/bin/sh\n"+script+"\n")
			os.Chmod(dir+"/bin/"+tool, 0o755)
		}
	}
	for _, tool := range []string{"sh", "cat", "printf", "echo", "[", "test"} {
		os.MkdirAll(dir+"/bin", 0o755)
		catalogtest.MakeLink(t, "/usr/bin/"+tool, dir+"/bin/"+tool)
	}
	return []string{"PATH=" + dir + "/bin"}
}

const (
	refused     = "echo '506 Cannot talk to daemon'; exit 1"
	silentNtpq  = "echo '***Socket error; probably ntpd is not running' >&2"
	goodChronyc = `case "$*" in
"-nc tracking") echo "7F000001,127.0.0.1,6,1795306763.697780157,-0.000000890,-0.000000026,0.000000466,-0.099,-0.017,0.446,0.000006453,0.000002771,1.0,Normal" ;;
"-nc sources") echo "^,*,127.0.0.1,5,0,377,1,0.000001515,0.000001489,0.000004077" ;;
esac`
	goodNtpq  = `case "$*" in *rv) printf 'associd=0 status=0615 leap_none,\nleap=00, stratum=3, offset=0.482,\n' ;; *) printf ' remote\n====\n*192.0.2.1 x 2 u 1 64 377 1 1 1\n' ;; esac`
	timesyncd = `case "$*" in "is-active systemd-timesyncd") echo active ;; *) exit 1 ;; esac`
)

// TestClock: the first service that answers counts, and none that answers is not a clock that is not synchronized.
func TestClock(t *testing.T) {
	for _, c := range []struct {
		name  string
		tools map[string]string
		want  map[string]string
	}{
		{"chrony", map[string]string{"chronyc": goodChronyc, "ntpq": goodNtpq}, map[string]string{
			"synchronized": "= true", "offset": `= "890ns"`, "stratum": "= 6", "source": `= "127.0.0.1"`, "sources": `= ["127.0.0.1"]`,
		}},
		{"ntpd beside a chronyc without its daemon", map[string]string{"chronyc": refused, "ntpq": goodNtpq}, map[string]string{
			"synchronized": "= true", "offset": `= "482µs"`, "stratum": "= 3", "source": `= "192.0.2.1"`,
		}},
		{"no daemon", map[string]string{"chronyc": refused, "ntpq": silentNtpq}, map[string]string{
			"synchronized": "unknown: chronyc: 506 Cannot talk to daemon", "offset": "unknown: chronyc: 506 Cannot talk to daemon",
		}},
		{"no ntpd, though ntpq ends with 0", map[string]string{"ntpq": silentNtpq}, map[string]string{
			"synchronized": "unknown: ntpq: ***Socket error; probably ntpd is not running",
		}},
		{"nothing", nil, map[string]string{
			"synchronized": "unknown: no time service answers: there is no chronyc, no ntpq, and no systemd-timesyncd that runs",
		}},
		{"timesyncd", map[string]string{"systemctl": timesyncd, "timedatectl": "echo ServerName=a; echo SystemNTPServers=b a"}, map[string]string{
			"synchronized": "= false", "sources": `= ["a", "b"]`, "offset": "missing: the clock is not synchronized",
		}},
		// It would be started by the question.
		{"timesyncd does not run", map[string]string{"systemctl": "echo inactive", "timedatectl": "echo ServerName=a"}, map[string]string{
			"synchronized": "unknown: no time service answers: there is no chronyc, no ntpq, and no systemd-timesyncd that runs",
		}},
		{"sources are refused", map[string]string{"chronyc": `case $2 in tracking) echo a ;; *) echo 501 Not authorised; exit 1 ;; esac`}, map[string]string{
			"synchronized": "unknown: chronyc: 501 Not authorised",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			env := fakeTools(t, c.tools)
			catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
				catalogtest.ExpectFacts(t, c.name, factsOf(t, schedule.Clock, shell, env, named("this")), c.want)
			})
		})
	}
}

// TestClockAnswersWithoutSense are errors, and no clock that is not synchronized.
func TestClockAnswersWithoutSense(t *testing.T) {
	for _, out := range []string{
		"", "chrony\n", "chrony\na,b\n", "chrony\na,b,x,0,0,0,0,0,0,0,0,0,0,Normal\n", "chrony\na,b,1,0,0,0,0,0,0,0,0,0,0,Normal\nx\n",
		"ntp\n", "ntp\nleap=00, stratum=2\n", "ntp\nstratum=2\npeers\n", "timesync\nsynchronized\n", "other\n",
		"ntp\nleap=00, stratum=2\npeers\n===\n*2001:db8:aaaa:b x 2 u 1 64 377 1 1 1\n",
	} {
		if facts, err := schedule.Clock.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{named("this")}); err == nil {
			t.Errorf("%q: %v", out, facts)
		}
	}
}

func TestZones(t *testing.T) {
	copied := "etc/timezone|Europe/Berlin\n|usr/share/zoneinfo/Europe/Berlin|TZif2\n|etc/localtime|TZif2\n"
	for _, c := range []struct{ name, files, link, zone, rtc string }{
		{"none", "", "", `= "UTC"`, "= true"},
		{"a link", "usr/share/zoneinfo/Europe/Berlin|x", "../usr/share/zoneinfo/Europe/Berlin", `= "Europe/Berlin"`, "= true"},
		{"posix", "usr/share/zoneinfo/posix/Asia/Tokyo|x", "/usr/share/zoneinfo/posix/Asia/Tokyo", `= "Asia/Tokyo"`, "= true"},
		{"without tzdata", "", "/usr/share/zoneinfo/Etc/UTC", `= "Etc/UTC"`, "= true"},
		{"a zone that is not there", "", "../usr/share/zoneinfo/Europe/Berlin", "unknown: /etc/localtime is a dangling symlink", "= true"},
		{"another file", "etc/x|x", "x", `unknown: /etc/localtime leads to "x", which is not a time zone`, "= true"},
		{"a copy with a name", copied, "", `= "Europe/Berlin"`, "= true"},
		{"a copy of another zone", strings.Replace(copied, "e|TZif2", "e|TZif3", 1), "", "unknown: /etc/localtime is a copy of a time zone, and /etc/timezone does not name the same one", "= true"},
		{"a copy without a name", "etc/localtime|TZif2", "", "unknown: /etc/localtime is a copy of a time zone, and /etc/timezone does not name the same one", "= true"},
		{"local time", "etc/adjtime|0.0 0 0.0\n0\nLOCAL\n", "", `= "UTC"`, "= false"},
		{"universal time", "etc/adjtime|0.0 0 0.0\n0\nUTC\n", "", `= "UTC"`, "= true"},
		{"two lines", "etc/adjtime|0.0 0 0.0\n0\n", "", `= "UTC"`, "= true"},
		{"a third line without sense", "etc/adjtime|0.0 0 0.0\n0\nlocal\n", "", `= "UTC"`, `unknown: /etc/adjtime says "local", which is neither UTC nor LOCAL`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := arrange(t)
			if c.files != "" {
				dir = arrange(t, strings.Split(strings.TrimSuffix(c.files, "|"), "|")...)
				if len(strings.Split(c.files, "|"))%2 != 0 {
					t.Fatal(c.files)
				}
			}
			if c.link != "" {
				catalogtest.MakeLink(t, c.link, dir+"/etc/localtime")
			}
			want := map[string]string{"timezone": c.zone, "rtc_utc": c.rtc}
			os.MkdirAll(dir+"/usr/share/zoneinfo", 0o755)
			inShells(t, strings.HasPrefix(c.name, "a copy with a"), func(t *testing.T, shell []string) {
				jail := inside(t, shell, dir, "mount --bind "+dir+"/usr/share/zoneinfo /usr/share/zoneinfo"+catalogtest.AsUnprivileged)
				for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
					catalogtest.ExpectFacts(t, c.name, factsOf(t, schedule.Clock, jail, env, named("this")), want)
				}
			})
			text := catalogtest.InFilesOf(schedule.Clock, catalogtest.Rooted(dir), named("this"))[0]
			for name, fact := range want {
				if got := catalogtest.LinesOf(text)[name]; got != fact && !strings.HasPrefix(got, fact+"  (") {
					t.Errorf("files: %s %s, want %s", name, got, fact)
				}
			}
		})
	}
}

// TestUnreadAdjtime: without a right to read it, nothing is known.
func TestUnreadAdjtime(t *testing.T) {
	dir := arrange(t, "etc/adjtime", "0.0\n0\nLOCAL\n")
	os.Chmod(dir+"/etc/adjtime", 0)
	jail := inside(t, []string{"sh"}, dir, catalogtest.AsUnprivileged)
	catalogtest.ExpectFacts(t, "adjtime", factsOf(t, schedule.Clock, jail, nil, named("this")),
		map[string]string{"rtc_utc": "unknown: permission denied on /etc/adjtime", "timezone": `= "UTC"`})
}

func TestOneClock(t *testing.T) {
	if err := schedule.Clock.Prepare(named("system")); err == nil || !strings.Contains(err.Error(), `clock "this"`) {
		t.Error(err)
	}
	for _, zone := range []string{"", "+02:00", "Europe/", "Europe/Berlin "} {
		if v, err := schedule.Zone.Read(cty.StringVal(zone)); err == nil {
			t.Errorf("%q is %q", zone, v)
		}
	}
}

func FuzzClock(f *testing.F) {
	for _, seed := range []string{
		"chrony\n7F,a,6,1,-0.1,0,0,0,0,0,0,0,1,Normal\n^,*,a,5,0,377,1,0,0,0\n", "ntp\nleap=00, stratum=3, offset=NaN\npeers\n==\n*a b c d e f g h i\n\n",
		"timesync\nsynchronized\nServerName=a\nNTPMessage={ Stratum=2, x }\n", "link /usr/share/zoneinfo/a\nfile\x00/etc/adjtime\x000\n0\nUTC\n\x00\n", "copy x\n\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, out string) { catalogtest.ParseAll(t, schedule.Clock, out, named("this")) })
}
