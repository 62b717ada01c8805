package plain

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON returns a writer for JSON text, each Write a whole one. It escapes everything that could command a terminal or a
// CI system as \u009b or the like, which is the same JSON to a parser.
func JSON(w io.Writer) io.Writer { return jsonWriter{w} }

type jsonWriter struct{ w io.Writer }

func (j jsonWriter) Write(text []byte) (int, error) {
	if _, err := j.w.Write(escapedJSON(text)); err != nil {
		return 0, err
	}
	return len(text), nil
}

// commands are inside strings only; nothing else in JSON has these characters.
var commands = regexp.MustCompile(`(##[A-Za-z]*)\[|(section_(?:start|end)):`)

func escapedJSON(text []byte) []byte {
	if bytes.Contains(text, []byte("##")) || bytes.Contains(text, []byte("section_")) {
		text = commands.ReplaceAllFunc(text, func(mark []byte) []byte {
			last := len(mark) - 1
			return fmt.Appendf(mark[:last:last], `\u%04x`, mark[last])
		})
	}
	unsafe := func(r rune) bool { return r == 0x7f || r >= utf8.RuneSelf && Char(r, "") != "" }
	if !bytes.ContainsFunc(text, unsafe) {
		return text
	}
	var out []byte
	for _, r := range string(text) { // an encoder of JSON writes valid UTF-8 only
		if !unsafe(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}
