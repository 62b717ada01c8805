package schedule_test

import (
	"os"
	"strings"
	"testing"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/schedule"
	"github.com/avow-dev/avow/spec/resource"
)

// fakeJournalctl knows two entries of a.service, and begins at 1000000000. It wants --since=@1100000000, or nothing.
const fakeJournalctl = `#!/bin/sh
case "$*" in
*_PID=1) echo '{"__REALTIME_TIMESTAMP":"1000000000000000","_PID":"1"}' ;;
*"--since=@1100000000 -u a.service" | *"--output-fields=MESSAGE -u a.service") printf '%s\n' '{"MESSAGE":"one\ntwo"}' '{"MESSAGE":[116,255]}' '{"MESSAGE":null}' ;;
*"-u broken.service") echo "Data from the specified boot is not available" >&2; exit 1 ;;
*--since=*"-u a.service") echo "$*" >&2; exit 1 ;;
esac
`

const fakeShow = `#!/bin/sh
case "$*" in
*a.service | *quiet.service) echo LoadState=loaded; echo LogNamespace= ;;
*own.service) echo LoadState=loaded; echo LogNamespace=web ;;
*) echo LoadState=not-found ;;
esac
`

func logOf(name string, more ...string) resource.Params {
	p := resource.Params{"name": name}
	for i := 0; i < len(more); i += 2 {
		p[more[i]] = more[i+1]
	}
	return p
}

func TestLogOfUnits(t *testing.T) {
	dir := arrange(t, "etc/passwd", passwd, "var/log/journal/0123/system.journal", "", "var/bin/journalctl", fakeJournalctl, "var/bin/systemctl", fakeShow)
	for _, tool := range []string{"journalctl", "systemctl"} {
		os.Chmod(dir+"/var/bin/"+tool, 0o755)
	}
	later := "unknown: the journal begins at 2001-09-09T01:46:40Z, which is after `since`"
	for i, c := range []struct {
		subject resource.Params
		want    map[string]string
	}{
		{logOf("a"), map[string]string{"count": "= 3", "lines": `= ["one", "two", "t\xff"]`}},
		{logOf("a", "matching", "^t"), map[string]string{"count": "= 2", "lines": `= ["two", "t\xff"]`}},
		{logOf("a", "matching", "nothing"), map[string]string{"count": "= 0", "lines": "= []"}},
		{logOf("a", "since", "2004-11-09T11:33:20Z"), map[string]string{"count": "= 3"}},
		{logOf("a", "since", "2001-09-09T01:46:39Z"), map[string]string{"count": "unknown: journalctl ended with status 1"}},
		{logOf("quiet"), map[string]string{"count": "= 0", "lines": "= []"}},
		{logOf("quiet", "since", "1h"), map[string]string{"count": "= 0"}},
		{logOf("quiet", "since", "2001-09-09T01:46:39Z"), map[string]string{"count": later, "lines": later}},
		{logOf("quiet", "since", "36500d"), map[string]string{"count": later}},
		{logOf("none"), map[string]string{"count": "missing: no such unit, and the journal has no entry of it"}},
		{logOf("own"), map[string]string{"count": "unknown: the unit logs into a namespace of its own: web"}},
		{logOf("broken"), map[string]string{"count": "unknown: journalctl ended with status 1"}},
		{logOf("$(reboot)"), map[string]string{"count": "missing: no such unit, and the journal has no entry of it"}},
		{logOf("-x"), map[string]string{"count": "missing: no such unit, and the journal has no entry of it"}},
	} {
		inShells(t, i == 0 || c.subject.Text("since") == "1h", func(t *testing.T, shell []string) {
			env := []string{"PATH=/var/bin:" + os.Getenv("PATH")}
			got := factsOf(t, schedule.Log, inside(t, shell, dir, "mount -t tmpfs none /run"), env, c.subject)
			catalogtest.ExpectFacts(t, c.subject.Text("name"), got, c.want)
		})
	}
}

// TestJournalThatCannotBeSeen: journalctl prints nothing then, and ends with 0.
func TestJournalThatCannotBeSeen(t *testing.T) {
	for _, c := range []struct{ name, setup, why string }{
		{"a file", "chmod 0 /var/log/journal/0123/user-1000.journal", "permission denied on /var/log/journal/0123/user-1000.journal"},
		{"a folder", "chmod 700 /var/log/journal/0123", "permission denied on /var/log/journal/0123"},
		{"the folder", "chmod 700 /var/log/journal", "permission denied on /var/log/journal"},
		{"its parent", "chmod 700 /var/log", "permission denied on /var/log"},
		{"none", "rm -r /var/log/journal", "no journal on the target"},
		{"an empty one", "rm /var/log/journal/0123/*", "no journal on the target"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inShells(t, c.name == "a file", func(t *testing.T, shell []string) {
				dir := arrange(t, "etc/passwd", passwd, "var/log/journal/0123/system.journal", "", "var/log/journal/0123/user-1000.journal", "",
					"var/bin/journalctl", "#!/bin/sh\n", "var/bin/systemctl", fakeShow)
				os.Chmod(dir+"/var/bin/journalctl", 0o755)
				jail := inside(t, shell, dir, "mount -t tmpfs none /run\n"+c.setup+catalogtest.AsUnprivileged)
				got := factsOf(t, schedule.Log, jail, []string{"PATH=/var/bin:" + os.Getenv("PATH")}, logOf("a"))
				catalogtest.ExpectFacts(t, c.name, got, map[string]string{"count": "unknown: " + c.why, "lines": "unknown: " + c.why})
			})
		})
	}
	got := factsOf(t, schedule.Log, []string{"busybox", "ash"}, catalogtest.BusyboxOnly(t), logOf("a"))
	catalogtest.ExpectFacts(t, "BusyBox", got, map[string]string{"count": "unknown: no journalctl on the target"})
}

func TestLogFiles(t *testing.T) {
	dir := arrange(t, "etc/passwd", passwd, "var/log/a b", "one\ntwo\n\nlast", "var/log/empty", "", "var/log/secret", "one\n", "var/log/closed/x", "",
		"var/log/$(reboot)", "x\n")
	os.Chmod(dir+"/var/log/secret", 0o600)
	os.Chmod(dir+"/var/log/closed", 0o700)
	catalogtest.MakeLink(t, "nowhere", dir+"/var/log/dangling")
	for name, want := range map[string]map[string]string{
		"/var/log/a b":        {"count": "= 4", "lines": `= ["one", "two", "", "last"]`},
		"/var/log/empty":      {"count": "= 0", "lines": "= []"},
		"/var/log/secret":     {"count": "unknown: permission denied on /var/log/secret"},
		"/var/log/closed/x":   {"count": "unknown: permission denied on /var/log/closed"},
		"/var/log/none":       {"count": "missing: there is no /var/log/none", "lines": "missing: there is no /var/log/none"},
		"/var/log/dangling":   {"count": "unknown: /var/log/dangling is a dangling symlink"},
		"/var/log":            {"count": "unknown: /var/log is not a regular file"},
		"/var/log/$(reboot)":  {"count": "= 1"},
		"/var/log/*":          {"count": "missing: there is no /var/log/*"},
		"/var/log/a\nb'\"`x`": {"lines": "missing: there is no /var/log/a\nb'\"`x`"},
	} {
		inShells(t, strings.ContainsAny(name, "$\n"), func(t *testing.T, shell []string) {
			for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
				facts, err := catalogtest.RunProbe(t, inside(t, shell, dir, catalogtest.AsUnprivileged), schedule.Log, schedule.Log.Probe, env, logOf(name))
				if err != nil {
					facts = []resource.Facts{{"count": resource.Unknown(err.Error()), "lines": resource.Unknown(err.Error())}}
				}
				for attribute, fact := range want {
					if got := catalogtest.DescribeFact(schedule.Log.Attribute(attribute).Kind, facts[0][attribute]); got != fact {
						t.Errorf("%s: %s %s, want %s", name, attribute, got, fact)
					}
				}
			}
		})
	}
	for name, private := range map[string]bool{"/var/log/secret": true, "/var/log/empty": false} {
		facts, err := catalogtest.RunProbe(t, inside(t, []string{"sh"}, dir, ""), schedule.Log, schedule.Log.Probe, nil, logOf(name))
		if err != nil || facts[0]["lines"].Private != private {
			t.Errorf("%s: %+v %v", name, facts, err)
		}
	}
}

func TestLogNames(t *testing.T) {
	for _, c := range []struct {
		subject resource.Params
		hint    string
	}{
		{logOf("/var/log/a", "since", "1h"), "since is for units"},
		{logOf("a", "since", "yesterday"), `write a duration such as "24h"`},
		{logOf("a", "since", "-1h"), "write a duration"},
		{logOf("a", "matching", "("), "matching"},
		{logOf("a*"), "pattern"},
		{logOf("/var/log/*.log"), "pattern"},
		{logOf("/var/log/"), `write "/var/log"`},
		{logOf(""), "empty"},
	} {
		if err := schedule.Log.Prepare(c.subject); err == nil || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%v: %v, want %q", c.subject, err, c.hint)
		}
	}
	for _, p := range []resource.Params{logOf("a"), logOf("a.timer", "since", "30d"), logOf("/var/log/a b", "matching", "x|y"), logOf("a", "since", "2026-01-31T12:00:00+01:00")} {
		if err := schedule.Log.Prepare(p); err != nil {
			t.Error(err)
		}
	}
}

// TestLogsWithoutSense are errors, and no log without lines.
func TestLogsWithoutSense(t *testing.T) {
	for _, out := range []string{
		"", "file\n", "file public", "other\n", "journal \n", "journal \n\n", "journal \n\nx\nend\nLoadState=loaded\n", "journal \n\n{\"MESSAGE\":\"a\"}\n",
		"journal \n\n{\"MESSAGE\":{}}\nend\nLoadState=loaded\n", "journal \n\n{\"MESSAGE\":[[\"a\"],{}]}\nend\nLoadState=loaded\n",
	} {
		if facts, err := schedule.Log.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{logOf("a")}); err == nil {
			t.Errorf("%q: %v", out, facts)
		}
	}
}

func FuzzLog(f *testing.F) {
	for _, seed := range []string{
		"absent\n", "file public\na\nb", "journal 5\n{\"__REALTIME_TIMESTAMP\":\"1\"}\n{\"MESSAGE\":[1,2]}\nend\nLoadState=loaded\n", "journal \n\nend\n",
		"journal \n\n{\"MESSAGE\":[\"a\",[1]]}\nend\nLoadState=not-found\nLogNamespace=\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, out string) {
		facts, err := schedule.Log.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{logOf("a", "matching", "a")})
		if err != nil {
			return
		}
		for _, name := range []string{"count", "lines"} {
			fact := facts[0].Of(name)
			if (fact.Value != nil) == (fact.Missing+fact.Unknown != "") {
				t.Fatalf("%s is %+v", name, fact)
			}
		}
	})
}
