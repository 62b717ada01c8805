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

// next returns the next line, or io.EOF. Of a line that is too long, it returns one byte more than it may have.
func (l *savedLines) next() ([]byte, error) {
	l.number++
	var line []byte
	for {
		part, err := l.r.ReadSlice('\n')
		if l.all.N <= 0 {
			return nil, fmt.Errorf("larger than %d MiB; is it a run?", l.maxAll>>20)
		}
		line = append(line, part[:min(len(part), l.maxLine+1-len(line))]...)
		switch {
		case err == nil, err == io.EOF && len(line) > 0:
			return line, nil
		case err == io.EOF:
			l.number--
			return nil, io.EOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, fmt.Errorf("cannot read on: %w", err)
		}
	}
}

// eventOf returns the event of a line, or an error for users.
func (l *savedLines) eventOf(line []byte) (Event, error) {
	var e Event
	switch {
	case len(line) > l.maxLine:
		return e, fmt.Errorf("longer than %d bytes", l.maxLine)
	case len(bytes.TrimSpace(line)) == 0:
		return e, errBlankLine
	}
	err := json.Unmarshal(line, &e)
	if err == nil {
		return e, nil
	}
	return e, reasonOf(line, err)
}

// reasonOf returns why a line is no event, in words for users.
func reasonOf(line []byte, err error) error {
	var head struct {
		Action *Action `json:"action"`
	}
	var wrong *json.UnmarshalTypeError
	var action actionError
	switch {
	case !json.Valid(line) && !bytes.HasSuffix(line, []byte("\n")):
		return errors.New("cut short in mid-line")
	case !json.Valid(line) || !bytes.HasPrefix(bytes.TrimSpace(line), []byte("{")):
		return errors.New("not one JSON object")
	case json.Unmarshal(line, &head) != nil || head.Action == nil:
		return errors.New("no action in it")
	case errors.As(err, &wrong):
		field := wrong.Field[strings.LastIndexByte(wrong.Field, '.')+1:]
		return fmt.Errorf("the %s has %q of another kind (%s)", *head.Action, field, wrong.Value)
	case errors.As(err, &action):
		return fmt.Errorf("%w, of a newer version of Avow", err)
	}
	return err
}
