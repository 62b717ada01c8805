package shell

import (
	"slices"
	"strings"
	"testing"
)

// shellsSeen are the numbers that a function finds, and that of the shell that it runs in.
func shellsSeen(t *testing.T, got told) (all []string, own string) {
	t.Helper()
	words := strings.Fields(string(got.Stdout))
	if got.err != nil || len(words) == 0 {
		t.Fatalf("%q %v", got.Stdout, got.err)
	}
	return words[1:], words[0]
}

// TestEveryShellIsKnown opens shells in two conversations with one target. Each function finds them all; one that has
// ended is a stranger's number from then on.
func TestEveryShellIsKnown(t *testing.T) {
	eachShell(t, func(t *testing.T, shell Shell) {
		peers := &Peers{}
		first := New(shell, Options{Peers: peers})
		second := open(t, shell, Options{Peers: peers})
		show := line(`echo "$$ $avow_shells"`)
		_, a := shellsSeen(t, ask(t, first, show)[0])
		_, b := shellsSeen(t, ask(t, second, show)[0])
		for _, c := range []*Conversation{first, second} {
			all, own := shellsSeen(t, ask(t, c, show)[0])
			if len(all) != 2 || !slices.Contains(all, a) || !slices.Contains(all, b) || own != a && own != b {
				t.Errorf("shells %s and %s: %s sees %s", a, b, own, all)
			}
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		if all, own := shellsSeen(t, ask(t, second, show)[0]); len(all) != 1 || all[0] != b {
			t.Errorf("%s sees %s, and %s has ended", own, all, a)
		}
	})
}

// TestShellsOfSlowQuestionsAreKnown has three more shells opened, and asks when all are there.
func TestShellsOfSlowQuestionsAreKnown(t *testing.T) {
	c := open(t, command("sh", "-s"), Options{})
	var questions []Query
	for range 8 {
		questions = append(questions, slow("sleep 0.4"))
	}
	ask(t, c, questions...)
	if all, _ := shellsSeen(t, ask(t, c, line(`echo "$$ $avow_shells"`))[0]); len(all) != 4 {
		t.Errorf("sees %s", all)
	}
}

func TestNoShellIsTakenFromTheEnvironment(t *testing.T) {
	c := open(t, command("env", "avow_shells=1 2 3", "sh", "-s"), Options{})
	if got := ask(t, c, line(`echo "${avow_shells-none}"`))[0]; string(got.Stdout) != "none\n" {
		t.Errorf("%q", got.Stdout)
	}
}

func TestPeersThatEndBeforeTheyAreKnown(t *testing.T) {
	var p Peers
	s := &process{}
	p.drop(s)
	p.add(s, 7)
	if got := p.list(); got != "" {
		t.Errorf("%q", got)
	}
}
