package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// savedLines reads the lines of a saved run, each limited in length.
type savedLines struct {
	r       *bufio.Reader
	all     *io.LimitedReader
	maxLine int
	maxAll  int64
	number  int // of the last line that was read, from 1
}

// savedLine is one line of a saved run.
type savedLine struct {
	text    []byte
	ended   bool // by a newline
	tooLong int  // the limit that it exceeds; 0 for none
}

func newSavedLines(r io.Reader, maxLine int, maxAll int64) *savedLines {
	all := &io.LimitedReader{R: r, N: maxAll + 1}
	return &savedLines{r: bufio.NewReaderSize(all, 64<<10), all: all, maxLine: maxLine, maxAll: maxAll}
}

// next returns the next line, or io.EOF. It discards the text of a line that is too long.
func (l *savedLines) next() (savedLine, error) {
	l.number++
	var line savedLine
	for {
		part, err := l.r.ReadSlice('\n')
		if l.all.N <= 0 {
			return line, fmt.Errorf("larger than %d MiB; is it a run?", l.maxAll>>20)
		}
		if len(line.text)+len(part) > l.maxLine {
			line.tooLong, line.text = l.maxLine, nil
		}
		if line.tooLong == 0 {
			line.text = append(line.text, part...)
		}
		switch {
		case err == nil:
			line.ended = true
			return line, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case err == io.EOF && (len(line.text) > 0 || line.tooLong > 0):
			return line, nil
		case err == io.EOF:
			l.number--
			return line, io.EOF
		default:
			return line, fmt.Errorf("cannot read on: %w", err)
		}
	}
}

// event returns the event of the line, or an error for users.
func (l savedLine) event() (Event, error) {
	var e Event
	switch {
	case l.tooLong > 0:
		return e, fmt.Errorf("longer than %d bytes", l.tooLong)
	case len(bytes.TrimSpace(l.text)) == 0:
		return e, errBlankLine
	}
	err := json.Unmarshal(l.text, &e)
	if err == nil {
		return e, nil
	}
	return e, l.reason(err)
}

func (l savedLine) reason(err error) error {
	var head struct {
		Action *Action `json:"action"`
	}
	var wrong *json.UnmarshalTypeError
	var action actionError
	switch {
	case !json.Valid(l.text) && !l.ended:
		return errors.New("cut short in mid-line")
	case !json.Valid(l.text) || !bytes.HasPrefix(bytes.TrimSpace(l.text), []byte("{")):
		return errors.New("not one JSON object")
	case json.Unmarshal(l.text, &head) != nil || head.Action == nil:
		return errors.New("no action in it")
	case errors.As(err, &wrong):
		field := wrong.Field[strings.LastIndexByte(wrong.Field, '.')+1:]
		return fmt.Errorf("the %s has %q of another kind (%s)", *head.Action, field, wrong.Value)
	case errors.As(err, &action):
		return fmt.Errorf("%w, of a newer version of Avow", err)
	}
	return err
}
