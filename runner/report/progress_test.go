package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

// TestDotsTellWhatDocTells: after the marks and a blank line stands, to the byte, what doc tells with -q.
func TestDotsTellWhatDocTells(t *testing.T) {
	for name, events := range runs(t) {
		doc := render(t, Doc, Options{Quiet: true}, events)
		marks, found := strings.CutSuffix(render(t, Dots, Options{}, events), doc)
		n := events[len(events)-1].End.Counts().All()
		marks, blank := strings.CutSuffix(marks, "\n\n")
		if !found || blank != (n > 0) || words.Runes(strings.ReplaceAll(marks, "\n", "")) != n || strings.Trim(marks, ".✗?–\n") != "" {
			t.Errorf("%s: %d promises, the marks are %q", name, n, marks)
		}
	}
}

func TestDotsAreWrapped(t *testing.T) {
	for width, want := range map[int]string{
		0:   strings.Repeat(".", 80) + "\n" + strings.Repeat(".", 20),
		30:  strings.Repeat(strings.Repeat(".", 30)+"\n", 3) + strings.Repeat(".", 10),
		50:  strings.Repeat(".", 50) + "\n" + strings.Repeat(".", 50),
		200: strings.Repeat(".", 100),
	} {
		var hundred []record.Promise
		for range 50 {
			hundred = append(hundred, nginx("1")...)
		}
		got, _, _ := strings.Cut(render(t, Dots, Options{Width: width}, hosts(on(host("web1"), hundred...))), "\n\n")
		if got != want {
			t.Errorf("%d columns: got\n%s\nwant\n%s", width, got, want)
		}
	}
}

// TestDotsComeAsTheyAreKnown, one at a time, on one host and on several.
func TestDotsComeAsTheyAreKnown(t *testing.T) {
	for _, events := range [][]record.Event{
		hosts(on(host("web1"), append(nginx("1"), port(), key(), skippedOne())...)),
		hosts(on(host("web1"), nginx("1")...), on(host("web2"), port(), key(), skippedOne())),
	} {
		var b bytes.Buffer
		tell := All(Dots.New(&b, Options{}))
		var marks []rune
		for _, e := range events[:len(events)-1] {
			if e.Promise != nil {
				marks = append(marks, []rune("..✗?–")[len(marks)])
			}
			if err := tell(e); err != nil || b.String() != string(marks) {
				t.Errorf("got %q, want %q, %v", b.String(), string(marks), err)
			}
		}
	}
}

func TestDotsInColor(t *testing.T) {
	out := render(t, Dots, Options{Color: true}, hosts(on(host("web1"), append(nginx("1"), port())...)))
	if want := "\x1b[32m.\x1b[0m\x1b[32m.\x1b[0m\x1b[31m✗\x1b[0m\n\n"; !strings.HasPrefix(out, want) {
		t.Errorf("got %q", out[:min(len(out), 80)])
	}
}
