package ssh_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avow-dev/avow/backends/ssh"
)

// TestVariablesAreNotInherited: what a spec's variables are given in the environment is for Avow alone.
func TestVariablesAreNotInherited(t *testing.T) {
	t.Setenv("AVOW_VAR_password", secret)
	t.Setenv("AVOW_OTHER", "kept")
	dir := t.TempDir()
	client := filepath.Join(dir, "client.env")
	must(t, os.WriteFile(filepath.Join(dir, "ssh"), []byte("#!/bin/sh\nenv >"+client+"\nexit 1\n"), 0o755))
	proxy := filepath.Join(dir, "proxy.env")
	for name, environment := range map[string]func(t *testing.T) string{
		"ProxyCommand": func(t *testing.T) string { return ofProxy(t, proxy) },
		"ssh -G": func(t *testing.T) string {
			t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
			_ = shellOf(ssh.New(ssh.Options{}).Host(ssh.Target{Host: "127.0.0.1", Port: 1}), "true")
			return contents(t, client)
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := environment(t)
			if strings.Contains(text, "AVOW_VAR_") || strings.Contains(text, secret) || !strings.Contains(text, "AVOW_OTHER=kept") {
				t.Errorf("its environment:\n%s", text)
			}
		})
	}
}

func ofProxy(t *testing.T, path string) string {
	t.Helper()
	r := newRig(t)
	r.config("ProxyCommand env >" + path + "\n")
	if err := shellOf(r.host(), "true"); err == nil {
		t.Error("it speaks SSH")
	}
	return contents(t, path)
}

func contents(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return string(text)
}
