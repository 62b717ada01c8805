package runner

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec"
	"github.com/avow-dev/avow/spec/target"
)

const twoAccounts = `
describe "two accounts" {
  file "/etc/passwd" { exists = true }
  command "echo one" { stdout = "one\n" }
  file "/etc/group" {
    exists = true
    become {
      user = "other"
    }
  }
  command "echo two" {
    stdout = "two\n"
    become {
      user = "other"
    }
  }
  reachable "127.0.0.1:1" { reachable = false }
}`

// narrow is a target with room for so many sessions at once.
type narrow struct {
	room, open, opened atomic.Int32
}

func (n *narrow) shell(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	if n.open.Add(1) > n.room.Load() {
		n.open.Add(-1)
		return errors.New("open session: open failed")
	}
	defer n.open.Add(-1)
	n.opened.Add(1)
	return backends.Local{}.Shell(ctx, stdin, stdout, stderr)
}

func runAs(t *testing.T, own shell.Shell, as func(shell.Shell, spec.Account) shell.Shell) (string, record.End) {
	t.Helper()
	s := suite(t, twoAccounts)
	var events []record.Event
	end, err := Run(context.Background(), s, by(target.Connection{Shell: own}), Options{Become: as}, func(e record.Event) error {
		events = append(events, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return verdicts(events), end
}

// TestOneSessionPerAccount: where there is room, each account has its session; where there is room for one
// only, they go one after the other.
func TestOneSessionPerAccount(t *testing.T) {
	for _, room := range []int32{10, 1} {
		n := &narrow{}
		n.room.Store(room)
		asked := 0
		text, end := runAs(t, n.shell, func(_ shell.Shell, a spec.Account) shell.Shell {
			if asked++; a.User != "other" {
				t.Errorf("as %v", a)
			}
			return n.shell
		})
		if end.Kept != 4 || end.Unknown != 1 || asked != 1 || n.opened.Load() != 2 {
			t.Errorf("room for %d: %d sessions, %d accounts, %+v\n%s", room, n.opened.Load(), asked, end, text)
		}
	}
}

// TestARefusedAccountHidesNothing: what the login itself can see is answered.
func TestARefusedAccountHidesNothing(t *testing.T) {
	n := &narrow{}
	n.room.Store(10)
	tries := 0
	text, end := runAs(t, n.shell, func(shell.Shell, spec.Account) shell.Shell {
		return func(context.Context, io.Reader, io.Writer, io.Writer) error {
			tries++
			return errors.New("sudo: a password is required")
		}
	})
	want := `file /etc/passwd exists: kept
command echo one stdout: kept
file /etc/group exists: unknown (sudo: a password is required)
command echo two stdout: unknown (sudo: a password is required)
reachable 127.0.0.1:1 reachable: unknown (no connection can be made from a container or an image (from = "runner" makes it from the machine that runs Avow))
`
	if text != want || end.Kept != 2 {
		t.Errorf("%+v after %d tries\n%s", end, tries, text)
	}
}
