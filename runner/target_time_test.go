package runner

import (
	"context"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/target"
)

// TestTheTimeOfATarget ends what is asked of it, and nothing else: what was answered counts, and the run is whole.
func TestTheTimeOfATarget(t *testing.T) {
	s := suite(t, `
describe "d" {
  file "/etc/passwd" { exists = true }
  command "sleep 60" { exit_status = not(0) }
}`)
	begun := time.Now()
	events, end := recorded(t, context.Background(), s, local(new(atomic.Int32)), Options{Target: time.Second})
	if took := time.Since(begun); took > 4*time.Second || end.Kept != 1 || end.Unknown != 1 || !end.Complete {
		t.Errorf("%s, %+v\n%s", took, end, verdicts(events))
	}
	if !strings.Contains(verdicts(events), "the target's time of 1s is over (--target-timeout)") {
		t.Error(verdicts(events))
	}
}

// TestATargetThatNeverAnswersIsToldAsSuch when its time is over.
func TestATargetThatNeverAnswersIsToldAsSuch(t *testing.T) {
	s := suite(t, "describe \"d\" {\n  file \"/no/such\" { exists = false }\n}")
	never := func(ctx context.Context, _ io.Reader, _, _ io.Writer) error {
		<-ctx.Done()
		return ctx.Err()
	}
	events, end := recorded(t, context.Background(), s, never, Options{Target: time.Second})
	if end.Unknown != 1 || !strings.Contains(verdicts(events), "--target-timeout") {
		t.Errorf("%+v\n%s", end, verdicts(events))
	}
	for _, e := range events {
		if e.Target != nil && !strings.Contains(e.Target.Error, "the target's time of 1s is over") {
			t.Errorf("%+v", e.Target)
		}
	}
}

// TestTimeOfATarget follows from what is asked: it is no less than the limits of its commands.
func TestTimeOfATarget(t *testing.T) {
	s := suite(t, `
describe "d" {
  command "a" { exit_status = 0 }
  command "b" {
    timeout     = "10m"
    exit_status = 0
  }
  file "/etc/passwd" {
    exists = true
    within = "5m"
  }
}`)
	r := &run{suite: s}
	got := r.timeOf(target.Connection{StartLimit: time.Second, ReachLimit: time.Second}, s.Resources(s.Targets[0], nil))
	if want := 17 * time.Minute; got < want || got > want+2*time.Minute {
		t.Error(got)
	}
	r.options.Target = time.Second
	if got := r.timeOf(target.Connection{}, s.Resources(s.Targets[0], nil)); got != time.Second {
		t.Error(got)
	}
}

// TestPlaces: who begins is bound by the places, who does not speak steps aside, and takes one again.
func TestPlaces(t *testing.T) {
	p := newPlaces(1)
	first, second := p.place(), p.place()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := first.begin(ctx); err != nil {
		t.Fatal(err)
	}
	first.clock = newClock(ctx, 2*time.Second)
	contact := first.contact()
	brief, stop := context.WithTimeout(ctx, slowToSpeak/2)
	defer stop()
	select {
	case <-second.first:
		t.Error("two have one place")
	case <-brief.Done():
	}
	if err := second.begin(ctx); err != nil { // when the first has stepped aside
		t.Fatal(err)
	}
	second.clock = newClock(ctx, time.Minute)
	second.contact().Accepted()
	if err := second.hasSpoken(ctx); err != nil {
		t.Fatal(err)
	}
	spoke := make(chan error)
	go func() { spoke <- contact.Spoke(ctx) }()
	time.Sleep(slowToSpeak + slowToSpeak/2)
	select {
	case err := <-spoke:
		t.Errorf("it went on without a place: %v", err)
	default:
	}
	second.end()
	if err := <-spoke; err != nil || first.clock.Err() != nil {
		t.Errorf("%v; the wait for a place counts: %v", err, first.clock.Err())
	}
	first.end()
	if p.held+p.dead+p.silent+p.onWay != 0 {
		t.Errorf("%+v", p)
	}
}

// TestTriedAgainWhenTheLoadIsGone: a target that timed out while all were slow gets another try, alone.
func TestTriedAgainWhenTheLoadIsGone(t *testing.T) {
	s := suite(t, "describe \"d\" {\n  file \"/no/such\" { exists = false }\n}")
	p := newPlaces(1)
	for range 20 {
		p.logins.add(strainedLogin)
	}
	place := p.place()
	_ = place.begin(context.Background())
	place.clock = newClock(context.Background(), time.Minute)
	if !place.later(context.Background()) || !place.held {
		t.Error("not tried again under load")
	}
	place.end()
	calm := newPlaces(1).place()
	_ = calm.begin(context.Background())
	if calm.later(context.Background()) || !calm.held {
		t.Error("tried again without load")
	}
	tries := 0
	v := newSessions(func(spec.Account) shell.Shell {
		return func(ctx context.Context, in io.Reader, out, errs io.Writer) error {
			if tries++; tries == 1 {
				return context.DeadlineExceeded
			}
			return local(new(atomic.Int32))(ctx, in, out, errs)
		}
	}, func(context.Context) bool { return true }, shell.Options{})
	defer v.close()
	for _, q := range queries([]*resourceState{{Resource: s.Resources(s.Targets[0], nil)[0]}}) {
		v.run(context.Background(), spec.Account{}, []shell.Query{q.shellQuery(false)}, func(_ int, _ shell.Result, err error) {
			if err != nil || tries != 2 {
				t.Errorf("%v after %d tries", err, tries)
			}
		})
	}
}
