package peers

import (
	"regexp"
	"slices"
	"strings"
)

// Found is what a tool means by a word: one of its types, with all rows, or rows of a type that have the word.
type Found struct {
	Peer  string
	Group Group
	Type  bool // the word is the name of the type
}

// Find returns what the tools mean by a word: `yumrepo`, `be_listening`, `port.be_listening`. Arguments do
// not matter.
func Find(word string) []Found {
	var found []Found
	typ, rest, dotted := strings.Cut(word, ".")
	for _, p := range All() {
		for _, g := range p.Groups {
			if g.isNamed(word) {
				found = append(found, Found{p.Name, g, true})
				continue
			}
			rows := g.rowsWith(p.Name, word)
			if dotted && len(rows) == 0 && g.isNamed(typ) {
				rows = g.rowsWith(p.Name, rest)
			}
			if g.Rows = rows; len(rows) > 0 {
				found = append(found, Found{p.Name, g, false})
			}
		}
	}
	return found
}

func (g *Group) isNamed(typ string) bool {
	return slices.ContainsFunc(g.Words, func(w string) bool { return plain(w) == plain(typ) })
}

// rowsWith returns the rows that have a word.
func (g *Group) rowsWith(peer, word string) []Entry {
	var rows []Entry
	for _, row := range g.Rows {
		if slices.ContainsFunc(row.Words, func(w string) bool { return means(peer, w, word) }) {
			rows = append(rows, row)
		}
	}
	return rows
}

// means reports whether a word of a table is the one that a user asks about. InSpec's properties are matchers, too,
// with "be_" or "have_" before their names.
func means(peer, written, word string) bool {
	if plain(written) == plain(word) || slices.Contains(segments(written), plain(word)) {
		return true
	}
	if rest, cut := cutAny(word, "be_", "have_"); cut && peer == "InSpec" {
		return slices.Contains(segments(written), plain(rest))
	}
	return false
}

func cutAny(word string, prefixes ...string) (string, bool) {
	for _, prefix := range prefixes {
		if rest, found := strings.CutPrefix(word, prefix); found {
			return rest, true
		}
	}
	return word, false
}

// plain returns a word without its arguments, with underscores.
func plain(word string) string {
	if before, _, found := strings.Cut(word, "("); found && before != "" {
		word = before
	}
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(word, "."), "?"), "-", "_")
}

var arguments = regexp.MustCompile(`\([^)]*\)`)

// segments returns the words of a chain, such as be_enabled.with_level(3).
func segments(written string) []string {
	var out []string
	for _, s := range strings.Split(arguments.ReplaceAllString(written, ""), ".") {
		if s = plain(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Words returns all words that [Find] knows, for suggestions.
func Words() []string {
	var words []string
	for _, p := range All() {
		for _, g := range p.Groups {
			words = append(words, g.Words...)
			for _, row := range g.Rows {
				for _, w := range row.Words {
					words = append(words, segments(w)...)
				}
			}
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}
