package conversation

import (
	"bytes"
	"strconv"
	"strings"
)

// A stream of a shell is noise with frames in it. Each frame stands between two marks:
//
//	LF NONCE INDEX begin LF   bytes as they are   LF NONCE INDEX end STATUS LF
//
// (stderr's end has no status). Inside a frame of stderr, what `cannot` says stands between
// `LF NONCE INDEX cannot LF` and `LF NONCE INDEX said LF`, and what `aside` says is the mark
// `LF NONCE INDEX aside WORD LF`. The line that makes a shell believable is `LF NONCE PID up START LF`. The nonce is not guessable, so no output can be taken for a mark.
const (
	wordUp     = "up"
	wordBegin  = "begin"
	wordEnd    = "end"
	wordCannot = "cannot"
	wordSaid   = "said"
	wordAside  = "aside"
	wordOver   = "over" // no mark: the decoder's own word for a frame that grew too long
)

const (
	headLimit   = 80   // bytes of a mark after its nonce
	reasonLimit = 4096 // bytes of what cannot says
	noiseLimit  = 512  // bytes kept of what stands outside of frames
)

// mark is what a decoder found.
type mark struct {
	word   string
	index  int   // the question, or the shell's process
	number int64 // the status of an end, or when the shell was started

	body   []byte  // of an end
	reason *string // of an end, what cannot said
	aside  string  // of an aside and of an end, its word
	over   bool    // of an end, that there is no body because it was too long
}

// decoder finds the marks in a stream. It takes the bytes in pieces of any size, which does not change what
// it finds, and keeps no more of them than its limits allow.
type decoder struct {
	nonce string
	limit int                 // bytes of one frame
	more  func(index int) int // where a frame may be longer; nil for nowhere
	found func(mark)

	held   []byte // the end of the stream, which may be the beginning of a mark
	inside bool
	index  int
	body   []byte
	over   bool
	saying bool
	reason *string
	aside  string
	noise  []byte
}

// Write takes the next bytes. It never fails.
func (d *decoder) Write(p []byte) (int, error) {
	const piece = 1 << 16
	for rest := p; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
		d.held = append(d.held, rest[:min(piece, len(rest))]...)
		used := d.scan(d.held)
		d.held = append(d.held[:0], d.held[used:]...)
	}
	return len(p), nil
}

// scan handles what can be told from data alone, and says how many bytes of it that was.
func (d *decoder) scan(data []byte) int {
	from, search := 0, 0 // from: not handled; search: no mark begins before it
	for {
		at := bytes.Index(data[search:], []byte(d.nonce))
		if at < 0 {
			// The line feed before a mark belongs to the mark, and so may stay behind as well.
			end := max(from, len(data)-len(d.nonce))
			d.add(data[from:end])
			return end
		}
		at += search
		head := data[at+len(d.nonce):]
		eol := bytes.IndexByte(head[:min(headLimit, len(head))], '\n')
		if eol < 0 && len(head) < headLimit {
			end := max(from, at-1)
			d.add(data[from:end])
			return end
		}
		m, ok := mark{}, false
		if eol >= 0 {
			m, ok = parseMark(string(head[:eol]))
		}
		if !ok {
			search = at + 1
			continue
		}
		d.add(bytes.TrimSuffix(data[from:at], []byte("\n")))
		d.take(m)
		from = at + len(d.nonce) + eol + 1
		search = from
	}
}

// parseMark reads " INDEX WORD", " INDEX WORD NUMBER" or " INDEX aside WORD".
func parseMark(head string) (mark, bool) {
	fields := strings.Split(head, " ")
	if len(fields) < 3 || len(fields) > 4 || fields[0] != "" {
		return mark{}, false
	}
	m := mark{word: fields[2]}
	index, err := strconv.ParseUint(fields[1], 10, 31)
	m.index = int(index)
	if m.word == wordAside {
		m.aside = fields[len(fields)-1]
		return m, err == nil && len(fields) == 4
	}
	if len(fields) == 4 && err == nil {
		m.number, err = strconv.ParseInt(fields[3], 10, 64)
	}
	switch m.word {
	case wordUp, wordBegin, wordEnd, wordCannot, wordSaid:
		return m, err == nil
	}
	return mark{}, false
}

// take follows a mark. One that does not fit is dropped: it is no part of an answer either.
func (d *decoder) take(m mark) {
	mine := d.inside && m.index == d.index
	switch {
	case m.word == wordUp && !d.inside:
		d.found(m)
	case m.word == wordBegin:
		// A frame that is still open has lost its end, and is no answer.
		d.reset()
		d.inside, d.index = true, m.index
		d.found(m)
	case m.word == wordEnd && mine:
		m.body, m.reason, m.aside, m.over = d.body, d.reason, d.aside, d.over
		d.reset()
		d.found(m)
	case m.word == wordAside && mine:
		d.aside = m.aside
	case m.word == wordCannot && mine:
		d.saying = d.reason == nil
		if d.saying {
			d.reason = new(string)
		}
	case m.word == wordSaid && mine:
		d.saying = false
	}
}

func (d *decoder) reset() {
	d.inside, d.over, d.saying = false, false, false
	d.body, d.reason, d.aside = nil, nil, ""
}

func (d *decoder) allowed(index int) int {
	if d.more == nil {
		return 0
	}
	return d.more(index)
}

// add takes bytes that are no mark.
func (d *decoder) add(b []byte) {
	switch {
	case len(b) == 0 || d.over:
	case !d.inside:
		d.noise = tail(d.noise, b)
	case d.saying:
		*d.reason += string(b[:min(len(b), reasonLimit-len(*d.reason))])
	case len(d.body)+len(b) > max(d.limit, d.allowed(d.index)):
		d.body, d.over = nil, true
		d.found(mark{word: wordOver, index: d.index})
	default:
		d.body = append(d.body, b...)
	}
}

// outside is the last of what stood outside of frames.
func (d *decoder) outside() []byte {
	if d.inside {
		return d.noise
	}
	return tail(bytes.Clone(d.noise), d.held)
}

func tail(kept, b []byte) []byte {
	b = b[max(0, len(b)-noiseLimit):]
	kept = append(kept, b...)
	return append(kept[:0], kept[max(0, len(kept)-noiseLimit):]...)
}
