package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const manualPage = "## A *page* of `code`\n\n" +
	"One **bold** sentence with `a b c` and [a page](x.md) and [a site](https://example.com/x), a \\*star\\* &amp; more.\n" +
	"Its second line.\n\n" +
	"```hcl\nfile \"/a very long path of a file\" {\n\n  mode = `x`\n}\n```\n\n" +
	"- one that is long enough to need another line\n- two\n  - inner\n\n1. first\n2. second\n\n" +
	"| name | meaning |\n|---|---|\n| `a \\| b` | as much as fits beside it, and the rest below |\n| c | d |\n\n" +
	"| | |\n|---|---|\n| `x` | no titles |\n\n" +
	"| a long title of a column | another one |\n|---|---|\n| a long cell in the first column | e |\n"

// TestManual: no mark of Markdown is left, and lines break where the terminal ends.
func TestManual(t *testing.T) {
	want := `A page of code

  One bold sentence with a b c and a
  page and a site
  (https://example.com/x), a *star* &
  more. Its second line.

    file "/a very long path of a file" {

      mode = ` + "`x`" + `
    }

  - one that is long enough to need
    another line
  - two
    - inner

  1. first
  2. second

  name   meaning
  -----  -------------------------------
  a | b  as much as fits beside it, and
         the rest below
  c      d

  x  no titles

  a long cell in the first column
      e
`
	if diff := cmp.Diff(want, forTerminal(manualPage, false, 40)); diff != "" {
		t.Errorf("40 columns (-want +got):\n%s", diff)
	}
	colored := forTerminal(manualPage, true, 40)
	if diff := cmp.Diff(want, colors.ReplaceAllString(colored, "")); diff != "" {
		t.Errorf("colours change the text (-want +got):\n%s", diff)
	}
	for _, want := range []string{"\x1b[1mbold\x1b[22m", "\x1b[1ma b c\x1b[22m", "\x1b[2m(https://example.com/x)\x1b[22m"} {
		if !strings.Contains(colored, want) {
			t.Errorf("no %q in %q", want, colored)
		}
	}
}

// TestEveryTopicIsReadable: no page has a mark that was not rendered, nor a line of prose that is too long.
func TestEveryTopicIsReadable(t *testing.T) {
	marks := regexp.MustCompile("(?m)\\*\\*|^ *```|^ *#+ |\\]\\(|^ *\\|.*\\|$")
	for _, topic := range append(topics(), "", "file.owner", "file.content", "target.docker") {
		markdown, err := explanation(topic)
		if err != nil {
			t.Errorf("%s: %v", topic, err)
			continue
		}
		page := forTerminal(markdown, false, 0)
		if found := marks.FindString(page); found != "" {
			t.Errorf("%s has %q:\n%s", topic, found, page)
		}
		for line := range strings.Lines(page) {
			if shownWidth(strings.TrimSpace(line)) > usualWidth && !strings.HasPrefix(line, "    ") {
				t.Errorf("%s has a long line: %s", topic, line)
			}
		}
	}
}
