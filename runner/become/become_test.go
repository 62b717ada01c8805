package become

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec/target"
)

func TestCheck(t *testing.T) {
	good := []target.Account{{}, {Method: "su", User: "www-data", Password: secret}, {User: "a b'$`\"é"}, {User: "#0"}}
	for _, a := range good {
		if err := Check(a); err != nil {
			t.Errorf("%v: %v", a, err)
		}
	}
	bad := map[string]target.Account{
		`unknown method "runas"; available: sudo, doas, su`: {Method: "runas"},
		"control character":  {User: "a\nb"},
		"control character ": {User: "a\x00b"},
		"begins with a dash": {User: "-u"},
		"the end of a line":  {Password: "geheim\nx"},
		"the end of a line ": {Password: "geheim\rx"},
		"a NUL byte":         {Password: "geheim\x00"},
		"longer than 255":    {Password: strings.Repeat("geheim", 100)},
	}
	for words, a := range bad {
		err := Check(a)
		if err == nil || !strings.Contains(err.Error(), strings.TrimSpace(words)) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: %v", words, err)
		}
		never := func(context.Context, io.Reader, io.Writer, io.Writer) error { panic("called") }
		if got := Shell(never, a)(t.Context(), nil, nil, nil); got == nil || got.Error() != "become: "+err.Error() {
			t.Errorf("%q: the shell says %v", words, got)
		}
	}
}

func TestAccountPrintsNoPassword(t *testing.T) {
	a := target.Account{Password: secret}
	for _, text := range []string{fmt.Sprint(a, &a), fmt.Sprintf("%v %+v %#v %s %q %d %x", a, a, a, a, a, a, a)} {
		if strings.Contains(text, "p  w") || !strings.Contains(text, `sudo to "root"`) {
			t.Error(text)
		}
	}
}

func TestRightPassword(t *testing.T) {
	t.Parallel()
	f := newFake(t, theReal)
	stdout, stderr, err := run(t, Shell(f.base, target.Account{Password: secret}), "echo out; echo err >&2; exit 3\n")
	if stdout != "out\n" || stderr != "err\n" || err == nil || err.Error() != "exit status 3" {
		t.Errorf("%q %q %v", stdout, stderr, err)
	}
	if f.offers() != 1 || !strings.Contains(f.log(), "read "+secret+"\n") {
		t.Errorf("it read %q", f.log())
	}
	if argv, _, _ := strings.Cut(f.log(), "\n"); strings.Contains(argv, secret) || !strings.Contains(argv, "-k -S -p ") || !strings.Contains(argv, " -u root -- /bin/sh -c ") {
		t.Errorf("called with %q", argv)
	}
}

// TestPosixShells has the line read by each of them.
func TestPosixShells(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"dash -s", "bash --posix -s", "bash -s", "busybox ash -s", "mksh -s", "yash -s"} {
		argv := strings.Fields(line)
		if _, err := exec.LookPath(argv[0]); err != nil {
			t.Log(err)
			continue
		}
		f := newFake(t, theReal)
		base := command(f.env, argv...)
		for _, a := range []target.Account{{User: "it's $HOME", Password: secret}, {User: "alice", Password: secret}} {
			if stdout, stderr, err := run(t, Shell(base, a), "echo out; echo err >&2"); stdout != "out\n" || stderr != "err\n" || err != nil {
				t.Errorf("%s: %q %q %v", line, stdout, stderr, err)
			}
		}
		refused(t, Shell(base, target.Account{User: "it's $HOME"}), "sudo: a password is required")
		refused(t, Shell(base, target.Account{User: "bob", Password: "wrong"}), "sudo: wrong password for ")
		if !strings.Contains(f.log(), " -u it's $HOME -- ") {
			t.Errorf("%s: called with %q", line, f.log())
		}
	}
}

// TestRefusals has what several sudos, doas and su say, as they say it.
func TestRefusals(t *testing.T) {
	t.Parallel()
	const end = "\nexit 1"
	tests := []struct {
		method, script, password string
		want                     string
		offers                   int
	}{
		{"sudo", theReal, "", "sudo: a password is required (give one by --ask-become-password", 0},
		{"sudo", theReal, "wrong", "sudo: wrong password for alice (", 1},
		{"sudo", `ask 0; echo 'sudo: 1 incorrect password attempt' >&2` + end, "wrong", "sudo: wrong password for alice", 1},
		{"sudo", `ask 0; ask 1; exit 1`, "wrong", "sudo: asks for more than a password", 1},
		{"sudo", `ask 0; echo 'You silly, twisted boy you.' >&2; ask 1; exit 1`, "wrong", "sudo: wrong password for alice", 1},
		{"sudo", `ask 0; echo 'alice is not in the sudoers file.' >&2` + end, secret, "alice may not run sudo", 1},
		{"sudo", `ask 0; echo "Sorry, user alice is not allowed to execute '$*' as root on web1." >&2` + end, secret, "alice may not run /bin/sh as root by sudo", 1},
		{"sudo", `echo 'sudo: sorry, you must have a tty to run sudo' >&2` + end, secret, "requiretty is set for alice", 0},
		{"sudo", `echo 'sudo: unknown user nosuch
sudo: error initializing audit plugin sudoers_audit' >&2` + end, "", "sudo: unknown user root", 0},
		{"sudo", `echo 'sudo: Account or password is expired, reset your password and try again' >&2` + end, "", "expired", 0},
		{"sudo", `echo 'sudo: The "no new privileges" flag is set, which prevents sudo from running as root.' >&2` + end, "", "cannot change the user here", 0},
		{"sudo", `printf 'sudo: \033[1mcannot\0 frobnicate\r\n\n' >&2` + end, "", "sudo: [1mcannot frobnicate", 0},
		{"sudo", `ask 0; echo "sudo: what is $line?" >&2` + end, secret, "sudo: what is ***?", 1},
		{"sudo", `head -c 100000 /dev/zero | tr '\0' x >&2` + end, "", "xxx...", 0},
		{"sudo", "exit 7", "", "sudo: ended, and root was not there: exit status 7", 0},
		{"sudo", "exit 0", "", "sudo: ended, and root was not there", 0},
		{"sudo", "kill -9 $$", "", "signal: killed", 0},
		// sudo-rs
		{"sudo", `prompt="[sudo: $prompt] Password: "; ` + `ask 0; echo 'sudo: Authentication failed, try again.' >&2; ask 1` + end, "wrong", "sudo: wrong password for alice", 1},
		{"sudo", `prompt="[sudo: $prompt] Password: "; ` + `ask 0; ask 1` + end, "wrong", "sudo: asks for more", 1},
		{"sudo", `prompt="[sudo: $prompt] Password: "; ` + `ask 0; echo 'sudo: Maximum 1 incorrect authentication attempts' >&2` + end, "wrong", "sudo: wrong password", 1},
		{"sudo", `prompt="[sudo: $prompt] Password: "; ` + `ask 0` + end, "wrong", "exit status 1", 1},
		{"sudo", `echo 'sudo: interactive authentication is required' >&2` + end, "", "sudo: a password is required", 0},
		{"sudo", `echo "sudo: I'm sorry alice. I'm afraid I can't do that" >&2` + end, "", "alice may not run sudo", 0},
		{"sudo", `echo "sudo: user 'root' not found" >&2` + end, "", "sudo: unknown user root", 0},
		{"doas", `echo 'doas: Authentication required' >&2` + end, secret, "doas: a password is required, and doas reads one from a terminal only (", 0},
		{"doas", `echo 'doas: Operation not permitted' >&2` + end, secret, "alice may not run doas", 0},
		{"doas", `echo 'doas: doas is not enabled, /etc/doas.conf: No such file or directory' >&2` + end, secret, "doas: doas is not enabled, /etc/doas.conf", 0},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			t.Parallel()
			f := newFakeNamed(t, test.method, test.script)
			s := Shell(f.base, target.Account{Method: test.method, Password: test.password})
			refused(t, s, test.want)
			if f.offers() != test.offers {
				t.Errorf("%d passwords were sent: %q", f.offers(), f.log())
			}
			if test.offers > 0 {
				refused(t, s, "")
			}
			if f.offers() != test.offers {
				t.Error("it is offered again")
			}
		})
	}
}

// fakeSu asks on the stream that it is given, as the one of BusyBox does on stdout.
func fakeSu(stream string) string {
	return `eval "user=\${$#}"; printf 'Pass' >&` + stream + `; sleep 0.05; printf 'word: ' >&` + stream + `
IFS= read -r line; printf 'read %s\n' "$line" >>"$FAKE_LOG"
[ "$line" = "$FAKE_PASSWORD" ] || { echo 'su: Authentication failure' >&2; exit 1; }
shift 3; exec sh -c "$1"`
}

func TestSu(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{"1", "2"} {
		newSu := func() fake {
			f := newFake(t, theReal)
			program(t, filepath.Join(f.dir, "su"), "#!/bin/sh\n"+fakeSu(stream))
			return f
		}
		f := newSu()
		if stdout, stderr, err := run(t, Shell(f.base, target.Account{Method: "su", Password: secret}), "echo out"); stdout != "out\n" && stdout != "\nout\n" || stderr != "" || err != nil {
			t.Errorf("%q %q %v: %q", stdout, stderr, err, f.log())
		}
		f = newSu()
		refused(t, Shell(f.base, target.Account{Method: "su", Password: "wrong"}), "su: wrong password for root")
		f = newSu()
		refused(t, Shell(f.base, target.Account{Method: "su"}), "su: a password is required")
	}
}

func TestNoSuchProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"id", "sh"} {
		program(t, filepath.Join(dir, name), "#!/bin/sh\necho alice")
	}
	base := func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		// The search for the program must not leave the directory.
		line := &replacing{stdin, "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin", strings.Repeat("/none/", 10)}
		return command([]string{"PATH=" + dir}, "/bin/sh", "-s")(ctx, line, stdout, stderr)
	}
	for _, m := range Methods {
		refused(t, Shell(base, target.Account{Method: m.Name, Password: secret}), "no "+m.Name+" on the target")
	}
}

type replacing struct {
	io.Reader
	from, to string
}

func (r *replacing) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	text := strings.Replace(string(p[:n]), r.from, r.to, 1)
	return copy(p, text), err
}

// TestAlreadyThere asks no method, which is not even there.
func TestAlreadyThere(t *testing.T) {
	t.Parallel()
	f := newFake(t, "exit 9")
	for _, a := range []target.Account{{User: "alice"}, {User: "#1000", Password: secret}, {Method: "su", User: "alice", Password: secret}} {
		stdout, stderr, err := run(t, Shell(f.base, a), "echo out; echo err >&2; echo ${avow_m-gone}\n")
		if stdout != "out\ngone\n" || stderr != "err\n" || err != nil || f.log() != "" {
			t.Errorf("%v: %q %q %v %q", a, stdout, stderr, err, f.log())
		}
	}
	if os.Getuid() == 0 {
		stdout, _, err := run(t, Shell(command([]string{"PATH=/usr/bin:/bin"}, "/bin/sh", "-s"), target.Account{}), "echo out")
		if stdout != "out\n" || err != nil {
			t.Errorf("%q %v", stdout, err)
		}
	}
}

// TestNoise has a lecture, a banner, and marks in pieces.
func TestNoise(t *testing.T) {
	t.Parallel()
	f := newFake(t, `echo lecture; echo lecture >&2; ask 0 || exit 1; echo done; head -c 10000 /dev/zero >&2; exec "$@"`)
	base := func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
		_, _ = io.WriteString(stdout, "Welcome. Password: \n")
		_, _ = io.WriteString(stderr, "banner\nPassword:")
		return f.base(ctx, stdin, &slowly{stdout}, &slowly{stderr})
	}
	stdout, stderr, err := run(t, Shell(base, target.Account{Password: secret}), "echo out; echo err >&2\n")
	if stdout != "out\n" || stderr != "err\n" || err != nil || f.offers() != 1 {
		t.Errorf("%q %q %v", stdout, stderr, err)
	}
}

// slowly writes byte by byte.
type slowly struct{ io.Writer }

func (s *slowly) Write(p []byte) (int, error) {
	for i := range p {
		if _, err := s.Writer.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

// TestBytes sends a script of 1 MB, and gets 2 MB of any bytes back on each stream.
func TestBytes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "bytes")
	bytesOf := make([]byte, 2<<20)
	_, _ = rand.New(rand.NewSource(1)).Read(bytesOf)
	if err := os.WriteFile(file, bytesOf, 0o600); err != nil {
		t.Fatal(err)
	}
	script := strings.Repeat(": "+strings.Repeat("x", 97)+"\n", 1<<20/100) + "cat " + file + "; cat " + file + " >&2\n"
	f := newFake(t, theReal)
	stdout, stderr, err := run(t, Shell(f.base, target.Account{Password: secret}), script)
	if !bytes.Equal([]byte(stdout), bytesOf) || !bytes.Equal([]byte(stderr), bytesOf) || err != nil {
		t.Errorf("%d and %d bytes, %v", len(stdout), len(stderr), err)
	}
}

func TestHangs(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"sudo: no answer within 300ms":                 "sleep 100",
		"sudo: no answer to the password within 300ms": "ask 0; sleep 100",
		"sudo: wrong password for alice":               "ask 0; echo Sorry >&2; printf %s \"$prompt\" >&2; sleep 100",
	}
	for words, script := range tests {
		f := newFake(t, script)
		begin := time.Now()
		refused(t, newShell(f.base, target.Account{Password: secret}, 300*time.Millisecond, 300*time.Millisecond), words)
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%q took %v", words, took)
		}
	}
	refused(t, newShell(command(nil, "sleep", "100"), target.Account{}, 300*time.Millisecond, time.Second), "no shell within 300ms")
	refused(t, newShell(command(nil, "cat"), target.Account{User: "nosuch"}, 300*time.Millisecond, time.Second), "no shell within 300ms")
}

// TestEchoes has shells below that show what they read, on stderr too.
func TestEchoes(t *testing.T) {
	t.Parallel()
	f := newFake(t, `exec "$@"`)
	echo := command([]string{"PATH=" + f.dir + ":" + os.Getenv("PATH"), "FAKE_LOG=" + f.dir + "/log"}, "/bin/sh", "-vxs")
	stdout, _, err := run(t, Shell(echo, target.Account{Password: secret}), "echo out\n")
	if stdout != "out\n" || err != nil || f.offers() != 0 {
		t.Errorf("%q %v %q", stdout, err, f.log())
	}
}

// TestBaseEnds has shells below that never come up.
func TestBaseEnds(t *testing.T) {
	t.Parallel()
	tests := map[string]shell.Shell{
		"exit status 1: This account is currently not available.": command(nil, "sh", "-c", "echo This account is currently not available.; exit 1"),
		"exit status 2":   command(nil, "sh", "-c", "exit 2"),
		"sftp only":       command(nil, "sh", "-c", "echo sftp only >&2"),
		"no route to web": func(context.Context, io.Reader, io.Writer, io.Writer) error { return errors.New("no route to web") },
	}
	for words, base := range tests {
		s := Shell(base, target.Account{Password: secret})
		refused(t, s, words)
		if err := s(t.Context(), strings.NewReader(""), io.Discard, io.Discard); errors.As(err, &RefusedError{}) {
			t.Errorf("%v is no refusal", err)
		}
	}
	if err := Shell(command(nil, "true"), target.Account{})(t.Context(), strings.NewReader(""), io.Discard, io.Discard); err != nil {
		t.Errorf("status 0 became %v", err)
	}
}

// TestLostAfterOffer loses the connection when the password is out. Nobody knows what it did.
func TestLostAfterOffer(t *testing.T) {
	t.Parallel()
	f := newFake(t, "ask 0; kill -9 $$")
	s := Shell(f.base, target.Account{Password: secret})
	refused(t, s, "signal: killed")
	refused(t, s, "the password was offered, and no answer came")
	if f.offers() != 1 {
		t.Errorf("%d offers", f.offers())
	}
}

// TestManyAtOnce opens shells with a wrong password at the same time: one tries.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	for password, offers := range map[string]int{"wrong": 1, secret: 5} {
		f := newFake(t, theReal)
		s := Shell(f.base, target.Account{Password: password})
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if _, _, err := run(t, s, "echo out"); (err == nil) != (password == secret) {
					t.Errorf("told %v", err)
				}
			})
		}
		all.Wait()
		if f.offers() != offers {
			t.Errorf("%d offers, want %d", f.offers(), offers)
		}
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	for _, script := range []string{"sleep 100", "ask 0; sleep 100", `exec "$@"`} {
		f := newFake(t, script)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		in, held := io.Pipe()
		begin := time.Now()
		s := Shell(f.base, target.Account{Password: secret})
		go func() {
			if _, err := io.WriteString(held, "sleep 100\n"); err != nil {
				return
			}
		}()
		_, _, err := runUntil(t, ctx, s, in)
		held.Close()
		in.Close()
		cancel()
		if took := time.Since(begin); err == nil || took > 2*time.Second {
			t.Errorf("%s: %v after %v", script, err, took)
		}
		canceled, stop := context.WithCancel(t.Context())
		stop()
		if err := s(canceled, strings.NewReader(""), io.Discard, io.Discard); err == nil {
			t.Error("ran although nobody wants it")
		}
	}
}

func TestNoGoroutineLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, script := range []string{theReal, "ask 0; exit 1", "exit 1", "sleep 100"} {
		f := newFake(t, script)
		_, _, _ = run(t, newShell(f.base, target.Account{Password: secret}, 200*time.Millisecond, time.Second), "echo out")
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, then %d", before, runtime.NumGoroutine())
}

// TestConversation asks over it, with more shells, and with a refusal that a conversation tries to mend.
func TestConversation(t *testing.T) {
	t.Parallel()
	who := &shell.Function{Name: "who", Body: `sleep "$1"; printf '%s' "$2"; echo err >&2; return 4`}
	f := newFake(t, theReal)
	c := shell.New(Shell(f.base, target.Account{Password: secret}), shell.Options{})
	var questions []shell.Query
	for i := range 8 {
		questions = append(questions, shell.Query{Function: who, Args: []string{"0.5", "a\nb"}, Slow: i > 0})
	}
	c.Run(t.Context(), questions, func(i int, a shell.Result, err error) {
		if string(a.Stdout) != "a\nb" || string(a.Stderr) != "err\n" || a.Status != 4 || err != nil {
			t.Errorf("%d: %q %q %d %v", i, a.Stdout, a.Stderr, a.Status, err)
		}
	})
	if err := c.Close(); err != nil || f.offers() < 2 {
		t.Errorf("%v, %d shells", err, f.offers())
	}
	f = newFake(t, theReal)
	c = shell.New(Shell(f.base, target.Account{Password: "wrong"}), shell.Options{})
	c.Run(t.Context(), questions, func(i int, _ shell.Result, err error) {
		if e := (RefusedError{}); !errors.As(err, &e) || e.Reason != "sudo: wrong password for alice" {
			t.Errorf("%d: %v", i, err)
		}
	})
	if err := c.Close(); err != nil || f.offers() != 1 {
		t.Errorf("%v, %d offers", err, f.offers())
	}
}
