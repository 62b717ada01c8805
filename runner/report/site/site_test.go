package site

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

var update = os.Getenv("AVOW_UPDATE") != ""

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// written is a site in a folder of its own.
func written(t testing.TB, run []record.Event, o words.Options) string {
	t.Helper()
	dir := t.TempDir()
	if err := writeRun(dir, run, o); err != nil {
		t.Fatal(err)
	}
	return dir
}

// writeRun writes a run that is over, even one that has no end because it was cut short.
func writeRun(dir string, events []record.Event, o words.Options) error {
	addCauses(events)
	return write(dir, newSite(record.RunOf(events), o))
}

// addCauses gives promises the cause that a run gives them whose target could not be reached.
func addCauses(events []record.Event) {
	why := ""
	for _, e := range events {
		switch {
		case e.Target != nil:
			why = e.Target.Error
		case e.Promise != nil && e.Promise.Status == record.Unknown && why != "" && strings.Contains(e.Promise.Reason, why):
			e.Promise.Cause = record.CauseTarget
		}
	}
}

// files are all files below a folder, by path.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		all[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestGolden(t *testing.T) {
	all := files(t, written(t, recorded(t), words.Options{}))
	pages := map[string]string{
		"front.html": "index.html", "host.html": "hosts/web-web1.example.com-cb1c45af.html",
		"hostile_host.html": "hosts/edge.html", "group.html": "groups/web-server-1643cf19.html",
	}
	for name, from := range pages {
		if strings.HasPrefix(name, "group") {
			from = only(t, all, "groups/web-server")
		}
		sameAs(t, filepath.Join("testdata", name), all[from])
	}
}

// only is the one path that begins so.
func only(t *testing.T, all map[string]string, prefix string) string {
	t.Helper()
	var found []string
	for name := range all {
		if strings.HasPrefix(name, prefix) {
			found = append(found, name)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%q begins %v", prefix, found)
	}
	return found[0]
}

func sameAs(t *testing.T, path, got string) {
	t.Helper()
	if update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// TestSiteIsTheStream holds the way events come one by one to the way they come at once.
func TestSiteIsTheStream(t *testing.T) {
	dir := t.TempDir()
	tell, run := New(dir, words.Options{}), record.NewRun()
	for _, e := range recorded(t) {
		run.Add(e)
		if err := tell(e, run); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(files(t, written(t, recorded(t), words.Options{})), files(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestSameRunSameBytes(t *testing.T) {
	history := [][]record.Event{fleet(9, 40, noon.AddDate(0, 0, -1))}
	first := files(t, written(t, fleet(9, 40, noon), words.Options{History: history}))
	second := files(t, written(t, fleet(9, 40, noon), words.Options{History: history}))
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
}

func TestNoTimeLeavesOutWhatAlwaysChanges(t *testing.T) {
	site := func(at time.Time, version string, history ...[]record.Event) map[string]string {
		run := fleet(9, 40, at)
		run[0].Start.Version = version
		run[len(run)-1].End.Elapsed = float64(at.Day())
		for _, e := range run {
			if e.Promise != nil {
				e.Promise.Elapsed = float64(at.Day())
			}
			if e.Target != nil {
				e.Target.Begun = at.Format(time.RFC3339)
			}
		}
		return files(t, written(t, run, words.Options{NoTime: true, History: history}))
	}
	yesterday := fleet(9, 40, noon.AddDate(0, 0, -1))
	if diff := cmp.Diff(site(noon, "1.0.0"), site(noon.AddDate(0, 0, 3), "1.1.0", yesterday)); diff != "" {
		t.Error(diff)
	}
}

var reference = regexp.MustCompile(`\s(?:href|src)="([^"]*)"`)

// TestLinksStayInside follows every reference of every page to a file of the site, and to a place in it.
func TestLinksStayInside(t *testing.T) {
	for name, run := range map[string][]record.Event{"recorded": recorded(t), "fleet": fleet(70, 60, noon), "history": fleet(5, 40, noon)} {
		all := files(t, written(t, run, words.Options{History: [][]record.Event{fleet(5, 40, noon.AddDate(0, 0, -1))}}))
		for page, text := range all {
			if !strings.HasSuffix(page, ".html") {
				continue
			}
			for _, m := range reference.FindAllStringSubmatch(text, -1) {
				to, place, _ := strings.Cut(m[1], "#")
				target := page
				if to != "" {
					target = path.Join(path.Dir(page), to)
				}
				goal, there := all[target]
				if !there || strings.Contains(to, ":") || strings.HasPrefix(to, "/") {
					t.Fatalf("%s: %s refers to %q, which is no file of the site", name, page, m[1])
				}
				if place != "" && !strings.Contains(goal, ` id="`+place+`"`) {
					t.Fatalf("%s: %s refers to %q, a place that is not there", name, page, m[1])
				}
			}
		}
	}
}

func TestEveryPageForbidsOthers(t *testing.T) {
	all := files(t, written(t, recorded(t), words.Options{}))
	for page, text := range all {
		if !strings.HasSuffix(page, ".html") {
			continue
		}
		if !strings.Contains(text, `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; script-src 'self';`) {
			t.Errorf("%s has no policy", page)
		}
		for _, bad := range []string{" style=", " onclick=", "<style", "javascript:\"", "=\"javascript:", "http://", "https://", "url(", "@import"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s has %q", page, bad)
			}
		}
	}
	for _, bad := range []string{"http:", "https:", "url(", "@import", "eval(", "innerHTML", "fetch(", "XMLHttpRequest"} {
		if strings.Contains(all["site.css"]+all["site.js"], bad) {
			t.Errorf("the style sheet or the script has %q", bad)
		}
	}
	if n := len(all["site.js"]); n > 10_000 {
		t.Errorf("the script has %d bytes", n)
	}
}

func TestHostileTextIsText(t *testing.T) {
	for page, text := range files(t, written(t, hostile(), words.Options{})) {
		for _, r := range text {
			if r < 0x20 && r != '\n' || r == 0x7f || r == 0x202e || r == 0x200b || r == 0xfffd {
				t.Fatalf("%s has %U", page, r)
			}
		}
		for _, bad := range []string{"<b>", "<script>", "<img", "<code><script", "\"'>"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s has %q", page, bad)
			}
		}
		if name := path.Base(page); !regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*$`).MatchString(name) {
			t.Errorf("the file name %q", name)
		}
	}
}

const evil = "\x1b[31mred\x00\x7f</code><script>alert(1)</script><img src=x onerror=alert(1)>\"'><b>bold</b>{{.Title}} ]]> javascript:alert(1) \u202etxt\u200b\xff/../../etc/passwd"

// hostile is a run in which whatever can be a host's or a spec's words is evil.
func hostile() []record.Event {
	run := tellRun(evil, 3)
	run.events[0].Start.Version = evil
	run.events[0].Start.Files = []record.File{{Path: evil, SHA256: evil}}
	for i, name := range []string{evil, "../../" + evil, "CON"} {
		run.host(record.Target{
			Name: name, Address: evil, Backend: evil, Error: []string{"", evil, ""}[i], Begun: evil,
			Host: map[string]string{evil: evil, "os.name": evil}, Identity: map[string]string{evil: evil},
		})
		for st := range record.Status(4) {
			run.promise(record.Promise{
				Target: name, Path: []string{evil, "nested " + evil}, PathWhys: []string{evil, evil}, Type: evil, DisplayName: evil, Name: evil,
				Attribute: evil, Title: []string{"", evil, evil, evil}[st], Status: st, Says: evil, Why: evil, Tags: []string{evil}, Expected: evil,
				Found: evil, Note: evil, Reason: evil, Diff: "-" + evil + "\n+" + evil + "\n", Elapsed: 1,
				Pos: record.Position{File: evil, Line: int(st) + 1, Column: 1},
			})
		}
	}
	run.end.Time, run.end.Timings = evil, []record.Timing{{Target: evil, Begun: evil, Ended: evil}}
	return run.over()
}

func TestLongTextsAreCut(t *testing.T) {
	run := tellRun("2026-01-31T12:00:00Z", 1)
	run.host(debian("web1"))
	long := strings.Repeat("all work and no play ", 50_000)
	for i, text := range []string{long, strings.Repeat("line\n", 200_000), `"` + strings.Repeat(`line\n`, 200_000) + `"`} {
		run.promise(record.Promise{
			Target: "web1", Path: []string{"group"}, PathWhys: []string{long}, Type: "file", Name: long, Status: record.Broken, Says: long,
			Why: long, Expected: text, Found: text, Note: text, Diff: text, Tags: []string{long}, Pos: record.Position{File: "a", Line: i},
		})
	}
	for page, text := range files(t, written(t, run.over(), words.Options{})) {
		if len(text) > 300_000 {
			t.Errorf("%s has %d bytes", page, len(text))
		}
		if strings.HasPrefix(page, "hosts/") && !(strings.Contains(text, "bytes)") && strings.Contains(text, "more line")) {
			t.Errorf("%s does not say what was cut", page)
		}
	}
}

func TestFrontPageOfManyHostsIsSmall(t *testing.T) {
	t.Run("as usual", func(t *testing.T) {
		all := files(t, written(t, fleet(200, 200, noon), words.Options{}))
		if n := len(all["index.html"]); n > 500_000 {
			t.Errorf("the front page has %d bytes", n)
		}
		if n := len(slices.Collect(maps.Keys(all))); n != 200+16+5 {
			t.Errorf("%d files", n)
		}
	})
	t.Run("at its worst", func(t *testing.T) {
		run := fleet(200, 200, noon)
		for i, e := range run {
			if e.Promise != nil {
				e.Promise.Status = record.Status(i*i/3) % 4
				e.Promise.Found, e.Promise.Reason = strings.Repeat(digest(string(rune(i))), 9), digest(string(rune(i)))
				e.Promise.Diff = ""
			}
		}
		if n := len(files(t, written(t, run, words.Options{}))["index.html"]); n > 1_000_000 {
			t.Errorf("the front page has %d bytes", n)
		}
	})
}

func BenchmarkSite(b *testing.B) {
	run := fleet(200, 200, noon)
	for b.Loop() {
		if err := writeRun(b.TempDir(), run, words.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestASmallRunMakesNoLargeSite: hosts and groups that have nothing to do with each other stand on each other's pages no
// more often than they must. A saved run may be anybody's.
func TestASmallRunMakesNoLargeSite(t *testing.T) {
	size := func(n int) int {
		events := []record.Event{{Action: record.ActionStart, Start: &record.Start{Version: "1", Time: noon.Format(time.RFC3339), Targets: n}}}
		for i := range n {
			name := "host-with-a-long-name-" + strings.Repeat("x", i%10) + string(rune('a'+i%26)) + strings.Repeat("y", i/26)
			events = append(events,
				record.Event{Action: record.ActionTarget, Target: &record.Target{Name: name, Backend: "ssh"}},
				record.Event{Action: record.ActionPromise, Promise: &record.Promise{
					Target: name, Path: []string{"group of " + name}, PathWhys: []string{""}, Type: "file", Name: "/x", Attribute: "exists",
					Tags: []string{"tag-" + name}, Says: "exists", Expected: "true", Pos: record.Position{File: "a", Line: i + 1, Column: 1},
				}})
		}
		events = append(events, record.Event{Action: record.ActionEnd, End: &record.End{Kept: n, Targets: n, Complete: true}})
		all := 0
		for _, text := range files(t, written(t, events, words.Options{})) {
			all += len(text)
		}
		return all
	}
	few, many := size(150), size(300)
	if many > 5*few/2 {
		t.Errorf("%d bytes for 150 hosts, %d for 300", few, many)
	}
}
