package docker_test

import (
	"os/exec"
	"testing"

	"github.com/moby/moby/api/types/container"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/backends/backendtest"
)

func TestConformance(t *testing.T) {
	target := started(t, container.HostConfig{})
	t.Run("docker", func(t *testing.T) { backendtest.Run(t, target.Shell, backendtest.Limits{LeavesChildren: true}) })
	t.Run("docker by command", func(t *testing.T) {
		if _, err := exec.LookPath("docker"); err != nil {
			t.Skip("there is no docker command")
		}
		command := backends.Exec{Command: target.command()}
		backendtest.Run(t, command.Shell, backendtest.Limits{KilledAs: "exit status 137", LeavesChildren: true})
	})
}
