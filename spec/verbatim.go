package spec

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"golang.org/x/text/unicode/norm"
)

// A string of cty is always in Unicode's normal form NFC: "e" and a combining acute become one character. The name of a
// file is bytes, and one that is spelt with two characters is another file. So characters that normalising would change
// are carried through expressions as noncharacters, which nothing changes, and which no text has: they are written
// carryBegin, the code point in hexadecimal with carryDigit + 0 to 15 as digits, carryEnd. Every text is carried where
// it comes in (a literal, a file, a variable, a fact), and raw where it goes out (a parameter, a title).
const (
	carryBegin = '\uFDD0'
	carryEnd   = '\uFDD1'
	carryDigit = '\uFDE0'
)

// firstCombining is the first character that normalising can change; most texts have none.
const firstCombining = 0x300

// carry encodes a text so that expressions can hold it.
func carry(s string) string {
	// Most texts are stable, and some are large.
	if isStable(s) {
		return s
	}
	return carryLiteral(s, false)
}

func carryRune(b *strings.Builder, r rune) {
	b.WriteRune(carryBegin)
	for _, digit := range strconv.FormatInt(int64(r), 16) {
		b.WriteRune(carryDigit + rune(strings.IndexRune("0123456789abcdef", digit)))
	}
	b.WriteRune(carryEnd)
}

// isStable reports whether normalising keeps a text, also after another one.
func isStable(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return !moves(first) && norm.NFC.IsNormalString(s) && !isCarried(s)
}

func isCarried(s string) bool {
	return strings.Contains(s, "\uFDD0") || strings.Contains(s, "\uFDD1")
}

// moves reports whether normalising can change a character, or the one before it.
func moves(r rune) bool {
	switch {
	case r < firstCombining:
		return false
	case r == carryBegin, r == carryEnd, r >= carryDigit && r < carryDigit+16:
		return true
	}
	s := string(r)
	return !norm.NFC.PropertiesString(s).BoundaryBefore() || !norm.NFC.IsNormalString(s)
}

// carriedRune matches one character that is carried.
var carriedRune = regexp.MustCompile("\uFDD0([\uFDE0-\uFDEF]{1,6})\uFDD1")

// raw returns a text as it came in.
func raw(s string) string {
	if !isCarried(s) {
		return s
	}
	return carriedRune.ReplaceAllStringFunc(s, func(carried string) string {
		code := rune(0)
		for _, digit := range strings.Trim(carried, "\uFDD0\uFDD1") {
			code = code<<4 | (digit - carryDigit)
		}
		return string(code)
	})
}

// rawValue returns a parameter's value as it came in.
func rawValue(value any) any {
	switch value := value.(type) {
	case string:
		return raw(value)
	case []any:
		for i, e := range value {
			value[i] = rawValue(e)
		}
	case map[string]any:
		for key, e := range value {
			if name := raw(key); name != key {
				delete(value, key)
				key = name
			}
			value[key] = rawValue(e)
		}
	}
	return value
}

// normal returns a value without carried characters: matchers compare texts in both forms, and their literals are in
// NFC.
func normal(v cty.Value) cty.Value {
	if !carries(v) {
		return v
	}
	v, marks := v.Unmark()
	if v.Type() == cty.String {
		return cty.StringVal(raw(v.AsString())).WithMarks(marks)
	}
	v, _ = mapped(v, v.Type(), raw, func(e cty.Value) (cty.Value, error) { return normal(e), nil })
	return v.WithMarks(marks)
}

// carries reports whether a text or a key inside a value is carried.
func carries(v cty.Value) bool {
	v, _ = v.Unmark()
	switch {
	case !v.IsKnown() || v.IsNull():
		return false
	case v.Type() == cty.String:
		return isCarried(v.AsString())
	case !v.CanIterateElements():
		return false
	}
	for it := v.ElementIterator(); it.Next(); {
		if key, e := it.Element(); carries(key) || carries(e) {
			return true
		}
	}
	return false
}

// readable returns a source as the parser has to see it: lines end with line feeds, and texts are carried. Lines and
// columns stay what they are.
func readable(src []byte, name string) ([]byte, *hcl.Diagnostic) {
	// The texts of a checkout on Windows are those that its author sees.
	text := strings.ReplaceAll(string(src), "\r\n", "\n")
	if !mayMove(text) {
		return []byte(text), nil
	}
	tokens, _ := hclsyntax.LexConfig([]byte(text), name, hcl.InitialPos)
	var b strings.Builder
	done := 0
	for _, token := range tokens {
		begin, end := token.Range.Start.Byte, token.Range.End.Byte
		word := text[begin:end]
		switch {
		case token.Type == hclsyntax.TokenIdent && !isStable(word):
			return nil, mistake(token.Range, "Name in another normal form",
				"This name has characters that Unicode writes in two ways. Put it in quotes, so that its bytes count.")
		case token.Type == hclsyntax.TokenQuotedLit:
			word = carryLiteral(word, true)
		case token.Type == hclsyntax.TokenStringLit:
			word = carryLiteral(word, false)
		}
		b.WriteString(text[done:begin] + word)
		done = end
	}
	b.WriteString(text[done:])
	return []byte(b.String()), nil
}

// mayMove reports whether normalising may change a text in a source, in which characters can be escapes.
func mayMove(src string) bool {
	return strings.ContainsFunc(src, func(r rune) bool { return r >= firstCombining }) ||
		strings.Contains(src, `\u`) || strings.Contains(src, `\U`)
}

// escapes matches the escapes of quoted literals.
var escapes = regexp.MustCompile(`\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)`)

// carryLiteral carries the text between quotes, or of a heredoc, which has no escapes.
func carryLiteral(literal string, escaped bool) string {
	var text, carried strings.Builder
	for rest := literal; rest != ""; {
		r, n := utf8.DecodeRuneInString(rest)
		if escaped && r == '\\' {
			if at := escapes.FindStringIndex(rest); at != nil && at[0] == 0 {
				r, n = unescaped(rest[:at[1]]), at[1]
			}
		}
		text.WriteRune(r)
		if r != utf8.RuneError && moves(r) {
			carryRune(&carried, r)
		} else {
			carried.WriteString(rest[:n])
		}
		rest = rest[n:]
	}
	if isStable(text.String()) {
		return literal
	}
	return carried.String()
}

// unescaped returns the character of \uXXXX and \UXXXXXXXX; that of the other escapes does not matter here.
func unescaped(escape string) rune {
	if len(escape) < len(`\u0000`) {
		return '\\'
	}
	code, err := strconv.ParseUint(escape[2:], 16, 32)
	if err != nil || code > utf8.MaxRune {
		return utf8.RuneError
	}
	return rune(code)
}

// noEscapes rejects escapes of JSON and YAML whose character would be normalised once it is decoded.
func noEscapes(text string) error {
	for _, escape := range escapes.FindAllString(text, -1) {
		if len(escape) >= len(`\u0000`) && moves(unescaped(escape)) {
			return fmt.Errorf("the escape %s would not keep its bytes; write the character itself", escape)
		}
	}
	return nil
}

// rawLabels restores labels as they were written: they are not expressions.
func rawLabels(body *hclsyntax.Body) {
	for _, b := range body.Blocks {
		for i, label := range b.Labels {
			b.Labels[i] = raw(label)
		}
		rawLabels(b.Body)
	}
}
