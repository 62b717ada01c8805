package report

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/avow-dev/avow/runner/report/words"

	"github.com/avow-dev/avow/runner/record"
)

// screen is what a terminal shows of one line, and how often it was written to.
type screen struct {
	sync.Mutex
	all    bytes.Buffer // not embedded: its other methods would not be counted
	writes int
}

func (s *screen) Write(p []byte) (int, error) {
	s.Lock()
	defer s.Unlock()
	s.writes++
	return s.all.Write(p)
}

func (s *screen) count() int {
	s.Lock()
	defer s.Unlock()
	return s.writes
}

func (s *screen) line() string {
	s.Lock()
	defer s.Unlock()
	all := s.all.String()
	return strings.TrimPrefix(all[max(strings.LastIndex(all, words.EraseLine), 0):], words.EraseLine)
}

func columns(n int) func() int { return func() int { return n } }

func TestLiveTells(t *testing.T) {
	for want, p := range map[string]record.Progress{
		"0 of 40 hosts done":                                    {Targets: 40},
		"0 of 1 host done, 1 in progress":                       {Running: 1, Targets: 1},
		"12 of 1,000 hosts done, 64 in progress, 2 unreachable": {Done: 12, Running: 64, Unreachable: 2, Targets: 1000},
	} {
		s := &screen{}
		tell, _ := Live(s, columns(0))
		tell(p)
		if s.line() != want {
			t.Errorf("%+v: %q", p, s.line())
		}
	}
}

func TestLiveFits(t *testing.T) {
	p := record.Progress{Done: 12, Running: 8, Unreachable: 2, Targets: 40}
	for width, want := range map[int]string{1: "", 2: "…", 10: "12 of 40…", 20: "12 of 40 hosts don…", 60: inWords(p)} {
		s := &screen{}
		tell, _ := Live(s, columns(width))
		tell(p)
		if s.line() != want || words.Runes(s.line()) >= width {
			t.Errorf("%d columns: %q", width, s.line())
		}
	}
}

func TestLiveIsNotDrawnTooOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &screen{}
		tell, erase := Live(s, columns(80))
		for i := range 1000 {
			tell(record.Progress{Done: i, Running: 1, Targets: 2000})
			time.Sleep(time.Millisecond)
		}
		if n := s.count(); n > 11 || n < 9 {
			t.Errorf("%d writes in a second", n)
		}
		time.Sleep(time.Second)
		if !strings.HasPrefix(s.line(), "999 of ") {
			t.Errorf("the last one is missing: %q", s.line())
		}
		erase()
	})
}

func TestLiveLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &screen{}
		tell, erase := Live(s, columns(80))
		erase()
		if s.count() != 0 {
			t.Error("erased what was not there")
		}
		tell(record.Progress{Done: 1, Targets: 9})
		tell(record.Progress{Done: 2, Targets: 9})
		erase()
		time.Sleep(time.Second)
		if s.line() != "" {
			t.Errorf("after erase: %q", s.line())
		}
		tell(record.Progress{Done: 3, Targets: 9})
		tell(record.Progress{Done: 4, Targets: 9})
		tell(record.Progress{Done: 9, Targets: 9})
		time.Sleep(time.Second)
		if s.line() != "" {
			t.Errorf("after all were done: %q", s.line())
		}
	})
}

func TestAboveTheLiveLine(t *testing.T) {
	s := &screen{}
	tell, erase := Live(s, columns(80))
	tell(record.Progress{Done: 1, Targets: 9})
	render := All(Doc.New(Above(s, erase), Options{}))
	for _, e := range fleet(2) {
		if err := render(e); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.HasPrefix(s.line(), "web server") || !strings.HasSuffix(s.line(), " s\n") {
		t.Errorf("%q", s.all.String())
	}
}

type deafTerminal struct{ calls int }

func (d *deafTerminal) Write([]byte) (int, error) { d.calls++; return 0, errors.New("gone") }

func TestLiveStopsAfterAnError(t *testing.T) {
	d := &deafTerminal{}
	tell, erase := Live(d, columns(80))
	tell(record.Progress{Targets: 9})
	erase()
	tell(record.Progress{Done: 1, Targets: 9})
	erase()
	if d.calls != 1 {
		t.Errorf("%d writes", d.calls)
	}
}

func TestLiveFromManyGoroutines(t *testing.T) {
	s := &screen{}
	tell, erase := Live(s, columns(80))
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() { tell(record.Progress{Done: i, Targets: 50}); erase() })
	}
	all.Wait()
	erase()
	if s.line() != "" {
		t.Errorf("%q", s.line())
	}
}
