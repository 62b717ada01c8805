// Package avowtest checks a spec in a Go test, against a container that the test started with testcontainers-go.
//
//	func TestWeb(t *testing.T) {
//		ctr, err := testcontainers.Run(t.Context(), "nginx:1.27")
//		testcontainers.CleanupContainer(t, ctr)
//		if err != nil {
//			t.Fatal(err)
//		}
//		avowtest.Check(t, "web.spec.hcl", avowtest.Container(ctr), avowtest.Var("port", "80"))
//	}
//
// Each describe of the spec is a subtest, and so is each resource in it, such as TestWeb/web_server/port_80. A broken
// or unknown promise fails its subtest with the lines that `avow check` prints for it. Mistakes in the spec and a
// container that cannot be reached fail the test itself.
//
// Where the environment variable AVOW_REPORT_DIR is set to the absolute path of a folder, each Check saves its run
// there as JSON Lines, for `avow report`.
package avowtest

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/runner"
	"github.com/avow-dev/avow/runner/become"
	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/catalog"
	"github.com/avow-dev/avow/spec/target"
)

// reserve is how long before the deadline of `go test -timeout` a check ends, so that its results are still reported.
const reserve = 5 * time.Second

// Option is an option of [Check].
type Option func(*check) error

// check is one call of Check.
type check struct {
	t          *testing.T
	spec       spec.Options
	timeout    time.Duration
	containers map[string]bool // the targets that are containers of testcontainers-go, by name
}

// Check checks the spec at path, which is a file or a folder of *.spec.hcl files. It checks the targets of its options;
// without such an option those of the spec, and where the spec has none, this machine.
//
// A subtest without a broken or unknown promise passes; it is skipped if all its promises are. `go test -v` logs the
// kept promises.
func Check(t *testing.T, path string, options ...Option) {
	t.Helper()
	c := &check{t: t, containers: map[string]bool{}, spec: spec.Options{
		Catalog:  catalog.All,
		Backends: backends.All, CheckAccount: become.Check, LookupEnv: os.LookupEnv,
	}}
	for _, option := range options {
		if err := option(c); err != nil {
			t.Fatal(err)
		}
	}
	suite, err := spec.Load([]string{path}, c.spec)
	if err != nil {
		t.Fatal(mistakes(err))
	}
	c.run(suite).report(t)
}

// mistakes returns the output of `avow validate`.
func mistakes(err error) string {
	if m := (*spec.Mistakes)(nil); errors.As(err, &m) {
		return "\n" + m.Error()
	}
	return spec.PrintableLines(err.Error())
}

// run checks the suite, and saves the run if that is wanted.
func (c *check) run(suite *spec.Suite) *results {
	c.t.Helper()
	masker := spec.NewMasker(suite.Secrets)
	warn := func(text string) { c.t.Log(spec.Printable(masker.Mask(text))) }
	open, end := c.opener(target.Run{Warn: warn})
	defer end()
	saved, err := newSaved(os.Getenv(reportDir), c.t.Name())
	if err != nil {
		c.t.Fatal(err)
	}
	found := &results{}
	emit := func(e record.Event) error {
		found.add(e.Text())
		saved.add(e.Text())
		return nil
	}
	options := runner.Options{Version: version(), Timeout: c.limit(), Become: become.Shell}
	_, _ = runner.Run(c.t.Context(), suite, open, options, emit) // the error is that of emit
	if err := saved.close(); err != nil {
		c.t.Errorf("cannot save the run: %v", err)
	}
	return found
}

// opener returns what opens the targets. A container is on the engine that testcontainers-go uses, and the Docker
// targets of a spec are on the one that Avow chooses.
func (c *check) opener(run target.Run) (open func(target.Target) target.Connection, end func()) {
	c.t.Helper()
	opener := target.NewOpener(backends.All, run)
	containers, err := c.engine()
	if err != nil {
		c.t.Fatal(err)
	}
	open = func(t target.Target) target.Connection {
		if c.containers[t.Name] {
			return containers.Open(t)
		}
		return opener.Open(t)
	}
	return open, func() {
		if err := errors.Join(opener.Close(), containers.Close()); err != nil {
			run.Warn(err.Error())
		}
	}
}

// limit returns how long the run may take; 0 for as long as its targets may.
func (c *check) limit() time.Duration {
	deadline, ok := c.t.Deadline()
	if c.timeout > 0 || !ok {
		return c.timeout
	}
	left := time.Until(deadline)
	return left - min(reserve, left/10)
}
