package become

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"io"
	"regexp"
	"strings"
)

// stream is stdout or stderr of the shell below. What comes before UP is looked at, and the last of it kept.
// All that is behind it goes to the caller as it is.
type stream struct {
	attempt *attempt
	next    io.Writer
	prompt  *regexp.Regexp // nil: it never asks

	begun bool   // IN was seen
	up    bool   // UP was seen
	held  []byte // not yet told what it is
	past  []byte // was looked at
}

const keep = 4096 // bytes of held, and of past

func newStream(t *attempt, next io.Writer) stream {
	s := stream{attempt: t, next: next}
	if t.method.prompt != nil {
		s.prompt = t.method.prompt(t.nonce)
	}
	return s
}

// Write never fails for what is ours.
func (s *stream) Write(p []byte) (int, error) {
	theirs := s.take(p)
	if len(theirs) == 0 {
		return len(p), nil
	}
	n, err := s.next.Write(theirs)
	return len(p) - len(theirs) + n, err
}

// take looks at some bytes, and returns those that are the caller's.
func (s *stream) take(p []byte) (theirs []byte) {
	s.attempt.mu.Lock()
	defer s.attempt.mu.Unlock()
	switch {
	case s.up && s.attempt.closed && !s.attempt.up:
		return nil
	case s.up:
		return p
	}
	s.held = append(s.held, p...)
	s.begin()
	if rest, ok := s.mark("-UP\n"); ok && s.begun && !s.attempt.closed {
		s.up = true
		s.attempt.arrived()
		return p[len(p)-len(rest):]
	}
	s.listen()
	s.held = tail(s.held)
	return nil
}

// begin forgets what came before IN: it is not the method's.
func (s *stream) begin() {
	head, ok := s.mark("-IN")
	end := bytes.IndexByte(head, '\n')
	if s.begun || !ok || end < 0 {
		return
	}
	if login := strings.TrimSpace(string(head[:end])); login != "" {
		s.attempt.login = login
	}
	s.begun, s.held, s.past = true, bytes.Clone(head[end+1:]), nil
	s.attempt.begin()
}

// mark finds a mark, and returns what stands behind it.
func (s *stream) mark(word string) (rest []byte, ok bool) {
	_, rest, ok = bytes.Cut(s.held, []byte(s.attempt.nonce+word))
	return rest, ok
}

// listen finds prompts. What was said between two of them tells why there is a second one.
func (s *stream) listen() {
	if !s.begun || s.prompt == nil {
		return
	}
	for at := s.prompt.FindIndex(s.held); at != nil; at = s.prompt.FindIndex(s.held) {
		between := string(s.held[:at[0]])
		s.past = tail(append(append(s.past, s.held[:at[0]]...), '\n'))
		s.held = bytes.Clone(s.held[at[1]:])
		s.attempt.asked(between)
	}
}

// said is the last of what came.
func (s *stream) said() string { return string(s.past) + string(s.held) }

func tail(b []byte) []byte { return bytes.Clone(b[max(0, len(b)-keep):]) }

// newNonce makes 128 random bits. crypto/rand never returns an error.
func newNonce() string {
	var bits [16]byte
	_, _ = rand.Read(bits[:])
	return hex.EncodeToString(bits[:])
}
