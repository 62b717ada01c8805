package shell

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// octal is a printf format for any bytes.
func octal(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		fmt.Fprintf(&s, `\%03o`, c)
	}
	return s.String()
}

func TestAnswersAreExact(t *testing.T) {
	want := [][]byte{
		{},
		{0},
		{0, 0, 0},
		[]byte("\n"), []byte("\n\n\n"), []byte("a"), []byte("a\n"), []byte("\na"), []byte("\r\n"),
		[]byte("no end"), []byte("a\x00b\n\x00\n"), []byte(`%s %d \n $x`), []byte("\xff\xfe\x80"),
		[]byte("\n00112233445566778899aabbccddeeff 0 end 0\n"), []byte("\nNONCE 1 begin\n"), []byte("\x1b[31m\x7f\x01"),
		[]byte("-n"), bytes.Repeat([]byte("x\n"), 5000),
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		b := make([]byte, random.IntN(60))
		for i := range b {
			b[i] = byte(random.IntN(256))
		}
		want = append(want, b)
	}
	both := &Function{Name: "both", Body: `printf "$1"; printf "$2" >&2; return "$3"`}
	eachShell(t, func(t *testing.T, shell Shell) {
		var questions []Query
		for i := range want {
			questions = append(questions, Query{Function: both, Args: []string{octal(want[i]), octal(want[len(want)-1-i]), fmt.Sprint(i % 256)}})
		}
		for i, got := range ask(t, open(t, shell, Options{}), questions...) {
			if got.err != nil || !bytes.Equal(got.Stdout, want[i]) || !bytes.Equal(got.Stderr, want[len(want)-1-i]) || got.Status != i%256 {
				t.Errorf("%d: got %.80q, %.80q, %d, %v; want %.80q", i, got.Stdout, got.Stderr, got.Status, got.err, want[i])
			}
		}
	})
}

func TestWordsAreExact(t *testing.T) {
	words := []string{
		"", " ", "a b", "a'b", "''", `"`, "$HOME", "`id`", "$(id)", "a\nb", "\n", "-n", "--", "-e", "%s", `\`, `\n`, `\\`,
		"*", "?", "[a]", "~", "!", "#", ";", "&", "|", "a\tb", "{a,b}", "\r", strings.Repeat("long ", 40000),
		"caf\u00e9", "caf\xe9", "\x80\xff", "\u65e5\u672c",
	}
	show := &Function{Name: "show", Body: `printf '%s\0' "$@"`}
	eachShell(t, func(t *testing.T, shell Shell) {
		c := open(t, shell, Options{})
		for _, w := range words {
			got := ask(t, c, Query{Function: show, Args: []string{w, "x"}})[0]
			want := w + "\x00x\x00"
			if string(got.Stdout) != want || got.err != nil {
				t.Errorf("%.40q came back as %.40q, %v", w, got.Stdout, got.err)
			}
		}
		refused := ask(t, c, Query{Function: show, Args: []string{"a\x00b"}}, Query{}, line("echo on"))
		if refused[0].err == nil || refused[1].err == nil || string(refused[2].Stdout) != "on\n" {
			t.Errorf("got %v", refused)
		}
	})
}

func TestNothingLeaks(t *testing.T) {
	eachShell(t, func(t *testing.T, shell Shell) {
		got := ask(t, open(t, shell, Options{}),
			line(`exit 7`), line(`exec sh -c 'exit 8'`), line(`cd /; x=leaked; set -e; false; echo not`), line(`cat; read -r y; echo "[$y]"`),
			line(`set -f -u; IFS=,; PATH=/nowhere; umask 077`), line(`[ "${.sh.version-}" ] 2>/dev/null || kill -9 "$(sh -c 'echo $PPID')"; :`), line(`exec >/dev/null 2>&1`),
			line(`trap 'echo bye' EXIT; exit 3`), line(`nosuchcommand`), line(`unset avow_nonce avow_index; cannot() { :; }`),
			line(`echo "[${x-}] [$IFS] $LC_ALL"; pwd; echo ${nothing}; case $PATH in *:/usr/sbin:*) echo sbin;; esac; umask`),
			line(`(sleep 3; echo late) & echo bg`), line(`env; set`), line(`case "$-" in *e*|*u*) echo bad;; *) echo good;; esac`))
		status := func(i, want int) {
			if got[i].err != nil || got[i].Status != want {
				t.Errorf("%d: %d %v %q, want status %d", i, got[i].Status, got[i].err, got[i].Stderr, want)
			}
		}
		status(0, 7)
		status(1, 8)
		status(2, 1)
		status(3, 0)
		status(7, 3)
		status(8, 127)
		if s := string(got[3].Stdout); s != "[]\n" {
			t.Errorf("stdin gave %q", s)
		}
		if s := string(got[10].Stdout); !strings.HasPrefix(s, "[] [ \t\n] C\n/") || !strings.Contains(s, "\n\nsbin\n") {
			t.Errorf("leaked: %q", s)
		}
		if s := string(got[11].Stdout); s != "bg\n" || got[11].after > 2*time.Second {
			t.Errorf("a child held the answer: %q after %v", s, got[11].after)
		}
		if s := string(got[13].Stdout); s != "good\n" || got[12].err != nil {
			t.Errorf("%q, %v", s, got[12].err)
		}
	})
}

// TestPrintf: where printf is no builtin, a function takes its place. It knows what the scripts need.
func TestPrintf(t *testing.T) {
	for text, want := range map[string]string{
		`printf '\0%s\0' 1; printf '\001\000\n\t'`:                        "\x001\x00\x01\x00\n\t",
		`printf '%s %s\n' a "b\n" c`:                                      "a b\\n\nc \n",
		`printf '%s\n'`:                                                   "\n",
		`printf 'a b'; printf -- '-%s' x; printf '%s' '-n' '%s' '*' '\0'`: "a b-x-n%s*\\0",
		`printf 'id %s %s\n' 7 "caf` + "\xe9" + `"; printf ''; echo $?`:   "id 7 caf\xe9\n0\n",
	} {
		eachShell(t, func(t *testing.T, shell Shell) {
			if got := ask(t, open(t, shell, Options{}), line(text))[0]; got.err != nil || string(got.Stdout) != want {
				t.Errorf("%s: %q, %v", text, got.Stdout, got.err)
			}
		})
	}
}

// TestBytesBeyondASCII: yash loses the bytes that its locale does not know, without a word. It may not answer then.
func TestBytesBeyondASCII(t *testing.T) {
	file := t.TempDir() + "/caf\xe9"
	if err := os.WriteFile(file, []byte("one\ncaf\xe9\ncaf\u00e9\nlast"), 0o600); err != nil {
		t.Fatal(err)
	}
	read := &Function{Name: "read", Body: `cd "${1%/*}"; for f in *; do all=$(cat "$f"); printf '%s\n' "$all"; done
while IFS= read -r line || [ -n "$line" ]; do echo "$line"; done <"$1"`}
	for _, argv := range posixShells {
		for _, locale := range []string{"C", "C.UTF-8"} {
			c := open(t, command(append([]string{"env", "LC_ALL=" + locale}, argv...)...), Options{})
			got := ask(t, c, Query{Function: read, Args: []string{file}})[0]
			if want := "one\ncaf\xe9\ncaf\u00e9\nlast\n"; got.err != nil || string(got.Stdout) != want+want {
				t.Errorf("%s in %s: %q, %v", argv, locale, got.Stdout, got.err)
			}
		}
	}
}

// TestYashAlone: without another shell it is no shell.
func TestYashAlone(t *testing.T) {
	yash, err := exec.LookPath("yash")
	if err != nil {
		t.Skip(err)
	}
	c := open(t, command("env", "-i", "LC_ALL=C", "PATH="+t.TempDir(), yash, "-s"), Options{})
	if got := ask(t, c, line("echo on"))[0]; got.err == nil || !strings.Contains(got.err.Error(), "yash loses the bytes") {
		t.Errorf("%q, %v", got.Stdout, got.err)
	}
}

// TestAside: a function says one word beside its output, from wherever it stands.
func TestAside(t *testing.T) {
	eachShell(t, func(t *testing.T, shell Shell) {
		got := ask(t, open(t, shell, Options{}), line(`echo out; echo err >&2; echo x | while read -r y; do aside ended-1.00-2.00; done; exit 7`),
			line(`echo on`), line(`{ aside over; } >/dev/null 2>&1; cannot nothing`))
		if got[0].Aside != "ended-1.00-2.00" || string(got[0].Stdout) != "out\n" || string(got[0].Stderr) != "err\n" || got[0].Status != 7 {
			t.Errorf("%+v", got[0])
		}
		if got[1].Aside != "" || got[2].Aside != "over" || got[2].err != (CannotError{"nothing"}) {
			t.Errorf("%+v, %+v", got[1], got[2])
		}
	})
}

func TestCannot(t *testing.T) {
	texts := []string{
		`cannot look at "%s \n   it"`, `x=$(cannot nested); echo on`, `echo a | while read -r l; do cannot "in a pipe"; done; echo on`,
		`{ cannot quiet; } >/dev/null 2>&1`, `cannot`, `echo out; echo err >&2; cannot after; echo never`, `echo fine`,
	}
	want := []string{`look at %s \n   it`, "nested", "in a pipe", "quiet", "", "after"}
	eachShell(t, func(t *testing.T, shell Shell) {
		var questions []Query
		for _, text := range texts {
			questions = append(questions, line(text))
		}
		got := ask(t, open(t, shell, Options{}), questions...)
		for i, reason := range want {
			if got[i].err != (CannotError{reason}) {
				t.Errorf("%s: %#v", texts[i], got[i].err)
			}
		}
		if got[6].err != nil || string(got[5].Stdout) != "out\n" || string(got[5].Stderr) != "err\n" {
			t.Errorf("%v %q", got[6].err, got[5].Stdout)
		}
	})
}

func TestOneShell(t *testing.T) {
	eachShell(t, func(t *testing.T, shell Shell) {
		var opens atomic.Int32
		c := open(t, counted(shell, &opens, 9), Options{})
		other := &Function{Name: "run", Body: "echo other"}
		var questions []Query
		for i := range 150 {
			questions = append(questions, line(fmt.Sprintf("echo %d", i)))
		}
		for range 3 {
			for i, got := range ask(t, c, append(questions, Query{Function: other}, slow("echo slow"))...) {
				want := []string{fmt.Sprintln(i), "other\n", "slow\n"}[max(0, i-149)]
				if string(got.Stdout) != want || got.err != nil {
					t.Errorf("%d: %q, %v", i, got.Stdout, got.err)
				}
			}
		}
		if opens.Load() != 1 {
			t.Errorf("%d shells were opened", opens.Load())
		}
	})
}

// TestBigBothWays sends a big script while big answers come.
func TestBigBothWays(t *testing.T) {
	var questions []Query
	text := strings.Repeat("0123456789abcdef", 4000)
	for range 60 {
		questions = append(questions, Query{Function: &Function{Name: "echo", Body: `echo "$1"; echo "$1" >&2`}, Args: []string{text}})
	}
	for i, got := range ask(t, open(t, command("dash", "-s"), Options{}), questions...) {
		if got.err != nil || string(got.Stdout) != text+"\n" || string(got.Stderr) != text+"\n" {
			t.Errorf("%d: %d and %d bytes, %v", i, len(got.Stdout), len(got.Stderr), got.err)
		}
	}
}

func TestStrangeEnvironment(t *testing.T) {
	for _, argv := range posixShells {
		env := []string{"env", "SHELLOPTS=xtrace:verbose:nounset:errexit:allexport:noglob:noclobber", "avow_nonce=x", "IFS=xyz", "CDPATH=/", "ENV=/nowhere", "LC_ALL=de_DE.UTF-8", "BASH_FUNC_printf%%=() { echo forged; }"}
		c := open(t, command(append(env, argv...)...), Options{})
		got := ask(t, c, line(`printf '%s\n' "$IFS$LC_ALL${CDPATH-}"`), line(`env | grep -c "^avow_"; false; echo ${nothing} on`), line("cannot do it"))
		if got[0].err != nil || string(got[0].Stdout) != " \t\nC\n" || string(got[1].Stdout) != "0\non\n" || len(got[1].Stderr) > 0 || got[2].err != (CannotError{"do it"}) {
			t.Errorf("%s: %q %v, %q %q, %v", argv, got[0].Stdout, got[0].err, got[1].Stdout, got[1].Stderr, got[2].err)
		}
	}
}

func TestSeveralAsksAtOnce(t *testing.T) {
	var opens atomic.Int32
	c := open(t, counted(command("sh", "-s"), &opens, 9), Options{})
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			if got := ask(t, c, line(fmt.Sprint("echo ", i)), slow("echo b")); string(got[0].Stdout) != fmt.Sprintln(i) || got[1].err != nil {
				t.Errorf("%d: %q %v %v", i, got[0].Stdout, got[0].err, got[1].err)
			}
		})
	}
	all.Wait()
	if opens.Load() != 1 {
		t.Errorf("%d opens", opens.Load())
	}
}
