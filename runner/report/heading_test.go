package report

import (
	"strings"
	"testing"
)

// TestHeadingsClaimNothingOfOthers: what is not known of a target, such as the system of a BusyBox host, is not said for
// it by the heading that it shares with others.
func TestHeadingsClaimNothingOfOthers(t *testing.T) {
	busybox := host("b")
	busybox.Target.Host = map[string]string{"name": "b"}
	out := render(t, Doc, Options{}, hosts(on(host("a"), nginx("1.22")...), on(busybox, nginx("1.22")...)))
	if !strings.Contains(out, "  a, b · ssh\n") || strings.Contains(out, "Debian") {
		t.Errorf("the heading of two hosts with one known system:\n%s", out)
	}
	if out := render(t, Doc, Options{}, hosts(on(host("a"), nginx("1.22")...), on(host("c"), nginx("1.22")...))); !strings.Contains(out, "  a, c · Debian 12 · ssh\n") {
		t.Errorf("the heading of two hosts with one system:\n%s", out)
	}
}

// TestOneAttemptUsesUpTheTime: the first attempt may take as long as `within` lasts, and the note says so.
func TestOneAttemptUsesUpTheTime(t *testing.T) {
	p := port()
	p.Attempts, p.Elapsed = 1, 2.5
	if out := render(t, Doc, Options{}, hosts(on(host("web1"), p))); !strings.Contains(out, "tcp listeners are 22, 80; still failing after 2.5s (1 attempt)") {
		t.Error(out)
	}
	p.Elapsed = 0
	if out := render(t, Doc, Options{}, hosts(on(host("web1"), p))); strings.Contains(out, "still failing") {
		t.Error(out)
	}
}
