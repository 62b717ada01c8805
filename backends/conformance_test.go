package backends_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/backends/backendtest"
)

func TestConformance(t *testing.T) {
	t.Run("local", func(t *testing.T) { backendtest.Run(t, backends.Local{}.Shell, backendtest.Limits{}) })
	t.Run("exec", func(t *testing.T) {
		backendtest.Run(t, backends.Exec{Command: []string{"/bin/sh", "-s"}}.Shell, backendtest.Limits{})
	})
}

func TestLocalWithoutStart(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := (backends.Local{}).Shell(ctx, strings.NewReader(""), io.Discard, io.Discard); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestVariablesAreNotInherited: what a spec's variables are given in the environment is for Avow alone.
func TestVariablesAreNotInherited(t *testing.T) {
	const secret = "s3cr3t"
	t.Setenv("AVOW_VAR_password", secret)
	t.Setenv("AVOW_OTHER", "kept")
	for name, shell := range map[string]backendtest.Shell{
		"local": backends.Local{}.Shell, "exec": backends.Exec{Command: []string{"/bin/sh"}}.Shell,
	} {
		text, _, err := backendtest.Ask(t, shell, "env")
		if err != nil || strings.Contains(text, "AVOW_VAR_") || strings.Contains(text, secret) || !strings.Contains(text, "AVOW_OTHER=kept") {
			t.Errorf("%s: %v, its environment:\n%s", name, err, text)
		}
	}
}
