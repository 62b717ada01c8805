// Package document reads texts of structured formats, and gets values out of them: JSON, YAML, TOML, INI and CSV by the
// expressions of jq, XML by XPath.
//
// A text comes from a host, so everything is bounded: its size, its values, their depth, and the time that an
// expression may take. Errors never quote a text: it may be a secret.
package document

import (
	"errors"
	"fmt"
	"strings"
)

// A Format reads a text. Where the format leaves open what a text means, there is a reading for each meaning; a
// reading is a list of documents, in the Go types of gojq.
type Format struct {
	Name string
	// Untyped is true where every value is written as text.
	Untyped bool
	// Doubt is why a text can have several readings.
	Doubt string

	read func(text string) ([][]any, error)
}

// Formats that jq's expressions are for.
var (
	JSON = &Format{Name: "JSON", read: once(readJSON)}
	YAML = &Format{
		Name: "YAML", read: readYAML,
		Doubt: "words such as yes and off are true and false in YAML 1.1, and texts in YAML 1.2",
	}
	TOML = &Format{Name: "TOML", read: once(readTOML)}
	INI  = &Format{
		Name: "INI", Untyped: true, read: readINI,
		Doubt: "programs differ in whether ; or # begins a comment behind a value",
	}
	CSV = &Format{Name: "CSV", Untyped: true, read: once(readCSV)}
)

func once(read func(string) ([]any, error)) func(string) ([][]any, error) {
	return func(text string) ([][]any, error) {
		documents, err := read(text)
		return [][]any{documents}, err
	}
}

// The limits of a text, and of what is in it.
const (
	maxText   = 8 << 20 // bytes
	maxValues = 1 << 19
	maxDepth  = 500
	// maxNesting bounds what a parser of a library recurses into before its values can be counted. Signs in texts count,
	// too.
	maxNesting = 10_000
)

// Read returns the readings of a text. An error for which [IsMalformed] is true means that the text is not of the
// format; any other one that it could not be read.
func (f *Format) Read(text string) (readings [][]any, err error) {
	defer func() {
		if recover() != nil {
			readings, err = nil, fmt.Errorf("the text cannot be read as %s", f.Name)
		}
	}()
	if len(text) > maxText {
		return nil, fmt.Errorf("the text has more than %d MiB", maxText>>20)
	}
	return f.read(strings.TrimPrefix(text, "\ufeff"))
}

// malformed is the error of a text that is not of a format.
type malformed struct{ error }

// IsMalformed reports whether an error means that a text is not of its format.
func IsMalformed(err error) bool { return errors.As(err, new(malformed)) }

// notOf returns the error of a text that is not of a format; the line is 0 where it is not known.
func notOf(format string, line int) error {
	if line > 0 {
		return malformed{fmt.Errorf("the text is not %s, from line %d on", format, line)}
	}
	return malformed{fmt.Errorf("the text is not %s", format)}
}

var (
	errTooMany = fmt.Errorf("the text has more than %d values", maxValues)
	errTooDeep = fmt.Errorf("the text nests more than %d levels", maxDepth)
)

// count bounds the values of a document.
type count struct{ values int }

func (c *count) add(depth int) error {
	c.values++
	switch {
	case depth > maxDepth:
		return errTooDeep
	case c.values > maxValues:
		return errTooMany
	}
	return nil
}

func lineAt(text string, offset int) int {
	return 1 + strings.Count(text[:min(offset, len(text))], "\n")
}

// nests reports whether more brackets are open at once than a parser may recurse into.
func nests(text string) bool {
	open := 0
	for i := range len(text) {
		switch text[i] {
		case '[', '{':
			if open++; open > maxNesting {
				return true
			}
		case ']', '}':
			open = max(open-1, 0)
		}
	}
	return false
}
