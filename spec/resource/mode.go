package resource

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/zclconf/go-cty/cty"
)

// Mode is the kind of a file's permission bits, as "0644"; "644" and "u=rw,go=r" are the same mode.
var Mode = &Kind{
	Name: `a mode such as "0644" or "u=rw,go=r"`, Read: readMode, Text: plain, Open: true, Texts: everyMode,
	Example: "0644",
}

// ModeLimit is the kind of modes that a file's may not exceed: it is the same as every mode that has no other bits.
var ModeLimit = &Kind{
	Name: `a mode such as "0644" or "u=rw,go=r"`, Read: readModeLimit, Text: plain, Open: true, Texts: everyMode,
	Example: "0644", Equal: withinMode, Phrase: "is at most", NegatedPhrase: "exceeds",
}

var octal = regexp.MustCompile(`^[0-7]{1,5}$`)

// FormatMode formats permission bits, setuid, setgid and sticky included, as "0644".
func FormatMode(bits uint32) string { return fmt.Sprintf("%04o", bits&0o7777) }

func readMode(v cty.Value) (any, error) {
	if v.Type() != cty.String {
		return nil, errors.New(`quote a mode: "0644"; a bare number is ambiguous, since 0644 and 644 are the same number`)
	}
	return parseMode(v.AsString())
}

func readModeLimit(v cty.Value) (any, error) {
	mode, err := readMode(v)
	// Every file keeps it, so it cannot be meant.
	if mode == "7777" {
		return nil, errors.New("every mode is at most 7777, so this promises nothing")
	}
	return mode, err
}

// everyMode are the texts of all modes.
var everyMode = sync.OnceValue(func() []string {
	modes := make([]string, 0o10000)
	for bits := range modes {
		modes[bits] = FormatMode(uint32(bits))
	}
	return modes
})

func parseMode(s string) (any, error) {
	if octal.MatchString(s) {
		bits, err := strconv.ParseUint(s, 8, 32)
		if err != nil || bits > 0o7777 {
			return nil, fmt.Errorf("%q is more than the mode 7777", s)
		}
		return FormatMode(uint32(bits)), nil
	}
	return parseSymbolicMode(s)
}

func parseSymbolicMode(s string) (any, error) {
	var bits uint32
	for clause := range strings.SplitSeq(s, ",") {
		classes, what, ok := strings.Cut(clause, "=")
		if !ok || strings.Trim(classes, "ugoa") != "" || strings.Trim(what, "rwxst") != "" {
			return nil, fmt.Errorf(`%q is not a mode; write "0644" or "u=rw,go=r"`, s)
		}
		bits |= symbolicBits(classes, what)
	}
	return FormatMode(bits), nil
}

func symbolicBits(classes, what string) uint32 {
	if classes == "" || strings.Contains(classes, "a") {
		classes = "ugo"
	}
	var bits uint32
	for _, w := range classes {
		shift := map[rune]uint{'u': 6, 'g': 3, 'o': 0}[w]
		special := map[rune]uint32{'u': 0o4000, 'g': 0o2000, 'o': 0}[w]
		for _, c := range what {
			bits |= map[rune]uint32{'r': 4, 'w': 2, 'x': 1}[c] << shift
			if c == 's' {
				bits |= special
			}
			if c == 't' {
				bits |= 0o1000
			}
		}
	}
	return bits
}

func withinMode(found, limit any) bool {
	have, err := strconv.ParseUint(found.(string), 8, 32)
	most, err2 := strconv.ParseUint(limit.(string), 8, 32)
	return err == nil && err2 == nil && have&^most == 0
}
