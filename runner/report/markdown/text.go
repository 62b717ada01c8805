package markdown

import (
	"regexp"
	"strings"

	"github.com/avow-dev/avow/runner/record/plain"
	"github.com/avow-dev/avow/runner/report/words"
)

// text is a Markdown text: blocks with a blank line between them.
type text struct {
	strings.Builder
	limit int  // in bytes; 0 is none
	full  bool // a block exceeded the limit; it and all later ones are missing
}

// block writes lines as one block.
func (p *text) block(lines ...string) {
	text := strings.Join(lines, "\n") + "\n"
	// Once a block is missing, so are all after it: a later, shorter one would stand under the wrong heading.
	p.full = p.full || p.limit > 0 && p.Len()+1+len(text) > p.limit
	if len(lines) == 0 || p.full {
		return
	}
	if p.Len() > 0 {
		p.WriteByte('\n')
	}
	p.WriteString(text)
}

func (p *text) heading(level int, title string) {
	p.block(strings.Repeat("#", min(level, 6)) + " " + title)
}

// prose writes paragraphs, at most words.MaxLines. Blank lines separate them; other line ends are blanks.
func (p *text) prose(text string) {
	var list []string
	for _, piece := range blankLine.Split(text, -1) {
		if piece = strings.Join(strings.Fields(piece), " "); piece != "" {
			list = append(list, piece)
		}
	}
	if left := len(list) - words.MaxLines; left > 0 {
		list = append(list[:words.MaxLines], "… "+plain.Count(left, "more paragraph"))
	}
	for _, paragraph := range list {
		// A backslash before the mark, so that the paragraph makes no list and no rule.
		p.block(beginsBlock.ReplaceAllStringFunc(Escaped(paragraph, words.MaxProse), func(begin string) string {
			mark := len(begin) - 1
			return begin[:mark] + `\` + begin[mark:]
		}))
	}
}

var (
	blankLine   = regexp.MustCompile(`\n[ \t\r]*\n`)
	beginsBlock = regexp.MustCompile(`^([-+=:]|[0-9]+\.)`)
)

// grid is a table: a row of titles, and rows with as many cells. One without rows is not written.
type grid struct {
	titles []string
	marks  int // columns, at the right, that are centred
	rows   [][]string
}

func (p *text) grid(g grid) {
	if len(g.rows) == 0 {
		return
	}
	rule := make([]string, len(g.titles))
	for i := range rule {
		rule[i] = "---"
		if i >= len(rule)-g.marks {
			rule[i] = ":---:"
		}
	}
	lines := []string{cells(g.titles), cells(rule)}
	for _, r := range g.rows {
		lines = append(lines, cells(r))
	}
	p.block(lines...)
}

func cells(texts []string) string { return "| " + strings.Join(texts, " | ") + " |" }

var backticks = regexp.MustCompile("`+")

// Fenced are the lines of a code block in a list item, or none without a text. The fence is longer than any run of
// backticks in it, so that no line of it can be the fence's end.
func Fenced(language, text string) []string {
	if text == "" {
		return nil
	}
	fence := "```"
	for _, run := range backticks.FindAllString(text, -1) {
		if len(run) >= len(fence) {
			fence = run + "`"
		}
	}
	lines := append([]string{"", fence + language}, strings.Split(text, "\n")...)
	lines = append(lines, fence)
	for i, line := range lines {
		if line != "" {
			lines[i] = "  " + line
		}
	}
	return lines
}

var markup = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "(", `\(`, ")", `\)`,
	"#", `\#`, "~", `\~`, "!", `\!`, "|", `\|`, "$", `\$`, "&", "&amp;", "<", "&lt;", ">", "&gt;",
	"://", `:\//`, "www.", `www\.`, // what a host prints becomes no link
)

// Escaped is a text that Markdown shows as it is, in one line, wherever in a line it stands but at its beginning.
func Escaped(s string, limit int) string { return markup.Replace(plain.Value(s, limit)) }
