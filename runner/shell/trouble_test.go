package shell

import (
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
)

func wantEnded(t *testing.T, got told, words string) {
	t.Helper()
	if e := (EndedError{}); !errors.As(got.err, &e) || !strings.Contains(e.Error(), words) {
		t.Errorf("told %v, want an EndedError with %q", got.err, words)
	}
}

func TestNoiseBeforeTheNonce(t *testing.T) {
	shell := command("sh", "-c", `echo Welcome; printf 'no end \0'; echo "banner" >&2; exec sh -s`)
	if got := ask(t, open(t, shell, Options{}), line("echo a"))[0]; string(got.Stdout) != "a\n" || got.err != nil || len(got.Stderr) > 0 {
		t.Errorf("%q %q %v", got.Stdout, got.Stderr, got.err)
	}
}

func TestShellsThatRefuse(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"This account is currently not available.": {"sh", "-c", "echo This account is currently not available.; exit 1"},
		"exit status 7":        {"sh", "-c", "exit 7"},
		"ended without a word": {"true"},
		"interactive only":     {"sh", "-c", "printf 'inter\\033[31mactive only' | sed 's/.\\[31m//' >&2; cat >/dev/null; exit 0"},
		"cannot be reached":    nil,
	}
	for words, argv := range tests {
		var opens atomic.Int32
		shell := func(context.Context, io.Reader, io.Writer, io.Writer) error { return errors.New("cannot be reached") }
		if argv != nil {
			shell = command(argv...)
		}
		limited := Options{StartLimit: time.Second / 2}
		got := ask(t, open(t, counted(shell, &opens, 9), limited), line("echo a"), slow("echo b"))
		if argv != nil && strings.Contains(argv[len(argv)-1], "cat") {
			if e := (StartError{}); !errors.As(got[0].err, &e) || !strings.Contains(e.Error(), words) {
				t.Errorf("told %v", got[0].err)
			}
			continue
		}
		wantEnded(t, got[0], words)
		wantEnded(t, got[1], words)
		if opens.Load() != 2 {
			t.Errorf("%q: opened %d times, want once more and no more", words, opens.Load())
		}
	}
}

func TestFirstShellLost(t *testing.T) {
	t.Parallel()
	var opens atomic.Int32
	shell := func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		if opens.Add(1) == 1 {
			return errors.New("refused for a moment")
		}
		return command("sh", "-s")(ctx, stdin, stdout, stderr)
	}
	if got := ask(t, open(t, shell, Options{}), line("echo a"))[0]; string(got.Stdout) != "a\n" || got.err != nil {
		t.Errorf("%q %v", got.Stdout, got.err)
	}
}

func TestShellsThatSayNothing(t *testing.T) {
	t.Parallel()
	c := open(t, command("sleep", "100"), Options{StartLimit: time.Second / 5})
	for _, got := range ask(t, c, line("echo a"), slow("echo b")) {
		if got.err != (StartError{Limit: time.Second / 5}) || got.after > time.Second {
			t.Errorf("told %v after %v", got.err, got.after)
		}
	}
}

func TestShellDies(t *testing.T) {
	eachShell(t, func(t *testing.T, shell Shell) {
		var opens atomic.Int32
		c := open(t, counted(shell, &opens, 9), Options{})
		got := ask(t, c, line("echo a"), line("echo half; kill -9 $$; sleep 9"), line("echo c"), slow("echo d"))
		if string(got[0].Stdout) != "a\n" || got[0].err != nil {
			t.Errorf("what was answered does not count: %v", got[0].err)
		}
		for _, g := range got[1:] {
			wantEnded(t, g, "killed")
		}
		if again := ask(t, c, line("echo new"))[0]; string(again.Stdout) != "new\n" || opens.Load() != 2 {
			t.Errorf("then %q %v, %d opens", again.Stdout, again.err, opens.Load())
		}
	})
}

// TestBegunIsNotDoneTwice loses the first shell while a command runs.
func TestBegunIsNotDoneTwice(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "done")
	c := open(t, command("sh", "-s"), Options{})
	got := ask(t, c, slow("echo x >>"+file+"; sleep 0.1; kill -9 $$"), slow("echo b"))
	wantEnded(t, got[0], "killed")
	if text, err := os.ReadFile(file); string(text) != "x\n" || string(got[1].Stdout) != "b\n" {
		t.Errorf("%q %v; %v", text, err, got[1].err)
	}
}

// cut is a shell that gets the first n bytes of its script only.
func cut(n int64) Shell {
	return func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		return command("sh", "-s")(ctx, io.LimitReader(stdin, n), stdout, stderr)
	}
}

func TestCutScriptsRunNothing(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "done")
	question := Query{Function: &Function{Name: "touch", Body: `echo "$@" >>` + file}, Args: []string{"a", "b"}}
	whole := len(Script([]Query{question})) - len("NONCE") + 32
	for n := whole - 60; n < whole-1; n += 11 {
		wantEnded(t, ask(t, open(t, cut(int64(n)), Options{}), question)[0], "")
	}
	if text, err := os.ReadFile(file); err == nil {
		t.Errorf("a cut script ran: %q", text)
	}
	if ask(t, open(t, cut(int64(whole)), Options{}), question)[0].err != nil {
		t.Error("a whole script did not run")
	}
}

// brief makes hanging take less of our time.
var brief = Options{Grace: time.Second / 5}

func TestHang(t *testing.T) {
	eachShell(t, func(t *testing.T, shell Shell) {
		// With a session of its own the child outlives the kill of the shell.
		file := filepath.Join(t.TempDir(), "pids")
		hang := line("echo $$ >" + file + "; setsid sleep 1000 & echo $! >>" + file + "; wait")
		hang.Limit = time.Second / 5
		var opens atomic.Int32
		got := ask(t, open(t, counted(shell, &opens, 9), brief), line("echo a"), hang, line("echo c"), slow("echo d"))
		if got[1].err != (LimitError{hang.Limit}) || string(got[0].Stdout) != "a\n" {
			t.Errorf("told %v", got[1].err)
		}
		if string(got[2].Stdout) != "c\n" || string(got[3].Stdout) != "d\n" || got[2].after > hang.Limit+brief.Grace+time.Second {
			t.Errorf("then %v %v after %v", got[2].err, got[3].err, got[2].after)
		}
		wantDead(t, file)
		if opens.Load() != 2 {
			t.Errorf("%d opens", opens.Load())
		}
	})
}

// wantDead wants that no process runs whose number stands in the file.
func wantDead(t *testing.T, file string) {
	t.Helper()
	pids, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range strings.Fields(string(pids)) {
		var stat []byte
		for range 50 {
			if stat, err = os.ReadFile("/proc/" + pid + "/stat"); err != nil || strings.Contains(string(stat), ") Z ") {
				stat = nil
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if stat != nil {
			t.Errorf("left behind: %s", stat)
		}
	}
}

// TestHangWithRoomForOne hangs on a target that refuses a second shell while the first is open.
func TestHangWithRoomForOne(t *testing.T) {
	t.Parallel()
	var running atomic.Int32
	shell := func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		defer running.Add(-1)
		if running.Add(1) > 1 {
			return errors.New("administratively prohibited")
		}
		return command("sh", "-s")(ctx, stdin, stdout, stderr)
	}
	hang := line("sleep 1000")
	hang.Limit = time.Second / 10
	got := ask(t, open(t, shell, brief), hang, line("echo b"))
	if got[0].err != (LimitError{hang.Limit}) || string(got[1].Stdout) != "b\n" {
		t.Errorf("%v; %q %v", got[0].err, got[1].Stdout, got[1].err)
	}
}

func TestEndlessOutput(t *testing.T) {
	for _, to := range []string{"", ">&2"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := ask(t, open(t, command("sh", "-s"), Options{}), line("head -c 1073741824 /dev/zero"+to), line("echo b"), slow("echo c"))
		runtime.ReadMemStats(&after)
		if got[0].err != (OutputError{8 << 20}) || string(got[1].Stdout) != "b\n" || string(got[2].Stdout) != "c\n" {
			t.Errorf("%v; %v; %v", got[0].err, got[1].err, got[2].err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 100<<20 || got[2].after > 3*time.Second {
			t.Errorf("it took %d MiB and %v", used>>20, got[2].after)
		}
	}
	if text := (OutputError{8 << 20}).Error(); text != "answered more than 8 MiB" {
		t.Error(text)
	}
}

func TestLimitOfOutputIsExact(t *testing.T) {
	got := ask(t, open(t, command("sh", "-s"), Options{OutputLimit: 1000}), line("printf %01000d 0"), line("printf %01001d 0"), line("echo c"))
	if got[0].err != nil || len(got[0].Stdout) != 1000 || got[1].err != (OutputError{1000}) || string(got[2].Stdout) != "c\n" {
		t.Errorf("%v; %v; %v", got[0].err, got[1].err, got[2].err)
	}
}

func slowOnes(n int, seconds string) (all []Query) {
	for i := range n {
		all = append(all, slow(fmt.Sprintf("sleep %s; echo %d", seconds, i)))
	}
	return all
}

func TestSlowDoNotQueue(t *testing.T) {
	t.Parallel()
	tests := []struct {
		n       int
		seconds string
		most    int32
		opens   int32
		limit   time.Duration
	}{
		{20, "1", 9, 4, 6 * time.Second},
		{12, "0.4", 9, 4, 2300 * time.Millisecond}, // 4.8 s in all
		{8, "0.4", 2, 4, 3 * time.Second},
		{4, "0.4", 1, 3, 3 * time.Second},
		{100, "0.001", 9, 1, 2 * time.Second},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%d of %s s with %d", test.n, test.seconds, test.most), func(t *testing.T) {
			t.Parallel()
			if test.seconds == "1" && testing.Short() {
				t.Skip("takes 6 s")
			}
			var opens atomic.Int32
			shell := counted(command("sh", "-s"), &opens, test.most)
			for i, got := range ask(t, open(t, shell, Options{}), slowOnes(test.n, test.seconds)...) {
				if got.err != nil || string(got.Stdout) != fmt.Sprintln(i) || got.after > test.limit {
					t.Errorf("%d: %q %v after %v", i, got.Stdout, got.err, got.after)
				}
			}
			if opens.Load() != test.opens {
				t.Errorf("%d opens, want %d", opens.Load(), test.opens)
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second/3)
	defer cancel()
	c := New(command("sh", "-s"), Options{})
	got := askUntil(t, ctx, c, line("echo a"), line("sleep 1000"), line("echo c"), slow("echo d"), slow("echo e"), slow("echo f"))
	if got[0].err != nil {
		t.Error(got[0].err)
	}
	for _, g := range got[1:] {
		if e := (InterruptedError{}); !errors.As(g.err, &e) || e.Error() != "interrupted" || !errors.Is(g.err, context.DeadlineExceeded) {
			t.Errorf("told %v", g.err)
		}
	}
	idle(t)
	if again := ask(t, c, line("echo new"))[0]; string(again.Stdout) != "new\n" {
		t.Errorf("then %v", again.err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	idle(t)
}

func TestClose(t *testing.T) {
	c := New(command("sh", "-s"), Options{})
	done := make(chan []told)
	go func() { done <- askUntil(t, context.Background(), c, line("echo a"), line("sleep 1000")) }()
	time.Sleep(time.Second / 5)
	begin := time.Now()
	if err := c.Close(); err != nil || time.Since(begin) > 2*time.Second {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
	if got := <-done; got[0].err != nil || !errors.Is(got[1].err, ErrClosed) {
		t.Errorf("%v %v", got[0].err, got[1].err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if got := ask(t, c, line("echo"))[0]; !errors.Is(got.err, ErrClosed) {
		t.Errorf("told %v", got.err)
	}
	idle(t)
}
