package runner

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const expensive = `
describe "d" {
  command "head -c 8000000 /dev/zero | tr '\\0' a" { stdout = not(matches("a{0,900}b")) }
  command "echo after" { stdout = "after\n" }
}`

// TestJudgingCountsTowardsTheTimeout: a pattern that takes minutes on what a host answers holds up no run, and is not kept.
func TestJudgingCountsTowardsTheTimeout(t *testing.T) {
	for name, o := range map[string]Options{"of the run": {Timeout: 2 * time.Second}, "of the target": {Target: 2 * time.Second}} {
		begun := time.Now()
		events, end := recorded(t, context.Background(), suite(t, expensive), local(new(atomic.Int32)), o)
		if took := time.Since(begun); took > 4*time.Second || end.Unknown == 0 || strings.Contains(verdicts(events), "zero | tr '\\0' a stdout: kept") {
			t.Errorf("%s: %s\n%s", name, took, verdicts(events))
		}
		want := map[string]string{"of the run": "--timeout is over", "of the target": "(--target-timeout)"}[name]
		if !strings.Contains(verdicts(events), want) {
			t.Errorf("%s: no %q\n%s", name, want, verdicts(events))
		}
	}
}

// TestAnExpensivePatternIsGivenUp without any limit of the run, and the rest is judged.
func TestAnExpensivePatternIsGivenUp(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 10 s")
	}
	begun := time.Now()
	events, end := recorded(t, context.Background(), suite(t, expensive), local(new(atomic.Int32)), Options{})
	if took := time.Since(begun); took > 30*time.Second || end.Unknown != 1 || end.Kept != 1 {
		t.Errorf("%s\n%s", took, verdicts(events))
	}
	if !strings.Contains(verdicts(events), "gave up after searching for the pattern for 10s") {
		t.Error(verdicts(events))
	}
}
