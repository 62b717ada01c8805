package main

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/fatih/color"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/avow-dev/avow/runner/report/words"
)

// The widths of a page of the manual: without a terminal, and on one that is wider than a line should be.
const (
	usualWidth = 80
	mostWidth  = 100
)

// manual renders Markdown for a terminal, or for a pipe: headings at the margin, all else indented and wrapped, without
// the marks. It only renders Avow's own Markdown, never that of a spec or a host.
type manual struct {
	source      []byte
	width       int
	bold, faint *color.Color
	out         strings.Builder
}

// forTerminal renders a Markdown text for a terminal of that width; 0 is none.
func forTerminal(markdown string, colored bool, width int) string {
	m := &manual{
		source: []byte(markdown), width: min(cmp.Or(width, usualWidth), mostWidth),
		bold: color.New(color.Bold), faint: color.New(color.Faint),
	}
	for _, c := range []*color.Color{m.bold, m.faint} {
		if c.DisableColor(); colored {
			c.EnableColor()
		}
	}
	page := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(text.NewReader(m.source))
	m.blocks(page, "  ", "  ", true)
	return m.out.String()
}

// blocks writes the blocks below a node. The first line begins with first, all others with indent.
func (m *manual) blocks(parent ast.Node, first, indent string, apart bool) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if n != parent.FirstChild() && apart {
			m.out.WriteByte('\n')
		}
		m.block(n, first, indent)
		first = indent
	}
}

func (m *manual) block(n ast.Node, first, indent string) {
	switch n := n.(type) {
	case *ast.Heading:
		m.lines("", "", m.width, m.inline(n, m.bold))
	case *ast.List:
		m.list(n, first, indent)
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		for i := range n.Lines().Len() {
			line := n.Lines().At(i)
			m.out.WriteString(strings.TrimRight(indent+"  "+string(line.Value(m.source)), " \n") + "\n")
		}
	case *tables.Table:
		m.table(n, indent)
	case *ast.Paragraph, *ast.TextBlock:
		m.lines(first, indent, m.width, m.inline(n, nil))
	default:
		m.blocks(n, first, indent, true)
	}
}

func (m *manual) list(list *ast.List, first, indent string) {
	number := list.Start
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "- "
		if list.IsOrdered() {
			mark = fmt.Sprintf("%d. ", number)
			number++
		}
		if item != list.FirstChild() && !list.IsTight {
			m.out.WriteByte('\n')
		}
		m.blocks(item, first+mark, indent+strings.Repeat(" ", len(mark)), !list.IsTight)
		first = indent
	}
}

// lines writes a paragraph, in lines that are no wider than width, if its words are not.
func (m *manual) lines(first, indent string, width int, text string) {
	for _, line := range words.Fill(strings.Fields(text), width-shownWidth(indent), shownWidth) {
		m.out.WriteString(strings.TrimRight(first+unglued(line), " ") + "\n")
		first = indent
	}
}

// glue is a blank at which no line breaks.
const glue = "\x00"

func unglued(s string) string { return strings.ReplaceAll(s, glue, " ") }

// unbroken is the longest piece of code that stays on one line.
const unbroken = 30

// inline returns the text of a paragraph, in one line. Each word has its own colour, so that lines can break at any
// blank.
func (m *manual) inline(parent ast.Node, paint *color.Color) string {
	var b strings.Builder
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			value := n.Segment.Value(m.source)
			if !n.IsRaw() {
				value = util.ResolveEntityNames(util.UnescapePunctuations(value))
			}
			b.WriteString(painted(string(value), paint))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.CodeSpan:
			b.WriteString(m.code(n))
		case *ast.Emphasis:
			b.WriteString(m.inline(n, m.bold))
		case *ast.AutoLink:
			b.WriteString(painted(string(n.Label(m.source)), paint))
		case *ast.Link:
			b.WriteString(m.inline(n, paint))
			if to := string(n.Destination); strings.Contains(to, "://") { // not another page of the manual
				b.WriteString(" " + painted("("+to+")", m.faint))
			}
		default:
			b.WriteString(m.inline(n, paint))
		}
	}
	return b.String()
}

func (m *manual) code(span *ast.CodeSpan) string {
	var b bytes.Buffer
	for n := span.FirstChild(); n != nil; n = n.NextSibling() {
		if t, ok := n.(*ast.Text); ok {
			b.Write(t.Segment.Value(m.source))
		}
	}
	code := strings.ReplaceAll(b.String(), "\n", " ")
	if utf8.RuneCountInString(code) <= unbroken {
		code = strings.ReplaceAll(code, " ", glue)
	}
	return painted(code, m.bold)
}

func painted(s string, paint *color.Color) string {
	if paint == nil {
		return s
	}
	pieces := strings.Split(s, " ")
	for i, word := range pieces {
		if word != "" {
			pieces[i] = paint.Sprint(word)
		}
	}
	return strings.Join(pieces, " ")
}

// table writes columns if they fit, the last one wrapped; else each row as a list.
func (m *manual) table(table *tables.Table, indent string) {
	rows, widths := m.cells(table)
	left := m.width - len(indent)
	for _, w := range widths[:len(widths)-1] {
		left -= w + len(gap)
	}
	last := &widths[len(widths)-1]
	if left < min(*last, leastColumn) {
		m.stacked(rows, indent)
		return
	}
	*last = min(*last, left)
	for i, row := range rows {
		if strings.Join(row, "") == "" {
			continue
		}
		m.row(row, widths, indent)
		if i == 0 {
			rule := make([]string, len(widths))
			for c, w := range widths {
				rule[c] = strings.Repeat("-", w)
			}
			m.row(rule, widths, indent)
		}
	}
}

const (
	gap         = "  " // between columns
	leastColumn = 24   // characters of the last column; with less room, there are no columns
)

func (m *manual) cells(table *tables.Table) (rows [][]string, widths []int) {
	widths = make([]int, len(table.Alignments))
	for r := table.FirstChild(); r != nil; r = r.NextSibling() {
		row := make([]string, len(widths))
		column := 0
		for c := r.FirstChild(); c != nil && column < len(row); c = c.NextSibling() {
			row[column] = m.inline(c, nil)
			widths[column] = max(widths[column], shownWidth(row[column]))
			column++
		}
		rows = append(rows, row)
	}
	return rows, widths
}

// row writes cells side by side. Only the last one can need more than a line.
func (m *manual) row(cells []string, widths []int, indent string) {
	first, last := indent, len(cells)-1
	for i, cell := range cells[:last] {
		first += unglued(cell) + strings.Repeat(" ", widths[i]-shownWidth(cell)) + gap
	}
	under := strings.Repeat(" ", shownWidth(first))
	m.lines(first, under, len(under)+widths[last], cells[last])
}

// stacked writes each row as a line of its first cell, and the others below it.
func (m *manual) stacked(rows [][]string, indent string) {
	for _, row := range rows[1:] {
		m.lines(indent, indent+"  ", m.width, row[0])
		for i, cell := range row[1:] {
			if title := rows[0][i+1]; title != "" && len(row) > 2 {
				cell = title + ": " + cell
			}
			m.lines(indent+"    ", indent+"    ", m.width, cell)
		}
	}
}

var colors = regexp.MustCompile("\x1b\\[[0-9;]*m")

// shownWidth returns how many columns a text takes.
func shownWidth(s string) int { return utf8.RuneCountInString(colors.ReplaceAllString(s, "")) }
