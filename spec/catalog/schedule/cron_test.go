package schedule_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"github.com/avow-dev/avow/spec/catalog/catalogtest"
	"github.com/avow-dev/avow/spec/catalog/schedule"
	"github.com/avow-dev/avow/spec/resource"
)

// arrange writes files (PATH, CONTENT, ...) below a folder that everybody may enter.
func arrange(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	os.Chmod(filepath.Dir(dir), 0o755)
	os.Chmod(dir, 0o755)
	for _, folder := range []string{"etc", "var/spool", "var/log", "proc", "usr"} {
		os.MkdirAll(filepath.Join(dir, folder), 0o755)
	}
	for pair := range slices.Chunk(files, 2) {
		catalogtest.PlaceFile(t, filepath.Join(dir, pair[0]), pair[1])
	}
	return dir
}

const passwd = "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n"

// inside returns a shell that sees the /etc and the /var of a tree.
func inside(t *testing.T, shell []string, dir, more string) []string {
	return catalogtest.Jailed(t, shell, "mount --bind "+dir+"/etc /etc\nmount --bind "+dir+"/var /var\n"+more)
}

// factsOf returns the facts of one subject, without notes, by attribute.
func factsOf(t *testing.T, typ *resource.Type, shell, env []string, subject resource.Params) map[string]string {
	t.Helper()
	return catalogtest.LinesOf(catalogtest.AllFacts(t, typ, shell, env, subject))
}

func named(name string) resource.Params { return resource.Params{"name": name} }

// TestCrontabs holds what each cron makes of a file. What is said of Debian's was tried with cron 3.0pl1-162; of the
// others, it is from their sources.
func TestCrontabs(t *testing.T) {
	for _, c := range []struct{ name, rules, content, jobs, commands, ignored string }{
		{"blanks", "debian", "  17 *\t* * *   root\tcd /  && x \n", "17 * * * * root cd / && x", "cd /  && x", ""},
		{"words", "debian", "@daily root x\n@reboot root y\n", "0 0 * * * root x|@reboot root y", "x|y", ""},
		{"words are in lower case", "debian", "@Daily root x\n", "", "", "@Daily root x"},
		{"names", "debian", "0 0 * JAN-dec sun,mon-sat,7 root x\n", "0 0 * 1-12 0,1-6,0 root x", "x", ""},
		{"zeros and steps", "debian", "05 00-06/02 */1 * */70 root x\n", "5 0-6/2 * * */70 root x", "x", ""},
		{"percent", "debian", "* * * * * root date +%F\n* * * * * root a \\%F%in\n", "* * * * * root a \\%F%in|* * * * * root date +%F", "a %F|date +", ""},
		{"percent of BusyBox", "busybox", "* * * * * root date +%F\n", "* * * * * root date +%F", "date +%F", ""},
		{"settings", "debian", "A = \"a b\"\nB='c' \nC=1 # no\n* * * * * root FOO=1 x=2\n", "* * * * * root FOO=1 x=2", "FOO=1 x=2", ""},
		{"a last line without a line break", "debian", "* * * * * root a\n* * * * * root b", "", "", "* * * * * root a|* * * * * root b"},
		{"cronie ignores that line alone", "cronie", "* * * * * root a\n* * * * * root a", "* * * * * root a", "a", "* * * * * root a"},
		{"BusyBox does not care", "busybox", "* * * * * root b", "* * * * * root b", "b", ""},
		{"a comment, or blanks, without a line break", "debian", "* * * * * root a\n# c", "* * * * * root a", "a", ""},
		{"blanks at the end", "debian", "* * * * * root a\n   ", "* * * * * root a", "a", ""},
		{"one wrong line spoils all", "debian", "* * * * * root a\nwrong\n", "", "", "* * * * * root a|wrong"},
		{"one wrong line", "cronie", "* * * * * root a\nwrong\n", "* * * * * root a", "a", "wrong"},
		{"an empty value spoils all", "debian", "MAILTO=\n* * * * * root a\n", "", "", "* * * * * root a|MAILTO="},
		{"an empty value", "cronie", "MAILTO=\n* * * * * root a\n", "* * * * * root a", "a", ""},
		{"quotes for an empty value", "debian", "MAILTO=\"\"\n* * * * * root a\n", "* * * * * root a", "a", ""},
		{"a comment is no job", "debian", "# * * * * * root a\n", "", "", ""},
		{"a minus", "debian", "-* * * * * root a\n", "", "", "-* * * * * root a"},
		{"a minus of cronie", "cronie", "-* * * * * root a\n", "* * * * * root a", "a", ""},
		{"ranges", "cronie", "60 * * * * root a\n5,,6 * * * * root a\n5-3 * * * * root a\n*/0 * * * * root a\n1 24 * * * root a\n", "", "", "*/0 * * * * root a|1 24 * * * root a|5,,6 * * * * root a|5-3 * * * * root a|60 * * * * root a"},
		{"no command", "cronie", "* * * * * root\n", "", "", "* * * * * root"},
		{"CRLF goes to the command", "debian", "* * * * * root a\r\n", "* * * * * root a\r", "a\r", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := c.rules + "\n/spool\n\nfile\x00/etc/crontab\x00" + c.content + "\x00\n"
			facts, err := schedule.Cron.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{named("/etc/crontab")})
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]string{"jobs": c.jobs, "commands": c.commands, "ignored": c.ignored} {
				var got []string
				for _, e := range facts[0][name].Value.([]any) {
					got = append(got, e.(string))
				}
				if strings.Join(got, "|") != want {
					t.Errorf("%s are %q, want %q", name, got, want)
				}
			}
			if (facts[0]["jobs"].Note == "") != (c.ignored == "") {
				t.Errorf("note %q", facts[0]["jobs"].Note)
			}
		})
	}
}

// TestNamesThatCronIgnores: a file that cron does not read has no jobs.
func TestNamesThatCronIgnores(t *testing.T) {
	for name, readers := range map[string]string{
		"report": "debian cronie", "a.b": "cronie", "a~": "", ".a": "", "#a#": "", "a.rpmsave": "", "a b": "cronie", "a_B-1": "debian cronie",
	} {
		for _, rules := range []string{"debian", "cronie"} {
			out := rules + "\n/spool\n\nfile\x00/etc/cron.d/" + name + "\x00* * * * * root x\n\x00\n"
			facts, err := schedule.Cron.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{named("/etc/cron.d/" + name)})
			if err != nil {
				t.Fatal(err)
			}
			jobs, ignored := facts[0]["jobs"].Value.([]any), facts[0]["ignored"].Value.([]any)
			if read := strings.Contains(readers, rules); read != (len(jobs) == 1) || read == (len(ignored) == 1) || facts[0]["exists"].Value != true {
				t.Errorf("%s, %s: %v, ignored %v", name, rules, jobs, ignored)
			}
		}
	}
}

// TestCrontabsLive runs the script where root sees everything.
func TestCrontabsLive(t *testing.T) {
	dir := arrange(t, "etc/passwd", passwd, "etc/debian_version", "12\n", "etc/crontab", "A=1\n* * * * * root x\n",
		"etc/cron.d/$(reboot)", "* * * * * root x\n", "etc/cron.d/a b'\"", "", "var/spool/cron/crontabs/-x", "", "etc/cron.d/f/x", "",
		"var/spool/cron/crontabs/alice", "@hourly curl -u a:secret\n")
	catalogtest.MakeLink(t, "nowhere", dir+"/etc/cron.d/dangling")
	want := map[string]map[string]string{
		"alice":                     {"exists": "= true", "jobs": `= ["0 * * * * curl -u a:secret"]`, "commands": `= ["curl -u a:secret"]`},
		"bob":                       {"exists": "= false", "jobs": "missing: there is no /var/spool/cron/crontabs/bob"},
		"/etc/crontab":              {"exists": "= true", "jobs": `= ["* * * * * root x"]`, "environment": `= { A = "1" }`, "ignored": "= []"},
		"/etc/cron.d/$(reboot)":     {"exists": "= true", "jobs": "= []", "ignored": `= ["* * * * * root x"]`},
		"/etc/cron.d/a b'\"":        {"exists": "= true", "jobs": "= []"},
		"/etc/cron.d/*":             {"exists": "= false"},
		"/etc/cron.d/a\nb":          {"exists": "= false"},
		"/etc/cron.d/none/x":        {"exists": "= false"},
		"-x":                        {"exists": "= true", "jobs": "= []"},
		"/etc/cron.d/dangling":      {"exists": "unknown: /etc/cron.d/dangling is a dangling symlink"},
		"/etc/cron.d/f":             {"exists": "unknown: /etc/cron.d/f is a folder"},
		"/etc/cron.d/alice":         {"exists": "= false"},
		"/etc/cron.d/dangling/more": {"exists": "unknown: /etc/cron.d/dangling is a dangling symlink"},
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
			var subjects []resource.Params
			for name := range want {
				subjects = append(subjects, named(name))
			}
			facts, err := catalogtest.RunProbe(t, inside(t, shell, dir, ""), schedule.Cron, schedule.Cron.Probe, env, subjects...)
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range subjects {
				expect(t, s, facts[i], want[s.Text("name")])
				if private := facts[i]["jobs"].Private; private != (s.Text("name") == "alice" || s.Text("name") == "-x") {
					t.Errorf("%v: private %v", s, private)
				}
			}
		}
	})
	for name, facts := range want {
		expect(t, named(name), catalogtest.InFiles(schedule.Cron, "jobs", catalogtest.Rooted(dir), named(name))[0], facts)
	}
}

// expect compares facts without their notes.
func expect(t *testing.T, s resource.Params, facts resource.Facts, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for name, fact := range facts {
		fact.Note = ""
		got[name] = catalogtest.DescribeFact(schedule.Cron.Attribute(name).Kind, fact)
	}
	catalogtest.ExpectFacts(t, fmt.Sprint(s), got, want)
}

// TestRefusedCrontabs: an ordinary user sees only the own crontab, by crontab -l, which ends with 1 for "none" and for
// "you may not".
func TestRefusedCrontabs(t *testing.T) {
	dir := arrange(t, "etc/passwd", passwd, "var/spool/cron/crontabs/alice", "* * * * * x\n", "etc/crontab", "* * * * * root x\n",
		"etc/cron.d/closed", "* * * * * root x\n")
	os.Chmod(dir+"/var/spool/cron/crontabs", 0o700)
	os.Chmod(dir+"/etc/cron.d/closed", 0)
	denied := "unknown: permission denied on /var/spool/cron/crontabs"
	for answer, want := range map[string]string{
		"echo '* * * * * mine'":                           "= true",
		"echo 'no crontab for nobody' >&2; exit 1":        "= false",
		"echo 'You (nobody) are not allowed' >&2; exit 1": "unknown: crontab -l: You (nobody) are not allowed",
		"echo 'must be privileged to use -u' >&2; exit 1": "unknown: crontab -l: must be privileged to use -u",
		"printf '* * * * * mine'":                         "= true",
		"exit 1":                                          "unknown: crontab -l: no answer",
	} {
		catalogtest.PlaceFile(t, dir+"/var/bin/crontab", "#!/bin/sh\n"+answer+"\n")
		os.Chmod(dir+"/var/bin/crontab", 0o755)
		catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
			if shell[0] == "busybox" { // it has a crontab of its own, which is not installed with the rights that it needs
				return
			}
			jail := inside(t, shell, dir, catalogtest.AsUnprivileged)
			env := []string{"PATH=/var/bin:" + os.Getenv("PATH")}
			catalogtest.ExpectFacts(t, answer, factsOf(t, schedule.Cron, jail, env, named("nobody")), map[string]string{"exists": want})
			for name, why := range map[string]string{
				"alice": denied, "bob": denied, "/etc/cron.d/closed": "unknown: permission denied on /etc/cron.d/closed", "/etc/crontab": "= true",
			} {
				catalogtest.ExpectFacts(t, name, factsOf(t, schedule.Cron, jail, env, named(name)), map[string]string{"exists": why})
			}
			catalogtest.ExpectFacts(t, "no crontab", factsOf(t, schedule.Cron, jail, []string{"PATH=/usr/bin:/bin"}, named("nobody")),
				map[string]string{"exists": denied, "jobs": denied})
		})
	}
}

// TestAlpineCrontabs: the folder of crontabs is a link, and BusyBox's rules hold.
func TestAlpineCrontabs(t *testing.T) {
	dir := arrange(t, "etc/passwd", passwd, "etc/crontabs/root", "*/15\t*\t*\t*\t*\trun-parts /etc/periodic/15min\nx")
	os.MkdirAll(dir+"/var/spool/cron", 0o755)
	catalogtest.MakeLink(t, "/etc/crontabs", dir+"/var/spool/cron/crontabs")
	want := map[string]string{"jobs": `= ["*/15 * * * * run-parts /etc/periodic/15min"]`, "ignored": `= ["x"]`}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		env := catalogtest.BusyboxOnly(t)
		catalogtest.ExpectFacts(t, "root", factsOf(t, schedule.Cron, inside(t, shell, dir, ""), env, named("root")), want)
	})
	expect(t, named("root"), catalogtest.InFiles(schedule.Cron, "jobs", catalogtest.Rooted(dir), named("root"))[0], want)
}

// TestNoSpool: without a folder for them, no user has a crontab.
func TestNoSpool(t *testing.T) {
	shell := inside(t, []string{"sh"}, arrange(t, "etc/passwd", passwd), "")
	catalogtest.ExpectFacts(t, "root", factsOf(t, schedule.Cron, shell, nil, named("root")),
		map[string]string{"exists": "= false", "jobs": "missing: the target has no folder for crontabs of users"})
}

func TestListOfCronJobs(t *testing.T) {
	dir := arrange(t, "etc/passwd", passwd, "etc/debian_version", "12\n", "etc/crontab", "# c\n@daily root x\n", "etc/cron.d/a.b", "* * * * * root x\n",
		"etc/cron.d/report", "\n17 3 * * sun app /bin/true a%b\n", "var/spool/cron/crontabs/alice", "@reboot y\n",
		"var/spool/cron/crontabs/tmp.abc", "* * * * * z\n")
	want := "/etc/crontab:2 root 0 x|/etc/cron.d/report:2 app 17 /bin/true a|/var/spool/cron/crontabs/alice:1 alice it runs at @reboot y"
	check := func(facts resource.Facts, want, hidden string) {
		t.Helper()
		found := facts["every"].Value.(resource.Elements)
		var got []string
		for _, e := range found.List {
			minute := fmt.Sprint(e.Facts["minute"].Value)
			if e.Facts["minute"].Value == nil {
				minute = e.Facts["minute"].Missing
			}
			got = append(got, fmt.Sprint(e.Name, " ", e.Facts["user"].Value, " ", minute, " ", e.Facts["command"].Value))
		}
		if strings.Join(got, "|") != want || found.Hidden != hidden {
			t.Errorf("%q, hidden %q", got, found.Hidden)
		}
	}
	list := func(shell, env []string) resource.Facts {
		facts, err := catalogtest.RunProbe(t, shell, schedule.CronJobs, schedule.CronJobs.Probe, env, named("all"))
		if err != nil {
			t.Fatal(err)
		}
		return facts[0]
	}
	catalogtest.EveryShell(t, func(t *testing.T, shell []string) {
		for _, env := range [][]string{nil, catalogtest.BusyboxOnly(t)} {
			check(list(inside(t, shell, dir, ""), env), want, "")
			hidden := inside(t, shell, dir, "chmod 700 /var/spool/cron/crontabs"+catalogtest.AsUnprivileged)
			check(list(hidden, env), want[:strings.LastIndex(want, "|")], "permission denied on /var/spool/cron/crontabs")
		}
	})
	check(catalogtest.InFiles(schedule.CronJobs, "every", catalogtest.Rooted(dir), named("all"))[0], want, "")
}

// TestNoCrontabCanBeRead: where nothing could be read, there is no list, and not an empty one.
func TestNoCrontabCanBeRead(t *testing.T) {
	out := "cronie\n\npermission denied on /var/spool\nabsent\x00/etc/crontab\x00\x00absent\x00/etc/cron.d\x00\x00\n"
	facts, err := schedule.CronJobs.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{named("all")})
	if why := facts[0].Of("count").Unknown; err != nil || why != "permission denied on /var/spool" {
		t.Error(why, err)
	}
}

func TestCronNames(t *testing.T) {
	for name, hint := range map[string]string{
		"/var/spool/cron/crontabs/root": `write "root"`, "/etc/cron.daily/x": "with file", "/etc/cron.d": "cron_jobs", "/etc/cron.d/*": "pattern",
		"/opt/crontab": "does not read", "a b": "neither", "": "neither", "..": "neither", "/etc/crontabs/root": `write "root"`, "-x": "neither",
		"/etc/cron.d/..": "does not read", "/etc/cron.d/a/b": "no crontabs",
	} {
		if err := schedule.Cron.Prepare(named(name)); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: %v, want %q", name, err, hint)
		}
	}
	for _, name := range []string{"root", "www-data", "/etc/crontab", "/etc/cron.d/a.b", "a.b@example.com"} {
		if err := schedule.Cron.Prepare(named(name)); err != nil {
			t.Error(err)
		}
	}
}

// TestJobsThatNothingEquals are mistakes: not(...) of them would always be kept.
func TestJobsThatNothingEquals(t *testing.T) {
	for _, job := range []string{"", "x", "* * * * *", "@daily", "@often x", "61 * * * * x", "* * * * mo x", "* * * * * x\ny"} {
		if v, err := schedule.Job.Read(cty.StringVal(job)); err == nil {
			t.Errorf("%q is %q", job, v)
		}
	}
}

// FuzzCrontab has the laws that nothing panics, and that a job that is reported can be written.
func FuzzCrontab(f *testing.F) {
	for _, seed := range []string{"* * * * * root x\n", "@daily root a%b\nA=1\nx", "MAILTO=\n", "-*/5 1-2,3~4 * jan mon root \\%x\n", "=\n\"=1\n%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		for _, rules := range []string{"debian", "cronie", "busybox", "other"} {
			catalogtest.ParseAll(t, schedule.Cron, rules+"\n/spool\n\n"+content, named("/etc/crontab"))
			out := rules + "\n/spool\n\nfile\x00/etc/crontab\x00" + content + "\x00file\x00/spool/a\x00" + content + "\x00\n"
			facts, err := schedule.Cron.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{named("/etc/crontab"), named("a")})
			for i := range facts {
				jobs, _ := facts[i]["jobs"].Value.([]any)
				for _, job := range jobs {
					if again, err := schedule.Job.Read(cty.StringVal(job.(string))); err != nil || again != job {
						t.Fatalf("%q is read as %q: %v", job, again, err)
					}
				}
			}
			if err == nil {
				schedule.CronJobs.Probe.Parse(resource.Answer{Stdout: []byte(out)}, []resource.Params{named("all")})
			}
		}
	})
}
