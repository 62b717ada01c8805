package backends_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/avow-dev/avow/backends"
)

// startsProgram is what starts a program in Go.
var startsProgram = regexp.MustCompile(`\b(exec\.Command(Context)?|exec\.Cmd|os\.StartProcess|syscall\.(Exec|ForkExec|StartProcess))\b`)

// TestProgramsAreMadeInOnePlace: whoever starts a program elsewhere hands it the values of variables.
func TestProgramsAreMadeInOnePlace(t *testing.T) {
	seen := 0
	must(t, filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if !startsProgram.Match(text) {
			return err
		}
		if seen++; path != "../backends/environment.go" {
			t.Errorf("%s starts a program itself; use program of environment.go", path)
		}
		return err
	}))
	if seen == 0 {
		t.Error("not even environment.go starts a program")
	}
}

// TestVariablesAreNotInherited: what a spec's variables are given in the environment is for Avow alone.
func TestVariablesAreNotInherited(t *testing.T) {
	t.Setenv("AVOW_VAR_password", secret)
	t.Setenv("AVOW_OTHER", "kept")
	dir := t.TempDir()
	client := filepath.Join(dir, "client.env")
	must(t, os.WriteFile(filepath.Join(dir, "ssh"), []byte("#!/bin/sh\nenv >"+client+"\nexit 1\n"), 0o755))
	proxy := filepath.Join(dir, "proxy.env")
	for name, environment := range map[string]func(t *testing.T) string{
		"local":        func(t *testing.T) string { return output(t, backends.Local{}.Shell) },
		"exec":         func(t *testing.T) string { return output(t, backends.Exec{Command: []string{"/bin/sh"}}.Shell) },
		"ProxyCommand": func(t *testing.T) string { return ofProxy(t, proxy) },
		"ssh -G": func(t *testing.T) string {
			t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
			_ = shellOf(backends.NewSSH(backends.SSHOptions{}).Host(backends.SSHTarget{Host: "127.0.0.1", Port: 1}), "true")
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

func output(t *testing.T, shell shell) string {
	t.Helper()
	out, _, err := ask(t, shell, "env")
	must(t, err)
	return out
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
