package kernel

import (
	"strings"
)

// argument is one of the kernel's command line. One without a value has the value "".
type argument struct{ key, value string }

// arguments parses a command line as the kernel does (next_arg in lib/cmdline.c): quotes keep blanks, and are dropped
// around a value or the whole. What follows -- is for the init program.
func arguments(line string) []argument {
	var all []argument
	for _, word := range quotedWords(line) {
		if word == "--" {
			break
		}
		word = strings.TrimSuffix(strings.TrimPrefix(word, `"`), `"`)
		key, value, _ := strings.Cut(word, "=")
		all = append(all, argument{key, strings.Trim(value, `"`)})
	}
	return all
}

// quotedWords splits at blanks outside of double quotes.
func quotedWords(line string) []string {
	quoted := false
	return strings.FieldsFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && (r == ' ' || r == '\t' || r == '\n')
	})
}
