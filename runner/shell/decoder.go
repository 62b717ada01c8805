package shell

import (
	"bytes"
	"strconv"
	"strings"
)

// A stream of a shell is noise with frames in it. Each frame stands between two marks:
//
//	LF NONCE INDEX begin LF   bytes as they are   LF NONCE INDEX end STATUS LF
//
// (stderr's end has no status). Inside a frame of stderr, the text of `cannot` stands between
// `LF NONCE INDEX cannot LF` and `LF NONCE INDEX said LF`, and the word of `aside` is in the mark
// `LF NONCE INDEX aside WORD LF`. A shell is trusted after `LF NONCE PID up START LF`. The nonce cannot be guessed, so
// no output can be mistaken for a mark.
const (
	wordUp      = "up"
	wordBegin   = "begin"
	wordEnd     = "end"
	wordCannot  = "cannot"
	wordSaid    = "said"
	wordAside   = "aside"
	wordTooLong = "over" // no mark: the decoder reports a frame that is too long
)

const (
	headLimit   = 80   // bytes of a mark after its nonce
	reasonLimit = 4096 // bytes of the text of `cannot`
	noiseLimit  = 512  // bytes kept of output outside of frames
)

// mark is a mark in a stream, with the frame that it ends.
type mark struct {
	word   string
	index  int   // the query's ID, or the shell's process ID
	number int64 // the status of an end, or the shell's start time

	body   []byte  // of an end
	reason *string // of an end, the text of `cannot`
	aside  string  // of an aside and of an end, its word
	over   bool    // of an end: the body was too long, and is not kept
}

// decoder finds the marks in a stream. It accepts the bytes in chunks of any size, finds the same marks however the
// stream is cut, and keeps no more bytes than its limits allow.
type decoder struct {
	nonce string
	limit func(index int) int // returns how many bytes a frame may have
	found func(mark)

	held   []byte // the end of the stream, which may be the start of a mark
	inside bool
	index  int
	body   []byte
	over   bool
	saying bool
	reason *string
	aside  string
	noise  []byte
}

// Write decodes the next bytes. It never fails.
func (d *decoder) Write(p []byte) (int, error) {
	const piece = 1 << 16
	for rest := p; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
		d.held = append(d.held, rest[:min(piece, len(rest))]...)
		used := d.scan(d.held)
		d.held = append(d.held[:0], d.held[used:]...)
	}
	return len(p), nil
}

// scan handles as much of data as it can without more bytes, and returns how many bytes it used.
func (d *decoder) scan(data []byte) int {
	from, search := 0, 0 // from: not handled yet; search: no mark starts before it
	for {
		at := bytes.Index(data[search:], []byte(d.nonce))
		if at < 0 {
			// The line feed before a mark belongs to the mark, so it is held back, too.
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

// parseMark parses " INDEX WORD", " INDEX WORD NUMBER" or " INDEX aside WORD".
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

// take handles a mark. It drops one that does not fit, which is not part of a result either.
func (d *decoder) take(m mark) {
	mine := d.inside && m.index == d.index
	switch {
	// The shell prints this mark before its first query, so one inside of a frame is not the shell's.
	case m.word == wordUp && !d.inside:
		d.found(m)
	case m.word == wordBegin:
		// A frame that is still open has lost its end mark, and is discarded.
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

// add handles bytes that are not a mark.
func (d *decoder) add(b []byte) {
	switch {
	case len(b) == 0 || d.over:
	case !d.inside:
		d.noise = tail(d.noise, b)
	case d.saying:
		*d.reason += string(b[:min(len(b), reasonLimit-len(*d.reason))])
	case len(d.body)+len(b) > d.limit(d.index):
		d.body, d.over = nil, true
		d.found(mark{word: wordTooLong, index: d.index})
	default:
		d.body = append(d.body, b...)
	}
}

// outside returns the end of the output outside of frames.
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
