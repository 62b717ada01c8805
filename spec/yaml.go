package spec

import (
	"errors"
	"regexp"
	"strings"
)

// limitYAML bounds what a text of YAML can stand for: its aliases repeat what they point to, aliases inside of it
// included, and its blocks nest without brackets.
func limitYAML(g *gauge, a arguments) error {
	text := a.text(0)
	if err := limitDecoding(",[{\n")(g, a); err != nil {
		return err
	}
	for line := range strings.Lines(text) {
		// A line can open as many levels as it has columns before its value: blanks, and dashes.
		if len(line)-len(strings.TrimLeft(line, " \t-?:")) > maxDepth {
			return errors.New("it nests too deeply to be decoded")
		}
	}
	if size := withAliases(text); size > maxText {
		return errors.New("with all that its aliases repeat it is too large")
	}
	g.work += len(text) * 4
	return nil
}

// yamlReference matches an anchor or an alias. Matches in the middle of a text count, too.
var yamlReference = regexp.MustCompile(`[&*][^\s\[\]{},&*]+`)

// withAliases returns how long a text would be if every alias were written out.
func withAliases(text string) int {
	begin, size := map[string]int{}, map[string]int{}
	total, done := 0, 0
	for _, at := range yamlReference.FindAllStringIndex(text, -1) {
		total += at[1] - done
		done = at[1]
		name := text[at[0]+1 : at[1]]
		if text[at[0]] == '&' {
			begin[name] = total
			delete(size, name)
			continue
		}
		// An anchor's content ends before its first alias, so everything between them is counted as the anchor's.
		if start, ok := begin[name]; ok && size[name] == 0 {
			size[name] = max(total-start, 1)
		}
		if total += size[name]; total > maxText {
			break
		}
	}
	return total + len(text) - done
}
