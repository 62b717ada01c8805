package matcher

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"regexp/syntax"
	"strings"
	"time"
)

const (
	searchLimit = 10 * time.Second // for searching one text for a pattern
	cheapSearch = 256 << 20        // states of a pattern times bytes of a text: a second or two at most
)

// search looks for a pattern, and gives up when that takes long: RE2 takes time in proportion to the length of the
// text, but also to the size of the pattern, of which a repeat like {0,1000} makes a thousand copies.
type search struct {
	pattern *regexp.Regexp
	states  int
	bytes   bool // the pattern writes bytes that are no ASCII
	limit   time.Duration
}

func newSearch(pattern *regexp.Regexp) search {
	s := search{pattern: pattern, bytes: highByte.MatchString(pattern.String()), limit: searchLimit}
	// There are no errors: the pattern was compiled before.
	parsed, _ := syntax.Parse(pattern.String(), syntax.Perl)
	prog, _ := syntax.Compile(parsed.Simplify())
	s.states = len(prog.Inst)
	return s
}

// in reports whether a text matches or, where the pattern writes bytes that are no ASCII, its bytes do.
func (s search) in(text string) (bool, error) {
	matched, err := s.once(text)
	if matched || err != nil || !s.bytes {
		return matched, err
	}
	// RE2 reads a text as UTF-8, and takes a byte that is none for U+FFFD, so that no pattern could match the \xe9 of a
	// Latin-1 text.
	return s.once(latin1(text))
}

// once reports whether a text matches, or that the search was given up.
func (s search) once(text string) (bool, error) {
	if s.states*len(text) <= cheapSearch {
		return s.pattern.MatchString(text), nil
	}
	// A match cannot be stopped, but what it reads can end.
	r := &endingReader{text: strings.NewReader(text), until: time.Now().Add(s.limit), step: max(1, (1<<20)/s.states)}
	matched := s.pattern.MatchReader(r)
	if r.over {
		return false, fmt.Errorf("gave up after searching for the pattern for %v in %d bytes; smaller repeats are quicker",
			searchLimit, len(text))
	}
	return matched, nil
}

// endingReader ends when the time is over.
type endingReader struct {
	text  *strings.Reader
	until time.Time
	step  int // runes between two checks of the clock
	n     int
	over  bool
}

var errOver = errors.New("the time is over")

// ReadRune reads from the text. Any error ends the match.
func (r *endingReader) ReadRune() (rune, int, error) {
	if r.n++; r.n%r.step == 0 && time.Now().After(r.until) {
		r.over = true
	}
	if r.over {
		return 0, 0, errOver
	}
	return r.text.ReadRune()
}

var _ io.RuneReader = (*endingReader)(nil)
