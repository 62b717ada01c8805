package docker

import (
	"os/exec"
	"testing"
)

// TestProcessGone: only a process that is seen to have ended has ended. A wrong answer would remove a container that
// somebody else looks at.
func TestProcessGone(t *testing.T) {
	self := thisProcess()
	if self.boot == "" || self.namespace == "" || self.began == "" {
		t.Skipf("/proc does not tell: %+v", self)
	}
	child := exec.Command("true")
	if err := child.Run(); err != nil {
		t.Fatal(err)
	}
	with := func(change func(*process)) string {
		p := self
		change(&p)
		return p.String()
	}
	for label, gone := range map[string]bool{
		self.String(): false,
		with(func(p *process) { p.pid, p.began = child.Process.Pid, "1" }): true,
		with(func(p *process) { p.began = "1" }):                           true, // its number was given to another one
		with(func(p *process) { p.boot = "other" }):                        false,
		with(func(p *process) { p.namespace = "pid:[1]" }):                 false,
		with(func(p *process) { p.pid, p.boot = child.Process.Pid, "x" }):  false,
		"": false, "a b c d": false, self.boot + " " + self.namespace + " x 1": false,
	} {
		if got := self.ended(label); got != gone {
			t.Errorf("%q: gone is %v", label, got)
		}
	}
	if (process{}).ended(self.String()) {
		t.Error("a process that knows nothing of itself says that another one is gone")
	}
}
