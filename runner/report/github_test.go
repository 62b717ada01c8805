package report

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/markdown"
	"github.com/avow-dev/avow/runner/report/words"
)

// command is a workflow command as the runner of GitHub Actions reads it.
type command struct {
	name, data string
	properties map[string]string
}

// readLog reads a log as the runner does: what begins with `::` after blanks is a command, and so is `##[` anywhere.
func readLog(log string) (commands []command, lines []string, err error) {
	for line := range strings.Lines(log) {
		line = strings.TrimSuffix(line, "\n")
		head, isCommand := strings.CutPrefix(strings.TrimLeft(line, " \t\r"), "::")
		switch {
		case strings.Contains(line, "##["):
			return nil, nil, fmt.Errorf("an old command in %q", line)
		case !isCommand:
			lines = append(lines, line)
			continue
		}
		head, text, found := strings.Cut(head, "::")
		name, properties, _ := strings.Cut(head, " ")
		if !found || name != "error" && name != "warning" {
			return nil, nil, fmt.Errorf("a command of others: %q", line)
		}
		c := command{name, decode(text, "%0D", "\r", "%0A", "\n", "%25", "%"), map[string]string{}}
		for _, p := range strings.Split(properties, ",") {
			key, value, _ := strings.Cut(p, "=")
			c.properties[key] = decode(value, "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
		}
		commands = append(commands, c)
	}
	return commands, lines, nil
}

// decode replaces one after the other, as the runner does.
func decode(s string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		s = strings.ReplaceAll(s, pairs[i], pairs[i+1])
	}
	return s
}

func TestGitHubHasOnlyItsOwnCommands(t *testing.T) {
	for name, events := range runs(t) {
		commands, lines, err := readLog(render(t, GitHub, Options{}, events))
		if err != nil || lines[len(lines)-1] != words.Summary(events[len(events)-1].End) {
			t.Errorf("%s: %v, %q", name, err, lines)
		}
		shown := map[string]int{}
		for _, c := range commands {
			if shown[c.name]++; shown[c.name] > maxAnnotations {
				t.Errorf("%s: GitHub leaves %v out", name, c)
			}
		}
	}
}

// TestGitHubInjection: what a host or a spec says is text, wherever it stands.
func TestGitHubInjection(t *testing.T) {
	const evil = "x\n::error::owned\r\n##[error]owned ::stop-commands::x %0A::add-mask::a,title=b:c"
	var promises []record.Promise
	for i := range 40 {
		p := about(i+1, evil, evil, evil, evil, values(evil, evil), broken(evil), in(evil))
		p.Pos.File = evil
		if i%2 == 0 {
			unknown(evil)(&p)
		}
		promises = append(promises, p)
	}
	commands, lines, err := readLog(render(t, GitHub, Options{}, hosts(on(host(evil), promises...), on(down(evil+"2", evil)))))
	if err != nil {
		t.Fatal(err)
	}
	if len(commands) != 2*maxAnnotations || len(lines) != 11+12+1 {
		t.Errorf("%d commands, %d lines:\n%s", len(commands), len(lines), strings.Join(lines, "\n"))
	}
	// The runner leaves %2C and the like in a text as they are; what it takes apart must come back whole.
	for _, c := range commands[:maxAnnotations-1] {
		if want := strings.ReplaceAll(plain.Value(plain.Text(evil), words.MaxLine), "##[", `##\[`); c.properties["file"] != want || !strings.Contains(c.data, want) {
			t.Errorf("got %q, want %q", c.properties["file"], want)
		}
	}
}

// TestGitHubTellsEqualPromisesOnce, names the hosts, and puts what is broken first.
func TestGitHubTellsEqualPromisesOnce(t *testing.T) {
	out := render(t, GitHub, Options{}, hosts(
		on(host("web1"), key(), port()), on(host("web2"), key(), port()),
		on(host("web3"), key(), about(31, "port", "443", "listening", "is listening"))))
	commands, _, err := readLog(out)
	if err != nil || len(commands) != 2 {
		t.Fatalf("%v:\n%s", err, out)
	}
	first, second := commands[0], commands[1]
	if first.name != "error" || first.properties["line"] != "31" || first.properties["col"] != "17" || first.properties["file"] != "web.spec.hcl" ||
		first.data != "Port 443 is listening: broken\non web1, web2: expected true, found false; tcp listeners are 22, 80" {
		t.Errorf("%+v", first)
	}
	if second.name != "warning" || !strings.Contains(second.data, "on web1, web2, web3: not checked: permission denied") {
		t.Errorf("%+v", second)
	}
}

// TestGitHubSaysHowManyMore: nothing that is broken is lost silently among more than GitHub shows.
func TestGitHubSaysHowManyMore(t *testing.T) {
	var promises []record.Promise
	for i := range 1200 {
		promises = append(promises, about(i+1, "port", fmt.Sprint(i), "listening", "is listening", values("true", "false"), broken("")))
	}
	commands, lines, err := readLog(render(t, GitHub, Options{}, hosts(on(host("web1"), promises...))))
	if err != nil || len(commands) != maxAnnotations || commands[maxAnnotations-1].data != "1,191 more in the log" {
		t.Fatalf("%v, %v", err, commands)
	}
	if len(lines) != maxLogged+2 || lines[maxLogged] != "… 191 lines left out" ||
		lines[0] != "error: Port 9 is listening: broken; on web1: expected true, found false (web.spec.hcl:10,17)" {
		t.Errorf("%d lines, %q", len(lines), lines[0])
	}
}

func summaryOf(t *testing.T, events []record.Event) string {
	t.Helper()
	var b bytes.Buffer
	render(t, GitHub, Options{Summary: &b}, events)
	return b.String()
}

func TestGitHubSummary(t *testing.T) {
	sameAs(t, "testdata/recorded.github_summary", summaryOf(t, recorded(t)))
	for name, events := range runs(t) {
		out := summaryOf(t, events)
		if err := wellFormed(out); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(out, "\n**"+words.Summary(events[len(events)-1].End)+"**\n") {
			t.Errorf("%s: no totals:\n%s", name, out)
		}
	}
}

// TestGitHubSummaryIsCut where GitHub would take none of it, between two blocks, and says so.
func TestGitHubSummaryIsCut(t *testing.T) {
	var promises []record.Promise
	for i := range 3000 {
		promises = append(promises, about(i+1, "port", fmt.Sprint(i), "listening", "is listening", values("true", strings.Repeat("`<", 300)), broken("")))
	}
	out := summaryOf(t, hosts(on(host("web1"), promises...)))
	if len(out) > markdown.MaxSummary || len(out) < markdown.MaxSummary-4096 || !strings.HasSuffix(out, "\n\n**Cut here: GitHub takes no longer summary. The log and other formats have the rest.**\n") {
		t.Errorf("%d bytes, ends with %q", len(out), out[len(out)-100:])
	}
	if err := wellFormed(out); err != nil {
		t.Error(err)
	}
}

// TestGitHubSummaryAfterAFailedLog: the log's error is told, and stays.
func TestGitHubSummaryAfterAFailedLog(t *testing.T) {
	full := errors.New("no space left")
	var b bytes.Buffer
	tell := All(GitHub.New(failing{full}, Options{Summary: &b}))
	for _, e := range recorded(t) {
		if err := tell(e); e.End != nil && !errors.Is(err, full) {
			t.Error(err)
		}
	}
}
