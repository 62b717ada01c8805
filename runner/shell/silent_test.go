package shell

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// impatient makes silence take less of our time.
var impatient = Options{Grace: time.Second / 5, BeginLimit: time.Second / 2, StartLimit: 5 * time.Second}

// mute is a host that comes up, and begins with nothing that it is asked.
func mute() Shell {
	return command("sh", "-c", `while read -r line; do
	case $line in
	avow_nonce=*) nonce=${line#avow_nonce=} ;;
	avow_up) echo; echo "$nonce $$ up 0"; echo >&2; echo "$nonce $$ up 0" >&2 ;;
	esac
done`)
}

// TestAMuteHostIsGivenUp after two shells, however many questions there are and however long they may take.
func TestAMuteHostIsGivenUp(t *testing.T) {
	t.Parallel()
	var opens atomic.Int32
	questions := []Query{line("echo a")}
	for range 20 {
		q := slow("echo b")
		q.Limit = time.Minute
		questions = append(questions, q)
	}
	for i, got := range ask(t, open(t, counted(mute(), &opens, 99), impatient), questions...) {
		if !errors.As(got.err, new(SilentError)) || got.after > 4*time.Second {
			t.Errorf("%d: told %v after %v", i, got.err, got.after)
		}
	}
	if opens.Load() != 2 {
		t.Errorf("%d opens", opens.Load())
	}
}

// swallowing is a link that brings so many bytes of each stream, and then nothing, though it stands.
func swallowing(shell Shell, bytes int) Shell {
	return func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		if err := shell(ctx, stdin, &swallower{w: stdout, left: bytes}, stderr); err != nil {
			return err
		}
		<-ctx.Done() // nor does the end of the shell come through
		return ctx.Err()
	}
}

type swallower struct {
	mu   sync.Mutex
	w    io.Writer
	left int
}

func (s *swallower) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(len(p), s.left)
	s.left -= n
	_, err := s.w.Write(p[:n])
	return len(p), err
}

// TestALinkThatFallsSilentAgain is given up after two shells, though each of them answers something.
func TestALinkThatFallsSilentAgain(t *testing.T) {
	eachShell(t, func(t *testing.T, shell Shell) {
		var opens atomic.Int32
		var questions []Query
		for range 60 {
			q := slow("echo 0123456789")
			q.Limit = time.Second
			questions = append(questions, q)
		}
		answered, lost := 0, 0
		for i, got := range ask(t, open(t, counted(swallowing(shell, 1500), &opens, 99), impatient), questions...) {
			switch {
			case got.err == nil:
				answered++
			case errors.As(got.err, new(SilentError)):
				lost++
			}
			if got.after > 12*time.Second {
				t.Errorf("%d: told %v after %v", i, got.err, got.after)
			}
		}
		if answered == 0 || lost < 30 || opens.Load() > 4 {
			t.Errorf("%d answered, %d lost, %d opens", answered, lost, opens.Load())
		}
	})
}

// TestSeveralHangsAreNoSilence: each question that hangs costs its own limit, and the rest is answered.
func TestSeveralHangsAreNoSilence(t *testing.T) {
	eachShell(t, func(t *testing.T, shell Shell) {
		var questions []Query
		for range 4 {
			hang := line("sleep 1000")
			hang.Limit = time.Second / 5
			questions = append(questions, hang, line("echo a"))
		}
		for i, got := range ask(t, open(t, shell, Options{Grace: time.Second / 5}), questions...) {
			if hangs := i%2 == 0; hangs && got.err != (LimitError{time.Second / 5}) || !hangs && string(got.Stdout) != "a\n" {
				t.Errorf("%d: told %q, %v", i, got.Stdout, got.err)
			}
		}
	})
}

// TestTheWayToAShellTakesNoneOfItsTime: the limit in which it has to come up begins when it is read from.
func TestTheWayToAShellTakesNoneOfItsTime(t *testing.T) {
	t.Parallel()
	shell := func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		time.Sleep(time.Second)
		return command("sh", "-s")(ctx, stdin, stdout, stderr)
	}
	if got := ask(t, open(t, shell, Options{StartLimit: time.Second / 2}), line("echo a"))[0]; string(got.Stdout) != "a\n" {
		t.Errorf("told %v", got.err)
	}
}

// TestSlack: a shell may take longer to come up while others do, too.
func TestSlack(t *testing.T) {
	t.Parallel()
	late := command("sh", "-c", "sleep 1; exec sh -s")
	slack := func(limit time.Duration) time.Duration { return 9 * limit }
	got := ask(t, open(t, late, Options{StartLimit: time.Second / 2, Slack: slack}), line("echo a"))[0]
	if string(got.Stdout) != "a\n" {
		t.Errorf("told %v", got.err)
	}
}

// TestATellThatTakesItsTime holds up nobody: what came meanwhile came in time.
func TestATellThatTakesItsTime(t *testing.T) {
	t.Parallel()
	c := open(t, command("sh", "-s"), Options{Grace: time.Second / 5, BeginLimit: time.Second / 5})
	var questions []Query
	for range 3 {
		q := slow("sleep 0.1")
		q.Limit = time.Second / 2
		questions = append(questions, q)
	}
	c.Run(t.Context(), questions, func(i int, _ Result, err error) {
		if err != nil {
			t.Errorf("%d: told %v", i, err)
		}
		time.Sleep(time.Second)
	})
}
