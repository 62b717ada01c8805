package become

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec/target"
)

// hash is that of the secret.
const hash = "$6$avowtest$p11BGHQqhRMFkEmNBVuRZ846DdfL.ZmtJWORrC6./kNh48Tr17TRHg4XZWTaqksbU4rnpUiHnWBuCjkxs2U8A."

const sudoers = `Defaults logfile=/etc/sudo.log, !syslog, lecture=never
root ALL=(ALL) ALL
av_ok ALL=(ALL) ALL
av_lecture ALL=(ALL) ALL
Defaults:av_lecture lecture=always, use_pty
av_once ALL=(ALL) ALL
Defaults:av_once passwd_tries=1
av_free ALL=(ALL) NOPASSWD: ALL
av_tty ALL=(ALL) NOPASSWD: ALL
Defaults:av_tty requiretty
av_ls ALL=(ALL) /bin/ls
`

var accounts = []string{"av_ok", "av_lecture", "av_once", "av_free", "av_tty", "av_ls", "av_none"}

// machine is this one, with an /etc of its own that only its shells see.
type machine struct {
	etc string
	env []string
}

func newMachine(t *testing.T, programs ...string) machine {
	t.Helper()
	for _, name := range append([]string{"unshare", "setpriv"}, programs...) {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(err)
		}
	}
	m := machine{etc: filepath.Join(t.TempDir(), "etc")}
	if text, err := exec.Command("cp", "-a", "/etc", m.etc).CombinedOutput(); os.Getuid() != 0 || err != nil {
		t.Skipf("needs root and a copy of /etc: %v: %s", err, text)
	}
	for i, name := range accounts {
		m.add(t, "passwd", fmt.Sprintf("%s:x:%d:%d::/:/bin/sh\n", name, 7000+i, 7000+i))
		m.add(t, "shadow", name+":"+hash+":19000:0:99999:7:::\n")
	}
	m.add(t, "doas.conf", "permit nopass av_free\npermit av_ok\n")
	if err := os.Remove(filepath.Join(m.etc, "sudoers")); err == nil {
		m.add(t, "sudoers", sudoers)
	}
	if text, err := exec.Command("unshare", m.argv("true")...).CombinedOutput(); err != nil {
		t.Skipf("needs a mount namespace: %v: %s", err, text)
	}
	return m
}

func (m machine) add(t *testing.T, name, text string) {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(m.etc, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o440)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func (m machine) argv(command ...string) []string {
	return append([]string{"-m", "sh", "-c", `mount --bind "$1" /etc && shift && exec "$@"`, "sh", m.etc}, command...)
}

func (m machine) shell(account string) shell.Shell {
	id := "0"
	for i, name := range accounts {
		if name == account {
			id = fmt.Sprint(7000 + i)
		}
	}
	argv := m.argv("setpriv", "--reuid="+id, "--regid="+id, "--clear-groups", "/bin/sh", "-s")
	return command(m.env, append([]string{"unshare"}, argv...)...)
}

// failures counts the attempts that sudo wrote down as failed.
func (m machine) failures(login string) (n int) {
	text, _ := os.ReadFile(filepath.Join(m.etc, "sudo.log"))
	line := strings.Join(strings.Fields(string(text)), " ")
	for _, found := range regexp.MustCompile(`: `+login+` : (\d+) incorrect password`).FindAllStringSubmatch(line, -1) {
		tries, _ := strconv.Atoi(found[1])
		n += tries
	}
	return n
}

func TestRealSudo(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "sudo")
	tests := []struct{ login, user, password, want string }{
		{"av_ok", "root", secret, ""},
		{"av_lecture", "root", secret, ""},
		{"av_free", "", secret, ""},
		{"av_free", "av_ok", "", ""},
		{"root", "", "", ""},
		{"root", "av_none", "", ""},
		{"av_ok", "", "", "sudo: a password is required"},
		{"av_ok", "", "wrong", "sudo: wrong password for av_ok"},
		{"av_lecture", "", "wrong", "sudo: wrong password for av_lecture"},
		{"av_once", "", "wrong", "sudo: wrong password for av_once"},
		{"av_none", "", secret, "av_none may not run sudo"},
		{"av_ls", "", secret, "av_ls may not run /bin/sh as root"},
		{"av_tty", "", secret, "requiretty is set for av_tty"},
		{"av_free", "no'such $USER", "", "sudo: unknown user no'such $USER"},
	}
	var all sync.WaitGroup // the wrong ones wait long, and do nothing
	for _, test := range tests {
		all.Go(func() {
			s := Shell(m.shell(test.login), target.Account{User: test.user, Password: test.password})
			if test.want == "" {
				is(t, s, complete(target.Account{User: test.user}).User)
				return
			}
			refused(t, s, test.want)
			refused(t, s, test.want)
		})
	}
	all.Wait()
	for _, login := range accounts {
		want := 0
		if slices.Contains([]string{"av_ok", "av_lecture", "av_once"}, login) {
			want = 1
		}
		if got := m.failures(login); got != want {
			t.Errorf("%d failed attempts of %s in the log, want %d", got, login, want)
		}
	}
}

// is checks that a shell is that user's, by a whole conversation.
func is(t *testing.T, s shell.Shell, user string) {
	t.Helper()
	c := shell.New(s, shell.Options{})
	who := &shell.Function{Name: "who", Body: `id -un; printf %s "$1" >&2`}
	c.Run(t.Context(), []shell.Query{{Function: who, Args: []string{"it's"}}}, func(_ int, a shell.Result, err error) {
		if string(a.Stdout) != user+"\n" || string(a.Stderr) != "it's" || err != nil {
			t.Errorf("%q %q %v", a.Stdout, a.Stderr, err)
		}
	})
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestRealSu(t *testing.T) {
	t.Parallel()
	tryRealSu(t, newMachine(t, "su"))
}

// TestBusyBoxSu has a prompt on stdout.
func TestBusyBoxSu(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "busybox")
	dir := t.TempDir()
	script := `cp "$(command -v busybox)" "$1/su" && chmod 755 "$1" && chmod 4755 "$1/su"`
	if text, err := exec.Command("sh", "-c", script, "sh", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	m.env = []string{"PATH=" + dir + ":" + os.Getenv("PATH")}
	tryRealSu(t, m)
}

func tryRealSu(t *testing.T, m machine) {
	t.Helper()
	become := func(login, user, password string) shell.Shell {
		return Shell(m.shell(login), target.Account{Method: "su", User: user, Password: password})
	}
	is(t, become("root", "av_none", ""), "av_none")
	is(t, become("av_ok", "av_none", secret), "av_none")
	var all sync.WaitGroup // they wait long, and do nothing
	all.Go(func() { refused(t, become("av_ok", "av_none", ""), "su: a password is required") })
	all.Go(func() { refused(t, become("av_ok", "av_none", "wrong"), "su: wrong password for av_none") })
	all.Go(func() { refused(t, become("av_ok", "nosuch", ""), "su: unknown user nosuch") })
	all.Wait()
}

func TestRealDoas(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "doas")
	become := func(login, user, password string) shell.Shell {
		return Shell(m.shell(login), target.Account{Method: "doas", User: user, Password: password})
	}
	is(t, become("av_free", "", secret), "root")
	is(t, become("av_free", "av_none", ""), "av_none")
	refused(t, become("av_ok", "", secret), "doas: a password is required, and doas reads one from a terminal only")
	refused(t, become("av_none", "", ""), "av_none may not run doas")
	refused(t, become("av_free", "nosuch", ""), "doas: unknown user nosuch")
}

// TestArguments looks at all processes while a shell runs.
func TestArguments(t *testing.T) {
	t.Parallel()
	m := newMachine(t, "sudo")
	var out, errs bytes.Buffer
	s := Shell(m.shell("av_ok"), target.Account{Password: secret})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	script := `for f in /proc/[0-9]*; do tr '\0' '\n' <$f/cmdline; done 2>/dev/null` + "\n"
	err := s(ctx, strings.NewReader(script), &out, &errs)
	if !strings.Contains(out.String(), "-PW\n") || strings.Contains(out.String(), secret) || err != nil {
		t.Errorf("%d bytes, the password is in them: %v; %v", out.Len(), strings.Contains(out.String(), secret), err)
	}
}
