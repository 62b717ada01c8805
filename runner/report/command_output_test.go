package report

import (
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/words"
)

func stderr(text string) change { return func(p *record.Promise) { p.Stderr = text } }
func stdout(text string) change { return func(p *record.Promise) { p.Stdout = text } }

// TestFailedCommandSaysWhy holds every format that tells of single promises to show what a failed command printed.
func TestFailedCommandSaysWhy(t *testing.T) {
	failed := about(7, "command", "nginx -t", "exit_status", "exit status is 0", values("0", "1"), broken(""),
		stderr("nginx: [emerg] unknown directive\nnginx: test failed\n"), stdout("checking\n"))
	missing := about(9, "command", "nft list", "stdout", "stdout is empty", unknown("could not be run"), stderr("sh: nft: not found\n"))
	kept := about(10, "command", "true", "exit_status", "exit status is 0", values("0", "0"))
	one := run(on(host("web1"), failed, missing, kept)...)
	two := run(hosts(on(host("web1"), failed, missing, kept), on(host("web2"), failed, missing, kept))...)
	for _, f := range Formats {
		if f.New == nil || f == Prometheus {
			continue
		}
		for name, events := range map[string][]record.Event{"one host": one, "two hosts": two} {
			out := render(t, f, Options{}, events)
			for _, want := range []string{"test failed", "nft: not found"} {
				if !strings.Contains(out, want) {
					t.Errorf("%s, %s, does not have %q:\n%s", f.Name, name, want, out)
				}
			}
		}
	}
}

// TestOutputIsShownOnce holds doc to print what one command said once, however many of its promises are broken.
func TestOutputIsShownOnce(t *testing.T) {
	said := stderr("disk full\n")
	out := render(t, Doc, Options{}, run(on(host("web1"),
		about(7, "command", "backup", "exit_status", "exit status is 0", values("0", "1"), broken(""), said),
		about(8, "command", "backup", "stdout", `stdout is "done"`, values(`"done"`, `""`), broken(""), said),
		about(9, "command", "restore", "exit_status", "exit status is 0", values("0", "1"), broken(""), said))...))
	if n := strings.Count(out, "disk full"); n != 2 {
		t.Errorf("once for each of the two commands, not %d times:\n%s", n, out)
	}
}

// TestStreamThatWasFoundIsNotRepeated leaves out of the evidence what "found" shows already.
func TestStreamThatWasFoundIsNotRepeated(t *testing.T) {
	out := render(t, JUnit, Options{}, run(on(host("web1"),
		about(7, "command", "id", "stdout", `stdout is "root"`, values(`"root"`, `"plain"`), broken(""), stdout("plain\n"), stderr("warning\n")))...))
	if strings.Contains(out, "stdout    plain") || !strings.Contains(out, "stderr    warning") {
		t.Error(out)
	}
}

// TestLongOutputShowsItsEnd keeps the last lines, in which programs say why they stopped.
func TestLongOutputShowsItsEnd(t *testing.T) {
	out := render(t, Doc, Options{}, run(on(host("web1"),
		about(7, "command", "x", "exit_status", "exit status is 0", values("0", "1"), broken(""),
			stderr(strings.Repeat("noise\n", 50)+"the reason\n")))...))
	if !strings.Contains(out, "the reason") || strings.Count(out, "noise") != words.MaxStreamLines-1 {
		t.Error(out)
	}
}

// TestOneLineOfOutputSaysWhy: where one line has to do, it holds the line that says why, before the one that says that it
// was in vain; and no more than fits.
func TestOneLineOfOutputSaysWhy(t *testing.T) {
	long := strings.Repeat("x", words.MaxTitle)
	for text, want := range map[string]string{
		"syntax is ok\n[emerg] permission denied\n\ntest failed\n": "; stderr: [emerg] permission denied / test failed",
		"one\ntwo\nthree\nfour\n":                                  "; stderr: two / three / four",
		long + "\nshort\n":                                         "; stderr: short",
		"":                                                         "",
	} {
		if got := words.Printed(&record.Promise{Attribute: "exit_status", Stderr: text}); got != want {
			t.Errorf("%q\n%q", got, want)
		}
	}
}

// TestOutputWithCarriageReturns: those before line ends are no part of what a program says.
func TestOutputWithCarriageReturns(t *testing.T) {
	events := run(on(host("web1"),
		about(7, "command", "x", "exit_status", "exit status is 0", values("0", "1"), broken(""), stderr("one\r\ntwo\r\n")))...)
	for _, f := range []*Format{Doc, JUnit, GitHub, Nagios, Markdown} {
		if out := render(t, f, Options{}, events); strings.Contains(out, `\r`) || !strings.Contains(out, "two") {
			t.Errorf("%s: %s", f.Name, out)
		}
	}
}

// TestJUnitSaysHowLongACommandTook, at the first promise about it; the suite has the sum.
func TestJUnitSaysHowLongACommandTook(t *testing.T) {
	slow := about(7, "command", "backup", "exit_status", "exit status is 0", values("0", "0"), func(p *record.Promise) { p.Took = 2.5 })
	quick := about(8, "command", "backup", "stdout", "stdout is empty", values(`""`, ""))
	root, err := readJUnit(render(t, JUnit, Options{}, run(on(host("web1"), slow, quick)...)))
	if err != nil {
		t.Fatal(err)
	}
	if cases := root.all("testcase"); cases[0].attrs["time"] != "2.500" || cases[1].attrs["time"] != "0.000" {
		t.Errorf("%v and %v", cases[0].attrs, cases[1].attrs)
	}
	if suite := root.all("testsuite")[0]; suite.attrs["time"] != "2.500" {
		t.Errorf("the suite says %v", suite.attrs)
	}
}
