package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing/fstest"
	"time"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/runner/shell"
	"github.com/avow-dev/avow/spec/target"
)

// replay puts recorded hosts in the place of the real ones, for as long as the test runs: a case without processes takes
// some milliseconds, and one with shells takes seconds.
func (w *leakWorld) replay() {
	before := backends.All
	w.Cleanup(func() { backends.All = before })
	shells := map[string]shell.Shell{"local": w.shell, "exec": w.lost, "ssh": w.lost}
	backends.All = nil
	for _, real := range before {
		b := *real
		b.Start = target.Stateless(func(target.Target) target.Connection {
			way := target.Connection{Shell: shells[b.Name], StartLimit: 30 * time.Second}
			if way.Shell == nil {
				way.NoShell, way.Files = func(context.Context) error { return errors.New("an image has no shell") }, w.files
			}
			return way
		})
		backends.All = append(backends.All, &b)
	}
}

// gone is why there is no shell, for good: another one would be tried after a while.
type gone struct{ error }

func (gone) Final() bool { return true }

// lost is the shell of a target that says something, and ends.
func (w *leakWorld) lost(_ context.Context, _ io.Reader, _, stderr io.Writer) error {
	_, _ = io.WriteString(stderr, w.texts[w.last])
	return gone{fmt.Errorf("the host is gone: %s", w.texts[0])}
}

// files are those of an image. Others may read every second one.
func (w *leakWorld) files(context.Context) (fs.FS, error) {
	all := fstest.MapFS{}
	for i, text := range w.texts {
		all[strings.TrimPrefix(w.answer(i), "/")] = &fstest.MapFile{Data: []byte(text), Mode: 0o600 | fs.FileMode(i%2)<<2}
	}
	return all, nil
}

// shell speaks the protocol of package shell, as far as an honest shell does: it says that it is up, and answers
// what a round asks.
func (w *leakWorld) shell(_ context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	lines := bufio.NewReader(stdin)
	nonce, round, inside := "", "", false
	for {
		line, err := lines.ReadString('\n')
		switch {
		case err != nil:
			return nil
		case strings.HasPrefix(line, "avow_nonce="):
			nonce = strings.TrimSpace(strings.TrimPrefix(line, "avow_nonce="))
			fmt.Fprintf(stdout, "\n%s 1 up 0\n", nonce)
			fmt.Fprintf(stderr, "\n%s 1 up 0\n", nonce)
		case line == "avow_round() {\n":
			round, inside = "", true
		case line == "avow_round\n":
			inside = false
			for _, words := range asked(round) {
				w.say(nonce, words, stdout, stderr)
			}
		case inside:
			round += line
		}
	}
}

// asked are the questions of a round, each its words: "avow_ask", a number, a function and its arguments.
func asked(round string) [][]string {
	var all [][]string
	var words []string
	word, quoted := "", false
	for i := 0; i < len(round); i++ {
		switch c := round[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
			word += string(c)
		case c == '\\':
			i++
			word += round[i : i+1]
		case c == ' ', c == '\n':
			words, word = append(words, word), ""
			if c == '\n' {
				all, words = append(all, words), nil
			}
		default:
			word += string(c)
		}
	}
	return all[:max(0, len(all)-1)] // the last line is the brace
}

// say answers a question: commands and facts of the host; nothing else can be looked at, and the reason is an answer, too.
func (w *leakWorld) say(nonce string, words []string, stdout, stderr io.Writer) {
	id, function, args := words[1], words[2], words[3:]
	var out, complaint, aside string
	status := 0
	switch function {
	case "probe_command":
		out, complaint, status = w.ran(args[4])
		aside = fmt.Sprintf("\n%s %s aside ended-1.00-1.25\n", nonce, id)
	case "probe_facts":
		out = fmt.Sprintf("kernel=Linux\nname=%s\nos-release\nID=debian\nPRETTY_NAME=%s\n", w.texts[w.last], w.texts[0])
	default:
		aside = fmt.Sprintf("\n%s %s cannot\n%s\n%s %s said\n", nonce, id, w.texts[w.last], nonce, id)
	}
	fmt.Fprintf(stdout, "\n%s %s begin\n%s\n%s %s end %d\n", nonce, id, out, nonce, id, status)
	fmt.Fprintf(stderr, "\n%s %s begin\n%s%s\n%s %s end\n", nonce, id, complaint, aside, nonce, id)
}

// ran is what a line prints: "cat FILE; cat FILE >&2; exit STATUS", or whatever else.
func (w *leakWorld) ran(line string) (out, complaint string, status int) {
	var first, second int
	if _, err := fmt.Sscanf(line, "cat answer%d; cat answer%d >&2; exit %d", &first, &second, &status); err != nil {
		return line + "\n", line, 1
	}
	return w.texts[first], w.texts[second], status
}

// answer is the path of an answer.
func (w *leakWorld) answer(i int) string { return fmt.Sprintf("%s/answer%d", w.dir, i) }

// write makes a file in the folder of the test.
func (w *leakWorld) write(path, text string) {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
}
