package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/catalog"
	"github.com/avow-dev/avow/spec/target"
)

// local is a shell on this machine, and how often it was opened.
func local(opened *atomic.Int32) shell.Shell {
	return func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		opened.Add(1)
		return backends.Local{}.Shell(ctx, stdin, stdout, stderr)
	}
}

func suite(t *testing.T, text string) *spec.Suite {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.spec.hcl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := spec.Load([]string{path}, spec.Options{Catalog: catalog.All, Backends: backends.All})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// recorded runs a suite on the given shell and returns what was told.
func recorded(t *testing.T, ctx context.Context, s *spec.Suite, shell shell.Shell, o Options) ([]record.Event, record.End) {
	t.Helper()
	var events []record.Event
	end, err := Run(ctx, s, by(target.Connection{Shell: shell, StartLimit: 3 * time.Second}), o, func(e record.Event) error {
		events = append(events, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return events, end
}

// by opens every target by one way.
func by(way target.Connection) func(target.Target) target.Connection {
	return func(target.Target) target.Connection { return way }
}

// verdicts are the promises of a run, a line each.
func verdicts(events []record.Event) string {
	var b strings.Builder
	for _, e := range events {
		if p := e.Promise; p != nil {
			fmt.Fprintf(&b, "%s %s %s: %s%s\n", p.Type, p.Name, p.Attribute, p.Status, because(p.Reason))
		}
	}
	return b.String()
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

func TestOneShellForAll(t *testing.T) {
	var opened atomic.Int32
	s := suite(t, `
describe "d" {
  file "/etc/passwd" {
    type    = "file"
    content = contains("root")
  }
  file "/etc/group" {
    only_if = host.kernel != ""
    type    = "file"
  }
  command "echo 1" { stdout = "1\n" }
  command "echo 2" { stdout = "2\n" }
}`)
	_, end := recorded(t, context.Background(), s, local(&opened), Options{})
	if end.Kept != 5 || opened.Load() != 1 || !end.Complete {
		t.Errorf("%d shells, %+v", opened.Load(), end)
	}
}

func TestEqualQuestionsAreAskedOnce(t *testing.T) {
	counter := filepath.Join(t.TempDir(), "counter")
	s := suite(t, fmt.Sprintf(`
describe "d" {
  command "echo x >>%[1]s; wc -l <%[1]s" { stdout = contains("1") }
  command "echo x >>%[1]s; wc -l <%[1]s" { exit_status = 0 }
}`, counter))
	_, end := recorded(t, context.Background(), s, local(new(atomic.Int32)), Options{})
	if got, _ := os.ReadFile(counter); string(got) != "x\n" || end.Kept != 2 {
		t.Errorf("%q, %+v", got, end)
	}
}

// TestFaults: whatever a host does, what it did not answer is unknown, with the reason, and never kept.
func TestFaults(t *testing.T) {
	s := suite(t, `
describe "negative promises" {
  file "/no/such/file" { exists = false }
  user "no-such-user" { exists = false }
  port "1" { listening = false }
  process "no-such-process" { running = false }
  command "false" { exit_status = not(0) }
}`)
	for name, c := range map[string]struct {
		shell  shell.Shell
		reason string
	}{
		"refuses":                  {func(context.Context, io.Reader, io.Writer, io.Writer) error { return errors.New("connection refused") }, "connection refused"},
		"nologin":                  {script("echo This account is currently not available.; exit 1"), "This account is currently not available."},
		"says nothing, exit 0":     {script("exit 0"), "ended without a word"},
		"answers everything alike": {script("while read -r line; do echo ok; done"), ""},
		"echoes":                   {script("cat"), ""},
		"rubbish": {func(_ context.Context, in io.Reader, out, errs io.Writer) error {
			go io.Copy(io.Discard, in)
			_, err := out.Write(bytes.Repeat([]byte{0, 255, '\n', 'x'}, 1<<20))
			return err
		}, "no shell: x x x"},
		"half an answer": {cut(250), "killed"},
		"only stdout":    {noStderr, "nothing comes on stderr"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), 25*time.Second)
			defer cancel()
			events, end := recorded(t, ctx, s, c.shell, Options{})
			if end.Unknown != 5 || end.Kept+end.Broken+end.Skipped > 0 {
				t.Errorf("%+v\n%s", end, verdicts(events))
			}
			for _, e := range events {
				if e.Promise != nil && !strings.Contains(e.Promise.Reason, c.reason) {
					t.Errorf("the reason %q has no %q", e.Promise.Reason, c.reason)
				}
			}
		})
	}
}

// script is a shell that does something else.
func script(text string) shell.Shell {
	return func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		return backends.Local{}.Shell(ctx, io.MultiReader(strings.NewReader(text+"\n"), stdin), stdout, stderr)
	}
}

// cut is a shell whose output ends after some bytes.
func cut(limit int) shell.Shell {
	return func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		return backends.Local{}.Shell(ctx, stdin, &limited{w: stdout, left: limit, full: cancel}, stderr)
	}
}

type limited struct {
	w    io.Writer
	left int
	full func()
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.left -= n
	_, err := l.w.Write(p[:n])
	if l.left == 0 {
		l.full()
	}
	return len(p), err
}

func noStderr(ctx context.Context, stdin io.Reader, stdout, _ io.Writer) error {
	return backends.Local{}.Shell(ctx, stdin, stdout, io.Discard)
}

func TestWhatWasAnsweredCounts(t *testing.T) {
	s := suite(t, `
describe "d" {
  file "/etc/passwd" { exists = true }
  command "kill -9 $PPID" { exit_status = 0 }
  command "echo never" { exit_status = 0 }
}`)
	events, _ := recorded(t, context.Background(), s, script(""), Options{})
	got := verdicts(events)
	if !strings.HasPrefix(got, "file /etc/passwd exists: kept\n") || !strings.Contains(got, "command kill -9 $PPID exit_status: ") {
		t.Error(got)
	}
	if strings.Contains(got, "$PPID exit_status: kept") {
		t.Error(got)
	}
}

func TestAHangCostsItsOwnLimit(t *testing.T) {
	s := suite(t, `
describe "d" {
  command "sleep 60" {
    timeout     = "1s"
    exit_status = 0
  }
  command "echo after" { stdout = "after\n" }
  command "sleep 60 & echo left a child" { stdout = "left a child\n" }
}`)
	begun := time.Now()
	events, end := recorded(t, context.Background(), s, local(new(atomic.Int32)), Options{})
	if took := time.Since(begun); took > 4*time.Second || end.Kept != 2 || end.Unknown != 1 {
		t.Errorf("%s\n%s", took, verdicts(events))
	}
	if !strings.Contains(verdicts(events), "timed out after 1s") {
		t.Error(verdicts(events))
	}
}

func TestInterrupt(t *testing.T) {
	s := suite(t, `
describe "d" {
  file "/etc/passwd" { exists = true }
  command "sleep 60" { exit_status = 0 }
}`)
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(time.Second, cancel)
	begun := time.Now()
	events, end := recorded(t, ctx, s, local(new(atomic.Int32)), Options{})
	if time.Since(begun) > 5*time.Second || end.Complete {
		t.Errorf("%s, %+v", time.Since(begun), end)
	}
	if got := verdicts(events); got != "file /etc/passwd exists: kept\ncommand sleep 60 exit_status: unknown (interrupted)\n" {
		t.Error(got)
	}
}

func TestTimeoutOfTheRun(t *testing.T) {
	s := suite(t, "describe \"d\" {\n  command \"sleep 60\" { exit_status = 0 }\n}")
	events, end := recorded(t, context.Background(), s, local(new(atomic.Int32)), Options{Timeout: time.Second})
	if end.Complete || !strings.Contains(verdicts(events), "unknown (interrupted: the run's --timeout is over)") {
		t.Errorf("%+v\n%s", end, verdicts(events))
	}
}

func TestFailFast(t *testing.T) {
	s := suite(t, `
describe "d" {
  file "/no/such" { exists = true }
  command "sleep 60" { exit_status = 0 }
}`)
	begun := time.Now()
	events, end := recorded(t, context.Background(), s, local(new(atomic.Int32)), Options{FailFast: true})
	want := "file /no/such exists: broken\ncommand sleep 60 exit_status: skipped (an earlier promise was broken)\n"
	if got := verdicts(events); got != want || !end.Complete || time.Since(begun) > 5*time.Second {
		t.Errorf("%+v\n%s", end, got)
	}
}

func TestATellerThatFailsEndsTheRun(t *testing.T) {
	s := suite(t, "describe \"d\" {\n  command \"sleep 60\" { exit_status = 0 }\n}")
	begun := time.Now()
	end, err := Run(context.Background(), s, by(target.Connection{Shell: local(new(atomic.Int32))}), Options{},
		func(record.Event) error { return io.ErrShortWrite })
	if !errors.Is(err, io.ErrShortWrite) || end.Complete || time.Since(begun) > 5*time.Second {
		t.Errorf("%v, %+v after %s", err, end, time.Since(begun))
	}
}

// TestOrder: events come in the order of the suite, whatever host was first.
func TestOrder(t *testing.T) {
	var targets strings.Builder
	for i := range 20 {
		fmt.Fprintf(&targets, "target \"local\" \"t%02d\" {\n  vars = { n = %d }\n}\n", i, 20-i)
	}
	s := suite(t, targets.String()+`
describe "d" {
  command "sleep" {
    line        = "sleep 0.0${host.vars.n}"
    exit_status = 0
  }
  file "/etc/passwd" { exists = true }
}`)
	events, end := recorded(t, context.Background(), s, local(new(atomic.Int32)), Options{Parallel: 8})
	var got []string
	for _, e := range events {
		if e.Target != nil {
			got = append(got, e.Target.Name)
		}
		if e.Promise != nil && e.Promise.Target != got[len(got)-1] {
			t.Errorf("a promise of %s behind the target %s", e.Promise.Target, got[len(got)-1])
		}
	}
	if want := 20; len(got) != want || got[0] != "t00" || got[19] != "t19" || end.Kept != 40 {
		t.Errorf("%v, %+v", got, end)
	}
}

func TestNothingIsLeft(t *testing.T) {
	s := suite(t, "describe \"d\" {\n  command \"echo 1\" { exit_status = 0 }\n}")
	recorded(t, context.Background(), s, local(new(atomic.Int32)), Options{})
	before := runtime.NumGoroutine()
	for range 10 {
		recorded(t, context.Background(), s, local(new(atomic.Int32)), Options{})
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func TestAGroupThatFailsIsAskedApart(t *testing.T) {
	dir := t.TempDir()
	var files strings.Builder
	for i := range 20 {
		name := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(name, []byte(fmt.Sprint("content ", i)), 0o600); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&files, "  file %q { content = \"content %d\" }\n", name, i)
	}
	// /proc/self/status says that it has 0 bytes, and a growing file says another number each time.
	s := suite(t, "describe \"d\" {\n"+files.String()+"  file \"/proc/self/status\" { content = contains(\"Name\") }\n}")
	events, end := recorded(t, context.Background(), s, local(new(atomic.Int32)), Options{})
	if end.Kept != 21 {
		t.Error(verdicts(events))
	}
}
