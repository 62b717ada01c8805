package ssh_test

import (
	"testing"

	"github.com/avow-dev/avow/backends/backendtest"
)

func TestConformance(t *testing.T) {
	t.Run("in the process", func(t *testing.T) { backendtest.Run(t, newRig(t).host().Shell, backendtest.Limits{}) })
	t.Run("sshd", func(t *testing.T) {
		if host := realServer(t); host != nil {
			backendtest.Run(t, host.Shell, backendtest.Limits{LeavesChildren: true})
		}
	})
	t.Run("the testbed's sshd", func(t *testing.T) {
		backendtest.Run(t, testbedServer(t).Shell, backendtest.Limits{LeavesChildren: true})
	})
}
