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

// fakeSystemctl answers like systemd 252, and fails for a template as it does.
const fakeSystemctl = `#!/bin/sh
case "$*" in *@.timer*) echo "Failed to get properties: Unit name x@.timer is neither a valid invocation ID nor unit name." >&2; exit 1 ;; esac
[ "$TZ" = UTC ] || case $1 in show | list-timers) echo "TZ is $TZ" >&2; exit 1 ;; esac
case $1 in
list-unit-files) printf 'a.timer enabled enabled\nx@.timer disabled enabled\n' ;;
list-units) printf 'a.timer loaded active waiting A\nb.timer loaded active waiting B\n' ;;
list-timers) printf '%s\n' "Sun 2026-11-22 01:50:30 UTC 1h 42min left - - a.timer a.service" "- - - - b.timer b.service" ;;
show)
	for unit do
		case $unit in
		a.timer) printf 'Unit=a.service\nTimersMonotonic={ OnBootUSec=2h ; next_elapse=3h }\nLastTriggerUSec=\nId=a.timer\nNames=a.timer alias.timer\nLoadState=loaded\nActiveState=active\n\n' ;;
		b.timer) printf 'Unit=b.service\nTimersCalendar={ OnCalendar=*-*-* 00:00:00 ; next_elapse=(null) }\nLastTriggerUSec=Sun 2026-11-22 00:00:01 UTC\nId=b.timer\nNames=b.timer\nLoadState=loaded\nActiveState=active\n\n' ;;
		*.timer) printf 'Unit=\nId=%s\nNames=%s\nLoadState=not-found\nActiveState=inactive\n\n' "$unit" "$unit" ;;
		a.service) printf 'Id=a.service\nNames=a.service\nActiveState=activating\nSubState=start\nResult=success\nExecMainStartTimestampMonotonic=5\n\n' ;;
		b.service) printf 'Id=b.service\nNames=b.service\nActiveState=failed\nSubState=failed\nResult=exit-code\nExecMainStartTimestampMonotonic=5\n\n' ;;
		esac
	done ;;
esac
`

func fakeTool(t *testing.T, name, script string) []string {
	t.Helper()
	dir := arrange(t)
	catalogtest.PlaceFile(t, dir+"/bin/"+name, script)
	os.Chmod(dir+"/bin/"+name, 0o755)
	return []string{"PATH=" + dir + "/bin:" + os.Getenv("PATH")}
}

// asPID1 makes the target one that systemd has booted, or another program.
const asPID1 = "/bin/mount -t tmpfs none /proc; /bin/mkdir /proc/1; echo NAME >/proc/1/comm"

func TestTimers(t *testing.T) {
	env := fakeTool(t, "systemctl", fakeSystemctl)
	names := []string{"a", "b.timer", "none", "x@", "-x", "a b", "$(reboot)", "*"}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		shell = catalogtest.Jailed(t, shell, strings.Replace(asPID1, "NAME", "systemd", 1))
		facts, err := catalogtest.RunProbe(t, shell, schedule.Timer, schedule.Timer.Probe, env, catalogtest.WithNames(names...)...)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []map[string]string{
			{"next": `= "2026-11-22T01:50:30Z"`, "last": "missing: it has not run yet", "schedule": `= ["OnBootSec=2h"]`, "result": "unknown: a.service has not ended: activating (start)"},
			{"next": "missing: it has no next run", "last": `= "2026-11-22T00:00:01Z"`, "schedule": `= ["OnCalendar=*-*-* 00:00:00"]`, "result": `= "exit-code"`, "activates": `= "b.service"`},
			{"next": "missing: no such unit", "result": "missing: no such unit"},
			{"next": "unknown: x@.timer is a template; name an instance"},
			{"next": "missing: no such unit"},
			{"next": "missing: no such unit"},
			{"next": "missing: no such unit"},
			{"next": "missing: no such unit"},
		} {
			text := catalogtest.DescribeFacts(schedule.Timer, "name", []resource.Params{{}}, facts[i:i+1], nil)
			catalogtest.ExpectFacts(t, names[i], catalogtest.LinesOf(text), want)
		}
		list, err := catalogtest.RunProbe(t, shell, schedule.Timers, schedule.Timers.Probe, env, named("all"))
		if err != nil || schedule.Timers.Attribute("names").Kind.Text(list[0]["names"].Value) != "a.timer, b.timer" {
			t.Error(list, err)
		}
	})
}

// TestTimersWithoutSystemd: nothing is known, and nothing is not there.
func TestTimersWithoutSystemd(t *testing.T) {
	if facts, err := schedule.Timers.Probe.Parse(resource.Answer{}, []resource.Params{named("all")}); err == nil {
		t.Errorf("no answer is a list: %v", facts)
	}
	for _, c := range []struct{ tool, pid1, why string }{
		{"systemctl", "nginx", "no service manager: PID 1 is nginx"},
		{"other", "nginx", "no service manager: PID 1 is nginx"},
		{"systemctl", "systemd", "systemctl: Failed to connect to bus: Connection refused"},
	} {
		dir := arrange(t)
		catalogtest.PlaceFile(t, dir+"/"+c.tool, "#!/bin/sh\necho 'Failed to connect to bus: Connection refused' >&2\nexit 1\n")
		os.Chmod(dir+"/"+c.tool, 0o755)
		shell := catalogtest.Jailed(t, []string{"dash"}, strings.Replace(asPID1, "NAME", c.pid1, 1))
		for _, typ := range []*resource.Type{schedule.Timer, schedule.Timers} {
			probe := typ.Probe
			if _, err := catalogtest.RunProbe(t, shell, typ, probe, []string{"PATH=" + dir}, named("a")); err == nil || err.Error() != c.why {
				t.Errorf("%s %s: %v", typ.Name, c.pid1, err)
			}
		}
	}
}

func TestTimerNames(t *testing.T) {
	for name, hint := range map[string]string{
		"a.service": "not a timer", "": "empty", ".timer": "empty", "a*": "pattern", "a b": "not the name", "a/b": "slash",
	} {
		if err := schedule.Timer.Prepare(named(name)); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: %v, want %q", name, err, hint)
		}
	}
	for _, name := range []string{"a", "a.timer", "a@b", "dpkg-db-backup"} {
		if err := schedule.Timer.Prepare(named(name)); err != nil {
			t.Error(err)
		}
	}
}

// TestTimerLinesThatNothingEquals are mistakes: not(...) of them would always be kept.
func TestTimerLinesThatNothingEquals(t *testing.T) {
	for _, line := range []string{"", "daily", "OnCalendar=", "OnCalendar=Mon 10:00", "OnCalendar=*-*-* 3:00", "OnBootSec=", "OnBootSec=soon", "OnBootSec=1 parsec", "Unit=a"} {
		if v, err := schedule.TimerLine.Read(cty.StringVal(line)); err == nil {
			t.Errorf("%q is %q", line, v)
		}
	}
}

// FuzzTimers has the laws that nothing panics, and that a line that is reported can be written.
func FuzzTimers(f *testing.F) {
	f.Add("Id=a.timer\nUnit=a.service\nLoadState=loaded\nTimersCalendar={ OnCalendar=*-*-* 00:00:00 ; next_elapse=x }\n\nlist\n- - a.timer\nunits\nId=a.service\n")
	f.Add("Id=a.timer\nTimersMonotonic={ OnBootUSec=1y 2.5s ; x }\nLastTriggerUSec=n/a\nlist\n\nunits\n")
	f.Add("list\nunits\n")
	f.Fuzz(func(t *testing.T, out string) {
		catalogtest.ParseAll(t, schedule.Timer, out, named("a"))
		facts, err := schedule.Timer.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{named("a")})
		if err == nil {
			lines, _ := facts[0]["schedule"].Value.([]any)
			for _, line := range lines {
				if again, err := schedule.TimerLine.Read(cty.StringVal(line.(string))); err != nil || again != line {
					t.Fatalf("%q is read as %q: %v", line, again, err)
				}
			}
		}
		schedule.Timers.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{named("all")})
	})
}
