// Package peers has the words of other tools that check servers, and what to write in Avow instead.
//
// Each tool is a table: one file, one raw text. A line that is not indented is a type of the tool, or several with the
// same answer; the indented lines below it are its words. The columns are the words, the answer and a note:
//
//	yumrepo       | repository "ID"
//	  exist       | .exists
//	  with_user   |                  | the answer, where it is not code
//	  mode size   | =                | each of these words under its own name
//	registry      | -                | the reason why it is left out
//
// The second column has one answer or several, with commas between them. ".exists" is an attribute of the block in the
// line of the type. A heading in parentheses is not a type: "(matchers)".
//
// The tables do not say what Avow already has. The names in the second column do: see [Answer.Names].
package peers

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Peer is a tool, with everything that its users write.
type Peer struct {
	Name   string
	Groups []Group
}

// Group is a type of a tool, or several, and its words. The words of its own entry are the names of the types.
type Group struct {
	Entry
	Heading string // instead of types: "(matchers)"
	Rows    []Entry
}

// Entry is one line of a table.
type Entry struct {
	Words   []string // as the tool's users write them
	Answers []Answer // what to write instead
	LeftOut bool     // on purpose; the note has the reason
	Note    string
}

// Answer is one piece of a spec: an attribute, an attribute and its value, a block.
type Answer struct {
	Text  string
	block string // the type that its parameters are of
}

// All returns the tables, in the order of the documentation.
var All = sync.OnceValue(func() []Peer {
	return []Peer{
		parse("serverspec", serverspec), parse("goss", goss), parse("testinfra", testinfra), parse("InSpec", inspec),
		parse("Chef, Puppet, Ansible", others),
	}
})

func parse(name, table string) Peer {
	p := Peer{Name: name}
	for line := range strings.Lines(table) {
		columns := strings.SplitN(line, "|", 3)
		switch {
		case strings.TrimSpace(line) == "":
		case len(columns) < 2:
			panic("peers: " + name + ": not a row: " + line)
		case line[0] == ' ':
			g := &p.Groups[len(p.Groups)-1]
			g.Rows = append(g.Rows, entries(columns, g.block())...)
		default:
			g := Group{Entry: entries(columns, "")[0]}
			if strings.HasPrefix(line, "(") {
				g.Heading, g.Words = strings.Trim(strings.TrimSpace(columns[0]), "()"), nil
			}
			p.Groups = append(p.Groups, g)
		}
	}
	return p
}

// block returns the type of Avow's block in the line of the group; "" for none.
func (g *Group) block() string {
	if len(g.Answers) == 0 {
		return ""
	}
	return g.Answers[0].block
}

// entries reads a line: one entry, or one for each word that Avow has under the same name.
func entries(columns []string, block string) []Entry {
	words, code := strings.Fields(columns[0]), strings.TrimSpace(columns[1])
	e := Entry{Words: words}
	if len(columns) == 3 {
		e.Note = strings.TrimSpace(columns[2])
	}
	switch code {
	case "":
	case "-":
		e.LeftOut = true
	case "=":
		var each []Entry
		for _, w := range words {
			each = append(each, Entry{Words: []string{w}, Answers: []Answer{answer("."+w, block)}, Note: e.Note})
		}
		return each
	default:
		for _, text := range split(code) {
			e.Answers = append(e.Answers, answer(text, block))
		}
	}
	return []Entry{e}
}

// split splits at the commas that are not in quotes, parentheses or brackets.
func split(code string) []string {
	var out []string
	depth, quoted, from := 0, false, 0
	for i, c := range code {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.ContainsRune("([{", c):
			depth++
		case strings.ContainsRune(")]}", c):
			depth--
		case c == ',' && depth == 0:
			out = append(out, strings.TrimSpace(code[from:i]))
			from = i + 1
		}
	}
	return append(out, strings.TrimSpace(code[from:]))
}

// answer reads one answer; its short names are attributes of the block.
func answer(text, block string) Answer {
	if short := strings.HasPrefix(text, "."); short {
		text = block + text
	} else {
		block, _, _ = strings.Cut(identifier.FindString(text), ".")
	}
	return Answer{Text: strings.Replace(text, with+".", with, 1), block: block}
}

// with is between an answer and a parameter that it needs.
const with = " with "

var (
	// identifier is all that a spec can name, and a command.
	identifier = regexp.MustCompile(`\b(avow )?[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*`)
	// chosen is a value of an attribute, which may be a parameter.
	chosen = regexp.MustCompile(`([a-z_]+\.[a-z_]+) = "([^"]*)"`)
	quotes = regexp.MustCompile(`"[^"]*"`)
)

// Names returns the types, attributes, matchers, words and commands that an answer writes, and values of attributes:
// "service.manager=systemd".
func (a Answer) Names() []string {
	full := strings.Replace(a.Text, with, with+a.block+".", 1)
	var names []string
	for _, n := range identifier.FindAllString(quotes.ReplaceAllString(full, ""), -1) {
		if n != "with" && n != "true" && n != "false" {
			names = append(names, n)
		}
	}
	for _, found := range chosen.FindAllStringSubmatch(full, -1) {
		names = append(names, found[1]+"="+found[2])
	}
	return names
}

// In reports whether Avow has all that an answer writes; has reports it of one name.
func (a Answer) In(has func(name string) bool) bool {
	return !slices.ContainsFunc(a.Names(), func(name string) bool { return !has(name) })
}
