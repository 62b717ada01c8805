package testbed

import (
	"os/exec"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

func TestHosts(t *testing.T) {
	host := Start(t, "host", Systemd, Booted)
	for _, unit := range []string{"ssh", "nginx", "cron"} {
		if status, _, err := host.Exec(t.Context(), []string{"systemctl", "is-active", unit}); err != nil || status != 0 {
			t.Errorf("%s: status %d, %v", unit, status, err)
		}
	}
	for _, name := range []string{"busybox", "scratch"} {
		ctr := Start(t, name)
		if state, err := ctr.State(t.Context()); err != nil || !state.Running {
			t.Errorf("%s: %+v, %v", name, state, err)
		}
	}
}

// TestKilledTestLeavesNothing starts one container in the name of a process that has ended, and one in its own.
func TestKilledTestLeavesNothing(t *testing.T) {
	killed := exec.Command("sleep", "60")
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	owned := map[string]string{ownerLabel: owner(killed.Process.Pid)}
	left, kept := Start(t, "scratch", testcontainers.WithLabels(owned)), Start(t, "scratch")
	docker, err := testcontainers.NewDockerClientWithOpts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer docker.Close()
	check := func(when string, ctr testcontainers.Container, there bool) {
		t.Helper()
		_, err := docker.ContainerInspect(t.Context(), ctr.GetContainerID(), client.ContainerInspectOptions{})
		if there && err != nil || !there && !errdefs.IsNotFound(err) {
			t.Errorf("%s: there should be %t: %v", when, there, err)
		}
	}
	if err := removeOrphans(t.Context(), docker); err != nil {
		t.Fatal(err)
	}
	check("its test is running", left, true)
	_ = killed.Process.Kill()
	_ = killed.Wait()
	if err := removeOrphans(t.Context(), docker); err != nil {
		t.Fatal(err)
	}
	check("its test was killed", left, false)
	check("this test is running", kept, true)
}
