package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/avow-dev/avow/backends"
	"github.com/avow-dev/avow/docs"
)

// chapters maps the words of `avow explain` to headings of the language's manual.
var chapters = map[string]string{
	"describe": "describe", "on": "describe", "blocks": "Resource blocks", "values": "Values", "each": "Values",
	"variable": "Variables", "var": "Variables", "locals": "Locals", "local": "Locals", "facts": "Facts of the host",
	"functions": "Functions", "file()": "Functions", "env": "Functions", "targets": "Targets", "become": "become",
	"verdicts": "The four verdicts", "only": "Choosing promises", "tag": "Choosing promises", "mistakes": "Mistakes",
	"exit": "Exit codes", "limits": "Limits", "expectations": "Expected values",
}

// chapter returns a section of the language's manual, or of the page of targets: `target.ssh`.
func chapter(topic string) string {
	if heading := chapters[topic]; heading != "" {
		return section(docs.Language, heading)
	}
	name := strings.TrimPrefix(topic, "target.")
	if backends.All.Find(name) != nil {
		return section(page("target", nil), name)
	}
	return ""
}

// section returns the text below a heading of a page, up to the next heading of the same level or above.
func section(page, heading string) string {
	var out []string
	depth, fenced := 0, false
	for line := range strings.Lines(page) {
		fenced = fenced != strings.HasPrefix(line, "```")
		text := strings.TrimLeft(line, "#")
		level := len(line) - len(text)
		switch {
		case fenced || level == 0:
		case depth > 0 && level <= depth:
			return strings.TrimSpace(strings.Join(out, "")) + "\n"
		case depth == 0 && strings.TrimSpace(text) == heading:
			depth = level
		}
		if depth > 0 {
			out = append(out, line)
		}
	}
	return strings.TrimSpace(strings.Join(out, "")) + "\n"
}

// chapterNames are all words that chapter knows, but for those of backends that a type has as well.
func chapterNames() []string {
	names := slices.Collect(maps.Keys(chapters))
	for _, b := range backends.All {
		names = append(names, "target."+b.Name)
	}
	return names
}
