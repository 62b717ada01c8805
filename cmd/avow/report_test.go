package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avow-dev/avow/runner/report"
)

// everyState has every verdict on two targets, one that cannot be reached, promises that waited, bytes that are no
// UTF-8, and a secret.
const everyState = `
variable "word" {
  type      = string
  default   = "open sesame"
  sensitive = true
}
target "exec" "a" { command = ["/bin/sh", "-s"] }
target "exec" "b" {
  command = ["/bin/sh", "-s"]
  tags    = ["second"]
  vars    = { n = "2" }
}
target "exec" "down" { command = ["/bin/sh", "-c", "exit 7"] }
describe "every | <verdict> & [more](javascript:x)" {
  why  = "So that each is seen once."
  tags = ["all"]
  file "/etc/passwd" { exists = true }
  file "/no/such" {
    title = "a title"
    mode  = "0644"
  }
  command "printf 'a\nb\\377\\033[31m\\000\n'" { stdout = "a\nc\n" }
  command "true" {
    dir         = "/no/such"
    exit_status = 0
  }
  command "false" {
    within      = "300ms"
    exit_status = 0
  }
  port "1" {
    skip      = "not now"
    listening = true
  }
  command "exit 0" {
    only_if     = host.os.id == "no such system"
    exit_status = 0
  }
  command "echo it is" { stdout = contains(var.word) }
  describe "inner" {
    user "root" { exists = true }
  }
}
`

// avow runs the command line and insists on its exit code.
func avow(t *testing.T, want exitCode, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), args, strings.NewReader(""), &out, &errs); code != want {
		t.Fatalf("avow %s: exit code %d, not %d\n%s%s", strings.Join(args, " "), code, want, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

// into is an -f for every format, each into the folder.
func into(dir string) []string {
	var flags []string
	for _, f := range report.Formats {
		flags = append(flags, "-f", f.Name+"="+filepath.Join(dir, f.Name))
	}
	return flags
}

// tree is every file below a folder.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestReportTellsTheSame: a saved run makes the same bytes as the run itself, in every format that there is.
func TestReportTellsTheSame(t *testing.T) {
	dir := t.TempDir()
	suite, past := filepath.Join(dir, "a.spec.hcl"), filepath.Join(dir, "past")
	put(t, dir, "a.spec.hcl", everyState)
	avow(t, exitBroken, "check", "-q", "--history", past, suite)
	earlier(t, past)
	for name, flags := range map[string][]string{
		"plain": nil, "no-time": {"--no-time"}, "quiet": {"-q", "--per-host"}, "history": {"--history", past},
	} {
		t.Run(name, func(t *testing.T) {
			live, again, saved := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "run.jsonl")
			t.Setenv("GITHUB_STEP_SUMMARY", filepath.Join(live, "summary"))
			stdout, _ := avow(t, exitBroken, append(append([]string{"check", suite, "-f", "json=" + saved}, flags...), into(live)...)...)
			t.Setenv("GITHUB_STEP_SUMMARY", filepath.Join(again, "summary"))
			restored, stderr := avow(t, exitKept, append(append([]string{"report", saved}, flags...), into(again)...)...)
			if stderr != "" {
				t.Errorf("stderr: %s", stderr)
			}
			if diff := cmp.Diff(stdout, restored); diff != "" {
				t.Errorf("stdout (-live +report):\n%s", diff)
			}
			if diff := cmp.Diff(tree(t, live), tree(t, again)); diff != "" {
				t.Errorf("(-live +report):\n%s", diff)
			}
			showsNoSecret(t, tree(t, live))
		})
	}
}

// earlier makes the runs of a history older, so that they are before the runs to come.
func earlier(t *testing.T, dir string) {
	t.Helper()
	for name, text := range tree(t, dir) {
		_, rest, _ := strings.Cut(text, `"time":"`)
		old := rest[:len("2006-01-02T15:04:05Z")]
		put(t, dir, "20010203T040506Z-"+name[len("20060102T150405Z-"):], strings.ReplaceAll(text, old, "2001-02-03T04:05:06Z"))
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func showsNoSecret(t *testing.T, files map[string]string) {
	t.Helper()
	for path, text := range files {
		if strings.Contains(text, "open sesame") {
			t.Errorf("%s shows a secret", path)
		}
	}
}
