package report

import (
	"errors"
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record"
)

func TestAllKeepsOnAfterOneFails(t *testing.T) {
	good, bad := 0, 0
	first := errors.New("disk full")
	tell := All(
		func(record.Event, *record.Run) error { bad++; return first },
		func(record.Event, *record.Run) error { good++; return nil },
	)
	for range 3 {
		if err := tell(record.Event{}); !errors.Is(err, first) {
			t.Errorf("got %v", err)
		}
	}
	if good != 3 || bad != 1 {
		t.Errorf("the good one was called %d times, the failed one %d times", good, bad)
	}
}

func TestFormats(t *testing.T) {
	for _, f := range Formats {
		if Find(f.Name) != f {
			t.Errorf("%s is not found by its name", f.Name)
		}
		if f.Summary == "" || strings.HasSuffix(f.Summary, ".") {
			t.Errorf("%s: summary %q", f.Name, f.Summary)
		}
	}
	if Find("no such format") != nil {
		t.Error("found what is not there")
	}
}
