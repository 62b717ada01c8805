package report

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/spec/catalog"
)

// update writes the golden files anew.
var update = os.Getenv("AVOW_UPDATE") != ""

const unifiedDiff = "--- expected\n+++ found\n@@ -1,3 +1,3 @@\n user www-data;\n-worker_processes auto;\n+worker_processes 1;\n\tpid /run/nginx.pid;\n"

// documented is a run, and how it is to be printed.
type documented struct {
	events  []record.Event
	options Options
}

var golden = union(singles, fleets)

func union(parts ...map[string]documented) map[string]documented {
	all := map[string]documented{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

var singles = map[string]documented{
	"one":   {events: hosts(on(host("web1.example.com"), append(nginx("1.22.1-9"), port(), key())...))},
	"quiet": {events: hosts(on(host("web1.example.com"), append(nginx("1.22.1-9"), port(), key())...)), options: Options{Quiet: true}},
	"color": {events: hosts(on(host("web1.example.com"), append(nginx("1.22.1-9"), port(), key(), content())...)), options: Options{Color: true}},
	"quiet_all_kept": {
		events:  hosts(on(host("web1"), nginx("1")...), on(host("web2"), nginx("1")...)),
		options: Options{Quiet: true},
	},
	"nested": {events: hosts(on(host("web1"),
		about(1, "package", "nginx", "installed", "is installed"),
		about(2, "file", "/etc/ssl/key", "mode", "mode is 0600", in("web server", "TLS"), whys("Serves the public site.", "No one else reads it."), values(`"0600"`, `"0600"`)),
		about(3, "file", "/etc/ssl/old", "exists", "does not exist", in("web server", "TLS", "leftovers"), values("false", "false")),
		about(4, "port", "80", "listening", "is listening"),
		about(5, "package", "postgresql", "installed", "is installed", in("database")),
		about(6, "user", "app", "exists", "exists", in("application", "accounts")),
	))},
	"why":    {events: hosts(on(host("web1"), whyPromises()...))},
	"narrow": {events: hosts(on(host("web1"), append(whyPromises(), nginx("1.22.1-9")...)...)), options: Options{Width: 40}},
	"values": {events: hosts(on(host("web1"), valuePromises()...))},
	"same_reason": {events: hosts(on(host("web1"),
		key(), about(41, "file", "/etc/ssl/private/site.key", "owner", "owner is root", unknown("permission denied on /etc/ssl/private (the target's become would help)")),
		about(42, "file", "/etc/ssl/private/site.key", "size", "size is less than 4096", unknown("no answer within 10 s")),
		about(50, "service", "nginx", "enabled", "is enabled", skipped("not on this kernel")),
		about(51, "service", "nginx", "running", "is running", skipped("not on this kernel")),
		about(52, "service", "cron", "running", "is running", skipped("not on this kernel")),
	))},
	"text": {events: hosts(on(host("web1"), content(), about(9, "command", "make list", "stdout", "stdout contains done",
		values(`contains("done")`, strings.Repeat("one\n\n\ttwo\n", 50)), broken("50 targets"))))},
	"hosts_same": {events: hosts(
		on(host("web1"), append(nginx("1.22.1-9"), port())...),
		on(host("web2"), append(nginx("1.22.1-9"), port())...),
		on(host("web3"), append(nginx("1.22.1-9"), port())...))},
	"hosts_different": {events: hosts(
		on(host("web1"), append(nginx("1.22.1-9"), key(in("web server", "TLS")))...),
		on(host("web2"), append(nginx("1.24.0-1"), key(in("web server", "TLS")))...),
		on(host("db1"), about(1, "package", "postgresql", "installed", "is installed", in("database")), key(in("web server", "TLS"))),
		on(host("web3"), append(nginx("1.22.1-9"), about(60, "user", "app", "exists", "exists", in("last")))...))},
	// Which host stands above is never left to guess after a describe that told several.
	"hosts_standing": {events: hosts(
		on(host("web1"), about(1, "user", "a", "exists", "exists", in("one")), about(2, "user", "b", "uid", "uid is greater than 1", in("two"), values("gt(1)", "2")), about(4, "user", "d", "exists", "exists", in("four"))),
		on(host("web2"), about(2, "user", "b", "uid", "uid is greater than 1", in("two"), values("gt(1)", "3")), about(3, "user", "c", "exists", "exists", in("three")), about(4, "user", "d", "exists", "exists", in("four")), about(5, "user", "e", "exists", "exists", in("five"))),
		on(host("web1"), about(5, "user", "e", "exists", "exists", in("five"))))},
	"hosts_many":   {events: manyHosts(40)},
	"unreachable":  {events: hosts(on(down("web1.example.com", "dial tcp 192.0.2.1:22: i/o timeout (10 s)"), unreachedPromises()...))},
	"hosts_down":   {events: hosts(on(host("web1"), nginx("1.22.1-9")...), on(down("web2", "connection refused"), unreachedPromises()...))},
	"host_lost":    {events: hosts(on(lost("web1", "the connection was closed"), append(nginx("1.22.1-9"), key(), key(unknown("the connection was closed")))...))},
	"skipped_only": {events: hosts(on(host("web1"), about(1, "package", "nginx", "installed", "is installed", skipped("not this week"))))},
	"nothing":      {events: hosts(on(host("web1")))},
	"interrupted":  {events: interrupted(hosts(on(host("web1"), append(nginx("1.22.1-9"), key(unknown("interrupted")))...)))},
	"waited": {events: hosts(on(host("web1"),
		about(1, "port", "443", "listening", "is listening", waited(11.24)),
		about(2, "package", "nginx", "version", "version satisfies >= 1.22", values(`version(">= 1.22")`, `"1.22.1-9"`), waited(2)),
		about(3, "service", "nginx", "running", "is running", values("true", "false"), broken(""), waited(30)),
		about(4, "command", strings.Repeat("x", 90), "stdout", "stdout contains "+strings.Repeat("long ", 14), values("", "kept"), waited(3))))},
	"no_describe": {events: hosts(on(host("web1"), about(1, "package", "nginx", "installed", "is installed", in()), about(2, "user", "app", "exists", "exists", in("users"))))},
	"hostile":     {events: hostileRun()},
}

func content() record.Promise {
	return about(20, "file", "/etc/nginx/nginx.conf", "content", "content is the text of nginx.conf",
		values(`"user www-data;\nworker_processes auto;\n"`, "user www-data;\nworker_processes 1;\n"), broken(""), diff(unifiedDiff))
}

func whyPromises() []record.Promise {
	long := strings.Repeat("Because it has always been so. ", 5)
	return []record.Promise{
		about(1, "file", "/etc/ssl/private/site.key", "mode", "mode is 0600", why("The key is the crown jewel."), whys(long), values(`"0600"`, `"0644"`), broken("")),
		about(2, "file", "/etc/ssl/private/site.key", "owner", "owner is root", why("No one else signs."), whys(long), values(`"root"`, `"app"`), broken("")),
		about(3, "port", "22", "listening", "is not listening", why(long), whys(long), values("false", "false")),
		about(4, "port", "23", "listening", "is not listening", title("No one uses telnet any more"), whys(long), values("false", "false")),
	}
}

func valuePromises() []record.Promise {
	of := func(says, expected, found string, changes ...change) record.Promise {
		return about(1, "file", "/x", "a", says, append([]change{values(expected, found)}, changes...)...)
	}
	return []record.Promise{
		of("owner is root", `"root"`, `"root"`),
		of("mode is u=rw,go=r", `"u=rw,go=r"`, `"0644"`),
		of("mode is 0644", `"u=rw,go=r"`, `"0644"`),
		of("size is less than 10", "lt(10)", "1"),
		of("is immutable", "true", "true"),
		of("content contains \"a\"", `contains("a")`, `"a\tb\n"`),
		of("content is not empty", `not(empty())`, `"`+strings.Repeat("long ", 30)+`"`),
		of("owner is root", `"root"`, "", broken("no such file")),
		of("content is empty", `empty()`, `"`+strings.Repeat("long ", 3000)+`"`, broken("")),
	}
}

func unreachedPromises() []record.Promise {
	var all []record.Promise
	for i := range 14 {
		all = append(all, about(i+1, "package", fmt.Sprint("p", i), "installed", "is installed", unknown("could not be reached: whatever"), ofTarget))
	}
	return append(all, about(20, "package", "old", "installed", "is installed", skipped("not this week")))
}

func manyHosts(n int) []record.Event {
	var lists [][]record.Event
	for i := range n {
		h := host(fmt.Sprint("web", i+1))
		if i%2 == 1 {
			h.Target.Host["os.name"] = "Alpine Linux v3.20"
		}
		lists = append(lists, on(h, about(1, "port", "443", "listening", "is listening", waited(float64(i)))))
	}
	return hosts(lists...)
}

func render(t *testing.T, f *Format, o Options, events []record.Event) string {
	t.Helper()
	o.Catalog = catalog.All
	var b bytes.Buffer
	tell := All(f.New(&b, o))
	for _, e := range events {
		if err := tell(e); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestDocGolden(t *testing.T) {
	for name, c := range golden {
		t.Run(name, func(t *testing.T) {
			got := render(t, Doc, c.options, c.events)
			file := filepath.Join("testdata", name+".txt")
			if update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A golden file that no test writes any more proves nothing.
func TestNoStaleGolden(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, f := range files {
		if _, ok := golden[strings.TrimSuffix(filepath.Base(f), ".txt")]; !ok {
			t.Errorf("%s belongs to no test", f)
		}
	}
}

func TestDocNeverPrintsControls(t *testing.T) {
	for name, c := range golden {
		o := c.options
		o.Color = false
		for _, r := range render(t, Doc, o, c.events) {
			if r != '\n' && (r < 0x20 || r == 0x7f || plain.Char(r, string(r)) != string(r)) {
				t.Errorf("%s: %q reaches the terminal", name, r)
			}
		}
	}
}

func TestDocColorsOnlyWithItsOwnCodes(t *testing.T) {
	out := render(t, Doc, Options{Color: true}, hostileRun())
	for i, part := range strings.Split(out, "\x1b")[1:] {
		code, _, found := strings.Cut(part, "m")
		if !found || strings.Trim(code, "[0123456789;") != "" {
			t.Errorf("escape %d is %q", i, part[:min(10, len(part))])
		}
	}
}

// With one target every promise is on the terminal when its event has been told.
func TestDocPrintsOneTargetAsItComes(t *testing.T) {
	var b bytes.Buffer
	tell := All(Doc.New(&b, Options{}))
	for _, e := range hosts(on(host("web1"), nginx("1.22.1-9")...)) {
		tell(e)
		if e.Promise != nil && !strings.Contains(b.String(), e.Promise.Says) {
			t.Errorf("%q was not printed", e.Promise.Says)
		}
	}
}

// Whichever targets come first, the describes stand as in the spec.
func TestDocOrderIsTheSuites(t *testing.T) {
	a := about(1, "user", "a", "exists", "exists", in("first"))
	b := about(2, "user", "b", "exists", "exists", in("second"))
	c := about(3, "user", "c", "exists", "exists", in("third"))
	out := render(t, Doc, Options{}, hosts(on(host("h1"), a, c), on(host("h2"), b, c), on(host("h3"), a, b)))
	var got []string
	for _, line := range strings.Split(out, "\n") {
		if slices.Contains([]string{"first", "second", "third"}, line) {
			got = append(got, line)
		}
	}
	if want := []string{"first", "second", "third"}; !slices.Equal(got, want) {
		t.Errorf("got %q\n%s", got, out)
	}
}

func TestDocWithoutReason(t *testing.T) {
	out := render(t, Doc, Options{}, hosts(on(host("web1"), key(unknown("")), key(skipped("")))))
	for _, want := range []string{"not checked: no reason given", "skipped: no reason given"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestDocWithoutTargetEvent(t *testing.T) {
	p := port()
	p.Target = "lonely"
	out := render(t, Doc, Options{}, run(record.Event{Action: record.ActionPromise, Promise: &p}))
	if !strings.Contains(out, "lonely") || !strings.Contains(out, "is listening") {
		t.Error(out)
	}
}

func TestSystem(t *testing.T) {
	for want, facts := range map[string]map[string]string{
		"":                   {"name": "web1"},
		"Debian 12":          {"os.name": "Debian GNU/Linux 12 (bookworm)", "os.id": "debian", "os.version": "12"},
		"Alpine Linux v3.20": {"os.name": "Alpine Linux v3.20", "os.version": "3.20.1"},
		"Fedora Linux 40":    {"os.name": "Fedora Linux 40 (Server Edition)"},
		"void 1":             {"os.id": "void", "os.version": "1"},
	} {
		if got := (&record.Target{Host: facts}).System(); got != want {
			t.Errorf("%v is called %q", facts, got)
		}
	}
}

type brokenPipe struct{ calls int }

var errPipe = errors.New("broken pipe")

func (b *brokenPipe) Write([]byte) (int, error) { b.calls++; return 0, errPipe }

func TestWriterErrors(t *testing.T) {
	for _, f := range Formats {
		if f.New == nil {
			continue
		}
		w := &brokenPipe{}
		tell := All(f.New(w, Options{}))
		var err error
		for _, e := range hosts(on(host("web1"), nginx("1")...)) {
			err = tell(e)
		}
		if !errors.Is(err, errPipe) || w.calls != 1 {
			t.Errorf("%s: error %v after %d calls", f.Name, err, w.calls)
		}
	}
}
