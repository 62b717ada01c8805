package spec

import (
	"cmp"
	"slices"
	"strings"
)

// Sensitive replaces a secret in texts.
const Sensitive = "(sensitive)"

// Masker masks secrets in texts: as they are, in the encodings that programs print, and of one of several lines each
// line that is long enough to give something away. It may be used by several goroutines at once; nil masks nothing.
type Masker struct {
	forms map[[shortest]byte]*forms // by their first bytes
	begin [1 << 16]byte             // a bit for the first bytes of each form: most of a text is no secret
}

const (
	shortest     = 4 // bytes of a secret, and of a form of one; what is shorter occurs everywhere
	shortestLine = 8 // bytes of a line of a secret that is masked by itself
	shortestFold = 8 // bytes of a form that is found when line breaks are in the middle of it
)

// NewMasker returns a masker for secrets of four bytes or more; shorter ones are ignored. It returns nil if there are
// no others.
func NewMasker(secrets []string) *Masker {
	m := &Masker{forms: map[[shortest]byte]*forms{}}
	known, encoded := map[string]bool{}, map[string]bool{}
	for _, secret := range secrets {
		if known[secret] {
			continue
		}
		for _, piece := range append(pieces(secret), pieces(raw(secret))...) {
			if encoded[piece] { // most pieces of a secret are the same, and it takes a while to encode one
				continue
			}
			encoded[piece] = true
			for _, form := range encodings(piece) {
				m.add(form, known)
			}
		}
	}
	if len(m.forms) == 0 {
		return nil
	}
	for _, f := range m.forms {
		f.link()
	}
	return m
}

func (m *Masker) add(form string, known map[string]bool) {
	// To mask a part of the mask itself would reveal that it is a secret.
	if known[form] || len(form) < shortest || strings.Contains(Sensitive, form) {
		return
	}
	known[form] = true
	key := [shortest]byte([]byte(form[:shortest]))
	if m.forms[key] == nil {
		m.forms[key] = &forms{}
	}
	m.forms[key].sorted = append(m.forms[key].sorted, form)
	at, bit := bitOf(form)
	m.begin[at] |= bit
}

// inMasked maps a position in a text to one in the text with its spans masked. The inside of a span is its end.
func inMasked(spans []span, at int) int {
	moved := at
	for _, s := range spans {
		if s.begin >= at {
			break
		}
		moved += len(Sensitive) - (s.end - s.begin) + max(0, s.end-at)
	}
	return moved
}

// bitOf returns the position of a text's first bytes among the bits of a masker.
func bitOf(text string) (at uint32, bit byte) {
	four := uint32(text[0]) | uint32(text[1])<<8 | uint32(text[2])<<16 | uint32(text[3])<<24
	hash := four * 2654435769 >> 13 // Fibonacci hashing to 19 bits
	return hash >> 3, 1 << (hash & 7)
}

// forms are those that begin alike. A text that begins with some of them begins with the last one that does not come
// after it in the order of bytes, or with what that one begins with.
type forms struct {
	sorted []string
	within []int // the longest of the others that each begins with; -1 for none
}

func (f *forms) link() {
	slices.Sort(f.sorted)
	f.within = make([]int, len(f.sorted))
	for i, form := range f.sorted {
		j := i - 1
		for j >= 0 && !strings.HasPrefix(form, f.sorted[j]) {
			j = f.within[j]
		}
		f.within[i] = j
	}
}

// longest returns how many bytes the longest form has that the text begins with; 0 for none.
func (f *forms) longest(text string) int {
	if f == nil {
		return 0
	}
	i, found := slices.BinarySearch(f.sorted, text)
	if !found {
		i--
	}
	for i >= 0 && !strings.HasPrefix(text, f.sorted[i]) {
		i = f.within[i]
	}
	if i < 0 {
		return 0
	}
	return len(f.sorted[i])
}

// Mask replaces each secret by "(sensitive)". What several secrets cover together is masked as one.
func (m *Masker) Mask(text string) string {
	masked, _ := m.mask(text)
	return masked
}

// mask also returns the spans of the text that were masked.
func (m *Masker) mask(text string) (string, []span) {
	if m == nil || len(text) < shortest {
		return text, nil
	}
	found := m.spans(text)
	if len(found) == 0 {
		return text, nil
	}
	var b strings.Builder
	at := 0
	for _, s := range found {
		b.WriteString(text[at:s.begin] + Sensitive)
		at = s.end
	}
	return b.String() + text[at:], found
}

// span is a piece of a text that has to be masked.
type span struct{ begin, end int }

// spans returns the pieces in their order, none overlapping another.
func (m *Masker) spans(text string) []span {
	found := append(m.find(text, shortest), m.beginnings(text)...)
	slices.SortFunc(found, func(a, b span) int { return cmp.Compare(a.begin, b.begin) })
	// `base64` and others wrap their output.
	if folded, at := unfolded(text); folded != "" {
		for _, s := range m.find(folded, shortestFold) {
			found = append(found, span{at[s.begin], at[s.end-1] + 1})
		}
		slices.SortFunc(found, func(a, b span) int { return cmp.Compare(a.begin, b.begin) })
	}
	var joined []span
	for _, s := range found {
		if last := len(joined) - 1; last >= 0 && s.begin < joined[last].end {
			joined[last].end = max(joined[last].end, s.end)
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

func (m *Masker) find(text string, least int) []span {
	var found []span
	// Every byte is checked, also inside of what was found: the next secret may begin there.
	for i := 0; i+shortest <= len(text); i++ {
		if at, bit := bitOf(text[i:]); m.begin[at]&bit == 0 {
			continue
		}
		n := m.forms[[shortest]byte([]byte(text[i:i+shortest]))].longest(text[i:])
		if n >= least {
			found = append(found, span{i, i + n})
		}
	}
	return found
}

// beginnings returns what is left of secrets where a text was cut in the middle of one, which an ellipsis marks: notes
// show the beginnings of long elements.
func (m *Masker) beginnings(text string) []span {
	var found []span
	begin := 0
	for end := strings.Index(text, ellipsis); end >= 0; {
		// A host may print any number of ellipses: each byte is looked at once, and no secret of a note is longer.
		for i := max(begin, end-longestBeginning); i+shortest <= end; i++ {
			if at, bit := bitOf(text[i:]); m.begin[at]&bit == 0 {
				continue
			}
			if m.forms[[shortest]byte([]byte(text[i:i+shortest]))].begin(text[i:end]) {
				found = append(found, span{i, end})
				break
			}
		}
		begin = end + len(ellipsis)
		next := strings.Index(text[begin:], ellipsis)
		if next < 0 {
			break
		}
		end = begin + next
	}
	return found
}

const (
	ellipsis         = "…"
	longestBeginning = 1024 // bytes before an ellipsis
)

// begin reports whether one of the forms begins with a text.
func (f *forms) begin(text string) bool {
	if f == nil {
		return false
	}
	i, _ := slices.BinarySearch(f.sorted, text)
	return i < len(f.sorted) && strings.HasPrefix(f.sorted[i], text)
}

// unfolded returns a text without its line breaks and the blanks around them, and the position of each byte in the
// original. For a text of one line it returns nothing.
func unfolded(text string) (string, []int) {
	if !strings.Contains(strings.TrimRight(text, " \t\r\n"), "\n") {
		return "", nil
	}
	folded, at := make([]byte, 0, len(text)), make([]int, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\n' {
			folded, at = append(folded, text[i]), append(at, i)
			continue
		}
		for len(folded) > 0 && isBlank(folded[len(folded)-1]) {
			folded, at = folded[:len(folded)-1], at[:len(at)-1]
		}
		for i+1 < len(text) && (isBlank(text[i+1]) || text[i+1] == '\n') {
			i++
		}
	}
	return string(folded), at
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

// Mask replaces each of the secrets by "(sensitive)". To mask more than one text, keep a [Masker].
func Mask(text string, secrets []string) string {
	if len(secrets) == 0 {
		return text
	}
	return NewMasker(secrets).Mask(text)
}
