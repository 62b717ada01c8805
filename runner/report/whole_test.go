package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// wholeTexts are the formats that tell a run at its end, with how they say that it is incomplete.
var wholeTexts = map[*Format]string{
	GitHub: "\ninterrupted: incomplete\n", SARIF: `"executionSuccessful": false`,
	Prometheus: "\navow_run_complete 0\n", Markdown: "\n**interrupted: incomplete**\n",
}

func TestWholeTextsAreHarmless(t *testing.T) {
	for name, events := range runs(t) {
		for f := range wholeTexts {
			out := render(t, f, Options{}, events)
			if !utf8.ValidString(out) {
				t.Errorf("%s: %s is no UTF-8", name, f.Name)
			}
			if i := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
				t.Errorf("%s: %s has %q", name, f.Name, out[i:min(i+20, len(out))])
			}
			if name == "megabyte" && (len(out) > megabyte/4 || !strings.Contains(out, "bytes")) {
				t.Errorf("%s of a megabyte is %d bytes, or does not say what it cut", f.Name, len(out))
			}
			if !strings.HasSuffix(out, "\n") || strings.HasSuffix(out, "\n\n") {
				t.Errorf("%s: %s ends with %q", name, f.Name, out[max(0, len(out)-20):])
			}
		}
	}
}

// TestWholeTextsOfASavedRun: a run that was saved and read again makes the same bytes.
func TestWholeTextsOfASavedRun(t *testing.T) {
	for name, events := range runs(t) {
		if strings.Contains(name, "hostile") { // bytes that are no UTF-8 do not survive JSON
			continue
		}
		saved := again(t, events)
		for f := range wholeTexts {
			if render(t, f, Options{}, events) != render(t, f, Options{}, saved) {
				t.Errorf("%s: %s is different the second time", name, f.Name)
			}
		}
	}
}

func again(t *testing.T, events []record.Event) []record.Event {
	t.Helper()
	var saved []record.Event
	for line := range strings.Lines(render(t, JSON, Options{}, events)) {
		var e record.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		saved = append(saved, e)
	}
	return nounsOf(saved)
}

func TestWholeTextsShowThatARunIsIncomplete(t *testing.T) {
	events := interrupted(hosts(on(host("web1"), nginx("1")...)))
	for f, says := range wholeTexts {
		if out := render(t, f, Options{}, events); !strings.Contains(out, says) {
			t.Errorf("%s does not say %q:\n%s", f.Name, says, out)
		}
		if out := render(t, f, Options{}, hosts(on(host("web1"), nginx("1")...))); strings.Contains(out, says) {
			t.Errorf("%s says %q of a complete run", f.Name, says)
		}
		events := recorded(t)
		if out := render(t, f, Options{Summary: failing{}}, events[:len(events)-1]); out != "" {
			t.Errorf("%s wrote of a run without an end:\n%s", f.Name, out)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestWholeTextsKeepTheFirstError(t *testing.T) {
	full := errors.New("no space left")
	for f := range wholeTexts {
		tell := All(f.New(failing{full}, Options{}))
		var err error
		for _, e := range recorded(t) {
			err = tell(e)
		}
		if !errors.Is(err, full) || !errors.Is(tell(record.Event{}), full) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	tell := All(GitHub.New(io.Discard, Options{Summary: failing{full}}))
	var err error
	for _, e := range recorded(t) {
		err = tell(e)
	}
	if !errors.Is(err, full) {
		t.Errorf("the summary's error: %v", err)
	}
}

// TestWholeTextsCountTheSame: all have the totals of the end.
func TestWholeTextsCountTheSame(t *testing.T) {
	for name, events := range runs(t) {
		end := events[len(events)-1].End
		properties := fmt.Sprintf(`{"kept":%d,"broken":%d,"unknown":%d,"skipped":%d,"targets":%d,`, end.Kept, end.Broken, end.Unknown, end.Skipped, end.Targets)
		for f, says := range map[*Format]string{GitHub: "\n" + words.Summary(end) + "\n", SARIF: properties, Markdown: "\n**" + words.Summary(end) + "**\n"} {
			out := "\n" + render(t, f, Options{}, events)
			if f == SARIF {
				out = strings.NewReplacer("\n", "", " ", "").Replace(out)
			}
			if !strings.Contains(out, says) {
				t.Errorf("%s: %s does not count %s", name, f.Name, says)
			}
		}
	}
}

// TestWholeTextsOfManyHosts: what 200 hosts have in common is told once.
func TestWholeTextsOfManyHosts(t *testing.T) {
	alike := fleet(200, old(every(200, 2)...), unreachable("connection refused", 4, 9))
	for f, limit := range map[*Format]int{GitHub: 4 << 10, SARIF: 16 << 10, Prometheus: 96 << 10, Markdown: 24 << 10} {
		out := render(t, f, Options{}, alike)
		if len(out) > limit {
			t.Errorf("%s is %d bytes", f.Name, len(out))
		}
		if f != Prometheus && !strings.Contains(out, "connection refused") {
			t.Errorf("%s does not say why hosts could not be reached", f.Name)
		}
	}
}

// TestWholeTextsNeverCallKeptWhatNobodySaw: nothing of a host that could not be reached is kept.
func TestWholeTextsNeverCallKeptWhatNobodySaw(t *testing.T) {
	events := hosts(on(down("db1", "connection refused"), port(), key(unknown("connection refused"))))
	unknown("connection refused")(events[2].Promise)
	events[2].Promise.Cause, events[3].Promise.Cause = record.CauseTarget, record.CauseTarget
	*events[len(events)-1].End = record.End{Unknown: 2, Targets: 1, Complete: true}
	for f, says := range map[*Format]string{
		GitHub: "::warning title=unknown%3A db1::db1 could not be reached: connection refused — 2 promises unknown\n1 host, 2 promises: 0 kept, 2 unknown",
		SARIF:  `Port 443 is listening: unknown\nunknown on db1: not checked: connection refused`, Prometheus: `avow_target_up{target="db1"} 0`,
		Markdown: "| Port 443 | is listening | ? unknown |",
	} {
		out := render(t, f, Options{}, events)
		if !strings.Contains(out, says) || strings.Contains(out, "✓ kept |") || strings.Contains(out, `verdict="kept"} 1`) {
			t.Errorf("%s:\n%s", f.Name, out)
		}
	}
}
