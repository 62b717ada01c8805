package document

import (
	"errors"
	"strings"
)

// INI has no standard, and the library for it (gopkg.in/ini.v1) follows one dialect: it cuts values at ; and #, which
// systemd does not, expands %(name)s, keeps one of several values of a key, and rejects a key alone, as MySQL has them.
// What differs between programs is not decided here, but read in both ways, or kept.

// readINI reads a map: of the keys before the first section, and of the sections, each a map. A section that comes
// twice is one; a key that comes twice has a list of its values; a key alone is true.
func readINI(text string) ([][]any, error) {
	r := &iniReader{}
	plain, err := r.read(text)
	if err != nil || !r.ambiguous {
		return [][]any{{plain}}, err
	}
	cut, err := (&iniReader{cut: true}).read(text)
	return [][]any{{plain}, {cut}}, err
}

type iniReader struct {
	count
	cut       bool // comments behind values are comments
	ambiguous bool // there are such

	root, section map[string]any
	key           string // the last one of the section; "" for none
	indent        int    // of its line
}

func (r *iniReader) read(text string) (map[string]any, error) {
	r.root = map[string]any{}
	r.section = r.root
	number, begin := 0, 1
	pending := ""
	for line := range strings.Lines(text) {
		number++
		if pending == "" {
			begin = number
		}
		line = strings.TrimRight(line, "\r\n")
		if pending != "" {
			line = pending + " " + strings.TrimLeft(line, " \t")
		}
		// A backslash at the end continues the line, for systemd and git.
		if rest, more := strings.CutSuffix(line, `\`); more && !isINIComment(line) {
			if pending = strings.TrimRight(rest, " \t"); pending == "" {
				pending = " "
			}
			continue
		}
		pending = ""
		if err := r.line(line, begin); err != nil {
			return nil, err
		}
	}
	if pending != "" {
		return r.root, r.line(pending, begin)
	}
	return r.root, nil
}

func isINIComment(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, ";") || strings.HasPrefix(line, "#")
}

func (r *iniReader) line(line string, number int) error {
	text := strings.TrimSpace(line)
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	key, value, hasValue := cutINI(text)
	switch {
	case text == "" || isINIComment(text):
		return nil
	case strings.HasPrefix(text, "["):
		return r.begin(text, number)
	case !hasValue && r.key != "" && indent > r.indent:
		r.extend(text)
		return nil
	case key == "":
		return notOf("INI", number)
	}
	r.key, r.indent = key, indent
	if !hasValue {
		return r.set(key, true)
	}
	return r.set(key, r.value(value))
}

// begin begins a section.
func (r *iniReader) begin(text string, number int) error {
	end := strings.IndexByte(text, ']')
	if rest := strings.TrimSpace(text[end+1:]); rest != "" && !isINIComment(rest) {
		end = strings.LastIndexByte(text, ']') // a bracket in the name
	}
	rest := strings.TrimSpace(text[end+1:])
	if end < 0 || rest != "" && !isINIComment(rest) {
		return notOf("INI", number)
	}
	name := strings.TrimSpace(text[1:end])
	if r.root[name] == nil {
		r.root[name] = map[string]any{}
	}
	section, ok := r.root[name].(map[string]any)
	if !ok {
		return errors.New("a section has the name of a key before the first section")
	}
	r.section, r.key = section, ""
	return r.add(0)
}

// cutINI cuts a line at the first equals sign, or at a colon before it that a blank follows. Without an equals sign,
// any colon will do.
func cutINI(text string) (key, value string, ok bool) {
	equals := strings.IndexByte(text, '=')
	colon := strings.IndexByte(text, ':')
	isColon := colon >= 0 && (equals < 0 || colon < equals && (text[colon+1] == ' ' || text[colon+1] == '\t'))
	switch {
	case isColon:
		equals = colon
	case equals < 0:
		return text, "", false
	}
	return strings.TrimSpace(text[:equals]), strings.TrimSpace(text[equals+1:]), true
}

// value returns a value without the quotes around it.
func (r *iniReader) value(text string) string {
	if at := iniCommentIn(text); at >= 0 {
		if r.ambiguous = true; r.cut {
			text = strings.TrimSpace(text[:at])
		}
	}
	if n := len(text); n > 1 && (text[0] == '"' || text[0] == '\'') && strings.IndexByte(text[1:], text[0]) == n-2 {
		return text[1 : n-1]
	}
	return text
}

// iniCommentIn returns where a comment behind a value may begin: at a sign after a blank, and outside of quotes; -1 for
// none.
func iniCommentIn(text string) int {
	from := 0
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		from = 2 + strings.IndexByte(text[1:], text[0])
	}
	for i := from; i < len(text); i++ {
		if (text[i] == ';' || text[i] == '#') && (i == 0 || text[i-1] == ' ' || text[i-1] == '\t') {
			return i
		}
	}
	return -1
}

func (r *iniReader) set(key string, value any) error {
	switch before := r.section[key].(type) {
	case nil:
		r.section[key] = value
	case map[string]any:
		return errors.New("a section has the name of a key before the first section")
	case []any:
		r.section[key] = append(before, value)
	default:
		r.section[key] = []any{before, value}
	}
	return r.add(0)
}

// extend adds a line that is indented below a key to its value.
func (r *iniReader) extend(text string) {
	switch before := r.section[r.key].(type) {
	case string:
		r.section[r.key] = strings.TrimPrefix(before+"\n"+text, "\n")
	case []any:
		if last, ok := before[len(before)-1].(string); ok {
			before[len(before)-1] = strings.TrimPrefix(last+"\n"+text, "\n")
		}
	}
}
