package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/avow-dev/avow/runner/record"
	"github.com/avow-dev/avow/runner/report/markdown"
)

var (
	fenceLine   = regexp.MustCompile("^ {0,5}(`{3,})([a-z]*)$")
	escapedPipe = regexp.MustCompile(`(\\\\)*\\[|]`)
	rawMarkup   = regexp.MustCompile("(^|[^\\\\])(\\\\\\\\)*([`\\[\\]~$]|://|www\\.)")
)

// wellFormed reads Markdown as far as Avow writes it: fences end, tables have as many cells in each line, and outside
// of fences no text has markup that is not Avow's own.
func wellFormed(text string) error {
	fence, pipes := "", 0
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if found := fenceLine.FindStringSubmatch(line); found != nil && (fence == "" || found[2] == "" && len(found[1]) >= len(fence)) {
			if fence != "" {
				fence = ""
			} else {
				fence = found[1]
			}
			continue
		}
		if fence != "" {
			continue
		}
		n := strings.Count(escapedPipe.ReplaceAllString(line, ""), "|")
		switch {
		case pipes > 0 && n > 0 && n != pipes:
			return fmt.Errorf("%d cells instead of %d in %q", n-1, pipes-1, line)
		case n > 0 && !strings.HasPrefix(line, "| "):
			return fmt.Errorf("a pipe outside of a table in %q", line)
		case strings.ContainsAny(line, "<>"):
			return fmt.Errorf("raw HTML in %q", line)
		case rawMarkup.MatchString(line):
			return fmt.Errorf("raw markup %q in %q", rawMarkup.FindString(line), line)
		}
		pipes = n
	}
	if fence != "" {
		return fmt.Errorf("a fence has no end")
	}
	return nil
}

func TestWellFormedFinds(t *testing.T) {
	for _, bad := range []string{
		"```text\nx\n", "| a | b |\n| --- |\n", "a | b\n", "<b>\n", "a `b` c\n", "[a](b)\n", `\\[a](b)` + "\n", "see http://x\n", "a $x$\n", "www.x\n",
	} {
		if wellFormed(bad) == nil {
			t.Errorf("%q is well formed", bad)
		}
	}
}

func TestMarkdownIsWellFormed(t *testing.T) {
	for name, events := range runs(t) {
		for _, o := range []Options{{}, {NoTime: true}} {
			if err := wellFormed(render(t, Markdown, o, events)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestMarkdownInjection: what would be a link, a heading, a list, a fence's end or a table in Markdown is text.
func TestMarkdownInjection(t *testing.T) {
	for _, evil := range []string{
		"x\n\n# heading", "[x](javascript:alert(1))", "![x](http://evil/y.png)", "<script>alert(1)</script>", "</td><td>",
		"a | b", `a \| b`, `a \`, "`x`", "```\n# heading\n", "``````", "~~~\nx", "**x** __y__ ~~z~~", "&lt;b&gt; &#60;", "$x$", "https://evil www.evil",
		"- item", "1. item", "+ item", "=====", "---", "> quote", "    code", "| a |\n| --- |", "[^1]", ":---:", "<!-- ", "x  \ny", "1) item",
	} {
		p := about(1, "file", evil, "content", evil, values(evil, evil), broken(evil), why(evil), in(evil, evil), whys(evil, evil), diff(evil+"\n```\n# heading"))
		events := hosts(on(host(evil), p, about(2, "file", "/x", "mode", evil, unknown(evil), title(evil)), about(3, "file", "/x", "mode", "x", skipped(evil))), on(down("db", evil)))
		events[0].Start.Version, events[0].Start.Files[0].Path = evil, evil
		for _, planned := range []bool{false, true} {
			events[0].Start.Planned = planned
			out := render(t, Markdown, Options{}, events)
			if err := wellFormed(out); err != nil {
				t.Errorf("%q: %v\n%s", evil, err, out)
			}
			outside := regexp.MustCompile("(?ms)^  (`{3,})[a-z]+$.*?^  `{3,}$").ReplaceAllString(out, "")
			own := regexp.MustCompile(`(?m)^(#{1,4} .*|\| .*|- [✗?–…] .*|\*\*.*\*\*|As of .*|✓ .*|On .*|Nothing .*|)$`)
			for line := range strings.Lines(own.ReplaceAllString(outside, "")) {
				if regexp.MustCompile(`^( {4}|[-+=>#~|]|\d+[.)])`).MatchString(line) {
					t.Errorf("%q begins a block: %q", evil, line)
				}
			}
		}
	}
}

func TestMarkdownFences(t *testing.T) {
	lines := markdown.Fenced("text", "a\n```\n`````\n\n~~~")
	if want := []string{"", "  ``````text", "  a", "  ```", "  `````", "", "  ~~~", "  ``````"}; !slices.Equal(lines, want) {
		t.Errorf("%q", lines)
	}
}

// TestMarkdownNoTime: what changes at every run is not in a page that is committed.
func TestMarkdownNoTime(t *testing.T) {
	first, second := recorded(t), recorded(t)
	for _, e := range second {
		switch {
		case e.Start != nil:
			e.Start.Time, e.Start.Version = "2027-05-05T05:05:05Z", "2.0.0"
		case e.Target != nil:
			e.Target.Begun = "2027-05-05T05:05:05Z"
		case e.Promise != nil && e.Promise.Status == record.Kept:
			e.Promise.Found, e.Promise.Elapsed = `"1.22.1-10"`, 7
		case e.Promise != nil:
			e.Promise.Attempts *= 2
			e.Promise.Elapsed *= 2
		case e.End != nil:
			e.End.Elapsed, e.End.Time, e.End.Timings = 99, "2027-05-05T05:06:05Z", nil
		}
	}
	out := render(t, Markdown, Options{NoTime: true}, first)
	if again := render(t, Markdown, Options{NoTime: true}, second); again != out {
		t.Errorf("two runs of the same hosts differ:\n%s\n%s", out, again)
	}
	if render(t, Markdown, Options{}, first) == render(t, Markdown, Options{}, second) {
		t.Error("with times they do not differ: this test proves nothing")
	}
	sameAs(t, "testdata/recorded.markdown_no_time", out)
}

// TestMarkdownOfAPlan has no verdict: no mark, no count, no column of them.
func TestMarkdownOfAPlan(t *testing.T) {
	notYet := skipped("not checked")
	events := hosts(
		on(host("web1"), about(1, "package", "nginx", "installed", "is installed", notYet), about(2, "file", "/k", "mode", "mode is 0600", notYet, why("The crown jewel."), in("web server", "TLS"))),
		on(host("web2"), about(1, "package", "nginx", "installed", "is installed", notYet), about(3, "user", "app", "exists", "exists", skipped("until May"))))
	events[0].Start.Planned = true
	out := render(t, Markdown, Options{NoTime: true}, events)
	sameAs(t, "testdata/planned.markdown", out)
	for _, verdict := range []string{"✓", "✗", "?", "–", "kept", "broken", "unknown", "skipped", "2026", "not checked"} {
		if strings.Contains(out, verdict) {
			t.Errorf("%q in\n%s", verdict, out)
		}
	}
}

// TestMarkdownManyHosts counts them, and names those that differ.
func TestMarkdownManyHosts(t *testing.T) {
	out := render(t, Markdown, Options{NoTime: true}, fleet(200, old(7, 9), denied(3), unreachable("connection refused", 20, 21, 22)))
	sameAs(t, "testdata/fleet_200.markdown", out)
}

// TestMarkdownSaysWhatEachHostPromises: where hosts promise different values of one thing, each has its own line.
func TestMarkdownSaysWhatEachHostPromises(t *testing.T) {
	mode := func(mode string) record.Promise {
		return about(1, "file", "/x", "mode", "mode is "+mode, values(`"`+mode+`"`, `"`+mode+`"`))
	}
	out := render(t, Markdown, Options{}, hosts(on(host("web1"), mode("0600")), on(host("web2"), mode("0644"))))
	for _, says := range []string{"| File /x | mode is 0600 | ✓ kept |  |", "|  | mode is 0644 |  | ✓ kept |"} {
		if !strings.Contains(out, says) {
			t.Errorf("no %q in\n%s", says, out)
		}
	}
}

func TestMarkdownKeepsParagraphs(t *testing.T) {
	out := render(t, Markdown, Options{}, hosts(on(host("web1"), about(1, "user", "a", "exists", "exists", whys("One\nline.\n \n- Two *stars*.\n\n\n3. Three.")))))
	if says := "## web server\n\nOne line.\n\n\\- Two \\*stars\\*.\n\n3\\. Three.\n\n| Thing"; !strings.Contains(out, says) {
		t.Error(out)
	}
}
