package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/avow-dev/avow/spec/catalog"
	"github.com/avow-dev/avow/spec/catalog/peers"
	"github.com/avow-dev/avow/spec/resource"
)

// isThere reports whether Avow has a name of a peer's table: a type, an attribute, a matcher, a word, a command.
func isThere(name string) bool {
	if command, found := strings.CutPrefix(name, "avow "); found {
		_, _, err := newRoot().Find([]string{command})
		return err == nil
	}
	return peers.Has(catalog.All, name) || slices.Contains(topics(), name)
}

// answerTo explains a topic, or a word of another tool, which has the answer where Avow has no such topic.
func answerTo(topic string) (string, error) {
	text, err := explanation(topic)
	if err == nil {
		return text, nil
	}
	if other := elsewhere(topic); other != "" {
		return other, nil
	}
	return "", err
}

// elsewhere answers to a word that Avow does not have as a topic: where Avow has it as an attribute, and what to write
// for it if another tool has it. It is "" for all other words.
func elsewhere(word string) string {
	var b strings.Builder
	if own := typesWith(word); len(own) > 0 {
		fmt.Fprintf(&b, "\n`%s` is an attribute of %s: `avow explain %s.%s`.\n",
			word, strings.Join(own, ", "), own[0], word)
	}
	types, rows := "", ""
	for _, found := range peers.Find(word) {
		if found.Type {
			types += "\n" + strings.TrimSpace(found.Peer+": "+instead(found.Group.Entry, "(not yet)")) + "\n\n"
		}
		for _, row := range found.Group.Rows {
			if found.Type {
				types += fmt.Sprintf("- %s: %s\n", code(row.Words), instead(row, "(not yet)"))
			} else {
				rows += fmt.Sprintf("- %s, %s %s: %s\n", found.Peer, headingOf(found.Group), code(row.Words),
					instead(row, "(not yet)"))
			}
		}
	}
	if types != "" && rows != "" {
		types += "\nAs a word of a type:\n"
	}
	if b.WriteString(types); rows != "" {
		b.WriteString("\n" + rows)
	}
	if b.Len() == 0 {
		return ""
	}
	return "# " + word + "\n" + b.String()
}

// typesWith returns the names of the types that have an attribute.
func typesWith(attribute string) []string {
	var names []string
	for _, t := range catalog.All.Types {
		if t.Attribute(attribute) != nil {
			names = append(names, t.Name)
		}
	}
	return names
}

// instead renders the answers of an entry and its note, in one line.
func instead(e peers.Entry, notYet string) string {
	var answers []string
	for _, a := range e.Answers {
		text := "`" + a.Text + "`"
		if !a.In(isThere) {
			text += " " + notYet
		}
		answers = append(answers, text)
	}
	text := strings.Join(answers, ", ")
	switch {
	case e.LeftOut:
		return "left out: " + e.Note
	case e.Note == "":
		return text
	case text == "":
		return e.Note
	}
	return text + "; " + e.Note
}

func code(words []string) string { return "`" + strings.Join(words, "`, `") + "`" }

func headingOf(g peers.Group) string {
	if g.Heading != "" {
		return g.Heading
	}
	return strings.Join(g.Words, ", ")
}

const comingFromText = "# Coming from serverspec, goss, testinfra or InSpec\n\n" +
	"Every word of these tools, and what to write in Avow instead. `avow explain yumrepo` and `avow explain\n" +
	"be_listening` print the same, and a block of another tool's type in a spec is a mistake that shows Avow's.\n\n" +
	"`file.mode` is the attribute `mode` of a block `file`, and `file.type = \"fifo\"` promises its value. Where a row\n" +
	"has several answers, choose the one that you mean, or write all of them. A matcher is written behind the equals\n" +
	"sign; a plain value means equality. *Not yet* marks the types, attributes and matchers that Avow does not have\n" +
	"yet. A word that is left out has its reason beside it.\n"

// comingFromPage returns docs/coming-from.md.
func comingFromPage() string {
	var b strings.Builder
	b.WriteString(comingFromText)
	for _, p := range peers.All() {
		fmt.Fprintf(&b, "\n## %s\n\n| type | word | Avow |\n|---|---|---|\n", p.Name)
		for _, g := range p.Groups {
			fmt.Fprintf(&b, "| %s | | %s\n", boldHeading(g), strings.TrimLeft(linked(g)+" |", " "))
			for _, row := range g.Rows {
				fmt.Fprintf(&b, "| | %s | %s |\n", code(row.Words), instead(row, "*not yet*"))
			}
		}
	}
	return b.String()
}

func boldHeading(g peers.Group) string {
	if g.Heading != "" {
		return "*" + g.Heading + "*"
	}
	return "**" + strings.Join(g.Words, "**, **") + "**"
}

// linked renders the line of a type, with a link to the page of Avow's.
func linked(g peers.Group) string {
	text := instead(g.Entry, "*not yet*")
	if len(g.Answers) == 0 {
		return text
	}
	first := "`" + g.Answers[0].Text + "`"
	t := catalog.All.Find(g.Answers[0].Names()[0])
	if t == nil || !g.Answers[0].In(isThere) {
		return text
	}
	return strings.Replace(text, first, "["+first+"]("+pageOf(t)+")", 1)
}

// pageOf returns the page of a type, as a page in docs links to it.
func pageOf(t *resource.Type) string { return "types/" + cmp.Or(t.AliasOf, t).Name + ".md" }
