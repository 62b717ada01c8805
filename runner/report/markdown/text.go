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

// prose writes paragraphs. Blank lines separate them; other line ends are blanks.
func (p *text) prose(text string) {
	for _, paragraph := range paragraphs(text) {
		p.block(opening(Escaped(paragraph, words.MaxProse)))
	}
}

var blankLine = regexp.MustCompile(`\n[ \t\r]*\n`)

// paragraphs returns at most words.MaxLines paragraphs of a text, each in one line.
func paragraphs(text string) []string {
	var list []string
	for _, piece := range blankLine.Split(text, -1) {
		if piece = strings.Join(strings.Fields(piece), " "); piece != "" {
			list = append(list, piece)
		}
	}
	if len(list) > words.MaxLines {
		list = append(list[:words.MaxLines], "… "+plain.Count(len(list)-words.MaxLines, "more paragraph"))
	}
	return list
}

// grid is a table: a row of titles, and rows with as many cells.
type grid struct {
	titles []string
	marks  int // columns, at the right, that are centred
	rows   [][]string
}

func (p *text) grid(g grid) {
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

// Fenced are the lines of a code block in a list item. The fence is longer than any run of backticks in it, so that
// no line of it can be the fence's end.
func Fenced(language, text string) []string {
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

var beginsBlock = regexp.MustCompile(`^([-+=:]|[0-9]+\.)`)

// opening is an escaped text that can also begin a line: it makes no list and no rule there.
func opening(s string) string {
	at := beginsBlock.FindString(s)
	if at == "" {
		return s
	}
	return at[:len(at)-1] + `\` + s[len(at)-1:]
}
