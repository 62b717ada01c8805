package runner

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/target"
)

// withoutAShell runs a suite on a target that can be looked at by its files, or not.
func withoutAShell(t *testing.T, s *spec.Suite, files func(context.Context) (fs.FS, error)) ([]record.Event, record.End) {
	t.Helper()
	var events []record.Event
	way := target.Connection{Files: files, NoShell: func(context.Context) error {
		return errors.New("the container has no /bin/sh")
	}}
	end, err := Run(t.Context(), s, by(way), Options{}, func(e record.Event) error {
		events = append(events, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return events, end
}

func shelllessSuite(t *testing.T) *spec.Suite {
	return suite(t, `
describe "d" {
  file "/srv/a" { exists = true }
  file "/srv/b" { exists = false }
  port "80" { listening = false }
  command "true" { exit_status = not(0) }
}`)
}

// TestFilesStandInForAShell: what stands in files is answered, the rest is unknown, and the target was reached.
func TestFilesStandInForAShell(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "srv"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "srv", "a"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	events, end := withoutAShell(t, shelllessSuite(t), func(context.Context) (fs.FS, error) { return os.DirFS(dir), nil })
	want := "file /srv/a exists: kept\nfile /srv/b exists: kept\n" +
		"port 80 listening: unknown (this needs a shell: the container has no /bin/sh)\n" +
		"command true exit_status: unknown (this needs a shell: the container has no /bin/sh)\n"
	if got := verdicts(events); got != want {
		t.Errorf("%s", got)
	}
	if target := events[1].Target; target == nil || target.Error != "" || end.Unknown != 2 {
		t.Errorf("%+v", events[1])
	}
}

// TestFilesThatCannotBeHad: neither kept nor broken, and the target says why.
func TestFilesThatCannotBeHad(t *testing.T) {
	events, end := withoutAShell(t, shelllessSuite(t), func(context.Context) (fs.FS, error) { return nil, errors.New("the engine is gone") })
	if end.Unknown != 4 || events[1].Target.Error != "the engine is gone" {
		t.Errorf("%+v, %+v\n%s", end, events[1].Target, verdicts(events))
	}
	if !strings.Contains(verdicts(events), "file /srv/b exists: unknown (the engine is gone)") {
		t.Errorf("%s", verdicts(events))
	}
	for _, e := range events {
		if e.Promise != nil && e.Promise.Cause != record.CauseTarget {
			t.Errorf("%s %s: %q", e.Promise.Type, e.Promise.Name, e.Promise.Reason)
		}
	}
	none := func(context.Context, io.Reader, io.Writer, io.Writer) error {
		return errors.New("there is no such container")
	}
	events, end = recorded(t, t.Context(), shelllessSuite(t), none, Options{})
	if end.Unknown != 4 || events[1].Target.Error != "there is no such container" {
		t.Errorf("without files: %+v, %+v", end, events[1].Target)
	}
}
